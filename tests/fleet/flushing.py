"""What the tests of the flush share: more than the kernel takes, and waits for what follows."""

import threading
from collections import Counter
from collections.abc import Callable, Generator
from contextlib import contextmanager

import pykka

from holdfast.actors import Fleet, Heartbeat, Limits, Outcome, Status, Timeouts
from holdfast.handlers import Phase

__all__ = [
    "MESSAGES",
    "NEVER",
    "PATIENT",
    "STUCK",
    "meanwhile",
    "send_all",
    "tally",
    "wait_closing",
    "wait_stopping",
]

PATIENT = Timeouts(flush=60.0, close=60.0)
NEVER = Heartbeat(interval=1e9)
MESSAGES = [f"{number:03} {'x' * 500_000}" for number in range(60)]
"""30 MB: more than the kernel takes of a stream whose server doesn't read."""
STUCK = Limits(window=8 * 1024 * 1024)

Answers = list[pykka.Future[Outcome]]


def send_all(fleet: Fleet) -> Answers:
    """Send more than the kernel takes."""
    return [fleet.send("a", message) for message in MESSAGES]


@contextmanager
def meanwhile(act: Callable[[], object]) -> Generator[threading.Thread]:
    """Do something on another thread, and have it done at the end."""
    thread = threading.Thread(target=act)
    thread.start()
    yield thread
    thread.join(20)
    assert not thread.is_alive()


def wait_closing(fleet: Fleet) -> None:
    """Wait until the connection has begun to stop."""
    while fleet.status("a").phase is not Phase.CLOSING:
        pass


def wait_stopping(fleet: Fleet) -> None:
    """Wait until the connection itself has heard of it, and started its timers."""
    wait_closing(fleet)
    assert fleet.ask("a", Status(), timeout=8).phase is Phase.CLOSING


def tally(answers: Answers) -> Counter[Outcome]:
    """Count the outcomes, each of which must be known by now."""
    return Counter(answer.get(timeout=8) for answer in answers)
