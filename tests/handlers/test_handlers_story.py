"""The story of a connection: what it is, why, what comes next, what happened."""

import pytest

from holdfast.handlers import Cause, CauseKind, Phase, Reason, Rule, Transition
from holdfast.handlers.advice import ends_quarantine
from holdfast.handlers.story import Situation, duration, tell_story

REFUSED = Cause(CauseKind.AUTH, "auth_rejected", "the server refused the login: bad signature")


def test_a_quarantine_is_told_with_its_cause_its_time_and_what_would_end_it() -> None:
    story = tell_story(
        Situation(
            name="deribit-1",
            phase=Phase.QUARANTINED,
            since=1_000.0,
            now=1_075.0,
            cause=REFUSED,
            rule=Rule.AUTH_REJECTED_TWICE.value,
        ),
        [
            Transition(
                connection="deribit-1",
                incarnation=2,
                time=1_000.0,
                before=Phase.AUTHENTICATING,
                after=Phase.QUARANTINED,
                reason=Reason(
                    cause=REFUSED, rule="auth_rejected_twice", token="dropped", kept=3, lost=1
                ),
            )
        ],
    )
    assert story.splitlines() == [
        "deribit-1 is quarantined, since 1970-01-01 00:16:40 UTC (1 min 15 s).",
        (
            "Why: auth_rejected (the server refused the login: bad signature). "
            "The rule for it: auth_rejected_twice."
        ),
        (
            "What comes next: nothing by itself; the server refused these credentials twice: give "
            "it new ones, or resume it once they are good."
        ),
        "What happened (UTC):",
        (
            "  1970-01-01 00:16:40  authenticating → quarantined  auth_rejected: the server "
            "refused the login: bad signature; rule auth_rejected_twice; token dropped; "
            "3 messages kept; 1 message dead"
        ),
    ]


def test_a_backoff_is_told_with_the_time_of_its_next_attempt() -> None:
    lost = Cause(CauseKind.NETWORK, "connection_lost", "the stream ended")
    situation = Situation(
        name="a", phase=Phase.BACKOFF, since=0.0, now=1.0, cause=lost, rule="r", retry_in=2.5
    )
    reason = Reason(cause=lost, rule="r", delay=3.5, attempt=2, budget=1)
    step = Transition(
        connection="a",
        incarnation=1,
        time=0.0,
        before=Phase.READY,
        after=Phase.BACKOFF,
        reason=reason,
    )
    story = tell_story(situation, [step])
    assert "What comes next: it is dialled again in 2.5 s." in story
    assert "rule r; attempt 2 after 3.5 s; 1 more borne" in story


def test_who_waits_for_another_is_told_so() -> None:
    situation = Situation(
        name="a", phase=Phase.BACKOFF, since=0.0, now=1.0, waits_for="the outage of h:80 to end"
    )
    assert tell_story(situation, []).splitlines()[1:] == [
        "What comes next: it waits for the outage of h:80 to end."
    ]


def test_a_connection_that_is_well_has_a_short_story() -> None:
    situation = Situation(name="a", phase=Phase.READY, since=0.0, now=7_260.0)
    assert tell_story(situation, []) == "a is ready, since 1970-01-01 00:00:00 UTC (2 h 1 min)."


@pytest.mark.parametrize(
    ("seconds", "told"),
    [(0.0, "0.0 s"), (59.94, "59.9 s"), (61.0, "1 min 1 s"), (7_199, "1 h 59 min")],
)
def test_spans_of_time_are_told_as_people_say_them(seconds: float, told: str) -> None:
    assert duration(seconds) == told


def test_every_quarantine_says_what_would_end_it() -> None:
    quarantines = (Rule.AUTH_REJECTED_TWICE, Rule.SESSION_TAKEN, Rule.INTENSITY_EXCEEDED)
    told = {ends_quarantine(rule.value) for rule in quarantines}
    assert len(told) == len(quarantines)
    assert ends_quarantine(None) not in told
