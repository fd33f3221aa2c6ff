"""What pykka loses when an actor ends, ours keeps, answers or tells: one trap, one test."""

import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from queue import SimpleQueue
from typing import Any

import pykka
import pytest

from holdfast.actors.dispatch import Control, DispatchedActor, Dispatcher, Mailbox
from holdfast.actors.logs import add_sink, flush_logs

WAIT = 20.0


class Doer(DispatchedActor):
    """Does what it is told, and notes which of its hooks were called."""

    def __init__(self, dispatcher: Dispatcher, mailbox: Mailbox | None = None) -> None:
        super().__init__(dispatcher, mailbox)
        self.hooks: list[str] = []
        self.failure: BaseException | None = None
        self.ended = threading.Event()

    def on_receive(self, message: Callable[[], Any]) -> Any:  # whatever came
        return message()

    def on_stop(self) -> None:
        self.hooks.append("on_stop")

    def on_failure(
        self,
        exception_type: type[BaseException] | None,
        exception_value: BaseException | None,
        traceback: Any,  # pykka's own signature
    ) -> None:
        super().on_failure(exception_type, exception_value, traceback)
        self.hooks.append("on_failure")
        self.failure = exception_value

    def on_end(self) -> None:
        self.hooks.append("on_end")
        super().on_end()
        self.ended.set()


class FailsToStart(Doer):
    def on_start(self) -> None:
        raise KeyError("on_start")


class Bystander(pykka.ThreadingActor):
    """Somebody else's actor, in the same process."""

    def on_receive(self, message: object) -> object:
        return message


@dataclass(frozen=True, slots=True)
class Urgent(Control):
    """Overtakes what waits."""

    def __call__(self) -> str:
        return "urgent"


def fail(error: BaseException) -> Callable[[], None]:
    """Return what raises the error in whoever does it."""

    def raise_it() -> None:
        raise error

    return raise_it


@pytest.fixture
def actor(dispatcher: Dispatcher) -> Doer:
    actor = Doer(dispatcher)
    actor.launch()
    return actor


@pytest.fixture
def bystander() -> Iterator[pykka.ActorRef[Bystander]]:
    ref = Bystander.start()
    yield ref
    ref.stop()


@pytest.fixture
def logged() -> Iterator[Callable[[], list[dict[str, object]]]]:
    """Return what has been logged so far."""
    events: SimpleQueue[dict[str, object]] = SimpleQueue()
    remove = add_sink(lambda event: events.put(dict(event)))

    def read() -> list[dict[str, object]]:
        flush_logs()
        return [events.get_nowait() for _ in range(events.qsize())]

    yield read
    remove()


def test_a_failure_in_on_start_runs_on_failure_and_on_end(dispatcher: Dispatcher) -> None:
    actor = FailsToStart(dispatcher)
    actor.launch()
    assert actor.ended.wait(WAIT)
    assert actor.hooks == ["on_failure", "on_end"]
    assert isinstance(actor.failure, KeyError)
    assert not actor.actor_ref.is_alive()


def test_who_asked_an_actor_that_fails_to_start_hears_that_it_is_dead() -> None:
    dispatcher = Dispatcher()
    question = FailsToStart(dispatcher).launch().ask(print, block=False)
    dispatcher.start()
    with pytest.raises(pykka.ActorDeadError):
        question.get(timeout=WAIT)
    assert dispatcher.stop(timeout=WAIT) == []


def test_an_exception_under_ask_goes_to_who_asked_and_the_actor_lives(actor: Doer) -> None:
    with pytest.raises(ZeroDivisionError):
        actor.actor_ref.ask(fail(ZeroDivisionError()), timeout=WAIT)
    assert actor.actor_ref.ask(lambda: "alive", timeout=WAIT) == "alive"
    assert actor.hooks == []


def test_an_exception_under_tell_ends_the_actor_with_its_cause(actor: Doer) -> None:
    error = ZeroDivisionError()
    actor.actor_ref.tell(fail(error))
    assert actor.ended.wait(WAIT)
    assert actor.hooks == ["on_failure", "on_end"]
    assert actor.failure is error
    assert not actor.actor_ref.is_alive()


def test_what_waited_behind_a_failure_is_answered_or_handed_back(dispatcher: Dispatcher) -> None:
    discarded: list[object] = []
    actor = Doer(dispatcher, Mailbox(on_discard=discarded.append))
    ref = actor.launch()
    gate = threading.Event()
    ref.tell(lambda: gate.wait(WAIT))
    ref.tell(fail(ZeroDivisionError()))
    ref.tell("told")
    asked = ref.ask("asked", block=False)
    stopping = ref.stop(block=False)
    gate.set()
    with pytest.raises(pykka.ActorDeadError):
        asked.get(timeout=WAIT)
    assert stopping.get(timeout=WAIT) is True
    assert "told" in discarded


