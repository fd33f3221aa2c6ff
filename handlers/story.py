"""The story of a connection as a person would tell it: what it is, why, what comes next."""

import shlex
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final

from holdfast.handlers.advice import ends_quarantine
from holdfast.handlers.cause import Cause, CauseKind
from holdfast.handlers.episodes import Episode, fold
from holdfast.handlers.lifecycle import Phase
from holdfast.handlers.one_line import one_line
from holdfast.handlers.restart import Rule
from holdfast.handlers.transition import KEPT, Transition, Wish
from holdfast.handlers.when import clock_time, duration

SHOWN: Final = 20
"""Episodes at the end of a history that are told; the whole of it is data."""

AT_ONCE: Final = 0.05
"""Seconds: what is shorter would be told as 0.0 s."""

RELOADED: Final = (
    " or new credentials, which `holdfast reload` reads if the fleet's file refers to them by "
    "`file:`"
)
"""The other way out of a quarantine; what `env:` refers to is fixed while a process runs."""


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
    lines = [_headline(situation, history)]
    if situation.cause is not None:
        lines.append(_why(situation, situation.cause, history))
    following = _what_next(situation)
    if following is not None:
        lines.append(following)
    if history:
        lines += ["What happened (UTC):", *_happened(history, situation.now)]
    return "\n".join(lines)


_DOWN: Final = frozenset({Phase.BACKOFF, Phase.QUARANTINED, Phase.STOPPED})

_FAILURES: Final[Mapping[CauseKind, tuple[str, str]]] = MappingProxyType(
    {
        CauseKind.NETWORK: ("network failure", "network failures"),
        CauseKind.BUSY: ("answer of a busy server", "answers of a busy server"),
        CauseKind.AUTH: ("refused login", "refused logins"),
        CauseKind.PROTOCOL: ("protocol error", "protocol errors"),
        CauseKind.CRASH: ("crash of its handler", "crashes of its handler"),
        CauseKind.TAKEN: ("loss of its session", "losses of its session"),
        CauseKind.NORMAL: ("normal close", "normal closes"),
        CauseKind.MACHINE: ("crash of the machine", "crashes of the machine"),
        CauseKind.SIBLING: ("restart of its group", "restarts of its group"),
    }
)


_ASKED: Final[Mapping[Wish, str]] = MappingProxyType(
    {
        "restart": "somebody asked for a restart",
        "resume": "somebody resumed it",
        "stop": "somebody asked for its end",
    }
)


def _headline(now: Situation, history: Sequence[Transition]) -> str:
    spent = duration(max(0.0, now.now - now.since))
    since = f"{now.name}: {now.phase} since {clock_time(now.since, now.now)} UTC ({spent})"
    if now.phase not in _DOWN or now.cause is None:
        return f"{since}."
    failures = _streak(now.cause.kind, history)
    if not failures:
        return f"{since}: {_detail(now.cause)}."
    return f"{since} after {_count(now.cause.kind, failures, history)} ({_detail(now.cause)})."


def _detail(cause: Cause) -> str:
    """Return what a peer may have said, so that it can't tell a story of its own."""
    return f"`{one_line(cause.detail)}`"


def _count(kind: CauseKind, failures: Sequence[Transition], history: Sequence[Transition]) -> str:
    oldest = next(filter(_is_failure, history))
    forgotten = len(history) >= KEPT and failures[-1] is oldest and not _is_first(oldest)
    one, many = _FAILURES[kind]
    if len(failures) == 1 and not forgotten:
        return f"1 {one}"
    return f"{len(failures)}{' or more' if forgotten else ''} {many}"


def _is_failure(step: Transition) -> bool:
    return step.reason.cause is not None and step.before not in _DOWN


def _is_first(failure: Transition) -> bool:
    """Tell whether it was stable before; a sibling's failure doesn't count as an attempt."""
    return failure.reason.attempt is not None and failure.reason.attempt <= 1


def _streak(kind: CauseKind, history: Sequence[Transition]) -> list[Transition]:
    """Return the last failures in a row of one kind since it was stable, newest first."""
    streak: list[Transition] = []
    for step in filter(_is_failure, reversed(history)):
        if step.reason.cause is None or step.reason.cause.kind is not kind:
            break
        streak.append(step)
        if _is_first(step):
            break
    return streak


