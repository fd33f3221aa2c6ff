"""`holdfast run`: the real command against real servers, from its start to each of its ends."""

import base64
import json
import os
import re
import signal
import threading
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from holdfast.testing import (
    RawFrame,
    RawPeer,
    RawServer,
    ScriptedServer,
    Session,
    echo,
    exchange,
    never_answer,
    silent,
)

if TYPE_CHECKING:
    from tests.console.conftest import Call, Command, Start

TOKEN = "a-token-that-nobody-may-see"
CLOSE = 8
"""The opcode of a close frame."""


def write(file: Path, server: ScriptedServer | RawServer, more: str = "") -> str:
    """Write a file with one connection, named a, to a server; return the file's path."""
    file.write_text(f'[[connection]]\nname = "a"\nurl = "{server.url}/a"\n{more}\n')
    return str(file)


async def talkative(session: Session) -> None:
    """Send a text and some bytes, and wait for the end."""
    await session.publish("grüße\x9b\n")
    await session.publish(b"\x00\xff")
    await session.receive()


async def flood(session: Session) -> None:
    """Send a great many numbered messages, waiting while nobody reads, then say goodbye."""
    for number in range(FLOOD):
        await session.publish(f"{number:0>1000}")
    await session.close(1000)


FLOOD = 20_000


def test_messages_are_json_lines_in_printable_characters(start: "Start", fleet_file: Path) -> None:
    with ScriptedServer(talkative) as server:
        command = start("run", write(fleet_file, server))
        lines = [command.out.readline() for _ in range(2)]
        command.process.terminate()
        command.finish()

    text, binary = map(json.loads, lines)
    assert all(line[:-1].isprintable() for line in lines)
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z", text.pop("received"))
    assert text == {"connection": "a", "message": "grüße\x9b\n"}
    assert binary["encoding"] == "base64"
    assert base64.b64decode(binary["message"]) == b"\x00\xff"


@pytest.mark.parametrize(("number", "code"), [(signal.SIGTERM, 0), (signal.SIGINT, 130)])
def test_a_signal_says_goodbye_and_ends_the_run(
    start: "Start", fleet_file: Path, number: int, code: int
) -> None:
    with ScriptedServer(echo) as server:
        command = start("run", write(fleet_file, server))
        command.until(command.err, '"connection.ready"')
        session = server.sessions[0]
        command.process.send_signal(number)

        assert command.finish()[0] == code
        server.wait_for(0)
        assert session.wire.close_code == 1001


