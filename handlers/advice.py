"""What a person can do about a connection that is down, by the rule that left it so."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from holdfast.handlers.restart import Rule

ENDS_QUARANTINE: Final[Mapping[str, str]] = MappingProxyType(
    {
        Rule.AUTH_REJECTED_TWICE.value: (
            "the server refused these credentials twice: give it new ones, or resume it once they "
            "are good"
        ),
        Rule.SESSION_TAKEN.value: (
            "somebody else uses this account: end that session, then resume this one"
        ),
        Rule.INTENSITY_EXCEEDED.value: (
            "it failed too often in a short time: mend what the cause names, then resume it"
        ),
    }
)
"""What would end a quarantine, by its rule."""

OTHERWISE: Final = "mend what the cause names, then resume it"


def ends_quarantine(rule: str | None) -> str:
    """Return what would end a quarantine.

    Args:
        rule: that led to it.
    """
    return ENDS_QUARANTINE.get(rule or "", OTHERWISE)
