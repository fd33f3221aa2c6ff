"""Dispatchers that are stopped after each test, and threads that change places often."""

import sys
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from holdfast.actors.dispatch import Dispatcher
from holdfast.actors.dispatch.stall_limit import StallLimit

WAIT = 20.0
"""Seconds after which a test gives up; none waits for so long when it passes."""


@pytest.fixture
def make_dispatcher() -> Iterator[Callable[..., Dispatcher]]:
    """Start dispatchers, and see that each of them stops with no thread left behind."""
    made: list[Dispatcher] = []

    def make(**options: Any) -> Dispatcher:  # whatever Dispatcher takes
        # Every stall is told: tests wait for that.
        options.setdefault("stall_limit", StallLimit(each=10**6, alike=10**6))
        dispatcher = Dispatcher(**options)
        made.append(dispatcher)
        dispatcher.start()
        return dispatcher

    yield make
    assert [dispatcher.stop(timeout=WAIT) for dispatcher in made] == [[] for _ in made]


@pytest.fixture
def dispatcher(make_dispatcher: Callable[..., Dispatcher]) -> Dispatcher:
    """Start a dispatcher as users get it."""
    return make_dispatcher()


@pytest.fixture
def restless() -> Iterator[None]:
    """Let threads change places hundreds of times as often, which brings races to light."""
    interval = sys.getswitchinterval()
    sys.setswitchinterval(1e-5)
    yield
    sys.setswitchinterval(interval)
