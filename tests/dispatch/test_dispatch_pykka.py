"""Whoever knows pykka can use our actors as any others."""

import threading
from collections.abc import Iterator
from operator import add
from typing import Any
from uuid import UUID

import pykka
import pytest

from holdfast.actors.dispatch import DispatchedActor, Dispatcher

WAIT = 20.0


class Account(DispatchedActor):
    """An actor in pykka's style: methods and attributes, no messages."""

    def __init__(self, dispatcher: Dispatcher, owner: str = "nobody") -> None:
        super().__init__(dispatcher)
        self.owner = owner
        self.balance = 0

    def deposit(self, amount: int) -> int:
        self.balance += amount
        return self.balance

    def withdraw(self, amount: int) -> int:
        if amount > self.balance:
            raise ValueError("not so much")
        self.balance -= amount
        return self.balance

    def on_receive(self, message: Any) -> Any:  # pykka's own signature
        return ("got", message)


@pytest.fixture
def ref(dispatcher: Dispatcher) -> Iterator[pykka.ActorRef[Account]]:
    ref = Account.start(dispatcher, owner="ada")
    yield ref
    ref.stop(timeout=WAIT)


def test_start_returns_a_living_registered_ref(ref: pykka.ActorRef[Account]) -> None:
    assert ref.is_alive()
    assert ref in pykka.ActorRegistry.get_all()
    assert pykka.ActorRegistry.get_by_urn(ref.actor_urn) == ref
    assert pykka.ActorRegistry.get_by_class(Account) == [ref]


def test_ask_blocks_or_returns_a_future(ref: pykka.ActorRef[Account]) -> None:
    assert ref.ask("a", timeout=WAIT) == ("got", "a")
    future = ref.ask("b", block=False)
    assert isinstance(future, pykka.Future)
    assert [future.get(timeout=WAIT) for _ in range(2)] == [("got", "b")] * 2


def test_ask_gives_up_after_its_timeout(
    ref: pykka.ActorRef[Account], dispatcher: Dispatcher
) -> None:
    class Sleeper(DispatchedActor):
        def on_receive(self, message: threading.Event) -> None:
            message.wait(WAIT)

    gate = threading.Event()
    with pytest.raises(pykka.Timeout):
        Sleeper(dispatcher).launch().ask(gate, timeout=0.01)
    gate.set()
    assert ref.ask("a", timeout=WAIT) == ("got", "a")


def test_a_proxy_calls_methods_and_reaches_attributes(ref: pykka.ActorRef[Account]) -> None:
    proxy: Any = ref.proxy()
    assert proxy.deposit(5).get(timeout=WAIT) == 5
    assert proxy.owner.get(timeout=WAIT) == "ada"
    same: Any = ref.proxy()
    same.balance = 10
    assert proxy.balance.get(timeout=WAIT) == 10
    proxy.deposit.defer(2)
    assert proxy.balance.get(timeout=WAIT) == 12


def test_a_proxied_call_that_raises_does_so_where_its_answer_is_read(
    ref: pykka.ActorRef[Account],
) -> None:
    proxy: Any = ref.proxy()
    with pytest.raises(ValueError, match="not so much"):
        proxy.withdraw(1).get(timeout=WAIT)
    assert ref.is_alive()


def test_futures_can_be_collected_joined_mapped_filtered_and_reduced(
    ref: pykka.ActorRef[Account],
) -> None:
    proxy: Any = ref.proxy()
    futures = [proxy.deposit(1) for _ in range(3)]
    assert pykka.get_all(futures, timeout=WAIT) == [1, 2, 3]
    joined: Any = futures[0].join(*futures[1:])
    assert joined.get(timeout=WAIT) == [1, 2, 3]
    assert joined.filter((1).__lt__).get(timeout=WAIT) == [2, 3]
    assert joined.reduce(add).get(timeout=WAIT) == 6
    assert futures[0].map(str).get(timeout=WAIT) == "1"


def test_stop_tells_whether_it_stopped_anybody(ref: pykka.ActorRef[Account]) -> None:
    assert ref.stop(timeout=WAIT) is True
    assert ref.stop(timeout=WAIT) is False
    assert ref.stop(block=False).get(timeout=WAIT) is False
    assert not ref.is_alive()


def test_a_dead_actor_refuses_as_pykkas_own_do(ref: pykka.ActorRef[Account]) -> None:
    ref.stop(timeout=WAIT)
    with pytest.raises(pykka.ActorDeadError):
        ref.tell("a")
    with pytest.raises(pykka.ActorDeadError):
        ref.ask("a", timeout=WAIT)
    with pytest.raises(pykka.ActorDeadError):
        ref.ask("a", block=False).get(timeout=WAIT)
    with pytest.raises(pykka.ActorDeadError):
        ref.proxy()


def test_the_registry_stops_and_broadcasts_to_what_was_started(dispatcher: Dispatcher) -> None:
    received = threading.Semaphore(0)

    class Audience(DispatchedActor):
        def on_receive(self, message: object) -> None:
            if message == "hear":
                received.release()

    refs = [Audience.start(dispatcher) for _ in range(3)]
    pykka.ActorRegistry.broadcast("hear", Audience)
    assert all(received.acquire(timeout=WAIT) for _ in refs)
    assert all(pykka.ActorRegistry.stop_all(timeout=WAIT))
    assert not any(ref.is_alive() for ref in refs)


def test_an_actor_has_all_that_pykkas_constructor_would_give_it(dispatcher: Dispatcher) -> None:
    theirs, ours = pykka.ThreadingActor(), DispatchedActor(dispatcher)

    assert vars(theirs).keys() <= vars(ours).keys()
    for name in ("actor_urn", "actor_stopped", "_actor_ref"):
        assert isinstance(getattr(ours, name), type(getattr(theirs, name)))


def test_no_two_actors_have_the_same_name(dispatcher: Dispatcher) -> None:
    names = [DispatchedActor(dispatcher).actor_urn for _ in range(100)]

    assert len(set(names)) == 100
    assert all(UUID(name).urn == name for name in names)
