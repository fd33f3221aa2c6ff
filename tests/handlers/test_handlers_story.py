"""The story of a connection: what it is, why, what comes next, what happened."""

from collections.abc import Sequence
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from holdfast.handlers import Cause, CauseKind, Phase, Reason, Rule, Transition
from holdfast.handlers.advice import ends_quarantine
from holdfast.handlers.episodes import fold
from holdfast.handlers.story import Situation, tell_story
from holdfast.handlers.transition import KEPT, NO_REASON
from holdfast.handlers.when import clock_time, duration

REFUSED = Cause(CauseKind.AUTH, "auth_rejected", "the server refused the login: invalid signature")
LOST = Cause(CauseKind.NETWORK, "connection_lost", "the stream ended")
NOBODY = Cause(CauseKind.NETWORK, "connection_refused", "nobody listens there")

DAY = 86_400.0
NIGHT = 20_000 * DAY + 2 * 3600 + 14 * 60
"""14 minutes past two, on 2024-10-04."""


def walk(
    *steps: tuple[Phase, Reason], begins: Phase = Phase.CONNECTING, at: float = NIGHT
) -> list[Transition]:
    """Return a history through these phases, a second a step."""
    history: list[Transition] = []
    for number, (after, reason) in enumerate(steps):
        history.append(
            Transition(
                connection="a",
                incarnation=1,
                time=at + number,
                before=begins,
                after=after,
                reason=reason,
            )
        )
        begins = after
    return history


def down(cause: Cause, attempt: int, lost: int = 0) -> tuple[Phase, Reason]:
    """Return a step into a backoff."""
    delay = float(attempt)
    rule = Rule.NETWORK_BACKOFF.value
    return Phase.BACKOFF, Reason(cause=cause, rule=rule, delay=delay, attempt=attempt, lost=lost)


def on(phase: Phase) -> tuple[Phase, Reason]:
    """Return a step that was no failure."""
    return phase, NO_REASON


def refused_over_and_over(rounds: int, first_attempt: int = 1) -> list[Transition]:
    """Return a history of dials that nobody took."""
    steps = [
        step
        for attempt in range(first_attempt, first_attempt + rounds)
        for step in (down(NOBODY, attempt), on(Phase.CONNECTING))
    ]
    return walk(*steps[:-1])


def story_of(history: Sequence[Transition], phase: Phase, cause: Cause) -> list[str]:
    """Return the lines of a story a minute and a quarter after a history's end."""
    since = history[-1].time
    situation = Situation(
        name="a", phase=phase, since=since, now=since + 75, cause=cause, rule="network_backoff"
    )
    return tell_story(situation, history).splitlines()


def test_a_quarantine_is_told_with_its_failures_its_time_and_what_would_end_it() -> None:
    quarantine = Reason(cause=REFUSED, rule="auth_rejected_twice", token="dropped", kept=3, lost=1)
    history = walk(
        (Phase.AUTHENTICATING, NO_REASON),
        (Phase.BACKOFF, Reason(cause=REFUSED, rule="auth_retry_once", delay=0.4, attempt=1)),
        (Phase.CONNECTING, NO_REASON),
        (Phase.AUTHENTICATING, NO_REASON),
        (Phase.QUARANTINED, quarantine),
    )
    situation = Situation(
        name="deribit-1",
        phase=Phase.QUARANTINED,
        since=NIGHT + 4,
        now=NIGHT + 79,
        cause=REFUSED,
        rule=Rule.AUTH_REJECTED_TWICE.value,
    )
    assert tell_story(situation, history).splitlines() == [
        (
            "deribit-1: quarantined since 02:14:04 UTC (1 min 15 s) after 2 refused logins "
            "(`the server refused the login: invalid signature`)."
        ),
        "Cause: auth_rejected. Rule: auth_rejected_twice.",
        (
            "The fleet will not try again until `holdfast resume deribit-1` or new credentials, "
            "which `holdfast reload` reads if the fleet's file refers to them by `file:`. The "
            "server refused these credentials twice: give it new ones, or resume it once they are "
            "good."
        ),
        "What happened (UTC):",
        "  02:14:00  connecting → authenticating",
        (
            "  02:14:01  authenticating → backoff  auth_rejected: the server refused the login: "
            "invalid signature; rule auth_retry_once; attempt 1 after 0.4 s"
        ),
        "  02:14:02  backoff → connecting",
        "  02:14:03  connecting → authenticating",
        (
            "  02:14:04  authenticating → quarantined  auth_rejected: the server refused the "
            "login: invalid signature; rule auth_rejected_twice; token dropped; 3 messages kept; "
            "1 message dead"
        ),
    ]