def _why(now: Situation, cause: Cause, history: Sequence[Transition]) -> str:
    rule = "" if now.rule is None else f" Rule: {now.rule}."
    if now.phase in _DOWN:
        return f"Cause: {cause.name}.{rule}"
    failures = _streak(cause.kind, history)
    at = f" at {clock_time(failures[0].time, now.now)} UTC" if failures else ""
    return f"Last failure{at}: {cause.name} ({_detail(cause)}).{rule}"


def _what_next(now: Situation) -> str | None:
    if now.phase is Phase.QUARANTINED:
        return _quarantine(now)
    if now.waits_for is not None:
        return f"It waits for {now.waits_for}."
    if now.retry_in is not None:
        if now.retry_in < AT_ONCE:
            return "The fleet tries again at once."
        again = duration(now.retry_in)
        return f"The fleet tries again in {again}; {_command('resume', now)} does so now."
    if now.phase is Phase.STOPPED:
        return f"It stays so until {_command('start', now)}."
    return None


def _quarantine(now: Situation) -> str:
    by_auth = now.rule == Rule.AUTH_REJECTED_TWICE
    credentials = RELOADED if by_auth else ""
    advice = ends_quarantine(now.rule)
    return (
        f"The fleet will not try again until {_command('resume', now)}{credentials}. "
        f"{advice[0].upper()}{advice[1:]}."
    )


def _command(verb: str, now: Situation) -> str:
    # A name that begins like an option is none behind `--`.
    end = "-- " if now.name.startswith("-") else ""
    return f"`holdfast {verb} {end}{shlex.quote(now.name)}`"


def _happened(history: Sequence[Transition], now: float) -> list[str]:
    episodes = fold(history)
    earlier = sum(len(episode.steps) for episode in episodes[:-SHOWN])
    times = [_when(episode, now) for episode in episodes[-SHOWN:]]
    width = max(map(len, times))
    lines = [
        f"  {time:<{width}}  {_step(episode)}"
        for time, episode in zip(times, episodes[-SHOWN:], strict=True)
    ]
    return [f"  … {earlier} earlier steps", *lines] if earlier else lines


def _when(episode: Episode, now: float) -> str:
    begun, ended = episode.steps[0].time, episode.steps[-1].time
    if episode.rounds == 1:
        return clock_time(begun, now)
    return f"{clock_time(begun, now)}–{clock_time(ended, now)}"


def _step(episode: Episode) -> str:
    often = "" if episode.rounds == 1 else f"{episode.rounds} × "
    told = "; ".join(_told(episode))
    return often + " → ".join(episode.path) + (f"  {told}" if told else "")


def _told(episode: Episode) -> list[str]:
    latest = [step.reason for step in episode.last_round]
    parts = [f"{each.cause.name}: {one_line(each.cause.detail)}" for each in latest if each.cause]
    parts += [_ASKED[each.asked] for each in latest if each.asked]
    parts += [f"rule {each.rule}" for each in latest if each.rule]
    parts += _attempts(episode)
    parts += [f"{each.budget} more borne" for each in latest if each.budget is not None]
    parts += [f"token {each.token}" for each in latest if each.token]
    kept = max(each.kept for each in latest)
    dead = sum(step.reason.lost for step in episode.steps)
    parts += [
        f"{number} message{'' if number == 1 else 's'} {fate}"
        for number, fate in ((kept, "kept"), (dead, "dead"))
        if number
    ]
    return parts


def _attempts(episode: Episode) -> list[str]:
    delayed = [
        (step.reason.attempt, step.reason.delay)
        for step in episode.steps
        if step.reason.delay is not None
    ]
    if not delayed:
        return []
    # What goes along with its group without a failure of its own is at no attempt.
    attempts = [attempt for attempt, _ in delayed if attempt]
    longest = max(delay for _, delay in delayed)
    if len(delayed) == 1:
        return [
            f"attempt {attempts[0]} {_after(longest)}" if attempts else f"again {_after(longest)}"
        ]
    if not attempts:
        return [f"again {_after(longest, ' at most')}"]
    if longest < AT_ONCE:
        return [f"attempts {attempts[0]}–{attempts[-1]} at once"]
    return [f"attempts {attempts[0]}–{attempts[-1]}, at most {duration(longest)} apart"]


def _after(delay: float, bound: str = "") -> str:
    return "at once" if delay < AT_ONCE else f"after {duration(delay)}{bound}"
