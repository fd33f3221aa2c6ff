"""ScriptedServer from the test's side: what it saw, how it is waited for, stopped and restarted."""

import logging
import socket
import ssl
import threading
from typing import TYPE_CHECKING, Any

import pytest
from websocket import ABNF, WebSocketConnectionClosedException

from holdfast.testing import Counters, ScriptedServer, ScriptError, Session, echo

if TYPE_CHECKING:
    from tests.testing.conftest import Connect


async def exchange_of_three(session: Session) -> None:
    """Want a login, a subscription and a message."""
    await session.expect_auth()
    await session.accept()
    await session.receive()
    await session.receive()
    await session.publish("done")
    await session.fall_silent()


def test_a_session_keeps_its_messages_in_the_order_in_which_they_came(connect: "Connect") -> None:
    with ScriptedServer(exchange_of_three) as server:
        client = connect(f"{server.url}/deribit%201?x=1", header={"X-Key": "k"})
        for message in ('{"type":"auth"}', '{"op":"subscribe"}', "send"):
            client.send(message)
        assert [client.recv(), client.recv()] == ['{"type":"auth_success"}', "done"]

        (session,) = server.sessions
        assert session.received == ('{"type":"auth"}', '{"op":"subscribe"}', "send")
        assert (session.id, session.name, session.path) == (1, "deribit 1", "/deribit%201?x=1")
        assert session.headers["x-key"] == "k"
        assert session.authenticated


def test_what_was_received_is_remembered_after_the_session_and_in_bounds(
    connect: "Connect",
) -> None:
    with ScriptedServer(echo, keep=2) as server:
        client = connect(server.url)
        for message in "abc":
            client.send(message)
            client.recv()
        client.leave()
        server.wait_for(0)

        assert server.received == ((1, "b"), (1, "c"))
        assert server.history[0].received == ("b", "c")
        assert server.sessions == ()


def test_the_counters_count_everything(connect: "Connect") -> None:
    with (
        ScriptedServer(exchange_of_three) as server,
        socket.create_connection(("127.0.0.1", server.port)),
    ):
        client = connect(server.url)
        for message in ('{"type":"auth"}', "x", "y"):
            client.send(message)
        client.recv()
        client.recv()

        server.wait_for(lambda it: it.counters.dials == 2)
        assert server.counters == Counters(
            dials=2, connections=1, auths_accepted=1, messages_in=3, messages_out=2
        )


def test_waiting_ends_when_the_condition_holds(connect: "Connect") -> None:
    with ScriptedServer(echo) as server:
        waiter = threading.Thread(target=lambda: server.wait_for(lambda it: bool(it.received)))
        waiter.start()
        connect(server.url).send("x")
        waiter.join()

        assert server.received == ((1, "x"),)


def test_waiting_in_vain_says_what_there_was_instead(connect: "Connect") -> None:
    with ScriptedServer(echo) as server:
        connect(server.url)
        with pytest.raises(TimeoutError, match=r"3 open sessions: 1 are open, Counters\(dials=1"):
            server.wait_for(3, timeout=0.01)
        with pytest.raises(TimeoutError, match="the condition"):
            server.wait_for(lambda _: False, timeout=0.01)


def test_publish_all_reaches_those_that_are_picked(connect: "Connect") -> None:
    with ScriptedServer(echo) as server:
        clients = {name: connect(f"{server.url}/{name}") for name in "abc"}

        assert server.publish_all({"to": "all"}) == 3
        assert server.publish_all("a", where=lambda session: session.name == "a") == 1

        assert {client.recv() for client in clients.values()} == {'{"to":"all"}'}
        assert clients["a"].recv() == "a"


def test_cut_all_resets_every_connection(connect: "Connect") -> None:
    with ScriptedServer(echo) as server:
        clients = [connect(server.url) for _ in range(3)]

        assert server.cut_all() == 3

        for client in clients:
            with pytest.raises(ConnectionResetError):
                client.recv()
        server.wait_for(0)


