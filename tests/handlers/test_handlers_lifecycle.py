"""A connection lives by its table: what is in it happens, what is not raises."""

from collections.abc import Iterable
from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from holdfast.handlers.lifecycle import (
    INITIAL,
    TRANSITIONS,
    Event,
    IllegalTransition,
    Phase,
    mermaid,
    step,
)

LIVES = {
    "first to last": ["opened", "accepted", "close", "closed"],
    "failed dial": ["retry", "dial", "opened", "accepted"],
    "lost while ready": ["opened", "accepted", "retry", "dial", "opened", "accepted"],
    "refused login": ["opened", "quarantine", "resume", "opened", "accepted"],
    "stopped while waiting": ["retry", "close"],
    "stopped in quarantine": ["quarantine", "close"],
    "closed by the server, and not restarted": ["opened", "accepted", "closed"],
}
ENDS = dict(
    zip(LIVES, ["stopped", "ready", "ready", "ready", "stopped", "stopped", "stopped"], strict=True)
)


def walk(events: Iterable[str]) -> Phase:
    """Return where a life ends."""
    phase = INITIAL
    for event in events:
        phase = step(phase, Event(event))
    return phase


@pytest.mark.parametrize("life", LIVES)
def test_a_life_ends_where_it_should(life: str) -> None:
    assert walk(LIVES[life]) == ENDS[life]


def test_every_phase_is_reachable() -> None:
    reached = {INITIAL}
    while more := {TRANSITIONS[at] for at in TRANSITIONS if at[0] in reached} - reached:
        reached |= more
    assert reached == set(Phase)


def test_every_event_happens_somewhere() -> None:
    assert {event for _, event in TRANSITIONS} == set(Event)


def test_every_phase_leads_to_the_end_and_nothing_leads_out_of_it() -> None:
    ending = {Phase.STOPPED}
    while more := {at[0] for at, after in TRANSITIONS.items() if after in ending} - ending:
        ending |= more
    assert ending == set(Phase)
    assert [at for at in TRANSITIONS if at[0] is Phase.STOPPED] == []


@pytest.mark.parametrize("phase", set(Phase) - {Phase.STOPPED, Phase.CLOSING})
def test_every_phase_can_be_asked_to_stop(phase: Phase) -> None:
    assert step(phase, Event.CLOSE) in {Phase.CLOSING, Phase.STOPPED}


@pytest.mark.parametrize(("phase", "event"), sorted(set(product(Phase, Event)) - set(TRANSITIONS)))
def test_a_step_that_is_not_in_the_table_raises_and_names_both(phase: Phase, event: Event) -> None:
    with pytest.raises(IllegalTransition, match=f"{event} cannot .* that is {phase}"):
        step(phase, event)


@given(st.lists(st.sampled_from(Event)))
def test_no_way_leads_to_ready_but_through_authenticating(events: list[Event]) -> None:
    phase = INITIAL
    for event in events:
        try:
            before, phase = phase, step(phase, event)
        except IllegalTransition:
            continue
        assert phase is not Phase.READY or before is Phase.AUTHENTICATING


def test_the_picture_has_one_arrow_for_each_row_and_names_the_two_ends() -> None:
    lines = mermaid().splitlines()
    arrows = [f"    {phase} --> {after}: {event}" for (phase, event), after in TRANSITIONS.items()]
    assert lines == ["stateDiagram-v2", "    [*] --> connecting", *arrows, "    stopped --> [*]"]
    assert "    authenticating --> ready: accepted" in lines
