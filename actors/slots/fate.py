"""What becomes of a connection at the end of its present incarnation."""

from enum import StrEnum

__all__ = ["Fate", "stronger"]


class Fate(StrEnum):
    """Decided before the end; a later one overrides what is weaker, see `stronger`."""

    OPEN = "open"
    """Nobody has asked for its end: the restart table decides by the cause."""
    FOLLOW = "follow"
    """It goes down with a connection of its group, and comes back with it."""
    DIAL = "dial"
    """Somebody asked for a restart: it is dialled at once."""
    LEAVE = "leave"
    """It stops with its group or fleet; its slot stays and tells why."""
    FORGET = "forget"
    """Somebody asked for its end: its slot goes, too."""


_STRENGTH = {fate: strength for strength, fate in enumerate(Fate)}


def stronger(one: Fate, other: Fate) -> Fate:
    """Return the fate that overrides the other: no restart undoes a stop."""
    return max(one, other, key=_STRENGTH.__getitem__)
