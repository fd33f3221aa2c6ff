"""A running `holdfast run` and `holdfast demo`, reached over their sockets by another process."""

import os
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any

import pytest

from holdfast.actors.console.control.client import Client, ControlRefused
from holdfast.testing import ScriptedServer, echo
from tests.control.conftest import Raw

if TYPE_CHECKING:
    from tests.console.conftest import Call, Command, Start


@pytest.fixture
def path() -> Iterator[Path]:
    """Return the path of a socket, short enough to be one."""
    with TemporaryDirectory(prefix="holdfast-") as folder:
        yield Path(folder) / "control.sock"


def write(file: Path, server: ScriptedServer, *names: str) -> str:
    """Write a file with these connections to a server; return the file's path."""
    tables = (f'[[connection]]\nname = "{name}"\nurl = "{server.url}/{name}"\n' for name in names)
    file.write_text("".join(tables))
    return str(file)


def ask(path: Path, verb: str, *names: str, **options: object) -> Any:
    """Ask the fleet at a path."""
    with Client(path) as client:
        return client.ask(verb, names, **options)


def ready(command: "Command") -> "Command":
    """Wait until a connection of a command is ready."""
    command.until(command.err, '"connection.ready"')
    return command


def test_a_run_can_be_asked_reloaded_and_ended_from_outside(
    start: "Start", fleet_file: Path, path: Path
) -> None:
    with ScriptedServer(echo) as server:
        file = write(fleet_file, server, "a")
        command = ready(start("run", file, "--socket", str(path)))
        told = ask(path, "status")
        assert told["connections"][0]["phase"] == "ready"
        assert (told["fleet"]["pid"], told["fleet"]["file"]) == (command.process.pid, file)

        write(fleet_file, server, "a", "b")
        assert ask(path, "reload")["added"] == ["b"]
        fleet_file.write_text('[[connection]]\nname = "a"\nurl = "ws')
        with pytest.raises(ControlRefused, match=r"fleet\.toml: it is no TOML"):
            ask(path, "reload")
        assert ask(path, "names")["names"] == ["a", "b"]
        assert ask(path, "shutdown") == {}
        assert command.finish()[0] == 0
    assert not path.exists()


def test_a_run_whose_last_connection_an_operator_stops_goes_on(
    start: "Start", fleet_file: Path, path: Path
) -> None:
    with ScriptedServer(echo) as server:
        command = ready(start("run", write(fleet_file, server, "a"), "--socket", str(path)))
        assert ask(path, "stop", "a")["done"] == ["a"]
        # Longer than the time between two looks whether any connection is left.
        with closing(Raw(path)) as witness:
            witness.socket.settimeout(1.5)
            with pytest.raises(TimeoutError):
                witness.line()
        assert ask(path, "start", "a")["done"] == ["a"]
        ready(command)


def test_the_second_fleet_of_a_socket_starts_nothing(
    start: "Start", call: "Call", fleet_file: Path, path: Path
) -> None:
    with ScriptedServer(echo) as server:
        file = write(fleet_file, server, "a")
        ready(start("run", file, "--socket", str(path)))
        line = f"holdfast: another fleet answers at {path}: give this one a --socket of its own\n"
        assert call("run", file, "--socket", str(path)) == (2, "", line)
        assert call("demo", "--socket", str(path))[::2] == (2, line)
        assert server.counters.dials == 1
        assert ask(path, "status")["connections"][0]["incarnation"] == 1


def test_what_a_killed_fleet_has_left_is_replaced(
    start: "Start", fleet_file: Path, path: Path
) -> None:
    with ScriptedServer(echo) as server:
        file = write(fleet_file, server, "a")
        first = ready(start("run", file, "--socket", str(path)))
        first.process.kill()
        first.process.wait(10)
        assert path.exists()
        ready(start("run", file, "--socket", str(path)))
        assert ask(path, "status")["connections"][0]["phase"] == "ready"


def test_without_a_usable_folder_a_fleet_runs_and_says_that_nobody_reaches_it(
    start: "Start", fleet_file: Path, path: Path
) -> None:
    (path.parent / "holdfast").touch()
    environment = {**os.environ, "XDG_RUNTIME_DIR": str(path.parent)}
    with ScriptedServer(echo) as server:
        command = start("run", write(fleet_file, server, "a"), env=environment)
        first = command.err.readline()
        assert first.startswith("holdfast: no other command reaches this fleet: the control socket")
        ready(command)


def test_a_socket_that_was_asked_for_and_cannot_be_is_a_mistake(
    call: "Call", fleet_file: Path, path: Path
) -> None:
    with ScriptedServer(echo) as server:
        file = write(fleet_file, server, "a")
        code, _, err = call("run", file, "--socket", str(path.parent / ("x" * 120)))
        assert (code, server.counters.dials) == (2, 0)
        assert "bytes, and 10" in err
        assert err.count("\n") == 1


@pytest.mark.parametrize("command", ["status", "run"])
def test_a_socket_without_a_name_is_a_mistake(call: "Call", fleet_file: Path, command: str) -> None:
    arguments = [str(fleet_file)] if command == "run" else []
    code, out, err = call(command, *arguments, "--socket", "")
    assert (code, out) == (2, "")
    assert err == "holdfast: Invalid value for '--socket': it is empty: name a file\n"


def test_the_socket_may_be_in_the_environment(start: "Start", fleet_file: Path, path: Path) -> None:
    environment = {**os.environ, "HOLDFAST_SOCKET": str(path)}
    with ScriptedServer(echo) as server:
        ready(start("run", write(fleet_file, server, "a"), env=environment))
        assert ask(path, "names")["names"] == ["a"]


def test_the_demo_listens_too(start: "Start", path: Path) -> None:
    command = start("demo", "--connections", "3", "--seconds", "60", "--socket", str(path))
    command.until(command.out, "3 ready")
    assert len(ask(path, "status")["connections"]) == 3
    assert ask(path, "stop", "conn-001")["done"] == ["conn-001"]
    with pytest.raises(ControlRefused, match="read from no file"):
        ask(path, "reload")
    ask(path, "shutdown")
    assert command.finish()[0] == 143