def test_a_backoff_is_told_with_its_next_attempt_and_the_command_that_makes_it_now() -> None:
    reason = Reason(cause=LOST, rule="r", delay=3.5, attempt=2, budget=1)
    history = walk((Phase.BACKOFF, reason), begins=Phase.READY)
    situation = Situation(
        name="my feed", phase=Phase.BACKOFF, since=NIGHT, now=NIGHT, cause=LOST, retry_in=2.5
    )
    story = tell_story(situation, history)
    assert "The fleet tries again in 2.5 s; `holdfast resume 'my feed'` does so now." in story
    assert "rule r; attempt 2 after 3.5 s; 1 more borne" in story
    story = tell_story(replace(situation, name="-x"), history)
    assert "`holdfast resume -- -x` does so now." in story


def test_an_attempt_without_a_delay_is_told_as_made_at_once() -> None:
    at_once = (Phase.BACKOFF, Reason(cause=LOST, delay=0.04, attempt=1))
    history = walk(at_once, begins=Phase.READY)
    situation = Situation(name="a", phase=Phase.BACKOFF, since=NIGHT, now=NIGHT, retry_in=0.0)
    story = tell_story(situation, history)
    assert "The fleet tries again at once." in story
    assert story.endswith("attempt 1 at once")


def test_who_waits_for_another_is_told_so() -> None:
    situation = Situation(
        name="a", phase=Phase.BACKOFF, since=0.0, now=1.0, waits_for="the outage of h:80 to end"
    )
    assert tell_story(situation, []).splitlines()[1:] == ["It waits for the outage of h:80 to end."]


def test_a_connection_that_is_well_has_a_short_story() -> None:
    situation = Situation(name="a", phase=Phase.READY, since=0.0, now=7_260.0)
    assert tell_story(situation, []) == "a: ready since 00:00:00 UTC (2 h 1 min)."


def test_one_that_is_well_again_tells_its_last_failure_and_when_that_was() -> None:
    history = walk(down(LOST, 1), on(Phase.CONNECTING), on(Phase.READY), begins=Phase.READY)
    _, failure, *_ = story_of(history, Phase.READY, LOST)
    assert failure == (
        "Last failure at 02:14:00 UTC: connection_lost (`the stream ended`). Rule: network_backoff."
    )


def test_what_has_stopped_says_what_starts_it() -> None:
    situation = Situation(name="a", phase=Phase.STOPPED, since=0.0, now=1.0)
    assert "It stays so until `holdfast start a`." in tell_story(situation, [])


def test_what_went_down_with_others_is_not_told_as_having_failed_itself() -> None:
    history = walk((Phase.STOPPED, Reason(cause=LOST)), begins=Phase.BACKOFF)
    headline, *_ = story_of(history, Phase.STOPPED, LOST)
    assert headline == "a: stopped since 02:14:00 UTC (1 min 15 s): `the stream ended`."


def test_failures_are_counted_since_it_was_last_stable() -> None:
    """Attempt 1 is the first failure after it was stable."""
    history = refused_over_and_over(3) + refused_over_and_over(4)
    headline, *_ = story_of(history, Phase.BACKOFF, NOBODY)
    assert "after 4 network failures (`nobody listens there`)" in headline


def test_failures_of_another_kind_are_not_counted_with_them() -> None:
    steps = (down(REFUSED, 1), on(Phase.CONNECTING), down(NOBODY, 2))
    headline, *_ = story_of(walk(*steps), Phase.BACKOFF, NOBODY)
    assert "after 1 network failure (" in headline


def test_a_count_that_began_before_what_is_remembered_says_so() -> None:
    history = refused_over_and_over(400, first_attempt=1)[-KEPT:]
    headline, *_ = story_of(history, Phase.BACKOFF, NOBODY)
    assert "after 128 or more network failures" in headline


def test_what_went_round_and_round_is_one_line() -> None:
    history = walk(down(LOST, 1), on(Phase.CONNECTING), begins=Phase.READY)
    history += [*refused_over_and_over(12, first_attempt=2)]
    *_, first, cycle = story_of(history, Phase.BACKOFF, NOBODY)
    assert first.endswith(
        "ready → backoff  connection_lost: the stream ended; "
        "rule network_backoff; attempt 1 after 1 s"
    )
    assert cycle == (
        "  02:14:01–02:14:22  12 × backoff → connecting → backoff  "
        "connection_refused: nobody listens there; rule network_backoff; "
        "attempts 2–13, at most 13 s apart"
    )


def test_what_was_started_again_and_again_is_told_from_its_beginning() -> None:
    life = (on(Phase.READY), on(Phase.CLOSING), on(Phase.STOPPED))
    history = [step for _ in range(3) for step in walk(*life)]
    *_, cycle = story_of(history, Phase.STOPPED, LOST)
    assert cycle.endswith("3 × connecting → ready → closing → stopped")
    history = [*walk(*life)[1:], *history]
    *_, cycle, _, _ = story_of(history, Phase.STOPPED, LOST)
    assert cycle.endswith("3 × ready → closing → stopped → connecting → ready")


