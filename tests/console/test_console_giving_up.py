"""A run that ends by itself has failed only when one failure stopped all the others."""

from pathlib import Path
from typing import TYPE_CHECKING, Final

import pytest

from holdfast.actors import AuthView, ConnectionStatus, Counts
from holdfast.actors.console.run.giving_up import why_given_up
from holdfast.handlers import AuthStatus, Cause, CauseKind, Phase, Rule
from holdfast.testing import ScriptedServer, Session, echo

if TYPE_CHECKING:
    from tests.console.conftest import Start

TOKEN: Final = "a-token-that-nobody-may-see"

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
        host="example.com:443",
        phase=Phase.STOPPED,
        since=since,
        cause=cause,
        rule=rule,
        auth=AuthView(AuthStatus.IDLE, None, 0, 0),
        incarnation=1,
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


FLEET_OF_TWO = """
[groups.both]

[defaults]
group = "both"

[[connection]]
name = "well"
url = "{well}"
headers = {{X-Api-Key = "env:HOLDFAST_TEST_TOKEN"}}

[[connection]]
name = "ill"
url = "{ill}"
restart = {{intensity = 1, on_excess = "{on_excess}", backoff = {{base = 0.01, cap = 0.01}}}}
"""


@pytest.mark.parametrize("on_excess", ["stop_group", "stop_fleet"])
def test_a_fleet_that_one_failure_stopped_ends_with_1_and_says_which(
    start: "Start", fleet_file: Path, monkeypatch: pytest.MonkeyPatch, on_excess: str
) -> None:
    """The server tells why in words of its own, in which any secret of the fleet may be."""

    async def complain(session: Session) -> None:
        await session.close(1002, f"bad: {TOKEN}")

    monkeypatch.setenv("HOLDFAST_TEST_TOKEN", TOKEN)
    with ScriptedServer(echo) as well, ScriptedServer(complain) as ill:
        text = FLEET_OF_TWO.format(well=well.url, ill=ill.url, on_excess=on_excess)
        fleet_file.write_text(text)
        command = start("run", "fleet.toml", "--log", "log.jsonl")
        code, _, err = command.finish()

    assert code == 1
    assert err == (
        'holdfast: connection "ill" failed too often: '
        "closed_1002: closed with 1002 (protocol error): bad: ***\n"
    )


WRECKER = """
import gc

from holdfast.actors.timer import StartTimer, TimerActor
from holdfast.handlers import ConnectionHandler

class Wrecker(ConnectionHandler):
    def on_ready(self, connection):
        timer = next(each for each in gc.get_objects() if isinstance(each, TimerActor))
        timer.mailbox.tell(StartTimer(timer.mailbox, "x", "soon", -1))
        timer.mailbox.tell(StartTimer(timer.mailbox, "y", 1.0, -2))
"""


def test_a_machine_that_gave_up_ends_the_run_with_1(start: "Start", fleet_file: Path) -> None:
    """Its server never says goodbye, for which nobody waits without a timer."""
    (fleet_file.parent / "wrecker.py").write_text(WRECKER)
    more = 'handler = "wrecker:Wrecker"\nrestart.backoff = {base = 0.01, cap = 0.01}'
    with ScriptedServer(Session.fall_silent) as server:
        fleet_file.write_text(f'[[connection]]\nname = "a"\nurl = "{server.url}"\n{more}')
        command = start("run", "fleet.toml", "--log", "log.jsonl")
        code, _, err = command.finish()

    assert code == 1
    assert err == (
        "holdfast: the machine crashed too often: "
        "machine_gave_up: the timer actor crashed (TypeError)\n"
    )
