"""Why every connection of a fleet has stopped, when that was a failure: one line for people."""

from collections.abc import Iterable
from typing import Final

from holdfast.actors import ConnectionStatus
from holdfast.handlers import Cause, CauseKind, Rule

__all__ = ["why_given_up"]

MACHINE_GAVE_UP: Final = "machine_gave_up"


def why_given_up(statuses: Iterable[ConnectionStatus]) -> str | None:
    """Return why a fleet was given up.

    Args:
        statuses: of all of its connections, each of which has stopped.

    Returns:
        One line; None when every connection had come to an end of its own.
    """
    # Its siblings, and what failed while it was told to stop, have stopped after it.
    for status in sorted(statuses, key=lambda each: each.since):
        if _machine_gave_up(status):
            return f"the machine crashed too often: {_told(status.cause)}"
        if _failed_too_often(status):
            return f'connection "{status.name}" failed too often: {_told(status.cause)}'
    return None


def _machine_gave_up(status: ConnectionStatus) -> bool:
    return status.cause is not None and status.cause.name == MACHINE_GAVE_UP


def _failed_too_often(status: ConnectionStatus) -> bool:
    went_along = status.cause is not None and status.cause.kind is CauseKind.SIBLING
    return status.rule == Rule.INTENSITY_EXCEEDED and not went_along


def _told(cause: Cause | None) -> str:
    return "no cause is known" if cause is None else f"{cause.name}: {cause.detail}"
