"""A thousand connections are no burden to a scripted server."""

import asyncio
import resource
import time

from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed

from holdfast.testing import ScriptedServer, ServerProcess, exchange

FLEET = 1000


def allow_files(count: int) -> None:
    """Raise the limit of open files as far as this process may."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if soft < count:
        resource.setrlimit(resource.RLIMIT_NOFILE, (min(count, hard), hard))


async def open_fleet(url: str) -> list[ClientConnection]:
    """Open all connections at once and log in on each."""

    async def open_one(number: int) -> ClientConnection:
        client = await connect(f"{url}/{number}", compression=None, ping_interval=None)
        await client.send('{"type": "auth"}')
        assert await client.recv() == '{"type":"auth_success"}'
        return client

    return await asyncio.gather(*(open_one(number) for number in range(FLEET)))


async def is_lost(client: ClientConnection) -> bool:
    """Wait for the end of a connection."""
    try:
        await client.recv()
    except ConnectionClosed:
        return True
    return False


def test_a_fleet_logs_in_again_after_its_server_was_killed() -> None:
    allow_files(2 * FLEET + 200)

    async def fleet(server: ServerProcess) -> None:
        for client in await lose_fleet(server):
            assert client
        server.start()
        server.wait_ready()
        again = await open_fleet(server.url)
        await asyncio.gather(*(client.close() for client in again))

    async def lose_fleet(server: ServerProcess) -> list[bool]:
        clients = await open_fleet(server.url)
        server.kill()
        return await asyncio.gather(*(is_lost(client) for client in clients))

    with ServerProcess("exchange") as server:
        asyncio.run(fleet(server))


def test_a_thousand_sessions_are_seen_published_to_and_stopped() -> None:
    allow_files(2 * FLEET + 200)

    async def fleet(server: ScriptedServer) -> float:
        clients = await open_fleet(server.url)
        assert len(server.sessions) == FLEET
        assert server.publish_all("to all") == FLEET
        assert {await client.recv() for client in clients} == {"to all"}
        began = time.monotonic()
        stopping = asyncio.to_thread(server.stop)
        await asyncio.gather(stopping, *(is_lost(client) for client in clients))
        return time.monotonic() - began

    with ScriptedServer(exchange()) as server:
        assert asyncio.run(fleet(server)) < 5.0
        assert server.counters.auths_accepted == FLEET
