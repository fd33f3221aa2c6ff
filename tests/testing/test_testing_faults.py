"""Faults: what goes wrong in the demo is decided by its seed alone."""

from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from holdfast.testing import Fault, Faults, Plan
from holdfast.testing.faults import HANDSHAKE_FAULTS, LOGIN_FAULTS, NO_RETURN

NAMES = [f"conn-{number:04}" for number in range(200)]

fleets = st.integers(0, 300).map(lambda size: [f"c{number}" for number in range(size)])


@given(seed=st.integers(), names=fleets, seconds=st.floats(1.0, 1000.0))
def test_the_same_arguments_give_the_same_faults(
    seed: int, names: list[str], seconds: float
) -> None:
    assert Faults(seed, names, seconds).plans == Faults(seed, names, seconds).plans


def test_another_seed_gives_other_faults() -> None:
    assert Faults(1, NAMES, 20.0).plans != Faults(2, NAMES, 20.0).plans


@given(seed=st.integers(), names=fleets, seconds=st.floats(1.0, 1000.0))
def test_the_end_of_a_run_is_quiet_and_half_of_a_fleet_is_never_struck_at_once(
    seed: int, names: list[str], seconds: float
) -> None:
    faults = Faults(seed, names, seconds)
    rounds = max(1, int(seconds // 30.0))
    moments = [incident.at for plan in faults.plans.values() for incident in plan.incidents]

    assert faults.quiet_from == pytest.approx(seconds - 0.45 * seconds / rounds)
    assert all(0.0 < at <= faults.quiet_from + 1e-6 for at in moments)
    assert len(moments) <= rounds * (len(names) // 2)


@given(seed=st.integers(), names=fleets, seconds=st.floats(1.0, 1000.0))
def test_what_there_is_no_return_from_ends_in_quarantine_and_nothing_else_does(
    seed: int, names: list[str], seconds: float
) -> None:
    faults = Faults(seed, names, seconds)
    met = {name: set(plan.faults) for name, plan in faults.plans.items()}

    assert faults.end_in_quarantine == {
        name: fault for name in names for fault in met[name] & NO_RETURN
    }
    # Whoever ends there meets nothing else, and never all of a fleet does.
    assert all(len(met[name]) == 1 for name in faults.end_in_quarantine)
    assert len(faults.end_in_quarantine) < max(1, len(names))


@given(seed=st.integers(), names=fleets, seconds=st.floats(1.0, 1000.0))
def test_each_fault_strikes_where_it_belongs(seed: int, names: list[str], seconds: float) -> None:
    for plan in Faults(seed, names, seconds).plans.values():
        assert {plan.login} <= LOGIN_FAULTS | {None}
        assert {plan.handshake} <= HANDSHAKE_FAULTS | {None}
        assert not {each.fault for each in plan.incidents} & (LOGIN_FAULTS | HANDSHAKE_FAULTS)


@given(seed=st.integers(), names=fleets.filter(bool))
def test_every_fleet_has_a_login_that_must_be_renewed(seed: int, names: list[str]) -> None:
    faults = Faults(seed, names, 20.0)
    lives = [plan.token_seconds for plan in faults.plans.values() if plan.token_seconds]

    assert lives
    assert all(3.0 <= life <= 6.0 for life in lives)


def test_a_fleet_of_two_hundred_gets_its_share_of_everything() -> None:
    counts = Counter(
        fault for plan in Faults(1, NAMES, 20.0).plans.values() for fault in plan.faults
    )

    assert counts == {
        Fault.DROP: 20,
        Fault.POISON: 10,
        Fault.SILENCE: 6,
        Fault.REFUSED_ONCE: 8,
        Fault.DOOMED: 2,
        Fault.RESTARTING: 6,
        Fault.OVERLOADED: 6,
        Fault.HALF_FRAME: 6,
        Fault.GARBAGE: 6,
        Fault.GOODBYE: 6,
        Fault.TAKEN: 2,
        Fault.CLOSED_PORT: 1,
        **dict.fromkeys(HANDSHAKE_FAULTS, 2),
        Fault.UNANSWERED: 1,
    }
    assert set(counts) == set(Fault)


MOST_TELLING = [
    Fault.DROP,
    Fault.POISON,
    Fault.SILENCE,
    Fault.REFUSED_ONCE,
    Fault.DOOMED,
    Fault.RESTARTING,
    Fault.GARBAGE,
    Fault.GOODBYE,
    Fault.TAKEN,
    Fault.BUSY,
]


@pytest.mark.parametrize(("size", "first"), [(1, 0), (2, 1), (8, 4), (20, 10)])
def test_a_small_fleet_gets_the_most_telling_faults_only(size: int, first: int) -> None:
    plans = Faults(1, NAMES[:size], 20.0).plans.values()

    assert {fault for plan in plans for fault in plan.faults} == set(MOST_TELLING[:first])


@pytest.mark.parametrize("size", [42, 50, 100])
def test_every_fault_comes_once_before_any_comes_twice(size: int) -> None:
    plans = Faults(1, NAMES[:size], 20.0).plans.values()

    assert {fault for plan in plans for fault in plan.faults} == set(Fault)


def test_what_takes_long_to_notice_strikes_early() -> None:
    incidents = [i for plan in Faults(1, NAMES, 20.0).plans.values() for i in plan.incidents]

    assert all(i.at <= 6.0 for i in incidents if i.fault in {Fault.SILENCE, Fault.HALF_FRAME})


def test_a_long_run_has_incidents_all_along() -> None:
    faults = Faults(1, NAMES, 300.0)
    incidents = [i for plan in faults.plans.values() for i in plan.incidents]

    assert {int(i.at // 30.0) for i in incidents} == set(range(10))
    assert Counter(faults.end_in_quarantine.values()) == dict.fromkeys(NO_RETURN, 2)


def test_an_unknown_name_has_nothing_to_fear() -> None:
    assert Faults(1, NAMES, 20.0).plan("other") == Plan()
