"""`send`: a message over connections, and what became of it."""

import base64
import time
from typing import Annotated, Final

import msgspec
import pykka

from holdfast.actors import Outcome
from holdfast.actors.console.control.desk import Desk
from holdfast.actors.console.control.refusal import Refusal
from holdfast.actors.console.control.verb import Options
from holdfast.actors.errors import MailboxFull, UnknownConnection

__all__ = ["SendOptions", "send"]

WAITING: Final = "waiting"
"""The outcome of what has none yet."""

Seconds = Annotated[float, msgspec.Meta(ge=0, le=86_400)]


class SendOptions(Options, frozen=True, kw_only=True):
    """Of `send`; a message is either a text or, as base64, bytes."""

    text: str | None = None
    base64: str | None = None
    ttl: Seconds | None = None
    """After which it is no longer worth sending; None for never."""
    wait: Seconds = 0.0
    """For the outcomes."""


def send(desk: Desk, patterns: list[str], options: SendOptions) -> object:
    """Send a message over each connection, and wait for the outcomes."""
    payload = _payload(options)
    sent = {name: _begin(desk, name, payload, options.ttl) for name in desk.visible(patterns)}
    return _Sent(sent, options.wait)


class _Sent:
    """A message over each of some connections, on its way to its outcomes.

    Args:
        sent: by the connection's name, the future of the outcome, or why it was refused.
        seconds: that the outcomes are awaited.
    """

    def __init__(self, sent: dict[str, pykka.Future[Outcome] | str], seconds: float) -> None:
        self._sent = sent
        self._deadline = time.monotonic() + seconds

    def wait(self, seconds: float) -> bool:
        """Wait for a while at most; return whether all have their outcomes, or time is up."""
        until = min(self._deadline, time.monotonic() + seconds)
        outcomes = [_outcome(each, until) for each in self._sent.values()]
        late = any(each["outcome"] == WAITING for each in outcomes)
        return not late or time.monotonic() >= self._deadline

    def answer(self) -> object:
        """Return what has become of each."""
        now = time.monotonic()
        told = [{"name": name, **_outcome(each, now)} for name, each in self._sent.items()]
        return {"outcomes": told}


def _payload(options: SendOptions) -> str | bytes:
    if options.text is not None and options.base64 is None:
        return options.text
    if options.base64 is None or options.text is not None:
        raise Refusal("bad_request", "send needs a text, or bytes as base64, and not both")
    try:
        return base64.b64decode(options.base64, validate=True)
    except ValueError as error:  # binascii.Error, or a character beyond ASCII
        raise Refusal("bad_request", f"the base64 of send: {error}") from None


def _begin(
    desk: Desk, name: str, payload: str | bytes, ttl: float | None
) -> pykka.Future[Outcome] | str:
    """Return the future of the outcome, or why it was refused."""
    try:
        return desk.fleet.send(name, payload, ttl)
    except UnknownConnection:
        return desk.why_absent(name)
    except (MailboxFull, pykka.ActorDeadError) as error:
        return str(error)


def _outcome(sent: pykka.Future[Outcome] | str, deadline: float) -> dict[str, str]:
    if isinstance(sent, str):
        return {"outcome": Outcome.REFUSED, "why": sent}
    try:
        return {"outcome": sent.get(timeout=max(0.0, deadline - time.monotonic()))}
    except pykka.Timeout:
        return {"outcome": WAITING}
