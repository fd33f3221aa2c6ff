"""Looks at a running fleet: one, or one after the other until somebody has seen enough."""

import time
from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any, Final

import msgspec
from rich.console import Console

from holdfast.actors.console.commands.reach import DONE, NOT_SO, RunningFleet
from holdfast.actors.console.commands.watching import Lines, Table, Watched
from holdfast.actors.console.ending import Ending, Reason
from holdfast.actors.console.problem import Problem
from holdfast.actors.console.terminal import on_terminal
from holdfast.actors.console.view.fleet_view import fleet_lines, fleet_picture
from holdfast.actors.console.view.keys import QuitKey
from holdfast.actors.console.view.screen import show_cursor
from holdfast.actors.console.view.snapshot import Snapshot
from holdfast.actors.console.view.ticker import Ticker

__all__ = ["look_once", "watch"]

EXIT_CODES: Final = {Reason.INTERRUPTED: 130, Reason.TERMINATED: 143}

LONG: Final = 3600.0
"""Seconds: somebody who watches may do so for longer, and is waited for anew."""


@dataclass(frozen=True, slots=True)
class _Look:
    answer: Any
    """As it came."""
    snapshot: Snapshot


def look_once(fleet: RunningFleet, names: Sequence[str]) -> int:
    """Show how a fleet is; return the exit code.

    Args:
        fleet: that is asked.
        names: names, globs and groups; none for all.

    Raises:
        Problem: nobody answers, or none has such a name.
    """
    look, now, named = _look(fleet, names), time.time(), bool(names)
    if on_terminal() and not fleet.as_json:
        console = Console()
        console.print(fleet_picture(look.snapshot, now=now, width=console.width, named=named))
    else:
        fleet.show(look.answer, fleet_lines(look.snapshot, now=now, named=named))
    return _exit_code(names, look)


def watch(fleet: RunningFleet, names: Sequence[str], seconds: float) -> int:
    """Show how a fleet is until `q` or a signal; return the exit code.

    A fleet that goes away is said to be gone, and is seen again when it is back.

    Args:
        fleet: that is asked.
        names: names, globs and groups; none for all.
        seconds: from one look to the next.

    Raises:
        Problem: nobody answers even the first time, or none has such a name.
    """
    looks = [_look(fleet, names)]
    named, live = bool(names), on_terminal() and not fleet.as_json
    watched = Table(named=named) if live else Lines(fleet, named=named)
    with Ending() as ending:
        key = QuitKey(partial(ending.ask, Reason.QUIT))
        ending.before_abort = partial(_give_back, key)
        deed = partial(_look_again, fleet, names, watched, looks)
        failed = partial(ending.ask, Reason.OUTPUT_FAILED)
        with key, watched.showing(), Ticker(deed, seconds, failed) as ticker:
            while (reason := ending.wait(LONG)) is None:
                pass
        if ticker.failure is not None:
            raise ticker.failure
    return EXIT_CODES.get(reason, _exit_code(names, looks[-1]))


def _look(fleet: RunningFleet, names: Sequence[str]) -> _Look:
    answer = fleet.ask("status", names)
    try:
        return _Look(answer, msgspec.convert(answer, Snapshot))
    except msgspec.ValidationError as error:
        raise Problem(f"the fleet's answer isn't as this holdfast knows it: {error}") from None


def _look_again(
    fleet: RunningFleet, names: Sequence[str], watched: Watched, looks: list[_Look]
) -> None:
    try:
        looks[:] = [_look(fleet, names)]
    except Problem as problem:
        watched.gone(str(problem))
    else:
        watched.draw(looks[0].answer, looks[0].snapshot)


def _give_back(key: QuitKey) -> None:
    """Leave the terminal as it was, when there is no time for anything else."""
    key.restore()
    show_cursor()


def _exit_code(names: Sequence[str], look: _Look) -> int:
    return NOT_SO if names and not look.snapshot.all_ready else DONE
