"""A run that ends by itself has failed only when one failure stopped all the others."""

from typing import Final

import pytest

from holdfast.actors import AuthView, ConnectionStatus, Counts
from holdfast.actors.console.giving_up import why_given_up
from holdfast.handlers import AuthStatus, Cause, CauseKind, Phase, Rule

CRASH: Final = Cause(CauseKind.CRASH, "handler_crash", "ValueError in on_message")
GOODBYE: Final = Cause(CauseKind.NORMAL, "closed_1000", "closed with 1000")
SIBLING: Final = Cause(CauseKind.SIBLING, "fleet_stopped", "'a' failed too often")
MACHINE: Final = Cause(CauseKind.MACHINE, "machine_gave_up", "the timer actor crashed (TypeError)")
EXCESS: Final = Rule.INTENSITY_EXCEEDED.value


def status(
    name: str, cause: Cause | None, rule: str | None, since: float = 0.0
) -> ConnectionStatus:
    """Return the status of a connection that has stopped."""
    return ConnectionStatus(
        name=name,
        group="",
        phase=Phase.STOPPED,
        since=since,
        cause=cause,
        rule=rule,
        auth=AuthView(AuthStatus.IDLE, None, 0, 0),
        incarnation=1,
        retry_at=None,
        waits_for=None,
        counts=Counts(),
    )


def test_the_first_that_stopped_is_named_and_not_those_that_went_along() -> None:
    went_along = status("z", SIBLING, EXCESS)
    meanwhile = status("a", CRASH, EXCESS, since=2.0)
    first = status("m", CRASH, EXCESS, since=1.0)

    assert why_given_up([went_along, meanwhile, first]) == (
        'connection "m" failed too often: handler_crash: ValueError in on_message'
    )


def test_the_machine_is_to_blame_for_all_that_it_took_along() -> None:
    assert why_given_up([status("a", MACHINE, None), status("b", GOODBYE, None, since=-1.0)]) == (
        "the machine crashed too often: machine_gave_up: the timer actor crashed (TypeError)"
    )


@pytest.mark.parametrize(
    ("cause", "rule"),
    [
        (None, None),
        (GOODBYE, "normal_close_transient"),
        (CRASH, "temporary_never_restarts"),
    ],
)
def test_a_connection_that_ends_as_its_policy_says_has_not_given_up(
    cause: Cause | None, rule: str | None
) -> None:
    assert why_given_up([status("a", cause, rule)]) is None