def test_logs_are_json_lines_on_stderr_without_any_secret(
    start: "Start", fleet_file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HOLDFAST_TEST_TOKEN", TOKEN)
    auth = 'auth = {kind = "token", token = "env:HOLDFAST_TEST_TOKEN"}'
    header = 'headers = {X-Api-Key = "env:HOLDFAST_TEST_TOKEN"}'
    with ScriptedServer(exchange(tokens=[TOKEN])) as server:
        file = write(fleet_file, server, f"{auth}\n{header}")
        command = start("run", file, "--log-level", "debug")
        log = command.until(command.err, '"connection.ready"')
        handshake = server.handshakes[0]
        command.process.terminate()
        _, out, rest = command.finish()

    events = [json.loads(line)["event"] for line in (*log, *rest.splitlines())]
    assert {"auth.accepted", "connection.ready", "fleet.stopped"} <= set(events)
    assert handshake.headers["x-api-key"] == TOKEN
    assert TOKEN not in "".join(log) + rest + out


def test_logs_go_to_a_file_when_asked(start: "Start", fleet_file: Path) -> None:
    log = fleet_file.parent / "log.jsonl"
    with ScriptedServer(talkative) as server:
        command = start("run", write(fleet_file, server), "--log", str(log))
        command.out.readline()
        command.process.terminate()
        _, _, err = command.finish()

    assert err == ""
    assert json.loads(log.read_text().splitlines()[-1])["event"] == "fleet.stopped"


def test_a_reader_that_goes_ends_the_run_cleanly(start: "Start", fleet_file: Path) -> None:
    """As in `holdfast run fleet.toml | head -n 1`."""
    with ScriptedServer(exchange(tick_seconds=0.01)) as server:
        subscriptions = 'auth = {kind = "none"}\nsubscriptions = ["x"]'
        file = write(fleet_file, server, subscriptions)
        with ScriptedServer(chatter) as chatty:
            command = start("run", write(Path(file), chatty))
            command.out.readline()
            command.out.close()
            assert command.process.wait(10) == 0
        assert "Traceback" not in command.err.read()


async def chatter(session: Session) -> None:
    """Send messages for as long as the connection lasts."""
    await session.publish_every(0.01, "x" * 100)


def test_a_full_disk_ends_the_run_with_1_and_says_what_was_lost(
    start: "Start", fleet_file: Path
) -> None:
    with ScriptedServer(chatter) as server, Path("/dev/full").open("wb", buffering=0) as full:
        command = start("run", write(fleet_file, server), "--log-level", "critical", stdout=full)

        assert command.process.wait(10) == 1
        first, second = command.err.read().splitlines()
    assert first == "holdfast: standard output: No space left on device"
    assert re.fullmatch(r"holdfast: up to \d+ messages were received and not written", second)


def test_a_slow_reader_loses_nothing(start: "Start", fleet_file: Path) -> None:
    """More than pipe, buffer and kernel hold comes in before anybody reads a line of it."""
    with ScriptedServer(flood) as server:
        command = start("run", write(fleet_file, server, 'restart.kind = "temporary"'))
        command.until(command.err, '"handler.blocked"')
        out = command.out.read()
        code, _, _ = command.finish()

    assert code == 0
    assert [int(json.loads(line)["message"]) for line in out.splitlines()] == list(range(FLOOD))


def test_what_a_stuck_reader_never_took_is_counted_at_the_end(
    start: "Start", fleet_file: Path
) -> None:
    with ScriptedServer(flood) as server:
        command = start("run", write(fleet_file, server))
        command.until(command.err, '"handler.blocked"')
        command.process.terminate()
        lost = command.until(command.err, "not written")[-1]

        assert command.process.wait(10) == 0
    assert re.fullmatch(r"holdfast: up to \d+ messages were received and not written\n", lost)


def test_the_run_is_over_when_every_connection_has_stopped(
    start: "Start", fleet_file: Path
) -> None:
    async def goodbye(session: Session) -> None:
        await session.publish("the last one")
        await session.close(1000)

    with ScriptedServer(goodbye) as server:
        command = start("run", write(fleet_file, server, 'restart.kind = "transient"'))
        code, out, _ = command.finish()

    assert code == 0
    assert json.loads(out)["message"] == "the last one"


def test_the_governor_of_the_file_is_the_fleets(start: "Start", fleet_file: Path) -> None:
    """Of two dials to a host that never answers, the second waits for the first one's deadline."""
    more = """
        restart.kind = "temporary"
        timeouts.dial = 0.3
        [[connection]]
        name = "b"
        url = "{url}"
        restart.kind = "temporary"
        [governor]
        dials_at_once = 1
    """
    with ScriptedServer(echo, handshake=never_answer()) as server:
        command = start("run", write(fleet_file, server, more.format(url=server.url)))
        first = json.loads(command.until(command.err, '"connection.dialing"')[-1])
        second = json.loads(command.until(command.err, '"connection.dialing"')[-1])
        command.process.terminate()
        command.finish()

    began = [datetime.fromisoformat(line["timestamp"]) for line in (first, second)]
    assert (began[1] - began[0]).total_seconds() > 0.29


def test_a_second_signal_aborts_at_once(start: "Start", fleet_file: Path) -> None:
    """The server never answers our close frame, and the file gives it a minute to do so."""
    with ScriptedServer(unresponsive) as server:
        command = start("run", write(fleet_file, server, "timeouts.close = 60"))
        command.until(command.err, '"connection.ready"')
        command.interrupt()
        command.until(command.err, '"fleet.stopping"')

        assert command.insist(signal.SIGINT) == 130


SENDING = """
from holdfast.handlers import ConnectionHandler

class Sending(ConnectionHandler):
    def on_ready(self, connection):
        for number in range(60):
            connection.send(f"{number:03} {'x' * 500_000}")
        print("all accepted", flush=True)
"""


class LateServer:
    """Reads nothing until it is told to, then everything."""

    def __init__(self) -> None:
        self.begin = threading.Event()
        self.frames: list[RawFrame] = []

    def serve(self, peer: RawPeer) -> None:
        """Serve one connection."""
        peer.accept_handshake()
        self.begin.wait(20)
        while not self.frames or self.frames[-1].opcode != CLOSE:
            self.frames.append(peer.receive_frame())
        peer.send_frame(CLOSE, self.frames[-1].payload)


def start_sending(start: "Start", fleet_file: Path, server: RawServer) -> "Command":
    """Run a handler that sends more than the kernel takes, until it has been accepted."""
    (fleet_file.parent / "sending.py").write_text(SENDING)
    more = 'handler = "sending:Sending"\ntimeouts = {flush = 60, close = 1}'
    command = start("run", write(fleet_file, server, more))
    assert command.out.readline() == "all accepted\n"
    return command


@pytest.mark.parametrize(("number", "code"), [(signal.SIGTERM, 0), (signal.SIGINT, 130)])
def test_a_signal_first_sends_what_was_accepted_then_says_goodbye(
    start: "Start", fleet_file: Path, number: int, code: int
) -> None:
    late = LateServer()
    with RawServer(late.serve) as server:
        command = start_sending(start, fleet_file, server)
        command.process.send_signal(number)
        command.until(command.err, '"fleet.stopping"')
        late.begin.set()

        assert command.finish()[0] == code
    *messages, goodbye = late.frames
    assert [message.payload[:3] for message in messages] == [b"%03d" % n for n in range(60)]
    assert (goodbye.opcode, goodbye.payload) == (CLOSE, (1001).to_bytes(2))


def test_a_second_signal_aborts_also_while_what_was_accepted_is_being_sent(
    start: "Start", fleet_file: Path
) -> None:
    late = LateServer()
    with RawServer(late.serve) as server:
        command = start_sending(start, fleet_file, server)
        command.process.terminate()
        command.until(command.err, '"fleet.stopping"')

        assert command.insist(signal.SIGTERM) == 128 + signal.SIGTERM
        late.begin.set()


async def unresponsive(session: Session) -> None:
    """Answer nothing, a close frame included."""
    await session.fall_silent()


HANDLER = """
from holdfast.handlers import ConnectionHandler

class Shout(ConnectionHandler):
    def on_message(self, connection, message):
        print(connection.name, message.upper(), flush=True)
"""


def test_a_handler_beside_the_file_gets_the_messages_instead(
    start: "Start", fleet_file: Path
) -> None:
    (fleet_file.parent / "shouting.py").write_text(HANDLER)
    with ScriptedServer(chatter) as server:
        command = start("run", write(fleet_file, server, 'handler = "shouting:Shout"'), cwd="/")

        assert command.out.readline() == f"a {'X' * 100}\n"
        command.process.terminate()
        assert command.finish()[0] == 0


def test_what_can_be_read_but_once_is_refused_and_keeps_nobody_waiting(
    call: "Call", fleet_file: Path
) -> None:
    os.mkfifo(fleet_file)

    text = "it is no regular file: a run reads it again for every reload"
    assert call("run", fleet_file.name) == (2, "", f"holdfast: {fleet_file.name}: {text}\n")


def test_standard_output_that_is_closed_is_told_before_anything_starts(
    start: "Start", fleet_file: Path
) -> None:
    with ScriptedServer(silent) as server:
        file = write(fleet_file, server)
        command = start("run", file, after="exec >&-")

        assert command.process.wait(10) == 2
        assert server.counters.dials == 0
    assert command.err.read().startswith("holdfast: standard output is closed")


def test_a_fleet_that_needs_more_files_than_allowed_says_so(
    start: "Start", fleet_file: Path
) -> None:
    tables = (f'[[connection]]\nname = "{n}"\nurl = "ws://127.0.0.1:9"\n' for n in range(200))
    fleet_file.write_text("".join(tables))
    command = start("run", str(fleet_file), after="ulimit -n 128")

    assert command.finish()[::2] == (
        2,
        (
            "holdfast: 200 connections need 300 open files, but this process may have 128: "
            "raise the limit with `ulimit -n`, or run fewer\n"
        ),
    )


def test_a_mistake_in_the_second_connection_starts_not_even_the_first(
    call: "Call", fleet_file: Path
) -> None:
    with ScriptedServer(echo) as server:
        file = Path(write(fleet_file, server, '[[connection]]\nname = "b"\nurl = "nonsense"'))

        assert call("run", str(file))[0] == 2
        assert server.counters.dials == 0
