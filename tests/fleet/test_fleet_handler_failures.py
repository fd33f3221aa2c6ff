"""A handler that raises ends its own incarnation, with its cause, and nobody else's."""

import threading
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import pykka
import pytest

from holdfast.actors import Fleet, NoSpareThread, Outcome, RestartPolicy
from holdfast.handlers import CauseKind, Connection, Phase
from holdfast.testing import ManualClock, ScriptedServer, Session

if TYPE_CHECKING:
    from tests.fleet.conftest import Hook, Journal, Logs, Sibling


class Unspeakable(Exception):  # noqa: N818  # it is what it is
    """An exception that cannot even be shown."""

    def __str__(self) -> str:
        raise RuntimeError("no words")


ERRORS = [ValueError("wrong"), SystemExit(3), KeyboardInterrupt(), GeneratorExit(), Unspeakable()]
METHODS = {
    "factory": "the handler's factory",
    "on_ready": "on_ready",
    "on_message": "on_message",
    "on_messages": "on_messages",
    "on_receive": "on_receive",
}


async def greet(session: Session) -> None:
    """Publish two messages, then listen."""
    await session.publish("hello")
    await session.publish("again")
    while True:
        await session.receive()


def raising_once(error: BaseException) -> "Hook":
    """Return a hook that raises the first time it is called."""
    calls = iter([error])

    def hook(*_arguments: object) -> object:
        for each in calls:
            raise each
        return None

    return hook


@pytest.mark.parametrize("error", ERRORS, ids=lambda error: type(error).__name__)
@pytest.mark.parametrize("method", METHODS)
def test_a_handler_that_raises_is_replaced_at_once_by_a_fresh_one(
    method: str, error: BaseException, journal: "Journal", logs: "Logs", sibling: "Sibling"
) -> None:
    with ScriptedServer(greet) as server, Fleet(clock=ManualClock()) as fleet:
        sibling.join(fleet)
        fleet.connect("a", server.url, handler=journal.handler(**{method: raising_once(error)}))
        fleet.tell("a", "anybody there?")
        failed = logs.wait("connection.failed", connection="a")
        scheduled = logs.wait("restart.scheduled", connection="a")
        journal.wait_for(lambda items: [k for k, _ in items].count("made") == 2)
        fleet.wait_ready(timeout=5)
        status = fleet.status("a")

        (crash,) = logs.find("handler.crashed", connection="a")
        assert crash["method"] == METHODS[method]
        assert crash["exception"][0]["type"].endswith(type(error).__name__)
        assert (failed["kind"], failed["cause"]) == ("handler_crash", "handler_crash")
        assert (scheduled["rule"], scheduled["delay"]) == ("crash_at_once", 0.0)
        assert (status.phase, status.incarnation) == (Phase.READY, 2)
        assert status.cause is not None
        assert status.cause.kind is CauseKind.CRASH
        assert type(error).__name__ in status.cause.detail
        assert METHODS[method] in status.cause.detail
        sibling.check(fleet)


def test_the_server_is_told_1011_when_a_handler_crashed(journal: "Journal") -> None:
    with ScriptedServer(greet) as server, Fleet() as fleet:
        handler = journal.handler(on_message=raising_once(ValueError()))
        fleet.connect("a", server.url, handler=handler)
        server.wait_for(lambda server: len(server.history) == 2)

        assert server.history[0].close_code == 1011


def test_a_handler_that_raises_in_on_down_does_not_change_what_becomes_of_its_connection(
    journal: "Journal", logs: "Logs", sibling: "Sibling"
) -> None:
    clock = ManualClock()
    with ScriptedServer(greet) as server, Fleet(clock=clock) as fleet:
        sibling.join(fleet)
        fleet.connect("a", server.url, handler=journal.handler(on_down=raising_once(SystemExit())))
        fleet.wait_ready(timeout=5)
        server.cut_all()
        logs.wait("restart.scheduled", connection="a", rule="network_backoff")
        status = fleet.status("a")

        assert logs.find("handler.crashed", connection="a")[0]["method"] == "on_down"
        assert status.phase is Phase.BACKOFF
        assert status.cause is not None
        assert status.cause.name == "connection_reset"
        sibling.check(fleet)
        clock.advance(60.0)
        fleet.wait_ready(timeout=5)


def test_on_down_is_told_before_the_next_handler_is_made_also_if_it_takes_its_time(
    journal: "Journal",
) -> None:
    late = threading.Event()

    def on_down(_connection: Connection, _cause: object) -> None:
        late.wait(0.1)
        journal.add(("down is over", None))

    with ScriptedServer(greet) as server, Fleet() as fleet:
        hooks: dict[str, Hook] = {"on_down": on_down, "on_ready": raising_once(ValueError())}
        fleet.connect("a", server.url, handler=journal.handler(**hooks))
        journal.wait_count("made", 2)

        kinds = [kind for kind, _ in journal.items if kind != "message"]
        assert kinds[:5] == ["made", "ready", "down", "down is over", "made"]


def test_what_on_down_sends_goes_out_after_the_restart(journal: "Journal", logs: "Logs") -> None:
    def on_down(connection: Connection, _cause: object) -> None:
        connection.send("I was down")

    with ScriptedServer(greet) as server, Fleet() as fleet:
        fleet.connect("a", server.url, handler=journal.handler(on_down=on_down))
        fleet.wait_ready(timeout=5)
        assert fleet.send("a", "first").get(timeout=5) is Outcome.SENT
        server.wait_for(lambda server: server.counters.messages_in == 1)
        server.close_all(1012)
        logs.wait("connection.failed", cause="closed_1012")
        fleet.resume("a")
        server.wait_for(lambda server: server.counters.messages_in == 2)

        assert [message for _, message in server.received] == ["first", "I was down"]
        assert fleet.send("a", "last").get(timeout=5) is Outcome.SENT
        counts = fleet.status("a").counts
        assert (counts.accepted, counts.sent, counts.waiting) == (3, 3, 0)


