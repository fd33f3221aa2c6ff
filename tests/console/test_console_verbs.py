"""Every verb as a process of its own, through the real socket, on a fleet in another process."""

import json
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from holdfast.actors.console.main import COMMANDS
from holdfast.testing import ScriptedServer
from tests.console.running_fleet import BAD, CRASH, FILE, GOOD, serve_logins

if TYPE_CHECKING:
    from tests.console.conftest import Command, Start

HANDLER = f"""
from holdfast.handlers import ConnectionHandler

class Touchy(ConnectionHandler):
    def on_message(self, connection, message):
        if message == {CRASH!r}:
            raise ValueError(message)
"""


class Operator:
    """Two terminals: a fleet runs in the one, and in the other somebody asks it things.

    Args:
        start: starts commands.
        fleet: `holdfast run`.
        socket: of the fleet.
    """

    def __init__(self, start: "Start", fleet: "Command", socket: Path) -> None:
        self._start = start
        self._socket = socket
        self.fleet = fleet
        self.asked: set[str] = set()

    def __call__(self, *arguments: str) -> tuple[int, str, str]:
        """Run a command to its end; return the exit code and what it has written."""
        self.asked.add(arguments[0])
        return self._start(*arguments, "--socket", str(self._socket)).finish()

    def await_events(self, *wanted: tuple[str, str]) -> None:
        """Read the fleet's log until each event has come for each connection."""
        missing = set(wanted)
        for line in self.fleet.err:
            event = json.loads(line)
            missing.discard((event["event"], event.get("connection", "")))
            if not missing:
                return
        raise AssertionError(f"never came: {missing}")


@contextmanager
def operator(start: "Start", file: Path) -> Generator[Operator]:
    """Run a fleet of which two are ready and one is quarantined."""
    file.with_name("good.token").write_text(GOOD)
    file.with_name("deribit.token").write_text(BAD)
    file.with_name("touchy.py").write_text(HANDLER)
    with ScriptedServer(serve_logins) as server:
        file.write_text(FILE.format(url=server.url))
        socket = file.with_name("s")
        fleet = start("run", str(file), "--handler", "touchy:Touchy", "--socket", str(socket))
        operator = Operator(start, fleet, socket)
        operator.await_events(
            ("connection.ready", "prices"),
            ("connection.ready", "orders"),
            ("connection.quarantined", "deribit-1"),
        )
        yield operator


def test_each_verb_does_what_it_says(start: "Start", fleet_file: Path) -> None:
    with operator(start, fleet_file) as holdfast:
        code, out, err = holdfast("status", "@trading")
        rows = [line.split()[:2] for line in out.splitlines()]
        assert (code, err) == (0, "")
        assert ["prices", "ready"] in rows
        assert ["orders", "ready"] in rows
        code, out, _ = holdfast("explain", "deribit-1")
        assert (code, out.split(" since ")[0]) == (0, "deribit-1: quarantined")

        assert holdfast("send", "orders", CRASH) == (0, "orders: sent\n", "")
        holdfast.await_events(("dead_letter", "orders"), ("connection.ready", "orders"))
        code, out, _ = holdfast("dead-letters")
        assert (code, out.count("  orders  "), "ValueError" in out) == (0, 1, True)

        assert holdfast("restart", "orders") == (0, "orders: restarting\n", "")
        holdfast.await_events(("connection.ready", "orders"))
        assert holdfast("stop", "orders") == (0, "orders: stopped\n", "")
        assert holdfast("start", "orders") == (0, "orders: starting\n", "")
        holdfast.await_events(("connection.ready", "orders"))
        assert holdfast("resume", "deribit-1") == (0, "deribit-1: resumed\n", "")
        holdfast.await_events(("connection.quarantined", "deribit-1"))
        assert holdfast("reauth", "prices") == (0, "prices: logging in anew\n", "")
        holdfast.await_events(("auth.accepted", "prices"))

        text = fleet_file.read_text()
        fleet_file.write_text(text.replace('name = "deribit-1"', 'name = "deribit-2"'))
        assert holdfast("reload") == (
            0,
            "deribit-2: added\nderibit-1: removed\n2 unchanged\n",
            "",
        )
        assert holdfast("log-level", "debug") == (0, "debug (it was info)\n", "")
        assert holdfast("shutdown") == (0, "the fleet is shutting down\n", "")
        assert holdfast.fleet.finish()[0] == 0

    fleets = {name for name, each in COMMANDS.items() if each.section.endswith("a fleet")}
    assert holdfast.asked == fleets
