"""A port that a script closes for a while, and that is open again afterwards."""

import asyncio
import gc
import socket
import warnings
from typing import TYPE_CHECKING

import pytest
from websockets.asyncio.server import ServerConnection, serve

from holdfast.testing import ScriptedServer, ScriptError, Session, echo
from holdfast.testing.door import Door
from holdfast.testing.ports import listen

if TYPE_CHECKING:
    from tests.testing.conftest import Client, Connect


def echoes(client: "Client") -> bool:
    """Tell whether a client is served."""
    client.send("x")
    return client.recv() == "x"


def refuses(port: int) -> bool:
    """Tell whether the kernel refuses a dial at this moment."""
    try:
        socket.create_connection(("127.0.0.1", port)).close()
    except ConnectionRefusedError:
        return True
    return False


async def nothing(client: ServerConnection) -> None:
    """Do nothing with a client."""


async def reopen(session: Session) -> None:
    """Open the port of a session's server, and wait until it is open."""
    await (await session.close_port(0.0))


def test_a_closed_port_refuses_whoever_dials_and_leaves_open_connections_alone(
    connect: "Connect",
) -> None:
    with ScriptedServer(echo) as server:
        client = connect(server.url)
        server.run(server.sessions[0].close_port(60.0))

        with pytest.raises(ConnectionRefusedError):
            connect(server.url)
        assert echoes(client)


def test_nobody_gets_in_from_the_moment_on_that_the_port_is_said_to_be_closed(
    connect: "Connect",
) -> None:
    with ScriptedServer(echo) as server:
        connect(server.url)

        async def close_and_dial(session: Session) -> bool:
            await session.close_port(60.0)
            return refuses(server.port)

        assert server.run(close_and_dial(server.sessions[0]))


def test_nobody_who_is_accepted_in_the_moment_of_closing_is_left_half_connected() -> None:
    failures: list[BaseException] = []

    async def dial_and_close() -> None:
        listener = listen()
        door = Door(lambda listener: serve(nothing, sock=listener), failures.append)
        await door.open(listener)
        with socket.create_connection(listener.getsockname()):
            # A turn, at the end of which the loop is about to accept.
            await asyncio.sleep(0)
            await door.close()
        await door.wait_closed()

    with warnings.catch_warnings(record=True) as left:
        warnings.simplefilter("always", ResourceWarning)
        asyncio.run(dial_and_close())
        gc.collect()
    assert not failures
    assert [str(warning.message) for warning in left] == []


def test_a_port_that_is_closed_twice_opens_when_the_second_time_is_over(
    connect: "Connect",
) -> None:
    async def close_twice(session: Session) -> bool:
        first = await session.close_port(60.0)
        await (await session.close_port(0.0))
        return first.cancelled()

    with ScriptedServer(echo) as server:
        connect(server.url)

        assert server.run(close_twice(server.sessions[0]))
        assert echoes(connect(server.url))


def test_a_port_that_two_close_in_the_same_turn_is_opened_once(connect: "Connect") -> None:
    async def close_together(session: Session) -> None:
        closing = await asyncio.gather(session.close_port(0.0), session.close_port(0.0))
        await asyncio.wait(closing)

    with ScriptedServer(echo) as server:
        connect(server.url)

        server.run(close_together(server.sessions[0]))
        assert echoes(connect(server.url))


def test_a_port_that_was_closed_takes_clients_again(connect: "Connect") -> None:
    with ScriptedServer(echo) as server:
        first = connect(server.url)
        for _ in range(2):
            server.run(server.sessions[0].close_port(60.0))
            server.run(reopen(server.sessions[0]))
            assert echoes(connect(server.url))
        assert echoes(first)
        assert len(server.sessions) == 3


@pytest.mark.parametrize("seconds", [0.0, 60.0])
def test_a_server_that_stops_with_its_port_closed_can_be_started_again(
    connect: "Connect", seconds: float
) -> None:
    server = ScriptedServer(echo)
    with server:
        connect(server.url)
        server.run(server.sessions[0].close_port(seconds))
    with server:
        assert echoes(connect(server.url))


def test_a_port_that_somebody_else_took_meanwhile_is_a_failure_of_the_server(
    connect: "Connect",
) -> None:
    def lose_the_port() -> None:
        with ScriptedServer(echo) as server:
            connect(server.url)
            server.run(server.sessions[0].close_port(60.0))
            with ScriptedServer(echo, port=server.port):
                server.run(reopen(server.sessions[0]))

    with pytest.raises(ScriptError, match="Address already in use"):
        lose_the_port()
