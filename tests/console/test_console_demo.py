"""`holdfast demo`: the real command from its first line to its exit code."""

import fcntl
import json
import os
import re
import signal
import struct
import termios
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import IO, TYPE_CHECKING

import pytest

from holdfast.actors import Heartbeat
from holdfast.actors.console.demo.plan import DemoPlan
from holdfast.handlers import Group
from tests.house.demo_figures import mistakes

if TYPE_CHECKING:
    from tests.console.conftest import Start

SMALL = ("demo", "--connections", "5", "--seed", "1", "--seconds")
LINE = re.compile(
    r"^ +\d s  (\d [a-z]+(, )?)+; in \d+/s, out \d+/s, \d restarts, \d renewals\r?$", re.MULTILINE
)

KEYS = [
    "connections",
    "ready",
    "authentications",
    "reauthentications",
    "restarts",
    "quarantined",
    "messages_in",
    "messages_out",
    "dead_letters",
    "threads",
    "rss_mib",
    "ledger_balanced",
    "causes",
    "cause_names",
]


def test_the_demo_of_200_meets_every_fault_and_brings_back_all_that_can(start: "Start") -> None:
    """`.ci/run` has it run for 20 seconds."""
    large = ("demo", "--connections", "200", "--seconds", "6", "--seed", "1", "--json")
    code, out, _ = start(*large).finish()

    assert code == 0
    assert mistakes(json.loads(out.splitlines()[-1])) == []


def test_a_small_demo_fails_comes_back_and_says_so(start: "Start", tmp_path: Path) -> None:
    log = tmp_path / "demo.jsonl"
    code, out, err = start(*SMALL, "3", "--json", "--log", str(log)).finish()

    *_, verdict, last = out.splitlines()
    figures = json.loads(last)
    assert (code, err) == (0, "")
    assert verdict.startswith("All is well: every connection but those meant for quarantine")
    assert list(figures) == KEYS
    assert figures["connections"] == figures["ready"] == 5
    assert figures["authentications"] > 5
    assert figures["reauthentications"] > 0
    assert figures["restarts"] == 2
    assert figures["quarantined"] == 0
    assert figures["dead_letters"] == 1
    assert figures["messages_in"] > figures["messages_out"] > 0
    assert 2 <= figures["threads"] <= 24
    assert 10 < figures["rss_mib"] < 200
    assert figures["ledger_balanced"] is True
    assert figures["causes"] == {"network": 1, "handler_crash": 1}
    assert figures["cause_names"] == {"connection_reset": 1, "handler_crash": 1}
    events = [json.loads(line) for line in log.read_text().splitlines()]
    assert {"connection_reset", "handler_crash"} <= {event.get("cause") for event in events}


def test_in_a_pipe_it_prints_plain_lines_and_logs_warnings(start: "Start") -> None:
    code, out, err = start(*SMALL, "2").finish()

    assert code == 0
    assert "\x1b" not in out + err
    assert len(LINE.findall(out)) >= 2
    assert {json.loads(line)["level"] for line in err.splitlines()} == {"warning", "error"}


def test_it_runs_though_standard_error_is_closed(start: "Start") -> None:
    code, out, _ = start(*SMALL, "1", after="exec 2>&-").finish()

    assert code == 0
    assert "All is well" in out


@pytest.mark.parametrize(
    ("after", "number", "exit_code"),
    [
        ("0 s  ", signal.SIGINT, 130),
        ("2 s  ", signal.SIGINT, 130),
        ("1 s  ", signal.SIGTERM, 143),
        ("1 s  ", signal.SIGHUP, 129),
    ],
)
def test_a_signal_ends_it_within_two_seconds_and_cleanly(
    start: "Start", after: str, number: int, exit_code: int
) -> None:
    command = start("demo", "--connections", "50", "--seconds", "60", "--json")
    command.until(command.out, after)
    began = time.monotonic()
    command.process.send_signal(number)
    code, out, err = command.finish()

    assert time.monotonic() - began < 2.0
    assert code == exit_code
    assert "50 connections interrupted after" in out
    assert json.loads(out.splitlines()[-1])["ledger_balanced"] is True
    assert "Traceback" not in err


