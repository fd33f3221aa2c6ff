"""The protocol, by clients that keep to it and by those that don't."""

import json
import socket
import stat
import threading
from contextlib import closing, contextmanager
from typing import TYPE_CHECKING, Any

import pykka
import pytest

from holdfast.actors import ConnectionSpec
from holdfast.actors.console.control import server as under_test
from holdfast.actors.console.control.client import Client, ControlRefused
from holdfast.actors.console.control.place import ControlSocket
from holdfast.actors.console.control.protocol import LARGEST
from holdfast.actors.console.control.server import CLIENTS, ControlServer
from holdfast.actors.console.problem import Problem
from holdfast.handlers import Connection, ConnectionHandler
from holdfast.testing import ScriptedServer, Session, echo
from tests.control.conftest import Raw

if TYPE_CHECKING:
    from collections.abc import Callable, Generator
    from pathlib import Path

    from tests.control.conftest import Open
    from tests.fleet.conftest import Logs

ANSWER = 4_000_000
"""Bytes: more than the kernel keeps for a client."""

STATUS = b'{"v":1,"verb":"status"}\n'


@contextmanager
def serving(path: "Path", start_actor: "Callable[[], pykka.ActorRef[Any]]") -> "Generator[None]":
    """Have actors of the test's own answer at a socket."""
    server = ControlServer(ControlSocket(path), start_actor)
    server.start()
    with closing(server):
        yield


def kind_of(line: bytes) -> str:
    """Return the kind of the error that an answer is."""
    return str(json.loads(line)["error"]["kind"])


@pytest.mark.parametrize(
    ("line", "kind"),
    [
        (b"status", "bad_request"),
        (b"{", "bad_request"),
        (b"[]", "bad_request"),
        (b"", "bad_request"),
        (b"[" * 100_000, "bad_request"),
        (b'{"verb":"\xff"}', "bad_request"),
        (b'{"verb":1}', "bad_request"),
        (b'{"v":1}', "bad_request"),
        (b'{"verb":"status","names":"a"}', "bad_request"),
        (b'{"verb":"status","options":{"x":1}}', "bad_request"),
        (b'{"verb":"reload","optons":{"dry_run":true}}', "bad_request"),
        (b'{"verb":"names","names":["a"]}', "bad_request"),
        (b'{"verb":"stop"}', "bad_request"),
        (b'{"verb":"statsu"}', "unknown_verb"),
        (b'{"v":2,"verb":"status"}', "unsupported_version"),
        (b'{"verb":"status","names":["nobody"]}', "unknown_connection"),
        (b'{"verb":"' + b"x" * LARGEST + b'"}', "too_large"),
        (b'{"verb":"' + b"x" * (LARGEST - 11) + b'"}', "too_large"),
    ],
    ids=lambda value: value[:30].decode("latin-1") if isinstance(value, bytes) else value,
)
def test_a_wrong_request_is_answered_and_the_next_one_is_served(
    open_console: "Open", line: bytes, kind: str
) -> None:
    client = open_console().raw()
    client.say(line + b"\n" + STATUS)

    answer = client.line()
    assert kind_of(answer) == kind
    assert len(answer) < 1000
    assert answer[:-1].decode().isprintable()
    assert json.loads(client.line())["result"]["connections"] == []


def test_a_verb_that_is_nearly_one_is_guessed(open_console: "Open") -> None:
    with pytest.raises(ControlRefused, match="there is no verb 'stauts'; did you mean status"):
        open_console().ask("stauts")


def test_requests_that_come_together_are_answered_in_their_order(open_console: "Open") -> None:
    client = open_console().raw()
    client.say(b'{"verb":"nope"}\n' + STATUS + b'{"verb":"names"}\n')

    assert kind_of(client.line()) == "unknown_verb"
    assert "connections" in json.loads(client.line())["result"]
    assert "names" in json.loads(client.line())["result"]


def test_a_slow_verb_delays_no_other_client(open_console: "Open", logs: "Logs") -> None:
    """The server takes no dial, so a message waits for as long as the client does."""
    console = open_console(ConnectionSpec(name="a", url="ws://127.0.0.1:9"))
    slow = console.raw()
    slow.say(b'{"verb":"send","names":["a"],"options":{"text":"x","wait":60}}\n')
    logs.wait("control.told", verb="send")

    assert console.ask("status")["connections"][0]["name"] == "a"
    console.ask("stop", "a")
    (outcome,) = json.loads(slow.line())["result"]["outcomes"]
    assert outcome["outcome"] in {"dropped", "refused"}


