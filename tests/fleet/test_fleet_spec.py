"""A spec refuses what can't be meant, where it is written, in one line that names the field."""

from dataclasses import replace
from typing import Any, get_args

import pytest

from holdfast.actors import (
    ConnectionSpec,
    Heartbeat,
    Limits,
    Overflow,
    RestartPolicy,
    Timeouts,
)
from holdfast.actors.spec import CloseMeaning
from holdfast.handlers import CauseKind


@pytest.mark.parametrize(
    ("kind", "fields", "complaint"),
    [
        (Heartbeat, {"interval": "x"}, "heartbeat.interval must be a finite number above zero"),
        (Heartbeat, {"stale_after": -1}, "heartbeat.stale_after must be a finite number"),
        (Timeouts, {"dial": None}, "timeouts.dial must be a finite number above zero, not None"),
        (Timeouts, {"flush": -1}, "timeouts.flush must be a finite number, zero or more, not -1"),
        (Limits, {"mailbox": 2.5}, "limits.mailbox must be a whole number above zero, not 2.5"),
        (Limits, {"outbox": True}, "limits.outbox must be a whole number above zero, not True"),
        (Limits, {"overflow": "bogus"}, "limits.overflow must be one of refuse, drop_oldest"),
        (RestartPolicy, {"backoff": 3}, "restart backoff must be a Backoff, not 3"),
        (RestartPolicy, {"backoff": None}, "restart backoff must be a Backoff, not None"),
    ],
)
def test_what_cannot_be_meant_is_refused_at_once(
    kind: type, fields: dict[str, Any], complaint: str
) -> None:
    with pytest.raises(ValueError, match=complaint):
        kind(**fields)


@pytest.mark.parametrize("policy", Overflow)
def test_an_overflow_policy_may_be_given_by_its_name(policy: Overflow) -> None:
    assert Limits(overflow=policy.value).overflow is policy  # type: ignore[arg-type]  # as users without types write it


@pytest.mark.parametrize("text", get_args(CloseMeaning))
def test_what_a_close_code_means_may_be_given_by_its_text(text: Any) -> None:
    kind = CauseKind(text)
    spec = ConnectionSpec(name="a", url="ws://h", close_codes={4001: text})

    assert spec.close_codes[4001] is kind
    assert spec == replace(spec) == ConnectionSpec(name="a", url="ws://h", close_codes={4001: kind})


def test_a_close_code_may_mean_whatever_a_server_can_know_of() -> None:
    ours = {CauseKind.MACHINE, CauseKind.SIBLING}

    assert set(get_args(CloseMeaning)) == set(CauseKind) - ours