def test_a_reader_that_goes_ends_it_without_a_traceback(start: "Start") -> None:
    """As in `holdfast demo | head -n 1`."""
    command = start("demo", "--connections", "5", "--seconds", "60")
    command.out.readline()
    command.out.close()

    assert command.process.wait(10) == 0
    assert "Traceback" not in command.err.read()


def test_the_same_seed_plans_the_same_demo_and_another_one_doesnt() -> None:
    def of(seed: int) -> tuple[object, object]:
        plan = DemoPlan(connections=200, seconds=20.0, seed=seed)
        return plan.end_in_quarantine, plan.secrets

    assert of(1) == of(1)
    assert of(1) != of(2)


def test_four_of_every_twenty_connections_share_a_fate_and_a_small_fleet_has_no_group() -> None:
    plan = DemoPlan(connections=50, seconds=20.0, seed=1)
    members = [(spec.name, spec.group) for spec in plan.specs("ws://h") if spec.group]

    assert plan.groups == (Group("group-1", "rest_for_one"), Group("group-2", "rest_for_one"))
    assert members == [
        *((f"conn-00{number}", "group-1") for number in (1, 2, 3, 4)),
        *((f"conn-02{number}", "group-2") for number in (1, 2, 3, 4)),
    ]
    assert DemoPlan(connections=19, seconds=20.0, seed=1).groups == ()


@pytest.mark.parametrize(
    ("connections", "seconds", "interval"),
    [(50, 1, 0.5), (50, 15, 1.5), (50, 60, 2), (5000, 60, 10)],
)
def test_a_silence_is_noticed_in_good_time(
    connections: int, seconds: float, interval: float
) -> None:
    """A short run pings often; a fleet of thousands pings as often in all as one of a thousand."""
    spec = DemoPlan(connections=connections, seconds=seconds, seed=1).specs("ws://h")[0]

    assert spec.heartbeat == Heartbeat(interval=interval, timeout=max(1.0, interval))
    assert spec.timeouts.auth == spec.timeouts.dial == min(10.0, 3 * spec.heartbeat.timeout)
    assert spec.timeouts.stall < interval + spec.heartbeat.timeout


@pytest.fixture
def terminal() -> Iterator[tuple[IO[bytes], int]]:
    """A terminal of 100 columns and 40 lines: what it is shown, and its other end."""
    shown, other = os.openpty()
    fcntl.ioctl(other, termios.TIOCSWINSZ, struct.pack("HHHH", 40, 100, 0, 0))
    with os.fdopen(shown, "rb", buffering=0) as screen:
        yield screen, other


def see(screen: IO[bytes]) -> str:
    """Return all that a terminal was shown until its other end was closed."""
    seen = b""
    with suppress(OSError):  # EIO: the last one who had the other end has gone
        while data := screen.read(65_536):
            seen += data
    return seen.decode()


def test_on_a_terminal_it_draws_in_place(
    start: "Start", terminal: tuple[IO[bytes], int], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TERM", "xterm-256color")
    monkeypatch.delenv("NO_COLOR", raising=False)
    screen, other = terminal
    command = start(*SMALL, "2", stdout=other, stderr=other)
    os.close(other)
    shown = see(screen)

    assert command.process.wait(10) == 0
    live, _, summary = shown.rpartition("\x1b[?25h")
    assert live.count("holdfast demo: 5 connections, 2 s, seed 1") > 4
    assert "ready" in live
    assert "█" in live
    assert "connection.failed handler_crash" in live
    assert "in another terminal: holdfast status, explain NAME, resume NAME" in live
    assert "\x1b[?25l" in live
    assert '"level"' not in shown
    assert "All is well" in summary


def test_a_terminal_that_can_do_nothing_gets_plain_lines(
    start: "Start", terminal: tuple[IO[bytes], int], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TERM", "dumb")
    screen, other = terminal
    start(*SMALL, "2", stdout=other, stderr=other)
    os.close(other)

    shown = see(screen)

    assert "\x1b" not in shown
    assert len(LINE.findall(shown)) >= 2
