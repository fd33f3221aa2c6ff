"""What the demo says at its end is what it saw, and its verdict is strict."""

import json
from dataclasses import replace

import pytest

from holdfast.actors import AuthView, ConnectionStatus, Counts
from holdfast.actors.console.demo.causes import CauseCount, CauseCounter, GetCauses
from holdfast.actors.console.demo.plan import DemoPlan
from holdfast.actors.console.demo.report import Outcome
from holdfast.actors.console.view.tally import Rates, Tally
from holdfast.handlers import AuthStatus, Cause, CauseKind, Phase, Reason, Transition

PLAN = DemoPlan(connections=3, seconds=5.0, seed=1)


def status(phase: Phase, incarnation: int, counts: Counts) -> ConnectionStatus:
    """Return the status of a connection that logged in 4 times and renewed 3 of the logins."""
    return ConnectionStatus(
        group="",
        host="example.com:443",
        name=f"conn-{incarnation}",
        phase=phase,
        since=0.0,
        cause=None,
        rule=None,
        auth=AuthView(AuthStatus.AUTHENTICATED, None, 4, 3),
        incarnation=incarnation,
        counts=counts,
    )


STATUSES = [
    status(Phase.READY, 1, Counts(accepted=5, sent=3, expired=1, unknown=1, received=10)),
    status(Phase.AUTHENTICATING, 1, Counts(accepted=2, sent=1, waiting=1, received=1)),
    status(Phase.QUARANTINED, 3, Counts(accepted=1, dropped=1, received=2, dead_letters=1)),
]
TALLY = Tally.of(STATUSES)
AFTER = replace(TALLY, waiting=0, dropped=2)
GOOD = Outcome(
    plan=PLAN,
    elapsed=5.01,
    before=TALLY,
    after=AFTER,
    astray=(),
    causes=[
        CauseCount(2, CauseKind.NETWORK, "connection_reset", "reset by peer"),
        CauseCount(1, CauseKind.SIBLING, "sibling_restart", "its group failed"),
        CauseCount(1, CauseKind.NETWORK, "pong_timeout", "nothing heard"),
    ],
    threads=4,
    rss_mib=37.26,
    interrupted=False,
)


def test_a_tally_sums_over_the_connections() -> None:
    assert (
        Tally(
            connections=3,
            phases={Phase.READY: 1, Phase.AUTHENTICATING: 1, Phase.QUARANTINED: 1},
            first_dial=1,
            logins=12,
            renewals=9,
            restarts=2,
            received=13,
            accepted=8,
            sent=4,
            expired=1,
            dropped=1,
            unknown=1,
            waiting=1,
            dead_letters=1,
            balanced=True,
        )
        == TALLY
    )
    assert (TALLY.ready, TALLY.quarantined) == (1, 1)


def test_one_ledger_that_does_not_add_up_unbalances_the_tally() -> None:
    assert not Tally.of([*STATUSES, status(Phase.READY, 1, Counts(accepted=1))]).balanced


def test_a_rate_is_measured_over_the_last_seconds() -> None:
    rates = Rates()
    seen = [
        rates.add(float(now), replace(TALLY, received=received, sent=2 * received))
        for now, received in ((10, 0), (11, 5), (12, 10), (15, 100), (16, 100))
    ]

    assert seen == [(0, 0), (5, 10), (5, 10), (30, 60), (22.5, 45)]


def test_the_object_has_the_promised_keys_and_what_was_measured() -> None:
    assert json.loads(GOOD.as_json()) == {
        "connections": 3,
        "ready": 1,
        "authentications": 12,
        "reauthentications": 9,
        "restarts": 2,
        "quarantined": 1,
        "messages_in": 13,
        "messages_out": 4,
        "dead_letters": 1,
        "threads": 4,
        "rss_mib": 37.3,
        "ledger_balanced": True,
        "causes": {"network": 3, "sibling_restart": 1},
        "cause_names": {"connection_reset": 2, "sibling_restart": 1, "pong_timeout": 1},
    }


def test_the_summary_tells_the_whole_story() -> None:
    assert GOOD.lines() == [
        "",
        (
            "3 connections ran for 5 s with seed 1; "
            "at the end: 1 ready, 1 authenticating, 1 quarantined."
        ),
        "",
        "Connections went down 4 times, each for a known cause:",
        "   times  kind             cause               for example",
        "       2  network          connection_reset    reset by peer",
        "       1  sibling_restart  sibling_restart     its group failed",
        "       1  network          pong_timeout        nothing heard",
        "",
        "  started again         2  by the rule for their cause",
        "  logged in            12  9 of them renewals",
        "  quarantined           1  and none was meant to be",
        "  messages in          13  1 of them dead letters",
        "  messages out          4  of 8 accepted: 1 expired, 2 dropped at the end, 1 unknown",
        "  threads               4  and 37 MiB for all of it",
        "",
        (
            "All is well: every connection but those meant for quarantine is ready (3), "
            "and every message has exactly one outcome."
        ),
    ]


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"astray": ["conn-1 is backoff (x)"]}, "conn-1 is backoff (x)"),
        ({"astray": [f"c{n}" for n in range(7)]}, "c0; c1; c2; c3; c4; and 2 more"),
        ({"after": replace(AFTER, balanced=False)}, "the outcomes of messages don't add up"),
        ({"after": replace(AFTER, waiting=1)}, "the outcomes of messages don't add up"),
    ],
)
def test_what_is_wrong_is_said_and_fails_the_demo(change: dict[str, object], said: str) -> None:
    outcome = replace(GOOD, **change)  # type: ignore[arg-type]  # each is a field's own type

    assert GOOD.good
    assert not outcome.good
    assert outcome.lines()[-1] == f"NOT as it should be: {said}"


def test_the_summary_says_who_was_meant_for_quarantine_and_why() -> None:
    plan = DemoPlan(connections=200, seconds=20.0, seed=1)
    (said,) = (line for line in replace(GOOD, plan=plan).lines() if "quarantined  " in line)

    assert said.split("  ")[-1] == (
        "6 meant to be: every login is refused of 2, every handshake of 2, "
        "the session is taken from 2"
    )


def test_each_step_down_is_counted_by_its_cause_and_other_steps_are_not() -> None:
    reset = Cause(CauseKind.NETWORK, "connection_reset", "by \x1bpeer")
    crash = Cause(CauseKind.CRASH, "handler_crash", "an error")
    counter = CauseCounter.start()
    try:
        for cause in (crash, reset, None, replace(reset, detail="another one")):
            counter.tell(
                Transition(
                    connection="a",
                    incarnation=1,
                    time=0.0,
                    before=Phase.READY,
                    after=Phase.BACKOFF,
                    reason=Reason(cause=cause),
                )
            )

        assert counter.ask(GetCauses()) == [
            CauseCount(2, CauseKind.NETWORK, "connection_reset", "by \\x1bpeer"),
            CauseCount(1, CauseKind.CRASH, "handler_crash", "an error"),
        ]
    finally:
        counter.stop()