def test_what_on_down_sends_is_dropped_when_nothing_comes_after_it(
    journal: "Journal", logs: "Logs"
) -> None:
    def on_down(connection: Connection, _cause: object) -> None:
        connection.send("for nobody")

    with ScriptedServer(greet) as server, Fleet() as fleet:
        hooks: dict[str, Hook] = {"on_down": on_down, "on_ready": raising_once(ValueError())}
        once = RestartPolicy(kind="temporary")
        fleet.connect("a", server.url, handler=journal.handler(**hooks), restart=once)
        logs.wait("connection.stopped", connection="a")
        counts = fleet.status("a").counts

        assert (counts.accepted, counts.dropped, counts.unknown) == (1, 1, 0)


@pytest.mark.parametrize("made", [None, 42, "handler", object, dict], ids=repr)
def test_a_factory_that_makes_no_handler_ends_in_quarantine(
    made: object, logs: "Logs", sibling: "Sibling"
) -> None:
    clock = ManualClock()
    factory: Any = lambda: made  # noqa: E731  # a factory that no type checker would let pass
    with ScriptedServer(greet) as server, Fleet(clock=clock) as fleet:
        sibling.join(fleet)
        fleet.connect("a", server.url, handler=factory)
        outcome = fleet.send("a", "never")
        for attempt in (2, 3):
            logs.wait("restart.scheduled", connection="a", times=attempt)
            assert fleet.status("a").phase is Phase.BACKOFF
            clock.advance(10.0)
        logs.wait("connection.quarantined", connection="a", rule="intensity_exceeded")
        sibling.check(fleet)

        assert server.counters.connections == 0
        assert "TypeError in the handler's factory" in logs.find("connection.failed")[0]["detail"]
        fleet.stop("a")
        assert outcome.get(timeout=5) is Outcome.DROPPED


@pytest.mark.parametrize("returned", [None, 42, NotImplemented, ValueError("returned")], ids=repr)
def test_what_a_handler_returns_is_ignored_but_for_the_answer_to_a_question(
    returned: object, journal: "Journal", logs: "Logs"
) -> None:
    def hook(*_arguments: object) -> object:
        return returned

    names = ("on_ready", "on_message", "on_receive", "on_down")
    with ScriptedServer(greet) as server, Fleet() as fleet:
        fleet.connect("a", server.url, handler=journal.handler(**dict.fromkeys(names, hook)))
        journal.wait_told("message", "hello", "again")

        assert fleet.ask("a", "question", timeout=5) is returned
        assert not logs.find("connection.failed")


def test_a_handler_without_on_receive_refuses_questions_and_lives_on() -> None:
    with ScriptedServer(greet) as server, Fleet() as fleet:
        fleet.connect("a", server.url)
        fleet.wait_ready(timeout=5)
        with pytest.raises(NotImplementedError, match="has no on_receive"):
            fleet.ask("a", "question", timeout=5)

        assert fleet.status("a").incarnation == 1


def test_an_exit_under_a_question_ends_the_incarnation_and_answers_the_question(
    journal: "Journal", logs: "Logs"
) -> None:
    with ScriptedServer(greet) as server, Fleet() as fleet:
        hook = raising_once(SystemExit())
        fleet.connect("a", server.url, handler=journal.handler(on_receive=hook))
        fleet.wait_ready(timeout=5)
        with pytest.raises(pykka.ActorDeadError):
            fleet.ask("a", "question", timeout=5)
        logs.wait("restart.scheduled", connection="a", rule="crash_at_once")
        fleet.wait_ready(timeout=5)

        assert fleet.ask("a", "question", timeout=5) is None


@pytest.mark.parametrize("verb", ["ask", "send", "stop"])
def test_a_handler_that_would_wait_for_itself_is_told_so(
    verb: str, journal: "Journal", logs: "Logs"
) -> None:
    fleet = Fleet()
    told: list[str] = []

    def on_receive(_connection: Connection, _message: object) -> None:
        ways: dict[str, Callable[[], Any]] = {
            "ask": lambda: fleet.ask("a", "question"),
            "send": lambda: fleet.send("a", "message").get(),
            "stop": lambda: fleet.stop("a"),
        }
        with pytest.raises((NoSpareThread, RuntimeError)) as caught:
            ways[verb]()
        told.append(str(caught.value))

    with ScriptedServer(greet) as server, fleet:
        fleet.connect("a", server.url, handler=journal.handler(on_receive=on_receive))
        fleet.ask("a", "be silly", timeout=5)

        assert told[0].startswith("connection 'a' ")
        assert not logs.find("connection.failed")


def test_a_connection_may_be_closed_by_its_handler_more_than_once(
    journal: "Journal", logs: "Logs", sibling: "Sibling"
) -> None:
    held: list[Connection] = []

    def on_message(connection: Connection, _message: str) -> None:
        held.append(connection)
        connection.close(4000, "enough")
        connection.close(4000, "enough")

    with ScriptedServer(greet) as server, Fleet() as fleet:
        sibling.join(fleet)
        fleet.connect("a", server.url, handler=journal.handler(on_message=on_message))
        logs.wait("connection.stopped", connection="a")
        server.wait_for(0)
        held[0].close()

        assert [status.name for status in fleet.status()] == ["healthy"]
        assert server.history[0].close_code == 4000
        assert not logs.find("actor.hook_failed")
        sibling.check(fleet)
