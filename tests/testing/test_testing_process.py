"""ServerProcess: a server that really dies, and comes back where it was."""

import contextlib
import os
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest
from websocket import WebSocketConnectionClosedException

from holdfast.testing import ServerProcess, ServerProcessError
from holdfast.testing.serve import find_script

if TYPE_CHECKING:
    from tests.testing.conftest import Connect


def test_a_killed_server_is_gone_at_once_and_comes_back_on_its_port(connect: "Connect") -> None:
    with ServerProcess("echo") as server:
        client, first_pid = connect(server.url), server.pid
        server.kill()
        with pytest.raises((ConnectionResetError, WebSocketConnectionClosedException)):
            client.recv()
        with pytest.raises(ConnectionRefusedError):
            connect(server.url)
        assert server.pid is None

        server.start()
        server.wait_ready()
        server.wait_ready()
        again = connect(server.url)
        again.send("x")
        assert again.recv() == "x"
        assert server.pid != first_pid


def test_a_ready_made_script_takes_options(connect: "Connect") -> None:
    with ServerProcess("exchange", {"tokens": ["good"], "token_seconds": 9}) as server:
        client = connect(server.url)
        client.send('{"type": "auth", "token": "good"}')

        assert client.recv() == '{"type":"auth_success","expires_in":9}'


def test_the_demo_runs_from_plain_data(connect: "Connect") -> None:
    options = {"seed": 1, "names": ["a", "b"], "seconds": 20, "secrets": {"key": "secret"}}
    with ServerProcess("demo", options) as server:
        client = connect(f"{server.url}/a")
        client.send('{"op": "ping"}')

        assert client.recv() == '{"op":"pong"}'


def test_leaving_the_block_ends_the_process_and_says_goodbye(connect: "Connect") -> None:
    with ServerProcess("holdfast.testing.scripts:echo") as server:
        client, pid = connect(server.url), server.pid

    assert client.close_code()[0] == 1001
    assert pid is not None
    with pytest.raises(ProcessLookupError):
        os.kill(pid, 0)


def test_the_server_ends_with_its_parent() -> None:
    child = subprocess.Popen(
        [sys.executable, "-m", "holdfast.testing.serve"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        env={**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, sys.path))},
    )
    with child, contextlib.ExitStack() as cleanup:
        cleanup.callback(child.kill)
        assert child.stdin is not None
        assert child.stdout is not None
        child.stdin.write(b'{"script": "echo", "options": null, "port": 0}\n')
        child.stdin.flush()
        assert b'"port"' in child.stdout.readline()

        child.stdin.close()

        assert child.wait(10) == 0


def test_a_server_that_cant_start_says_why() -> None:
    with pytest.raises(ServerProcessError, match="no script is called 'nonsense'"):
        ServerProcess("nonsense").__enter__()


def test_it_isnt_started_twice_nor_awaited_when_it_isnt_running() -> None:
    server = ServerProcess("echo")
    with pytest.raises(ServerProcessError, match="isn't running"):
        server.wait_ready()
    server.kill()
    server.stop()

    with server, pytest.raises(ServerProcessError, match="is running"):
        server.start()


@pytest.mark.parametrize("name", ["holdfast.testing.nothing:x", "holdfast.testing.scripts:nothing"])
def test_a_script_that_doesnt_exist_isnt_found(name: str) -> None:
    with pytest.raises((ImportError, AttributeError)):
        find_script(name)
