"""What the tests of the command share: the real command in a process of its own."""

import json
import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import IO, Any, Protocol

import pytest

from holdfast.actors.console.main import main
from holdfast.testing import ScriptedServer, echo
from tests.console.examining import Examine, Findings, of, url
from tests.console.running_fleet import RunningFleet, running_fleet

PATIENCE = 30.0


class Command:
    """`holdfast`, running; what it writes is read line by line, so nobody sleeps.

    Args:
        arguments: of the command line.
        after: what a shell does to itself before it becomes the command.
        options: of `subprocess.Popen`.
    """

    def __init__(
        self,
        arguments: tuple[str, ...],
        after: str = "true",
        **options: Any,
    ) -> None:
        options = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, **options}
        command = [sys.executable, "-m", "holdfast.actors.console.entry", *arguments]
        self.process: subprocess.Popen[str] = subprocess.Popen(
            ["/bin/sh", "-c", f'{after}; exec "$@"', "sh", *command],
            stdin=subprocess.DEVNULL,
            text=True,
            **options,
        )

    @property
    def out(self) -> IO[str]:
        """Its standard output."""
        assert self.process.stdout is not None
        return self.process.stdout

    @property
    def err(self) -> IO[str]:
        """Its standard error."""
        assert self.process.stderr is not None
        return self.process.stderr

    def until(self, stream: IO[str], text: str) -> list[str]:
        """Read lines up to the first one with this text in it, and return them all."""
        lines: list[str] = []
        for line in stream:
            lines.append(line)
            if text in line:
                return lines
        raise AssertionError(f"{text!r} never came; it said: {lines}")

    def interrupt(self) -> None:
        """Press Ctrl-C."""
        self.process.send_signal(signal.SIGINT)

    def insist(self, number: int) -> int:
        """Send a signal until the command has ended, as somebody does who is in a hurry.

        Returns:
            The exit code.
        """
        for _ in range(20):
            self.process.send_signal(number)
            with suppress(subprocess.TimeoutExpired):
                return self.process.wait(0.1)
        raise AssertionError("it takes no notice")

    def finish(self) -> tuple[int, str, str]:
        """Wait for the end; return the exit code and what has not been read of either stream."""
        out, err = self.process.communicate(timeout=PATIENCE)
        return self.process.returncode, out, err


class Start(Protocol):
    """Starts the command."""

    def __call__(self, *arguments: str, **options: Any) -> Command:
        """Start it with these arguments."""
        ...


@pytest.fixture
def start() -> Iterator[Start]:
    """Start commands, which end with the test at the latest."""
    commands: list[Command] = []

    def start_one(*arguments: str, **options: Any) -> Command:
        commands.append(Command(arguments, **options))
        return commands[-1]

    yield start_one
    for command in commands:
        with command.process:
            command.process.kill()


class Call(Protocol):
    """Runs a command line to its end in this process."""

    def __call__(self, *arguments: str) -> tuple[int, str, str]:
        """Return the exit code, standard output and standard error."""
        ...


@pytest.fixture
def call(capfd: pytest.CaptureFixture[str]) -> Call:
    """Run command lines in this process: the same code, without its start."""

    def call_one(*arguments: str) -> tuple[int, str, str]:
        code = main(arguments)
        out, err = capfd.readouterr()
        return code, out, err

    return call_one


@pytest.fixture
def fleet_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """`fleet.toml` in an empty folder, which is the current one."""
    monkeypatch.chdir(tmp_path)
    for name in [name for name in os.environ if name.startswith("HOLDFAST_")]:
        monkeypatch.delenv(name)
    return tmp_path / "fleet.toml"


@pytest.fixture
def running(fleet_file: Path) -> Iterator[RunningFleet]:
    """Run a fleet with its control socket at the default place."""
    with running_fleet(fleet_file) as running:
        yield running


@pytest.fixture
def examine(call: "Call", fleet_file: Path, monkeypatch: pytest.MonkeyPatch) -> Examine:
    """Examine connections, each the text of its table; return what was found on the network."""
    monkeypatch.setenv("no_proxy", "*")

    def run(*tables: str, timeout: float = 10.0) -> Findings:
        fleet_file.write_text(
            "".join(
                f'[[connection]]\nname = "c{number}"\n{table}\n'
                for number, table in enumerate(tables, start=1)
            )
        )
        code, out, err = call("doctor", fleet_file.name, "--json", "--timeout", str(timeout))
        report = json.loads(out)
        assert (code, err) == (int(report["fail"] > 0), "")
        findings: Findings = report["findings"]
        return [each for each in findings if ":" in each["subject"] or each["check"] == "dns"]

    return run


@pytest.fixture
def answer(examine: Examine) -> Callable[..., dict[str, Any]]:
    """Have a handshake answered; return the finding."""

    def run(handshake: Any, table: str = "") -> dict[str, Any]:
        with ScriptedServer(echo, handshake=handshake) as server:
            return of(examine(f"{url(server)}\n{table}", timeout=2.0), "handshake")

    return run
