"""A handler that holds its thread for too long is reported, on whatever thread it runs."""

import threading
from collections.abc import Callable, Iterator
from functools import partial
from queue import SimpleQueue
from typing import Any

import pykka
import pytest

from holdfast.actors.dispatch import DispatchedActor, DispatchedFuture, Dispatcher
from holdfast.actors.dispatch.stall import Stall
from holdfast.actors.dispatch.stall_limit import StallLimit
from holdfast.actors.logs import add_sink, register_secret

WAIT = 20.0
HOLD = 0.02
"""Seconds that a handler may hold its thread here: a busy machine takes none for so long."""

MakeDispatcher = Callable[..., Dispatcher]
Reports = SimpleQueue[dict[str, Any]]


class Doer(DispatchedActor):
    """Does what it is told."""

    def on_receive(self, message: Callable[[], Any]) -> Any:
        return message()


class OtherDoer(Doer):
    """Is of another kind."""


class Gated:
    """What an actor is told so that it holds its thread until the gate opens."""

    def __init__(self) -> None:
        self.entered = threading.Event()
        self.gate = threading.Event()

    def __call__(self) -> None:
        self.entered.set()
        self.gate.wait(WAIT)


@pytest.fixture
def reports() -> Iterator[Reports]:
    """Return what is logged of handlers, in order."""
    logged: Reports = SimpleQueue()

    def sink(event: dict[str, object]) -> None:
        if str(event["event"]).startswith("handler."):
            logged.put(event)

    remove = add_sink(sink)
    yield logged
    remove()


def stall(actor: DispatchedActor, reports: Reports) -> tuple[dict[str, Any], dict[str, Any]]:
    """Have an actor hold its thread until that is reported; return both reports."""
    message = Gated()
    actor.actor_ref.tell(message)
    blocked = reports.get(timeout=WAIT)
    message.gate.set()
    return blocked, reports.get(timeout=WAIT)


def test_a_handler_on_the_leader_is_reported_with_its_name_and_where_it_is(
    make_dispatcher: MakeDispatcher, reports: Reports
) -> None:
    actor = Doer(make_dispatcher(hold_limit=HOLD))
    actor.launch()
    blocked, recovered = stall(actor, reports)
    assert (blocked["event"], blocked["level"]) == ("handler.blocked", "warning")
    assert (recovered["event"], recovered["level"]) == ("handler.recovered", "info")
    for report in (blocked, recovered):
        assert (report["actor"], report["handler"]) == ("Doer", f"{__name__}.Doer")
    assert (blocked["method"], blocked["suppressed"]) == ("on_receive", 0)
    assert recovered["seconds"] >= blocked["seconds"] >= HOLD
    places = [frame.split(" ") for frame in blocked["stack"]]
    assert [function for _, function in places][:2] == ["on_receive", "__call__"]
    assert places[0][0].rpartition(":")[0].endswith("tests/dispatch/test_dispatch_stall_reports.py")
    assert places[-1][1] == "wait"


def test_a_handler_on_a_spare_is_reported_each_time(
    make_dispatcher: MakeDispatcher, reports: Reports
) -> None:
    actor = Doer(make_dispatcher(hold_limit=HOLD))
    actor.launch()
    for _ in range(5):
        blocked, recovered = stall(actor, reports)
        assert (blocked["event"], blocked["method"]) == ("handler.blocked", "on_receive")
        assert recovered["event"] == "handler.recovered"
        assert actor.slow > 0


