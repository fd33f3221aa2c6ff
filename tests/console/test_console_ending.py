"""A signal ends a command, whatever its main thread is doing."""

import signal
import subprocess
import sys
from collections.abc import Iterator
from typing import IO

import pytest

PATIENCE = 30.0

SCRIPT = """
import queue, signal, sys
from holdfast.actors.console.ending import Ending

with Ending(lambda: print("aborting", flush=True)) as ending:
    print("waiting", flush=True)
    print(ending.wait(30), flush=True)
    # What a signal finds that comes just as the main thread falls asleep: nobody to wake it.
    signal.pthread_sigmask(signal.SIG_BLOCK, (signal.SIGINT, signal.SIGTERM))
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
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_second_signal_aborts_a_command_whose_main_thread_sleeps_through_it(
    script: tuple[subprocess.Popen[str], IO[str]], number: signal.Signals
) -> None:
    process, out = script
    assert out.readline() == "waiting\n"
    process.send_signal(number)
    assert out.readline() == {2: "interrupted\n", 15: "terminated\n"}[number]
    assert out.readline() == "asleep\n"
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