@pytest.mark.parametrize("error", [SystemExit(1), KeyboardInterrupt(), GeneratorExit()])
@pytest.mark.parametrize("how", ["tell", "ask", "on_start"])
def test_an_exit_in_one_actor_ends_that_actor_alone(
    dispatcher: Dispatcher, bystander: pykka.ActorRef[Bystander], error: BaseException, how: str
) -> None:
    class Exits(Doer):
        def on_start(self) -> None:
            if how == "on_start":
                raise error

    neighbour = Doer.start(dispatcher)
    actor = Exits(dispatcher)
    ref = actor.launch()
    if how == "tell":
        ref.tell(fail(error))
    if how == "ask":
        with pytest.raises(pykka.ActorDeadError):
            ref.ask(fail(error), timeout=WAIT)
    assert actor.ended.wait(WAIT)
    assert actor.hooks == ["on_failure", "on_end"]
    assert actor.failure is error
    assert neighbour.ask(lambda: "alive", timeout=WAIT) == "alive"
    assert bystander.ask("alive", timeout=WAIT) == "alive"
    neighbour.stop()


def test_a_message_to_an_actor_that_ends_is_handled_handed_back_or_refused(
    dispatcher: Dispatcher, restless: None
) -> None:
    del restless
    for _ in range(100):
        handled: list[int] = []
        discarded: list[int] = []
        refused: list[int] = []

        class Counter(Doer):
            def on_receive(self, message: Any) -> Any:  # a number
                handled.append(message)  # noqa: B023  # its round's own list

        actor = Counter(dispatcher, Mailbox(on_discard=discarded.append))
        ref = actor.launch()
        stopper = threading.Thread(target=ref.stop)
        stopper.start()
        for number in range(50):
            try:
                ref.tell(number)
            except pykka.ActorDeadError:
                refused.append(number)
        stopper.join(WAIT)
        assert actor.ended.wait(WAIT)
        assert handled + discarded + refused == list(range(50))


def test_asking_or_stopping_an_actor_that_ends_never_raises_where_it_is_asked(
    dispatcher: Dispatcher, restless: None
) -> None:
    del restless
    for _ in range(100):
        ref = Doer(dispatcher).launch()
        stopper = threading.Thread(target=ref.stop)
        stopper.start()
        answers = [ref.ask(lambda: "yes", block=False) for _ in range(20)]
        stops = [ref.stop(block=False) for _ in range(5)]
        stopper.join(WAIT)
        for answer in answers:
            try:
                assert answer.get(timeout=WAIT) == "yes"
            except pykka.ActorDeadError:
                continue
        assert all(isinstance(stop.get(timeout=WAIT), bool) for stop in stops)


def test_a_stop_overtakes_what_waits(actor: Doer) -> None:
    gate = threading.Event()
    actor.actor_ref.tell(lambda: gate.wait(WAIT))
    waiting = actor.actor_ref.ask(lambda: "handled", block=False)
    stopping = actor.actor_ref.stop(block=False)
    gate.set()
    assert stopping.get(timeout=WAIT) is True
    with pytest.raises(pykka.ActorDeadError):
        waiting.get(timeout=WAIT)
    assert actor.hooks == ["on_stop", "on_end"]


def test_control_overtakes_what_waits(actor: Doer) -> None:
    gate = threading.Event()
    order: list[object] = []
    actor.actor_ref.tell(lambda: gate.wait(WAIT))
    last = actor.actor_ref.ask(lambda: order.append("data"), block=False)
    first = actor.actor_ref.ask(Urgent(), block=False)
    gate.set()
    assert first.get(timeout=WAIT) == "urgent"
    last.get(timeout=WAIT)
    assert order == ["data"]


def test_an_actor_may_stop_itself_and_is_stopped_once(actor: Doer) -> None:
    def stop_twice() -> None:
        actor.stop()
        actor.stop()

    actor.actor_ref.tell(stop_twice)
    assert actor.ended.wait(WAIT)
    assert actor.hooks == ["on_stop", "on_end"]


def test_an_actor_that_ends_in_its_own_handler_ends_once(dispatcher: Dispatcher) -> None:
    class Finisher(Doer):
        def on_receive(self, message: Any) -> Any:
            self._stop()
            self._stop()
            return message()

    actor = Finisher(dispatcher)
    actor.launch().tell(fail(ZeroDivisionError()))
    assert actor.ended.wait(WAIT)
    Doer(dispatcher).launch().ask(lambda: None, timeout=WAIT)
    assert actor.hooks == ["on_stop", "on_end"]


def test_launching_leaves_pykkas_registry_alone(actor: Doer) -> None:
    assert actor.actor_ref not in pykka.ActorRegistry.get_all()
    actor.actor_ref.stop(timeout=WAIT)
    assert pykka.ActorRegistry.get_all() == []