def test_a_handler_on_a_spare_is_reported_though_leader_and_watchdog_sleep(
    make_dispatcher: MakeDispatcher, reports: Reports, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("holdfast.actors.dispatch.watchdog.PARK_AFTER", 1)
    actor = Doer(make_dispatcher(hold_limit=HOLD))
    actor.slow = 1_000_000
    actor.launch()
    for pause in (0.0, 0.01, 0.02, 0.03, 0.05):
        threading.Event().wait(pause)
        blocked, recovered = stall(actor, reports)
        assert (blocked["event"], recovered["event"]) == ("handler.blocked", "handler.recovered")


def test_a_leader_that_nobody_can_succeed_is_reported_too(
    make_dispatcher: MakeDispatcher, reports: Reports
) -> None:
    dispatcher = make_dispatcher(hold_limit=HOLD, max_threads=3)
    messages = [Gated() for _ in range(3)]
    for kind, message in zip((Doer, Doer, OtherDoer), messages, strict=True):
        kind(dispatcher).launch().tell(message)
        assert message.entered.wait(WAIT)
    found = [reports.get(timeout=WAIT)["event"] for _ in range(3)]
    assert found == ["handler.blocked"] * 3
    messages[2].gate.set()
    assert reports.get(timeout=WAIT)["event"] == "handler.recovered"
    for message in messages[:2]:
        message.gate.set()
        assert reports.get(timeout=WAIT)["event"] == "handler.recovered"


def test_a_handler_that_waits_for_an_answer_is_reported_with_where_it_waits(
    make_dispatcher: MakeDispatcher, reports: Reports
) -> None:
    answer = DispatchedFuture[str]()
    Doer(make_dispatcher(hold_limit=HOLD)).launch().tell(lambda: answer.get(timeout=WAIT))
    blocked = reports.get(timeout=WAIT)
    assert blocked["stack"][-1].endswith("actors/dispatch/future.py:" + blocked["stack"][-1][-10:])
    answer.set("done")
    assert reports.get(timeout=WAIT)["event"] == "handler.recovered"


def test_handlers_that_block_again_and_again_are_told_once_and_counted(
    make_dispatcher: MakeDispatcher, reports: Reports
) -> None:
    # Longer than this test may take, then nothing.
    limit = StallLimit(period=WAIT)
    dispatcher = make_dispatcher(hold_limit=HOLD, stall_limit=limit)
    actor, other = Doer(dispatcher), Doer(dispatcher)
    actor.launch()
    blocked, recovered = stall(actor, reports)
    assert (blocked["event"], recovered["event"]) == ("handler.blocked", "handler.recovered")
    for _ in range(3):
        actor.actor_ref.ask(lambda: threading.Event().wait(5 * HOLD), timeout=WAIT)
    other.launch()
    blocked, recovered = stall(other, reports)
    assert (blocked["event"], blocked["suppressed"]) == ("handler.blocked", 3)
    assert recovered["event"] == "handler.recovered"
    assert reports.empty()


def test_who_is_told_of_a_stall_may_use_the_dispatcher(make_dispatcher: MakeDispatcher) -> None:
    """No lock is held meanwhile: the others go on, and so does what they need."""
    dispatcher = make_dispatcher(hold_limit=HOLD)
    answers: SimpleQueue[object] = SimpleQueue()
    other = Doer(dispatcher)
    other.launch()

    class Asking(Doer):
        def blocked(self, stall: Stall) -> None:
            super().blocked(stall)
            answers.put(other.actor_ref.ask(lambda: "alive", timeout=WAIT))

    message = Gated()
    Asking(dispatcher).launch().tell(message)
    assert answers.get(timeout=WAIT) == "alive"
    message.gate.set()


def test_a_handler_that_returns_while_the_dispatcher_stops_has_its_return_reported(
    reports: Reports,
) -> None:
    dispatcher = Dispatcher(hold_limit=HOLD)
    dispatcher.start()
    message = Gated()
    Doer(dispatcher).launch().tell(message)
    assert reports.get(timeout=WAIT)["event"] == "handler.blocked"
    opener = threading.Timer(0.05, message.gate.set)
    opener.start()
    assert dispatcher.stop(timeout=WAIT) == []
    assert reports.get(timeout=WAIT)["event"] == "handler.recovered"
    opener.join(WAIT)


def test_a_report_shows_no_local_variable_no_line_of_source_and_no_secret(
    make_dispatcher: MakeDispatcher, reports: Reports
) -> None:
    release = register_secret("hunter2hunter2")

    def hunter2hunter2() -> None:  # a name that happens to be a secret's
        local = "in a local variable"
        Gated.__call__(message if local else Gated())

    message = Gated()
    Doer(make_dispatcher(hold_limit=HOLD)).launch().tell(hunter2hunter2)
    blocked = reports.get(timeout=WAIT)
    message.gate.set()
    assert [frame.rsplit(" ", 1)[1] for frame in blocked["stack"]][:3] == [
        "on_receive",
        "***",
        "__call__",
    ]
    assert "in a local variable" not in str(blocked)
    assert reports.get(timeout=WAIT)["event"] == "handler.recovered"
    release()


def test_every_report_of_a_stall_has_its_end_and_no_other_end_is_reported(
    make_dispatcher: MakeDispatcher, reports: Reports, restless: None
) -> None:
    del restless
    dispatcher = make_dispatcher(hold_limit=HOLD, max_threads=6, stall_limit=StallLimit(alike=20))
    refs = [Doer(dispatcher).launch() for _ in range(30)]
    pauses = [partial(threading.Event().wait, number % 3 * HOLD) for number in range(10)]
    asked = [ref.ask(pause, block=False) for ref in refs for pause in pauses]
    pykka.get_all(asked, timeout=WAIT)
    assert dispatcher.stop(timeout=WAIT) == []
    found: list[object] = []
    while not reports.empty():
        found.append(reports.get()["event"])
    assert found.count("handler.blocked") == found.count("handler.recovered") <= 20
