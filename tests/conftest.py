"""What every test run shares: how hard Hypothesis and the simulation try."""

import os
import signal
import tempfile
import threading
from collections.abc import Iterator
from types import FrameType

import pytest
from hypothesis import settings

# No deadline an example: a shared machine's pauses say nothing about the code, and a hang is
# caught by pytest-timeout. The examples are derived from each test, so a run is a run anywhere.
settings.register_profile("holdfast", deadline=None, derandomize=True)
settings.register_profile("thorough", deadline=None, max_examples=5_000)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "holdfast"))


def pytest_addoption(parser: pytest.Parser) -> None:
    """Let a run of the simulation be longer, or begin with the seed of one that failed."""
    group = parser.getgroup("holdfast")
    steps = "steps that the simulation makes at least, over all of its walks"
    group.addoption("--simulation-steps", type=int, default=10_000, help=steps)
    seed = "the seed of the simulation's first walk; the next ones count up from it"
    group.addoption("--simulation-seed", type=int, default=0, help=seed)


@pytest.fixture(autouse=True, scope="session")
def own_runtime_folder() -> Iterator[None]:
    """Keep fleets that tests start apart from those of this machine, and of other runs."""
    with tempfile.TemporaryDirectory() as folder, pytest.MonkeyPatch.context() as patch:
        patch.setenv("XDG_RUNTIME_DIR", folder)
        patch.delenv("HOLDFAST_SOCKET", raising=False)
        yield


@pytest.fixture(autouse=True, scope="session")
def hang_ups_reach_commands() -> Iterator[None]:
    """Let hang-ups end the commands that tests start, though a run under `nohup` ignores them."""
    former = signal.getsignal(signal.SIGHUP)
    if former is signal.SIG_IGN:
        # What is ignored stays so in a child; what is handled is the default there (execve(2)).
        signal.signal(signal.SIGHUP, _go_on)
    yield
    signal.signal(signal.SIGHUP, former)


def _go_on(number: int, frame: FrameType | None) -> None:
    """Do nothing about a signal."""


@pytest.fixture(autouse=True)
def no_thread_is_left() -> Iterator[None]:
    """Fail a test that leaves a thread behind; where a stop must join, folders are stricter."""
    before = set(threading.enumerate())
    yield
    left = {each for each in threading.enumerate() if each.name != "holdfast-log"} - before
    for thread in left:
        thread.join(8)
    assert not any(thread.is_alive() for thread in left), f"threads are left: {left}"
