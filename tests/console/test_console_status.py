"""`holdfast status`: the real command asks a real fleet over its real socket."""

import json
import re
import threading
from collections.abc import Callable, Generator, Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from holdfast.actors import ConnectionSpec, Fleet
from holdfast.actors.console.control.desk import Desk
from holdfast.actors.console.control.serve import serving
from holdfast.actors.logs import add_sink
from holdfast.handlers import ConnectionHandler
from holdfast.testing import ScriptedServer, echo
from tests.console.terminal import Terminal

if TYPE_CHECKING:
    from tests.console.conftest import Call, Start

Serve = Callable[[], AbstractContextManager[Fleet]]
NOBODY = "ws://127.0.0.1:9/"  # the discard port, where nobody listens


@pytest.fixture
def socket(tmp_path: Path) -> str:
    return str(tmp_path / "control" / "fleet.sock")


@pytest.fixture
def serve(socket: str) -> Iterator[Serve]:
    """Run a fleet of three that can be asked, of which one can't connect."""
    with ScriptedServer(echo) as server:
        specs = [
            ConnectionSpec(name=name, url=url, handler=ConnectionHandler)
            for name, url in (("a", server.url), ("b", server.url), ("down", NOBODY))
        ]

        @contextmanager
        def running() -> Generator[Fleet]:
            failed = threading.Event()
            stop_listening = add_sink(
                lambda event: failed.set() if event["event"] == "connection.failed" else None
            )
            with Fleet() as fleet, serving(Desk(fleet, lambda: None), Path(socket)):
                for spec in specs:
                    fleet.start(spec)
                fleet.wait_ready("a", "b", timeout=10)
                assert failed.wait(10)
                stop_listening()
                yield fleet

        yield running


def test_trouble_is_listed_first_with_its_reason(call: "Call", serve: Serve, socket: str) -> None:
    with serve():
        code, out, err = call("status", "--socket", socket)

    names = [line.split()[0] for line in out.splitlines()[3:6]]
    assert (code, err) == (0, "")
    assert names == ["down", "a", "b"]
    assert "connection_refused: " in out
    assert re.search(r"^3 connections: .*2 ready", out, re.MULTILINE)
    assert "\x1b" not in out


@pytest.mark.parametrize(("names", "code"), [(["a", "b"], 0), (["*"], 1), (["down"], 1), ([], 0)])
def test_the_exit_code_says_whether_what_was_named_is_ready(
    call: "Call", serve: Serve, socket: str, names: list[str], code: int
) -> None:
    with serve():
        assert call("status", *names, "--socket", socket)[0] == code


def test_json_is_one_object_with_everything(call: "Call", serve: Serve, socket: str) -> None:
    with serve():
        code, out, _ = call("status", "a", "--socket", socket, "--json")

    answer = json.loads(out)
    assert (code, out.count("\n")) == (0, 1)
    assert [each["name"] for each in answer["connections"]] == ["a"]
    assert {"hosts", "fleet"} <= answer.keys()


def test_a_name_that_is_unknown_is_a_mistake(call: "Call", serve: Serve, socket: str) -> None:
    with serve():
        code, out, err = call("status", "dwn", "--socket", socket)

    assert (code, out) == (2, "")
    assert err.count("\n") == 1


@pytest.mark.parametrize("options", [[], ["--watch"], ["--json"]])
def test_without_a_fleet_there_is_nothing_to_show(
    call: "Call", socket: str, options: list[str]
) -> None:
    code, out, err = call("status", *options, "--socket", socket)

    assert (code, out) == (2, "")
    assert err.startswith(f"holdfast: no fleet answers at {socket}")


def test_watching_in_a_pipe_prints_look_after_look_until_nobody_reads(
    start: "Start", serve: Serve, socket: str
) -> None:
    with serve():
        command = start("status", "--watch", "0.1", "a", "--json", "--socket", socket)
        looks = [json.loads(command.out.readline()) for _ in range(3)]
        command.out.close()
        code = command.process.wait(10)

    assert code == 0
    assert all(look["connections"][0]["name"] == "a" for look in looks)
    assert command.err.read() == ""


def test_watching_says_that_the_fleet_is_gone_and_goes_on_when_it_is_back(
    start: "Start", serve: Serve, socket: str
) -> None:
    with serve():
        command = start("status", "--watch", "0.1", "--socket", socket)
        command.until(command.out, "3 connections")
    gone = command.err.readline()
    with serve():
        command.until(command.out, "3 connections")
        command.interrupt()
        code, _, err = command.finish()

    assert "looking again" in gone
    assert code == 130
    assert "Traceback" not in err


def test_a_terminal_shows_colours_and_no_line_that_wraps(
    start: "Start", serve: Serve, socket: str
) -> None:
    with serve():
        terminal = Terminal(start, "status", "--socket", socket, size=(30, 60))
        code, text = terminal.finish()

    assert code == 0
    assert b"\x1b[32mready" in terminal.shown
    assert all(len(line) <= 60 for line in text.splitlines())


@pytest.mark.parametrize(("names", "code"), [([], 0), (["down"], 1)])
def test_the_live_table_ends_with_q_and_leaves_the_terminal_as_it_was(
    start: "Start", serve: Serve, socket: str, names: list[str], code: int
) -> None:
    with serve():
        terminal = Terminal(start, "status", "--watch", *names, "--socket", socket)
        terminal.until("connection_refused")
        echoed = terminal.keys_are_echoed()
        terminal.press(b"q")
        ended, _ = terminal.finish()

    assert not echoed
    assert ended == code
    assert terminal.shown.rindex(b"\x1b[?25h") > terminal.shown.rindex(b"\x1b[?25l")


def test_the_live_table_says_that_the_fleet_is_gone(
    start: "Start", serve: Serve, socket: str
) -> None:
    with serve():
        terminal = Terminal(start, "status", "--watch", "0.1", "--socket", socket)
        terminal.until("3 connections")
    terminal.until("looking again")
    with serve():
        terminal.until("2 ready")
        terminal.press(b"\x03")
        code, _ = terminal.finish()

    assert code == 130


def test_its_help_fits_a_screen_and_has_an_example(call: "Call") -> None:
    code, out, _ = call("status", "--help")

    assert code == 0
    assert "Example: holdfast status" in out
    assert len(out.splitlines()) <= 24
