"""What an operator has stopped can still be asked for, and says what starts it."""

from typing import TYPE_CHECKING

import pytest

from holdfast.actors import Backoff, ConnectionSpec, RestartPolicy
from holdfast.actors.console.control.client import ControlRefused

if TYPE_CHECKING:
    from tests.control.conftest import Open

LATER = RestartPolicy(backoff=Backoff(base=60, cap=60, jitter=0))
NOBODY = "ws://127.0.0.1:9"
"""Refuses every dial."""


@pytest.mark.parametrize("verb", ["restart", "resume", "reauth"])
def test_a_lever_says_of_one_that_is_stopped_what_starts_it(
    open_console: "Open", verb: str
) -> None:
    console = open_console(ConnectionSpec(name="a", url=NOBODY, restart=LATER))
    console.ask("stop", "a")
    why = "it is stopped: `holdfast start a` starts it"

    for name in ("a", "*"):
        assert console.ask(verb, name) == {"done": [], "left": [{"name": "a", "why": why}]}
    with pytest.raises(ControlRefused, match="no connection is named 'b'"):
        console.ask(verb, "b")


def test_nothing_is_sent_over_one_that_is_stopped_and_the_outcome_says_why(
    open_console: "Open",
) -> None:
    console = open_console(ConnectionSpec(name="a", url=NOBODY, restart=LATER))
    console.ask("stop", "a")
    (told,) = console.ask("send", "a", text="x", wait=60)["outcomes"]
    assert told == {
        "name": "a",
        "outcome": "refused",
        "why": "it is stopped: `holdfast start a` starts it",
    }


def test_a_stop_of_what_is_stopped_has_nothing_left_to_do(open_console: "Open") -> None:
    console = open_console(ConnectionSpec(name="a", url=NOBODY, restart=LATER))
    for _ in range(2):
        assert console.ask("stop", "a") == {"done": ["a"], "left": []}


def test_the_dead_letters_of_one_that_is_stopped_can_be_asked_for(open_console: "Open") -> None:
    console = open_console(ConnectionSpec(name="a", url=NOBODY, restart=LATER))
    console.ask("stop", "a")
    assert console.ask("dead-letters", "a") == {"letters": []}
