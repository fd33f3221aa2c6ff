"""The story of a connection as a person would tell it: what it is, why, what comes next."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final

from holdfast.handlers.advice import ends_quarantine
from holdfast.handlers.cause import Cause
from holdfast.handlers.lifecycle import Phase
from holdfast.handlers.transition import Reason, Transition

MINUTE: Final = 60
HOUR: Final = 3600


@dataclass(frozen=True, slots=True, kw_only=True)
class Situation:
    """Where a connection is now.

    Attributes:
        name: of the connection.
        phase: it is in.
        since: Unix seconds at which the phase began.
        now: Unix seconds.
        cause: of its last failure.
        rule: of the last decision about one.
        retry_in: seconds until the next attempt, None without one.
        waits_for: what holds it back besides the time.
    """

    name: str
    phase: Phase
    since: float
    now: float
    cause: Cause | None = None
    rule: str | None = None
    retry_in: float | None = None
    waits_for: str | None = None


def tell_story(situation: Situation, history: Sequence[Transition]) -> str:
    """Return the story of a connection, several lines of text.

    Args:
        situation: where it is now.
        history: how it came there, oldest first.
    """
    lines = [_headline(situation)]
    if situation.cause is not None:
        lines.append(_why(situation, situation.cause))
    following = _what_next(situation)
    if following is not None:
        lines.append(f"What comes next: {following}.")
    if history:
        lines += ["What happened (UTC):", *(f"  {_step(each)}" for each in history)]
    return "\n".join(lines)


def duration(seconds: float) -> str:
    """Return a span of time as people say it.

    Args:
        seconds: zero or more.
    """
    if seconds < MINUTE:
        return f"{seconds:.1f} s"
    if seconds < HOUR:
        return f"{seconds // MINUTE:.0f} min {seconds % MINUTE:.0f} s"
    return f"{seconds // HOUR:.0f} h {seconds % HOUR // MINUTE:.0f} min"


def _headline(now: Situation) -> str:
    spent = duration(max(0.0, now.now - now.since))
    return f"{now.name} is {now.phase}, since {_at(now.since)} UTC ({spent})."


def _why(now: Situation, cause: Cause) -> str:
    label = "Why" if now.phase not in _WELL else "Last failure"
    rule = "" if now.rule is None else f" The rule for it: {now.rule}."
    return f"{label}: {cause.name} ({cause.detail}).{rule}"


_WELL: Final = frozenset({Phase.READY, Phase.CONNECTING, Phase.AUTHENTICATING})


def _what_next(now: Situation) -> str | None:
    if now.phase is Phase.QUARANTINED:
        return f"nothing by itself; {ends_quarantine(now.rule)}"
    if now.waits_for is not None:
        return f"it waits for {now.waits_for}"
    if now.retry_in is not None:
        return f"it is dialled again in {duration(max(0.0, now.retry_in))}"
    return None


def _step(step: Transition) -> str:
    told = "; ".join(_told(step.reason))
    return f"{_at(step.time)}  {step.before} → {step.after}" + (f"  {told}" if told else "")


def _told(reason: Reason) -> list[str]:
    parts = [] if reason.cause is None else [f"{reason.cause.name}: {reason.cause.detail}"]
    if reason.rule is not None:
        parts.append(f"rule {reason.rule}")
    if reason.delay is not None:
        parts.append(f"attempt {reason.attempt} after {duration(reason.delay)}")
    if reason.budget is not None:
        parts.append(f"{reason.budget} more borne")
    if reason.token is not None:
        parts.append(f"token {reason.token}")
    parts += [
        f"{number} message{'' if number == 1 else 's'} {fate}"
        for number, fate in ((reason.kept, "kept"), (reason.lost, "dead"))
        if number
    ]
    return parts


def _at(unix: float) -> str:
    return datetime.fromtimestamp(unix, UTC).strftime("%Y-%m-%d %H:%M:%S")
