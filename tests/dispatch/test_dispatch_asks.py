"""Actors may ask each other: they get their answer, or hear at once that it can never come."""

import threading
from collections.abc import Callable
from typing import Any

import pykka
import pytest

from holdfast.actors.dispatch import DispatchedActor, DispatchedFuture, Dispatcher, NoSpareThread

WAIT = 20.0

MakeDispatcher = Callable[..., Dispatcher]


class Doer(DispatchedActor):
    """Does what it is told, and answers with what came of it."""

    def on_receive(self, message: Callable[[], Any]) -> Any:  # whatever came
        return message()


def launch(dispatcher: Dispatcher, count: int) -> list[pykka.ActorRef[Any]]:
    return [Doer(dispatcher).launch() for _ in range(count)]


def launch_named(dispatcher: Dispatcher, slow: int, *names: str) -> list[pykka.ActorRef[Any]]:
    """Launch actors that errors call by name, and that owe `slow` quick turns to the spares."""

    def launch_one(name: str) -> pykka.ActorRef[Any]:
        kind: type[Doer] = type(name, (Doer,), {})
        actor = kind(dispatcher)
        actor.slow = slow
        return actor.launch()

    return [launch_one(name) for name in names]


def chain(*refs: pykka.ActorRef[Any]) -> Any:  # whatever the last answers
    """Have the first ask the second, that the third, and so on; return the last's answer."""
    first, *rest = refs
    return first.ask((lambda: chain(*rest)) if rest else (lambda: "the end"), timeout=WAIT)


def test_an_actor_gets_the_answer_of_another_one(dispatcher: Dispatcher) -> None:
    assert chain(*launch(dispatcher, 2)) == "the end"


def test_an_actor_may_ask_again_and_again(dispatcher: Dispatcher) -> None:
    first, second = launch(dispatcher, 2)
    answers = first.ask(lambda: [second.ask(lambda: "yes") for _ in range(500)], timeout=WAIT)
    assert answers == ["yes"] * 500


def test_many_actors_may_ask_the_same_one_at_the_same_time(dispatcher: Dispatcher) -> None:
    oracle, *others = launch(dispatcher, 12)
    asking = [ref.ask(lambda: oracle.ask(lambda: "yes"), block=False) for ref in others]
    assert pykka.get_all(asking, timeout=WAIT) == ["yes"] * len(others)


def test_a_chain_may_be_as_long_as_there_are_threads(make_dispatcher: MakeDispatcher) -> None:
    dispatcher = make_dispatcher(max_threads=8)
    assert chain(*launch(dispatcher, 8 - 1)) == "the end"


def test_a_chain_beyond_the_threads_is_an_error_and_no_hang(
    make_dispatcher: MakeDispatcher,
) -> None:
    dispatcher = make_dispatcher(max_threads=8)
    refs = launch(dispatcher, 8)
    with pytest.raises(NoSpareThread, match="all 8 threads"):
        chain(*refs)
    assert chain(*refs[:-1]) == "the end"


@pytest.mark.parametrize("slow", [0, 16], ids=["leader", "spare"])
def test_two_actors_that_ask_each_other_are_an_error_and_no_hang(
    dispatcher: Dispatcher, slow: int
) -> None:
    first, second = launch_named(dispatcher, slow, "Ann", "Bob")
    # On the spares the second may wait before the first does: who closes the circle is told.
    circle = "(Bob asks Ann, which waits for Bob|Ann asks Bob, which waits for Ann)"
    with pytest.raises(NoSpareThread, match=f"^{circle}: none of them could answer; tell instead"):
        chain(first, second, first)
    assert chain(second, first) == "the end"


def test_a_circle_of_many_is_an_error_and_no_hang(dispatcher: Dispatcher) -> None:
    refs = launch_named(dispatcher, 0, *"ABCDEF")
    text = "^F asks C, which waits for D, which waits for E, which waits for F: none of them"
    with pytest.raises(NoSpareThread, match=text):
        chain(*refs, refs[2])
    assert chain(*refs) == "the end"


WAYS: dict[str, Callable[[pykka.ActorRef[Any]], Any]] = {
    "ask": lambda ref: ref.ask(lambda: "never"),
    "ask with a timeout": lambda ref: ref.ask(lambda: "never", timeout=WAIT),
    "a future": lambda ref: ref.ask(lambda: "never", block=False).get(),
    "futures": lambda ref: pykka.get_all([ref.ask(lambda: "never", block=False)]),
    "a mapped future": lambda ref: ref.ask(lambda: "never", block=False).map(str).get(),
    "a proxy": lambda ref: ref.proxy().slow.get(),
    "stop": lambda ref: ref.stop(),
}
"""How an actor may come to wait for itself."""


