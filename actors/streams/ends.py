"""Why a stream ended, from what its server said or did."""

from typing import Final

from holdfast.actors.streams.stream import Stream
from holdfast.actors.wire.frames import Violation
from holdfast.handlers import Cause, CauseKind
from holdfast.handlers.evidence import from_close

__all__ = ["close_cause", "said_code", "violation_cause"]

NO_STATUS_RECEIVED: Final = 1005
"""Stands for a close frame without a code (RFC 6455 7.4.1); without a frame there is None."""

VIOLATIONS: Final = {1007: "invalid_utf8", 1009: "message_too_big"}
"""Names of causes by the close code that RFC 6455 7.4.1 prescribes; others are protocol errors."""


def said_code(code: int | None) -> int:
    """Return the code that a close frame stands for.

    Args:
        code: in the frame; None for a frame without one.
    """
    return NO_STATUS_RECEIVED if code is None else code


def close_cause(stream: Stream, code: int | None, reason: str) -> Cause:
    """Return why a stream was closed.

    Args:
        stream: which; it may have been we who asked for it.
        code: the close code; None when it ended without a close frame.
        reason: what the server gave as its reason.
    """
    if stream.closing:
        return Cause(CauseKind.NORMAL, "closed_by_us", "closed by us", code=code)
    return from_close(code, reason, stream.spec.close_codes)


def violation_cause(violation: Violation) -> Cause:
    """Return the cause that a breach of the protocol is."""
    name = VIOLATIONS.get(violation.close_code, "protocol_violation")
    return Cause(CauseKind.PROTOCOL, name, violation.reason, code=violation.close_code)
