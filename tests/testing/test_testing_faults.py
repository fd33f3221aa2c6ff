"""Faults: what goes wrong in the demo is decided by its seed alone."""

from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from holdfast.testing import Fault, Faults, Plan

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

    assert all(0.0 < at <= seconds - 0.45 * seconds / rounds + 1e-6 for at in moments)
    assert len(moments) <= rounds * (len(names) // 2)


@given(seed=st.integers(), names=fleets, seconds=st.floats(1.0, 1000.0))
def test_whose_logins_or_sessions_are_gone_for_good_ends_in_quarantine_and_nobody_else(
    seed: int, names: list[str], seconds: float
) -> None:
    faults = Faults(seed, names, seconds)
    ending = faults.end_in_quarantine
    met = {name: {incident.fault for incident in faults.plan(name).incidents} for name in names}
    doomed = {name for name in names if faults.plan(name).login is Fault.DOOMED}
    taken = {name for name in names if Fault.TAKEN in met[name]}

    assert ending == dict.fromkeys(doomed, Fault.DOOMED) | dict.fromkeys(taken, Fault.TAKEN)
    assert len(ending) == len(doomed) + len(taken) < max(1, len(names))
    assert not any(met[name] for name in doomed)
    assert all(met[name] == {Fault.TAKEN} for name in taken)


@given(seed=st.integers(), names=fleets.filter(bool))
def test_every_fleet_has_a_login_that_must_be_renewed(seed: int, names: list[str]) -> None:
    faults = Faults(seed, names, 20.0)
    lives = [plan.token_seconds for plan in faults.plans.values() if plan.token_seconds]

    assert lives
    assert all(3.0 <= life <= 6.0 for life in lives)


def test_a_fleet_of_two_hundred_gets_its_share_of_everything() -> None:
    plans = Faults(1, NAMES, 20.0).plans.values()
    counts = Counter(incident.fault for plan in plans for incident in plan.incidents)
    counts.update(plan.login for plan in plans if plan.login is not None)

    assert counts == {
        Fault.DROP: 20,
        Fault.POISON: 10,
        Fault.SILENCE: 8,
        Fault.REFUSED_ONCE: 10,
        Fault.DOOMED: 2,
        Fault.RESTARTING: 8,
        Fault.OVERLOADED: 8,
        Fault.HALF_FRAME: 6,
        Fault.GARBAGE: 6,
        Fault.GOODBYE: 6,
        Fault.TAKEN: 2,
    }


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
    Fault.OVERLOADED,
    Fault.HALF_FRAME,
]


@pytest.mark.parametrize(("size", "first"), [(1, 0), (2, 1), (8, 4), (20, 9), (50, 11)])
def test_a_small_fleet_gets_the_most_telling_faults_only(size: int, first: int) -> None:
    plans = Faults(1, NAMES[:size], 20.0).plans.values()
    met = {incident.fault for plan in plans for incident in plan.incidents}

    assert met | {plan.login for plan in plans} - {None} == set(MOST_TELLING[:first])


def test_what_takes_long_to_notice_strikes_early() -> None:
    incidents = [i for plan in Faults(1, NAMES, 20.0).plans.values() for i in plan.incidents]

    assert all(i.at <= 6.0 for i in incidents if i.fault in {Fault.SILENCE, Fault.HALF_FRAME})


def test_a_long_run_has_incidents_all_along() -> None:
    faults = Faults(1, NAMES, 300.0)
    incidents = [i for plan in faults.plans.values() for i in plan.incidents]

    assert {int(i.at // 30.0) for i in incidents} == set(range(10))
    assert Counter(faults.end_in_quarantine.values()) == {Fault.DOOMED: 2, Fault.TAKEN: 2}


def test_an_unknown_name_has_nothing_to_fear() -> None:
    assert Faults(1, NAMES, 20.0).plan("other") == Plan()
