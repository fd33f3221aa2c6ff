"""From a failed step of authentication to the cause of a failed connection."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from holdfast.handlers.auth.results import Failed, FailureKind
from holdfast.handlers.cause import Cause, CauseKind

CAUSES: Final[Mapping[FailureKind, tuple[CauseKind, str]]] = MappingProxyType(
    {
        FailureKind.REFUSED: (CauseKind.AUTH, "auth_rejected"),
        FailureKind.CRASHED: (CauseKind.CRASH, "auth_handler_crash"),
        FailureKind.UNSENT: (CauseKind.NETWORK, "auth_send_failed"),
    }
)
"""The kind of cause and its name, for each kind of failure."""


def cause_of(failed: Failed) -> Cause:
    """Return why a connection fails when its authentication did.

    Args:
        failed: the result of a step of the flow.
    """
    kind, name = CAUSES[failed.kind]
    return Cause(kind, name, failed.reason)
