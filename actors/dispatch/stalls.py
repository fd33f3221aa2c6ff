"""Every turn that lasts, on any thread: told once, again when it is stuck, and when it is over.

It compares looks, like the watchdog, on whose thread it works: nothing is measured in a turn.
"""

from collections.abc import Callable, Iterable
from typing import Any, Final

from holdfast.actors.dispatch.stall import Stall, handler_name, stack_of
from holdfast.actors.dispatch.stall_limit import StallLimit
from holdfast.actors.dispatch.turn import Turn
from holdfast.actors.dispatch.workers import Term
from holdfast.actors.logs import get_logger

__all__ = ["Stalls"]

STUCK_AFTER: Final = (10.0, 60.0, 600.0)
"""Seconds after which a stall is no delay any more; each is told, whatever the limit."""

_log = get_logger()


class Stalls:
    """Follows the turns that last, from look to look; for one thread.

    Args:
        hold_limit: seconds after which a turn is a stall.
        limit: says which stalls are told.
    """

    def __init__(self, hold_limit: float, limit: StallLimit) -> None:
        self._hold_limit = hold_limit
        self._limit = limit
        self._held: dict[Term, _Held] = {}
        """Which turn each thread was in at the last look, the longest first."""

    def look(self, terms: Iterable[Term], now: float) -> None:
        """Compare what every thread does with the last look.

        Args:
            terms: what the threads do.
            now: monotonic seconds.
        """
        for held in [held for held in self._held.values() if held.is_over()]:
            del self._held[held.term]
            self._close(held, now)
        for term in terms:
            turn = term.running
            if turn is not None and not turn.system and term.ended is None:
                self._held.setdefault(term, _Held(term, turn, now))
        for held in self._held.values():
            if now - held.since >= self._hold_limit:
                self._open(held, now)

    def follows(self) -> bool:
        """Tell whether any thread was in a turn at the last look."""
        return bool(self._held)

    def _open(self, held: "_Held", now: float) -> None:
        """Tell of a stall if it wasn't told and may be, or if it has become stuck."""
        seconds = now - held.since
        if not held.told:
            self._tell_first(held, now)
        elif held.alerts < len(STUCK_AFTER) and seconds >= STUCK_AFTER[held.alerts]:
            held.alerts = sum(seconds >= after for after in STUCK_AFTER)
            _call(held.turn.stuck, held.describe(seconds))

    def _tell_first(self, held: "_Held", now: float) -> None:
        held.handler = held.handler or handler_name(held.turn.kind)
        suppressed = self._limit.admit(held.turn.mailbox, held.handler, now)
        if suppressed is not None:
            held.told = True
            _call(held.turn.blocked, held.describe(now - held.since, suppressed))

    def _close(self, held: "_Held", now: float) -> None:
        """Tell that a stall is over, if it was told, and count it otherwise."""
        ended = now if held.term.ended is None else held.term.ended
        if held.told:
            _call(held.turn.recovered, held.handler, ended - held.since)
        elif held.handler:
            self._limit.suppress(held.handler)


class _Held:
    """One turn that lasts."""

    __slots__ = ("alerts", "handler", "since", "term", "told", "turn", "turns")

    def __init__(self, term: Term, turn: Turn, now: float) -> None:
        self.term = term
        self.turn = turn
        self.turns = term.turns
        self.since = now if term.began is None else term.began
        self.handler = ""
        """The handler's name; empty until it was a stall."""
        self.told = False
        self.alerts = 0
        """How many times of `STUCK_AFTER` were told."""

    def is_over(self) -> bool:
        """Tell whether the thread does something else by now."""
        term = self.term
        return term.ended is not None or term.turns != self.turns or term.running is not self.turn

    def describe(self, seconds: float, suppressed: int = 0) -> Stall:
        """Look at where its thread is, unless it has gone on in this very moment."""
        method, stack = stack_of(self.term.thread)
        if self.is_over():
            method, stack = None, []
        return Stall(self.handler, method, seconds, stack, suppressed)


def _call(hook: Callable[..., Any], *arguments: object) -> None:
    try:
        hook(*arguments)
    except Exception as error:  # noqa: BLE001  # without its watchdog a dispatcher can hang
        name = getattr(hook, "__name__", "")
        _log.error("actor.hook_failed", actor="Dispatcher", hook=name, exc_info=error)
