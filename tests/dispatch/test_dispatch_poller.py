"""The poller tells the same of a descriptor, whatever the system tells it by."""

import selectors
import socket
from collections.abc import Iterator

import pytest

from holdfast.actors.dispatch.poller import Event, Poller

READ, WRITE = selectors.EVENT_READ, selectors.EVENT_WRITE


@pytest.fixture(params=[False, True], ids=["epoll", "selectors"])
def poller(request: pytest.FixtureRequest) -> Iterator[Poller]:
    made = Poller(portable=request.param)
    yield made
    made.close()


@pytest.fixture
def pair() -> Iterator[tuple[socket.socket, socket.socket]]:
    ours, theirs = socket.socketpair()
    with ours, theirs:
        yield ours, theirs


def told(poller: Poller, fd: int, mask: int) -> list[Event]:
    """Watch a descriptor and return what is told of it at once."""
    poller.watch(fd, mask)
    return poller.poll(0.0)


def test_readiness_is_told_as_it_was_asked_for(
    poller: Poller, pair: tuple[socket.socket, socket.socket]
) -> None:
    ours, theirs = pair
    fd = ours.fileno()
    assert told(poller, fd, READ) == []
    assert told(poller, fd, WRITE) == [(fd, WRITE)]
    theirs.send(b"x")
    assert told(poller, fd, READ) == [(fd, READ)]
    assert told(poller, fd, READ | WRITE) == [(fd, READ | WRITE)]
    assert told(poller, fd, 0) == []


def test_an_end_is_something_to_read(
    poller: Poller, pair: tuple[socket.socket, socket.socket]
) -> None:
    ours, theirs = pair
    theirs.close()
    ((fd, mask),) = told(poller, ours.fileno(), READ)
    assert fd == ours.fileno()
    assert mask & READ


def test_a_descriptor_that_was_closed_or_never_watched_may_be_forgotten(
    poller: Poller, pair: tuple[socket.socket, socket.socket]
) -> None:
    ours, _ = pair
    fd = ours.fileno()
    poller.forget(fd)
    poller.watch(fd, READ)
    ours.close()
    poller.forget(fd)
    assert poller.poll(0.0) == []


def test_a_wake_up_ends_both_kinds_of_sleep_and_is_no_event(poller: Poller) -> None:
    poller.wake()
    assert poller.poll(None) == []
    poller.wake()
    poller.sleep(None)
    assert poller.poll(0.0) == []
