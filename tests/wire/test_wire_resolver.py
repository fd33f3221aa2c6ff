"""Resolver: few threads, shared answers, and a stop that waits for nobody."""

import logging
import queue
import socket
import threading
from collections.abc import Callable, Iterator

import pytest

from holdfast.actors.wire.resolver import Address, Answer, Resolver

HERE: Address = (socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP, "", ("127.0.0.1", 1))
PATIENCE = 10.0


class SlowDns:
    """Lookups that begin, and end only when they are told to."""

    def __init__(self) -> None:
        self.begun: queue.Queue[str] = queue.Queue()
        self._gates: dict[str, threading.Event] = {}

    def gate(self, host: str) -> threading.Event:
        return self._gates.setdefault(host, threading.Event())

    def look_up(self, host: str, port: int) -> list[Address]:
        self.begun.put(host)
        assert self.gate(host).wait(PATIENCE)
        return [(*HERE[:4], (host, port))]

    def release(self) -> None:
        for gate in self._gates.values():
            gate.set()


def threads() -> set[threading.Thread]:
    return {t for t in threading.enumerate() if t.name.startswith("holdfast-resolver")}


@pytest.fixture
def started() -> Iterator[Callable[[], set[threading.Thread]]]:
    """Tell which threads the test has started; all have to end in the end."""
    before = threads()
    yield lambda: threads() - before
    for thread in threads() - before:
        thread.join(PATIENCE)
        assert not thread.is_alive()


@pytest.fixture
def dns(started: Callable[[], set[threading.Thread]]) -> Iterator[SlowDns]:
    del started
    dns = SlowDns()
    yield dns
    dns.release()


@pytest.fixture
def answers() -> "queue.Queue[Answer]":
    return queue.Queue()


@pytest.mark.parametrize(
    ("host", "family"), [("127.0.0.1", socket.AF_INET), ("::1", socket.AF_INET6)]
)
def test_an_ip_address_is_answered_at_once(
    host: str,
    family: int,
    answers: "queue.Queue[Answer]",
    started: Callable[[], set[threading.Thread]],
) -> None:
    """No thread is started for what needs no DNS."""
    resolver = Resolver()
    resolver.resolve(host, 443, answers.put)
    (address,) = addresses(answers.get_nowait())
    assert address[0] == family
    assert address[4][:2] == (host, 443)
    assert not started()
    resolver.stop()


def addresses(answer: Answer) -> list[Address]:
    assert not isinstance(answer, Exception)
    return answer


def test_a_name_is_looked_up_on_another_thread(answers: "queue.Queue[Answer]") -> None:
    """The real `getaddrinfo` answers for this machine's own name."""
    resolver = Resolver()
    resolver.resolve("localhost", 80, answers.put)
    found = addresses(answers.get(timeout=PATIENCE))
    assert {address[4][0] for address in found} <= {"127.0.0.1", "::1"}
    assert all(address[1] == socket.SOCK_STREAM for address in found)
    resolver.stop()


@pytest.mark.parametrize("host", ["name.invalid", "x" * 64, "a..b", "", "ü" * 64])
def test_a_name_that_does_not_resolve_is_an_os_error(
    host: str, answers: "queue.Queue[Answer]"
) -> None:
    """RFC 6761 section 6.4: `invalid` never resolves; names that are none are no crash either."""
    resolver = Resolver()
    resolver.resolve(host, 80, answers.put)
    assert isinstance(answers.get(timeout=PATIENCE), OSError)
    resolver.stop()


def test_one_lookup_serves_all_who_ask_for_a_host(
    dns: SlowDns, answers: "queue.Queue[Answer]"
) -> None:
    """A thousand connections to one host ask DNS once."""
    resolver = Resolver(look_up=dns.look_up)
    for _ in range(1000):
        resolver.resolve("h", 80, answers.put)
    assert dns.begun.get(timeout=PATIENCE) == "h"
    dns.gate("h").set()
    assert [addresses(answers.get(timeout=PATIENCE))[0][4] for _ in range(1000)] == [
        ("h", 80)
    ] * 1000
    assert dns.begun.empty()
    resolver.stop()


def test_the_next_question_is_asked_anew(dns: SlowDns, answers: "queue.Queue[Answer]") -> None:
    """An answer is shared, not kept: addresses change."""
    dns.gate("h").set()
    resolver = Resolver(look_up=dns.look_up)
    for _ in range(2):
        resolver.resolve("h", 80, answers.put)
        answers.get(timeout=PATIENCE)
    assert dns.begun.qsize() == 2
    resolver.stop()


def test_a_host_that_hangs_does_not_hold_up_the_others(
    dns: SlowDns, answers: "queue.Queue[Answer]"
) -> None:
    """One stuck lookup costs one thread, not the resolver."""
    dns.gate("alive").set()
    resolver = Resolver(max_threads=2, look_up=dns.look_up)
    resolver.resolve("stuck", 80, answers.put)
    for _ in range(3):
        resolver.resolve("alive", 80, answers.put)
        assert addresses(answers.get(timeout=PATIENCE))[0][4] == ("alive", 80)
    resolver.stop()