def test_starting_registers_and_every_end_unregisters(dispatcher: Dispatcher) -> None:
    stopped = Doer.start(dispatcher)
    failed = FailsToStart.start(dispatcher)
    crashed = Doer.start(dispatcher)
    assert stopped in pykka.ActorRegistry.get_all()
    stopped.stop(timeout=WAIT)
    crashed.tell(fail(ZeroDivisionError()))
    for ref in (failed, crashed):
        ref.stop(timeout=WAIT)
    assert pykka.ActorRegistry.get_all() == []


@pytest.mark.parametrize("hook", ["on_stop", "on_failure", "on_end"])
def test_a_hook_that_raises_is_logged_and_the_actor_ends_all_the_same(
    dispatcher: Dispatcher, hook: str, logged: Callable[[], list[dict[str, object]]]
) -> None:
    class Clumsy(Doer):
        def on_stop(self) -> None:
            self.stumble("on_stop")

        def on_failure(self, *_failure: object, **_by_name: object) -> None:
            self.stumble("on_failure")

        def on_end(self) -> None:
            self.stumble("on_end")
            super().on_end()

        def stumble(self, name: str) -> None:
            if name == hook:
                raise RuntimeError(name)

    actor = Clumsy(dispatcher)
    ref = actor.launch()
    gate = threading.Event()
    ref.tell(lambda: gate.wait(WAIT))
    ref.tell(fail(ZeroDivisionError()))
    waiting = ref.ask(lambda: "handled", block=False)
    if hook == "on_stop":
        actor.stop()
    gate.set()
    with pytest.raises(pykka.ActorDeadError):
        waiting.get(timeout=WAIT)
    with pytest.raises(pykka.ActorDeadError):
        ref.tell(print)
    (line,) = [each for each in logged() if each["event"] == "actor.hook_failed"]
    assert (line["level"], line["actor"], line["hook"]) == ("error", "Clumsy", hook)


def test_an_unknown_message_is_logged_by_its_type_and_never_by_its_content(
    dispatcher: Dispatcher,
    caplog: pytest.LogCaptureFixture,
    logged: Callable[[], list[dict[str, object]]],
) -> None:
    @dataclass(frozen=True, slots=True)
    class Credentials:
        password: str

    ref = DispatchedActor(dispatcher).launch()
    assert ref.ask(Credentials("hunter2"), timeout=WAIT) is None
    (line,) = [each for each in logged() if each["event"] == "actor.unexpected_message"]
    assert (line["level"], line["type"]) == ("warning", "Credentials")
    assert "hunter2" not in caplog.text + str(line)


def test_a_failure_that_nobody_else_reports_is_logged(
    dispatcher: Dispatcher, logged: Callable[[], list[dict[str, object]]]
) -> None:
    ended = threading.Event()

    class Plain(DispatchedActor):
        def on_receive(self, message: object) -> None:
            del message
            raise ZeroDivisionError

        def on_end(self) -> None:
            super().on_end()
            ended.set()

    Plain(dispatcher).launch().tell("divide")
    assert ended.wait(WAIT)
    (line,) = [each for each in logged() if each["event"] == "handler.crashed"]
    assert (line["level"], line["method"]) == ("error", "on_receive")
    assert "ZeroDivisionError" in str(line["exception"])


def test_an_answer_that_somebody_else_gave_does_no_harm(actor: Doer) -> None:
    gate = threading.Event()
    for late in (lambda: "late", fail(ZeroDivisionError()), fail(SystemExit())):
        question = actor.actor_ref.ask(lambda late=late: (gate.wait(WAIT), late())[-1], block=False)
        question.set("early")
        gate.set()
        assert question.get(timeout=WAIT) == "early"
    assert actor.ended.wait(WAIT)
    assert actor.hooks == ["on_failure", "on_end"]


def test_an_actor_that_was_given_up_harms_its_successor_in_no_way(
    dispatcher: Dispatcher, logged: Callable[[], list[dict[str, object]]]
) -> None:
    mailbox = Mailbox()
    given_up = Doer(dispatcher, mailbox)
    gate, entered = threading.Event(), threading.Event()

    def hold_and_fail() -> None:
        entered.set()
        gate.wait(WAIT)
        raise ZeroDivisionError

    given_up.launch().tell(hold_and_fail)
    assert entered.wait(WAIT)
    mailbox.detach(given_up)
    successor = Doer(dispatcher, mailbox).launch()
    gate.set()
    assert given_up.actor_stopped.wait(WAIT)
    assert successor.ask(lambda: "mine", timeout=WAIT) == "mine"
    assert given_up.hooks == []
    assert "after its end" in [each.get("method") for each in logged()]