@pytest.mark.parametrize("slow", [0, 16], ids=["leader", "spare"])
@pytest.mark.parametrize("way", WAYS)
def test_an_actor_that_asks_itself_is_an_error_and_no_hang(
    dispatcher: Dispatcher, way: str, slow: int
) -> None:
    (ref,) = launch_named(dispatcher, slow, "Ann")
    with pytest.raises(NoSpareThread, match=r"^Ann asks itself, .+: tell instead of ask$"):
        ref.ask(lambda: WAYS[way](ref), timeout=WAIT)


def test_a_question_to_itself_may_be_read_once_it_is_answered(dispatcher: Dispatcher) -> None:
    (ref,) = launch(dispatcher, 1)
    own: list[pykka.Future[str]] = []
    ref.ask(lambda: own.append(ref.ask(lambda: "by now", block=False)), timeout=WAIT)
    assert ref.ask(own[0].get, timeout=WAIT) == "by now"


def test_who_has_its_answer_may_be_asked_though_it_has_not_woken_up_yet(
    dispatcher: Dispatcher,
) -> None:
    first, second = launch(dispatcher, 2)
    gate = threading.Event()

    def ask_twice() -> pykka.Future[str]:
        answer = second.ask(lambda: gate.wait(WAIT), block=False)
        # The second goes on from one message to the next before the first can wake up.
        asks_back = second.ask(lambda: first.ask(lambda: "yes"), block=False)
        gate.set()
        answer.get()
        return asks_back

    assert [first.ask(ask_twice, timeout=WAIT).get(timeout=WAIT) for _ in range(20)] == ["yes"] * 20


def test_a_refused_wait_leaves_nothing_behind(make_dispatcher: MakeDispatcher) -> None:
    dispatcher = make_dispatcher(max_threads=4)
    refs = launch(dispatcher, 4)
    for _ in range(10):
        with pytest.raises(NoSpareThread):
            chain(*refs)
        with pytest.raises(NoSpareThread):
            chain(refs[0], refs[1], refs[0])
    assert chain(*refs[:3]) == "the end"


def test_an_actor_that_was_slow_gets_the_answer_of_another_such_one(
    make_dispatcher: MakeDispatcher,
) -> None:
    dispatcher = make_dispatcher(max_threads=3)
    actors = [Doer(dispatcher) for _ in range(2)]
    for actor in actors:
        actor.slow = 16
    assert chain(*(actor.launch() for actor in actors)) == "the end"


def test_answers_may_be_joined_and_mapped_with_the_fewest_threads(
    make_dispatcher: MakeDispatcher,
) -> None:
    asker, *others = launch(make_dispatcher(max_threads=3), 3)

    def ask_all() -> object:
        first, *rest = [ref.ask(lambda: 2, block=False) for ref in others]
        return first.join(*rest).map(sum).get(timeout=WAIT)

    assert asker.ask(ask_all, timeout=WAIT) == 4


def test_an_actor_may_stop_another_one_with_the_fewest_threads(
    make_dispatcher: MakeDispatcher,
) -> None:
    first, second = launch(make_dispatcher(max_threads=3), 2)
    assert first.ask(lambda: second.stop(timeout=WAIT), timeout=WAIT) is True
    assert not second.is_alive()


def test_an_answer_that_does_not_come_in_time_ends_the_wait(dispatcher: Dispatcher) -> None:
    asker, other = launch(dispatcher, 2)
    gate = threading.Event()
    other.tell(lambda: gate.wait(WAIT))
    with pytest.raises(pykka.Timeout):
        asker.ask(lambda: other.ask(lambda: "too late", timeout=0.01), timeout=WAIT)
    gate.set()
    assert chain(asker, other) == "the end"


def test_a_future_that_nobody_asked_for_is_waited_for_like_any_other(
    dispatcher: Dispatcher,
) -> None:
    waiter, setter = launch(dispatcher, 2)
    future = DispatchedFuture[str]()
    answer = waiter.ask(lambda: future.get(timeout=WAIT), block=False)
    setter.tell(lambda: future.set("done"))
    assert answer.get(timeout=WAIT) == "done"
    assert future.done()


def test_an_actor_of_pykkas_own_may_be_asked_too(dispatcher: Dispatcher) -> None:
    class Threaded(pykka.ThreadingActor):
        def on_receive(self, message: object) -> object:
            return message

    (asker,) = launch(dispatcher, 1)
    threaded = Threaded.start()
    try:
        assert asker.ask(lambda: threaded.ask("hello"), timeout=WAIT) == "hello"
    finally:
        threaded.stop()
