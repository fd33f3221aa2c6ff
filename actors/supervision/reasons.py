"""What is remembered of a failure: the decision about it, and what it took along."""

from holdfast.actors.messages import Inbound, Kept
from holdfast.actors.slots.outbox import waiting
from holdfast.actors.slots.slot import Slot
from holdfast.handlers import Cause, CauseKind, Quarantine, Reason, Restart, Stop
from holdfast.handlers.transition import TokenFate

__all__ = ["reason_of", "sibling_cause"]


def reason_of(
    slot: Slot, decision: Restart | Quarantine | Stop, now: float, *, lost: int = 0
) -> Reason:
    """Return why a connection goes down.

    Args:
        slot: the connection, its cause noted already.
        decision: what comes next.
        now: monotonic seconds.
        lost: messages that became dead letters by it.
    """
    restart = decision if isinstance(decision, Restart) else None
    counted = len(decision.history.counted)
    return Reason(
        cause=slot.cause,
        rule=decision.rule.value,
        delay=None if restart is None else restart.delay,
        attempt=None if restart is None else restart.attempt,
        budget=max(0, slot.spec.restart.intensity - counted) if counted else None,
        token=_token(slot, now),
        kept=waiting(slot.outbox, slot.mailbox) + slot.mailbox.weigh(_unread),
        lost=lost,
    )


def sibling_cause(first: str | None) -> Cause:
    """Return the cause of a connection that goes down with another one of its group.

    Args:
        first: the one that failed, None if that is back already.
    """
    detail = f"restarted with {first!r} of its group, which failed" if first else "its group failed"
    return Cause(CauseKind.SIBLING, "sibling_restart", detail)


def _token(slot: Slot, now: float) -> TokenFate | None:
    if slot.auth is None or slot.auth.token is None:
        return None
    ended = slot.auth.expires_at is not None and slot.auth.expires_at <= now
    return "kept" if slot.keeps_token and not ended else "dropped"


def _unread(message: object) -> int:
    return len(message.messages) if isinstance(message, Kept | Inbound) else 0
