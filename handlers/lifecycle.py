"""The life of a connection, as one table; the picture in the docs is drawn from it."""

from collections.abc import Mapping
from enum import StrEnum
from types import MappingProxyType
from typing import Final


class Phase(StrEnum):
    """Where a connection is in its life."""

    CONNECTING = "connecting"
    """The dial is under way, or waits for its turn."""
    AUTHENTICATING = "authenticating"
    """The stream is open, the credentials are not yet taken."""
    READY = "ready"
    """Authenticated and subscribed: messages flow."""
    CLOSING = "closing"
    """The close was asked for, the stream is not yet gone."""
    STOPPED = "stopped"
    """Over."""
    BACKOFF = "backoff"
    """It failed and waits for its next attempt."""
    QUARANTINED = "quarantined"
    """It failed in a way that needs a person."""


class Event(StrEnum):
    """What moves a connection from one phase to the next."""

    OPENED = "opened"
    """The handshake is done."""
    ACCEPTED = "accepted"
    """The server took the credentials, or none were needed."""
    RETRY = "retry"
    """It failed, and the decision was to try again."""
    QUARANTINE = "quarantine"
    """It failed, and the decision was to leave it."""
    DIAL = "dial"
    """The delay is over, or a restart was asked for."""
    RESUME = "resume"
    """A person let it go on."""
    CLOSE = "close"
    """It was asked to stop."""
    CLOSED = "closed"
    """The stream is gone and nothing comes after it."""


class IllegalTransition(Exception):  # noqa: N818 the name says what it is; "Error" would add nothing
    """An event that cannot happen in this phase."""


INITIAL: Final = Phase.CONNECTING

TRANSITIONS: Final[Mapping[tuple[Phase, Event], Phase]] = MappingProxyType(
    {
        (Phase.CONNECTING, Event.OPENED): Phase.AUTHENTICATING,
        (Phase.CONNECTING, Event.RETRY): Phase.BACKOFF,
        (Phase.CONNECTING, Event.QUARANTINE): Phase.QUARANTINED,
        (Phase.CONNECTING, Event.CLOSE): Phase.CLOSING,
        (Phase.CONNECTING, Event.CLOSED): Phase.STOPPED,
        (Phase.AUTHENTICATING, Event.ACCEPTED): Phase.READY,
        (Phase.AUTHENTICATING, Event.RETRY): Phase.BACKOFF,
        (Phase.AUTHENTICATING, Event.QUARANTINE): Phase.QUARANTINED,
        (Phase.AUTHENTICATING, Event.CLOSE): Phase.CLOSING,
        (Phase.AUTHENTICATING, Event.CLOSED): Phase.STOPPED,
        (Phase.READY, Event.RETRY): Phase.BACKOFF,
        (Phase.READY, Event.QUARANTINE): Phase.QUARANTINED,
        (Phase.READY, Event.CLOSE): Phase.CLOSING,
        (Phase.READY, Event.CLOSED): Phase.STOPPED,
        (Phase.BACKOFF, Event.DIAL): Phase.CONNECTING,
        (Phase.BACKOFF, Event.CLOSE): Phase.STOPPED,
        (Phase.QUARANTINED, Event.RESUME): Phase.CONNECTING,
        (Phase.QUARANTINED, Event.CLOSE): Phase.STOPPED,
        (Phase.CLOSING, Event.CLOSED): Phase.STOPPED,
        (Phase.CLOSING, Event.DIAL): Phase.CONNECTING,
        (Phase.CLOSING, Event.RETRY): Phase.BACKOFF,
    }
)


def step(phase: Phase, event: Event) -> Phase:
    """Return the phase that follows.

    Args:
        phase: where the connection is.
        event: what happened.

    Raises:
        IllegalTransition: `event` cannot happen in `phase`.
    """
    try:
        return TRANSITIONS[phase, event]
    except KeyError:
        raise IllegalTransition(f"{event} cannot happen to a connection that is {phase}") from None


def mermaid() -> str:
    """Return the table as a Mermaid state diagram."""
    arrows = [f"    {phase} --> {after}: {event}" for (phase, event), after in TRANSITIONS.items()]
    return "\n".join(
        ["stateDiagram-v2", f"    [*] --> {INITIAL}", *arrows, f"    {Phase.STOPPED} --> [*]", ""]
    )