def test_restarts_with_a_group_are_no_attempts() -> None:
    cause = Cause(CauseKind.SIBLING, "sibling_restart", "'b' of its group is restarted")
    reason = Reason(cause=cause, rule=Rule.WITH_GROUP.value, delay=0.0, attempt=0)
    round_trip = ((Phase.BACKOFF, reason), on(Phase.CONNECTING))
    history = [step for _ in range(3) for step in walk(*round_trip)]
    *_, cycle = story_of(history, Phase.CONNECTING, cause)
    assert cycle.endswith("rule with_group; again at once")


def test_messages_that_died_in_each_round_are_added_up() -> None:
    history = [step for _ in range(3) for step in walk(down(LOST, 1, lost=2), on(Phase.CONNECTING))]
    *_, cycle = story_of(history, Phase.CONNECTING, LOST)
    assert cycle.endswith("6 messages dead")


def test_what_a_peer_said_can_not_tell_a_story_of_its_own() -> None:
    hostile = Cause(CauseKind.AUTH, "auth_rejected", "no\na: ready since 1970\x1b[2J")
    history = walk(down(hostile, 1))
    assert tell_story(
        Situation(name="a", phase=Phase.BACKOFF, since=NIGHT, now=NIGHT, cause=hostile), history
    ).splitlines() == [
        (
            r"a: backoff since 02:14:00 UTC (0 s) after 1 refused login "
            r"(`no\na: ready since 1970\x1b[2J`)."
        ),
        "Cause: auth_rejected.",
        "What happened (UTC):",
        (
            r"  02:14:00  connecting → backoff  auth_rejected: no\na: ready since 1970\x1b[2J; "
            "rule network_backoff; attempt 1 after 1 s"
        ),
    ]


def test_a_time_has_its_date_only_where_that_is_not_today() -> None:
    history = walk(down(LOST, 1), at=NIGHT - DAY) + walk(on(Phase.CONNECTING), begins=Phase.BACKOFF)
    *_, yesterday, today = story_of(history, Phase.CONNECTING, LOST)
    assert yesterday.startswith("  2024-10-03 02:14:00  connecting → backoff")
    assert today == "  02:14:00             backoff → connecting"


def test_a_long_history_ends_with_its_latest_steps_and_says_how_many_came_before() -> None:
    causes = [Cause(CauseKind.NETWORK, f"cause_{number}", "") for number in range(30)]
    history = walk(*(down(cause, 1) for cause in causes))
    _, before, told = "\n".join(story_of(history, Phase.BACKOFF, causes[-1])).partition(
        "\n  … 10 earlier steps\n"
    )
    assert before
    assert len(told.splitlines()) == 20


@pytest.mark.parametrize(
    ("seconds", "told"),
    [
        *((0.0, "0 s"), (0.0421, "0.042 s"), (1.5, "1.5 s"), (9.96, "10 s"), (59.4, "59 s")),
        *((59.97, "1 min"), (61.0, "1 min 1 s"), (119.6, "2 min"), (3_599.7, "1 h")),
        *((3_605, "1 h"), (3_660, "1 h 1 min"), (7_199, "1 h 59 min"), (90_000, "1 d 1 h")),
    ],
)
def test_spans_of_time_are_told_as_people_say_them(seconds: float, told: str) -> None:
    assert duration(seconds) == told


def test_midnight_is_another_day() -> None:
    midnight = 20_000 * DAY
    assert clock_time(midnight - 1, midnight) == "2024-10-03 23:59:59"
    assert clock_time(midnight, midnight + DAY - 1) == "00:00:00"


def test_every_quarantine_says_what_would_end_it() -> None:
    quarantines = (Rule.AUTH_REJECTED_TWICE, Rule.SESSION_TAKEN, Rule.INTENSITY_EXCEEDED)
    told = {ends_quarantine(rule.value) for rule in quarantines}
    assert len(told) == len(quarantines)
    assert ends_quarantine(None) not in told


PHASES = st.sampled_from([Phase.CONNECTING, Phase.BACKOFF, Phase.READY])


@given(st.lists(PHASES, max_size=60))
def test_folding_loses_no_step_and_keeps_their_order(phases: list[Phase]) -> None:
    history = walk(*(on(phase) for phase in phases))
    episodes = fold(history)
    assert [step for episode in episodes for step in episode.steps] == history
    for episode in episodes:
        assert len(episode.steps) == episode.rounds * len(episode.last_round)


@given(
    st.lists(PHASES, max_size=60), st.sampled_from([None, LOST, REFUSED]), st.sampled_from(Phase)
)
def test_there_is_a_story_for_every_history(
    phases: list[Phase], cause: Cause | None, phase: Phase
) -> None:
    history = walk(*((each, Reason(cause=cause)) for each in phases))
    situation = Situation(name="a", phase=phase, since=NIGHT, now=NIGHT, cause=cause)
    assert tell_story(situation, history).startswith(f"a: {phase} since 02:14:00 UTC (0 s)")