def test_cut_all_can_end_them_with_fin(connect: "Connect") -> None:
    with ScriptedServer(echo) as server:
        client = connect(server.url)
        server.cut_all(reset=False)

        with pytest.raises(WebSocketConnectionClosedException):
            client.recv()


def test_close_all_closes_every_connection_with_a_code(connect: "Connect") -> None:
    with ScriptedServer(echo) as server:
        client = connect(server.url)

        assert server.close_all(1013, "busy") == 1
        assert client.frame() == (ABNF.OPCODE_CLOSE, b"\x03\xf5busy")


def test_a_verb_can_be_run_from_the_test(connect: "Connect") -> None:
    with ScriptedServer(echo) as server:
        client = connect(server.url)
        server.run(server.sessions[0].publish("from the test"))

        assert client.recv() == "from the test"

    with pytest.raises(RuntimeError, match="stopped"):
        server.run(server.history[0].publish("too late"))


def test_a_stopped_server_says_1001_and_refuses_until_it_is_back_on_its_port(
    connect: "Connect",
) -> None:
    with ScriptedServer(echo) as server:
        url, client = server.url, connect(server.url)
        server.stop()
        server.stop()

        assert client.close_code()[0] == 1001
        with pytest.raises(ConnectionRefusedError):
            connect(url)

        server.start()
        server.start()
        again = connect(url)
        again.send("x")
        assert again.recv() == "x"
        assert server.counters.connections == 2


def test_another_server_can_come_back_on_the_port_of_one_that_died(connect: "Connect") -> None:
    with ScriptedServer(echo) as server:
        client = connect(server.url)
        server.stop(reset=True)
        with pytest.raises(ConnectionResetError):
            client.recv()

    with ScriptedServer(echo, port=server.port) as successor:
        assert successor.url == server.url
        connect(server.url)


def test_a_taken_port_is_said_at_once() -> None:
    with ScriptedServer(echo) as server, pytest.raises(OSError, match="in use"):
        ScriptedServer(echo, port=server.port).start()


def test_a_free_port_is_none_that_a_client_could_be_given_and_connect_to_itself() -> None:
    with ScriptedServer(echo) as server:
        assert server.port < 32_000


def test_a_script_that_raises_fails_the_test_with_its_own_error(connect: "Connect") -> None:
    async def script(session: Session) -> None:
        raise LookupError(session.name)

    with pytest.raises(ScriptError) as caught, ScriptedServer(script) as server:
        connect(f"{server.url}/mine").frame()

    assert repr(caught.value.__cause__) == "LookupError('mine')"


def test_the_error_of_the_test_itself_comes_first(connect: "Connect") -> None:
    async def script(session: Session) -> None:
        raise LookupError(session.name)

    with pytest.raises(ZeroDivisionError), ScriptedServer(script) as server:
        raise ZeroDivisionError(connect(server.url).close_code())


def test_stopping_doesnt_wait_for_clients_that_say_nothing(connect: "Connect") -> None:
    with (
        ScriptedServer(echo) as server,
        socket.create_connection(("127.0.0.1", server.port)) as mute,
    ):
        connect(server.url)
        server.wait_for(lambda it: it.counters.dials == 2)
        server.stop()

        assert mute.recv(1) == b""


def test_neither_reprs_nor_logs_show_credentials(
    connect: "Connect", caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    with ScriptedServer(echo) as server:
        client = connect(server.url, header={"Authorization": "Bearer hunter2"})
        client.send('{"type":"auth","secret":"hunter2"}')
        client.recv()
        shown = repr((server, server.sessions, server.handshakes, server.counters))

    assert "hunter2" not in shown + caplog.text


def test_a_server_that_cant_serve_says_why_at_once(server_tls: ssl.SSLContext) -> None:
    no_context: Any = True
    server = ScriptedServer(echo, ssl_context=no_context)
    with pytest.raises(TypeError, match="SSLContext"):
        server.start()
    server.stop()

    with ScriptedServer(echo, port=server.port, ssl_context=server_tls) as successor:
        assert successor.port == server.port
