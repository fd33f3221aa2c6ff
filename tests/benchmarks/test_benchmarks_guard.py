"""What makes the figures, counted instead of timed: a regression is seen on any machine."""

import gc
import json
import socket
import subprocess
import sys
import threading
import time
import tracemalloc
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from holdfast.actors import Fleet
from holdfast.actors.dispatch import courtesy
from holdfast.handlers import Connection, ConnectionHandler, TokenAuth

SERVE = Path(__file__).with_name("serve.py")
MESSAGES = 50_000
CONNECTIONS = 200
PATIENCE = 30.0
AUTH = TokenAuth("made-up-for-the-guard")

SYSTEM_CALLS = {
    *("recv", "send", "poll", "register", "modify", "unregister"),
    *("read", "write", "sleep"),  # a wake-up's two ends, and stepping back from the lock
}
"""Names of the functions in C by which the machine calls the system while it is busy."""

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="the load servers need epoll")


@pytest.fixture
def load(request: pytest.FixtureRequest) -> Iterator[tuple[str, socket.socket]]:
    """A load server: its URL, and the line by which it is told to begin."""
    kind, order = request.param
    command = [sys.executable, str(SERVE), kind, json.dumps(order)]
    with subprocess.Popen(command, stdout=subprocess.PIPE) as server:
        assert server.stdout is not None
        hello = json.loads(server.stdout.readline())
        with socket.create_connection(("127.0.0.1", hello["control"])) as control:
            yield f"ws://127.0.0.1:{hello['port']}/", control
        server.kill()


class Until(ConnectionHandler):
    """Counts messages up to a number."""

    def __init__(self, number: int) -> None:
        self.left = number
        self.done = threading.Event()

    def on_message(self, connection: Connection, message: str | bytes) -> None:  # noqa: ARG002
        self.left -= 1
        if not self.left:
            self.done.set()


class Calls:
    """Counts the system calls of the threads that are started while it is installed."""

    def __init__(self) -> None:
        self.counts = Counter[str]()

    def __enter__(self) -> Counter[str]:
        threading.setprofile(self._see)
        return self.counts

    def __exit__(self, *_: object) -> None:
        threading.setprofile(None)

    def _see(self, _frame: object, event: str, called: Any) -> None:
        if event == "c_call" and called.__name__ in SYSTEM_CALLS:
            self.counts[called.__name__] += 1


@pytest.mark.parametrize("load", [("feed", {"payload": "x" * 120})], indirect=True)
def test_a_busy_feed_costs_one_system_call_for_hundreds_of_messages(
    load: tuple[str, socket.socket],
) -> None:
    url, control = load
    handler = Until(MESSAGES)
    with Calls() as calls, Fleet() as fleet:
        fleet.connect("feed", url, handler=lambda: handler, auth=AUTH)
        fleet.wait_ready(timeout=PATIENCE)
        calls.clear()
        began = time.monotonic()
        control.sendall(b"go\n")
        assert handler.done.wait(PATIENCE)
        counted, took = Counter(calls), time.monotonic() - began
    assert MESSAGES / counted.pop("recv") > 200
    assert MESSAGES / counted.pop("poll") > 200
    assert counted.pop("sleep", 0) <= took / courtesy.EVERY + 1
    assert counted.total() < 10, counted


@pytest.mark.parametrize("load", [("desk", {})], indirect=True)
def test_an_idle_connection_that_is_logged_in_holds_few_bytes(
    load: tuple[str, socket.socket],
) -> None:
    url, _ = load
    with Fleet() as fleet:
        log_in(fleet, url, "first", 10)
        tracemalloc.start()
        log_in(fleet, url, "idle", CONNECTIONS)
        gc.collect()  # circles of what has ended aren't held, only not yet looked for
        held, _ = tracemalloc.get_traced_memory()
        tracemalloc.stop()
    assert held / CONNECTIONS < 8 * 1024


def log_in(fleet: Fleet, url: str, name: str, count: int) -> None:
    for number in range(count):
        fleet.connect(f"{name}-{number}", url, auth=AUTH, subscriptions=[{"op": "subscribe"}])
    fleet.wait_ready(timeout=PATIENCE)
