"""A signal ends a command, whatever its main thread is doing."""

import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from typing import IO

import pytest

from holdfast.actors.console.ending import TOGETHER

PATIENCE = 30.0

SCRIPT = """
import queue, signal, sys
from holdfast.actors.console.ending import Ending

with Ending(lambda: print("aborting", flush=True)) as ending:
    print("waiting", flush=True)
    print(ending.wait(30), flush=True)
    # What a signal finds that comes just as the main thread falls asleep: nobody to wake it.
    signal.pthread_sigmask(signal.SIG_BLOCK, (signal.SIGINT, signal.SIGTERM, signal.SIGHUP))
    print("asleep", flush=True)
    if sys.argv[1:] == ["for ever"]:
        queue.SimpleQueue().get()
print(signal.getsignal(signal.SIGINT) is signal.default_int_handler, signal.set_wakeup_fd(-1))
"""


@pytest.fixture
def script(request: pytest.FixtureRequest) -> Iterator[tuple[subprocess.Popen[str], IO[str]]]:
    """The script in a process of its own, and what it prints."""
    command = [sys.executable, "-c", SCRIPT, request.param]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        yield process, process.stdout
        process.kill()


@pytest.mark.parametrize("script", ["for ever"], indirect=True)
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_a_second_signal_aborts_a_command_whose_main_thread_sleeps_through_it(
    script: tuple[subprocess.Popen[str], IO[str]], number: signal.Signals
) -> None:
    process, out = script
    assert out.readline() == "waiting\n"
    process.send_signal(number)
    assert out.readline() == {1: "hung_up\n", 2: "interrupted\n", 15: "terminated\n"}[number]
    assert out.readline() == "asleep\n"
    time.sleep(TOGETHER)  # the least that makes it a second wish
    process.send_signal(number)

    assert out.read() == "aborting\n"
    assert process.wait(PATIENCE) == 128 + number


@pytest.mark.parametrize("script", ["for a while"], indirect=True)
def test_signals_are_given_back_at_the_end(
    script: tuple[subprocess.Popen[str], IO[str]],
) -> None:
    process, out = script
    process_started = out.readline()
    process.send_signal(signal.SIGINT)

    assert process_started == "waiting\n"
    assert out.read() == "interrupted\nasleep\nTrue -1\n"
    assert process.wait(PATIENCE) == 0


@pytest.mark.parametrize("script", ["for a while"], indirect=True)
def test_two_signals_that_come_together_ask_once(
    script: tuple[subprocess.Popen[str], IO[str]],
) -> None:
    """As `timeout` signals its child, and then the group in which that is."""
    process, out = script
    assert out.readline() == "waiting\n"
    for number in (signal.SIGSTOP, signal.SIGTERM, signal.SIGINT, signal.SIGCONT):
        process.send_signal(number)

    assert out.readline() in {"interrupted\n", "terminated\n"}
    assert out.read() == "asleep\nTrue -1\n"
    assert process.wait(PATIENCE) == 0


NOHUP = """
import signal
from holdfast.actors.console.ending import Ending

signal.signal(signal.SIGHUP, signal.SIG_IGN)
with Ending() as ending:
    signal.raise_signal(signal.SIGHUP)
    print(ending.wait(0.05))
"""


def test_under_nohup_a_terminal_that_closes_ends_nothing() -> None:
    told = subprocess.run(
        [sys.executable, "-c", NOHUP], capture_output=True, text=True, check=True, timeout=PATIENCE
    )

    assert told.stdout == "None\n"