def test_whoever_hangs_up_while_he_waits_leaves_his_place_to_others(
    open_console: "Open", logs: "Logs"
) -> None:
    console = open_console(ConnectionSpec(name="a", url="ws://127.0.0.1:9"))
    clients = [console.raw() for _ in range(CLIENTS)]
    for client in clients:
        client.say(b'{"verb":"send","names":["a"],"options":{"text":"x","wait":86400}}\n')
    logs.wait("control.told", times=CLIENTS, verb="send")
    threads = [each for each in threading.enumerate() if each.name == "holdfast-control-client"]
    for client in clients:
        client.close()
    for thread in threads:
        thread.join(10)

    assert console.ask("status")["connections"][0]["name"] == "a"


def test_whoever_has_no_more_to_ask_gets_his_answer(open_console: "Open") -> None:
    client = open_console(ConnectionSpec(name="a", url="ws://127.0.0.1:9")).raw()
    client.say(b'{"verb":"send","names":["a"],"options":{"text":"x","wait":0.6}}\n')
    client.socket.shutdown(socket.SHUT_WR)

    assert json.loads(client.line())["result"]["outcomes"][0]["outcome"] == "waiting"


def test_it_answers_while_handlers_hold_every_thread(open_console: "Open") -> None:
    held = threading.Semaphore(0)
    free = threading.Event()

    class Stuck(ConnectionHandler):
        def on_ready(self, connection: Connection) -> None:
            del connection
            held.release()
            free.wait(30)

    with ScriptedServer(echo) as server:
        # Of a handler that has blocked before, the others run on fewer threads.
        handlers = [type(f"Stuck{n}", (Stuck,), {}) for n in range(3)]
        specs = [
            ConnectionSpec(name=f"c{n}", url=server.url, handler=handler)
            for n, handler in enumerate(handlers)
        ]
        console = open_console(*specs, max_threads=3)
        try:
            for _ in specs:
                assert held.acquire(timeout=10)
            told = console.ask("status")
            assert [each["name"] for each in told["connections"]] == ["c0", "c1", "c2"]
            assert console.ask("explain", "c0")["stories"][0]["text"].startswith("c0: ")
        finally:
            free.set()


def test_one_client_too_many_is_told_so(open_console: "Open") -> None:
    console = open_console()
    clients: list[Raw] = []
    for _ in range(CLIENTS):
        clients.append(client := console.raw())
        client.say(STATUS)
        assert client.line()

    with pytest.raises(ControlRefused, match="clients are here already") as refused:
        console.ask("status")
    assert refused.value.kind == "busy"
    clients[0].say(STATUS)
    assert clients[0].line()


class Verbose(pykka.ThreadingActor):
    """Answers everything at great length."""

    use_daemon_thread = True

    def on_receive(self, message: Any) -> str:
        """Answer."""
        del message
        return "x" * ANSWER