def test_threads_are_bounded_and_lookups_wait_their_turn(
    dns: SlowDns,
    answers: "queue.Queue[Answer]",
    started: Callable[[], set[threading.Thread]],
) -> None:
    """Ten hosts on two threads are two lookups at a time, and ten answers."""
    resolver = Resolver(max_threads=2, look_up=dns.look_up)
    hosts = {f"h{number}" for number in range(10)}
    for host in sorted(hosts):
        dns.gate(host)
        resolver.resolve(host, 80, answers.put)
    begun = {dns.begun.get(timeout=PATIENCE) for _ in range(2)}
    assert begun == {"h0", "h1"}
    assert dns.begun.empty()
    assert len(started()) == 2
    dns.release()
    assert {addresses(answers.get(timeout=PATIENCE))[0][4][0] for _ in hosts} == hosts
    resolver.stop()


def test_stop_does_not_wait_for_a_stuck_lookup(
    dns: SlowDns,
    answers: "queue.Queue[Answer]",
    started: Callable[[], set[threading.Thread]],
) -> None:
    """Whoever waited is not called any more, also when the lookup ends after all."""
    resolver = Resolver(look_up=dns.look_up)
    resolver.resolve("stuck", 80, answers.put)
    dns.begun.get(timeout=PATIENCE)
    (stuck,) = started()
    resolver.stop()
    assert stuck.is_alive()
    assert stuck.daemon
    dns.release()
    stuck.join(PATIENCE)
    assert not stuck.is_alive()
    assert answers.empty()


def test_stop_ends_the_idle_threads(
    dns: SlowDns,
    answers: "queue.Queue[Answer]",
    started: Callable[[], set[threading.Thread]],
) -> None:
    """After stop no thread is left that has nothing to look up."""
    dns.gate("h").set()
    resolver = Resolver(look_up=dns.look_up)
    resolver.resolve("h", 80, answers.put)
    answers.get(timeout=PATIENCE)
    assert len(started()) == 1
    resolver.stop()
    assert not started()
    with pytest.raises(RuntimeError, match="stopped"):
        resolver.resolve("h", 80, answers.put)


def test_who_is_forgotten_is_not_called(dns: SlowDns, answers: "queue.Queue[Answer]") -> None:
    """A dial that was dropped doesn't hear of its addresses; the others do."""
    resolver = Resolver(look_up=dns.look_up)
    token = resolver.resolve("h", 80, lambda _: pytest.fail("was forgotten"))
    resolver.resolve("h", 80, answers.put)
    assert resolver.forget(token)
    assert not resolver.forget(token)
    dns.gate("h").set()
    assert addresses(answers.get(timeout=PATIENCE))
    assert answers.empty()
    resolver.stop()


def test_a_lookup_that_nobody_waits_for_is_not_begun(
    dns: SlowDns, answers: "queue.Queue[Answer]"
) -> None:
    """A thousand dropped dials to a thousand dead hosts don't keep the threads busy."""
    resolver = Resolver(max_threads=1, look_up=dns.look_up)
    resolver.resolve("first", 80, answers.put)
    assert dns.begun.get(timeout=PATIENCE) == "first"
    assert resolver.forget(resolver.resolve("dropped", 80, answers.put))
    resolver.resolve("last", 80, answers.put)
    dns.gate("last").set()
    dns.gate("first").set()
    assert {addresses(answers.get(timeout=PATIENCE))[0][4][0] for _ in range(2)} == {
        "first",
        "last",
    }
    assert dns.begun.get_nowait() == "last"
    resolver.stop()


def test_a_callback_may_stop_the_resolver(dns: SlowDns) -> None:
    """A thread doesn't wait for itself."""
    dns.gate("h").set()
    resolver, stopped = Resolver(look_up=dns.look_up), threading.Event()

    def done(answer: Answer) -> None:
        del answer
        resolver.stop()
        stopped.set()

    resolver.resolve("h", 80, done)
    assert stopped.wait(PATIENCE)


def test_a_callback_that_raises_does_not_cost_the_others_their_answer(
    dns: SlowDns, answers: "queue.Queue[Answer]", caplog: pytest.LogCaptureFixture
) -> None:
    """It is logged, and the thread goes on."""

    def raises(answer: Answer) -> None:
        raise KeyError(answer)

    resolver = Resolver(max_threads=1, look_up=dns.look_up)
    dns.gate("h").set()
    with caplog.at_level(logging.ERROR):
        resolver.resolve("h", 80, raises)
        for _ in range(2):
            resolver.resolve("h", 80, answers.put)
            assert addresses(answers.get(timeout=PATIENCE))
    assert "resolver.callback_failed" in caplog.text
    resolver.stop()