def test_a_client_that_stops_reading_is_dropped(
    folder: "Path", logs: "Logs", monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(under_test, "READING", 0.2)
    path = folder / "control.sock"
    with serving(path, Verbose.start), closing(Raw(path)) as lazy, Client(path) as other:
        lazy.say(STATUS)

        assert len(other.ask("status")) == ANSWER
        logs.wait("control.client_dropped")
        assert not lazy.line().endswith(b"\n")


def test_a_file_that_somebody_removes_is_made_again_and_whoever_was_here_stays(
    folder: "Path", logs: "Logs", monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(under_test, "LOOK", 0.05)
    path = folder / "control.sock"
    with serving(path, Verbose.start), Client(path) as before:
        before.ask("status")
        path.unlink()
        logs.wait("control.listening", times=2)

        assert stat.S_IMODE(path.stat().st_mode) == 0o600
        with Client(path) as after:
            assert len(after.ask("status")) == len(before.ask("status")) == ANSWER
    assert not path.exists()


def test_who_says_nothing_for_too_long_is_dropped(
    open_console: "Open", logs: "Logs", monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(under_test, "SILENCE", 0.1)
    client = open_console().raw()

    assert client.line() == b""
    logs.wait("control.client_dropped")


class Odd(pykka.ThreadingActor):
    """Answers with what can't be sent, as it was asked to."""

    use_daemon_thread = True

    def on_receive(self, message: Any) -> object:
        """Answer."""
        return {"large": "x" * LARGEST, "no text": "\ud800", "no JSON": object()}[message.verb]


@pytest.mark.parametrize(
    ("verb", "kind"),
    [("large", "too_large"), ("no text", "not_possible"), ("no JSON", "not_possible")],
)
def test_an_answer_that_cannot_be_sent_is_a_refusal(folder: "Path", verb: str, kind: str) -> None:
    path = folder / "control.sock"
    with serving(path, Odd.start), Client(path) as client:
        for _ in range(2):
            with pytest.raises(ControlRefused) as refused:
                client.ask(verb)
            assert refused.value.kind == kind


def test_a_client_for_whom_there_is_no_thread_left_is_told_to_come_again(
    folder: "Path",
) -> None:
    def no_thread() -> pykka.ActorRef[Any]:
        raise RuntimeError("can't start new thread")

    path = folder / "control.sock"
    with serving(path, no_thread):
        for _ in range(2):
            with Client(path) as client, pytest.raises(ControlRefused) as refused:
                client.ask("status")
            assert refused.value.kind == "busy"


def test_half_a_request_does_nothing(open_console: "Open", logs: "Logs") -> None:
    console = open_console()
    client = console.raw()
    client.say(b'{"verb":"shutdown"')
    client.close()

    console.ask("status")
    assert console.ended == []
    assert logs.find("control.told") == []


def test_what_a_peer_says_goes_out_in_printable_characters(
    open_console: "Open", logs: "Logs"
) -> None:
    """A close reason with an escape sequence, DEL, C1 and a line separator."""
    reason = "\x1b[2J\x7f\x9b\u2028"

    async def rude(session: Session) -> None:
        await session.close(4000, reason)

    with ScriptedServer(rude) as server:
        console = open_console(ConnectionSpec(name="a", url=server.url))
        logs.wait("restart.scheduled")
        client = console.raw()
        client.say(STATUS)
        line = client.line()
    assert line[:-1].decode().isprintable()
    assert "\\u001b[2J" in line.decode() or "\\\\x1b[2J" in line.decode()


def test_the_client_says_when_no_fleet_answers(folder: "Path") -> None:
    with pytest.raises(Problem, match=r"no fleet answers at .*: start one with `holdfast run`"):
        Client(folder / "nothing.sock")
    place = ControlSocket(folder / "left.sock")
    place.listener.close()
    with pytest.raises(Problem, match="no fleet answers at"):
        Client(folder / "left.sock")


def test_the_client_says_when_the_answer_is_late(open_console: "Open") -> None:
    console = open_console(ConnectionSpec(name="a", url="ws://127.0.0.1:9"))
    with (
        Client(console.path, timeout=0.1) as client,
        pytest.raises(
            Problem, match=r"hasn't answered within 0.1 s, and may still do what it was told"
        ),
    ):
        client.ask("send", ["a"], text="x", wait=5)


@pytest.mark.parametrize(
    ("answer", "text"),
    [
        (b'{"v":2,"result":{}}\n', "speaks version 2 of the control protocol"),
        (b"HTTP/1.1 400 Bad Request\n", "what answers at .* is no fleet"),
        (b"", "has hung up"),
    ],
)
def test_the_client_says_when_something_else_answers(
    folder: "Path", answer: bytes, text: str
) -> None:
    place = ControlSocket(folder / "control.sock")
    with Client(place.path) as client:
        accepted, _ = place.listener.accept()
        with accepted:
            accepted.sendall(answer)
        with pytest.raises(Problem, match=text):
            client.ask("status")
    place.close()


def test_the_client_sends_nothing_that_is_too_large(open_console: "Open") -> None:
    with pytest.raises(ControlRefused) as refused:
        open_console().ask("send", "a", text="x" * LARGEST)
    assert refused.value.kind == "too_large"


def test_the_end_leaves_neither_thread_nor_file(folder: "Path") -> None:
    place = ControlSocket(folder / "other.sock")
    server = ControlServer(place, Verbose.start)
    server.start()
    with Client(place.path) as client:
        client.ask("status")
        server.close()
        with pytest.raises(Problem, match="has hung up"):
            client.ask("status")
    names = [thread.name for thread in threading.enumerate()]
    assert [name for name in names if name.startswith("holdfast-control")] == []
    assert not place.path.exists()
