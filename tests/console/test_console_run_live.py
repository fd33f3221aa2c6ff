"""`holdfast run` on a terminal: a live table, and no message, log line or keyboard that suffers."""

import json
import signal
from pathlib import Path
from socket import create_server
from typing import TYPE_CHECKING

import pytest

from holdfast.testing import ScriptedServer, Session, echo, silent
from tests.console.terminal import Terminal

if TYPE_CHECKING:
    from tests.console.conftest import Start

HIDDEN = b"\x1b[?25l"
"""The cursor, while a table is drawn."""
NUMBER = 300


@pytest.fixture
def file(fleet_file: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return a path for a fleet's file whose socket is nobody else's."""
    monkeypatch.setenv("HOLDFAST_SOCKET", str(tmp_path / "own" / "control.sock"))
    return fleet_file


def write(file: Path, **urls: str) -> str:
    """Write a file with these connections; return its path."""
    tables = (f'[[connection]]\nname = "{name}"\nurl = "{url}"\n' for name, url in urls.items())
    file.write_text("\n".join(tables))
    return str(file)


def said(number: int) -> str:
    """Return a message that is wider than the terminal."""
    return f"number {number:03} {'x' * 200}"


async def count(session: Session) -> None:
    """Send numbered messages, and wait for the end."""
    for number in range(NUMBER):
        await session.publish(said(number))
    await session.receive()


def test_it_shows_progress_and_then_the_table(start: "Start", file: Path) -> None:
    # The kernel takes the dial, and nobody answers it.
    with ScriptedServer(silent) as server, create_server(("127.0.0.1", 0)) as mute:
        url = f"ws://127.0.0.1:{mute.getsockname()[1]}/"
        path = write(file, a=server.url, mute=url)
        file.write_text(f"{file.read_text()}timeouts.dial = 1\n")
        terminal = Terminal(start, "run", path)
        terminal.until("1 of 2")
        table = terminal.until("1 backoff, 1 ready")
        terminal.press(b"\x03")
        code, _ = terminal.finish()

    assert code == 130
    assert "dial_timeout" in table
    assert terminal.shown.rindex(b"\x1b[?25h") > terminal.shown.rindex(HIDDEN)


def test_every_message_is_on_the_terminal_above_the_table(start: "Start", file: Path) -> None:
    with ScriptedServer(count) as server:
        terminal = Terminal(start, "run", write(file, a=server.url))
        terminal.until(said(NUMBER - 1))
        terminal.until("1 connection: 1 ready")
        terminal.press(b"\x03")
        _, text = terminal.finish()

    lines = [line for line in text.replace("\r", "\n").splitlines() if '"message":' in line]
    assert [json.loads(line)["message"] for line in lines] == [said(n) for n in range(NUMBER)]


def test_messages_go_to_a_file_whole_while_the_table_is_on_standard_error(
    start: "Start", file: Path, tmp_path: Path
) -> None:
    taken = tmp_path / "messages.jsonl"
    with ScriptedServer(count) as server:
        path = write(file, a=server.url)
        terminal = Terminal(start, "run", path, streams=f"<{{tty}} >{taken} 2>{{tty}}")
        terminal.until("1 connection: 1 ready")
        terminal.until("connection.ready")
        terminal.command.process.send_signal(signal.SIGTERM)
        code, text = terminal.finish()

    messages = [json.loads(line)["message"] for line in taken.read_text().splitlines()]
    assert code == 0
    assert messages == [said(n) for n in range(NUMBER)]
    assert '"message"' not in text


@pytest.mark.parametrize(("arguments", "term"), [(("--out", "-"), "xterm"), ((), "dumb")])
def test_lines_are_lines_where_they_were_asked_for(
    start: "Start", file: Path, arguments: tuple[str, ...], term: str
) -> None:
    with ScriptedServer(count) as server:
        path = write(file, a=server.url)
        terminal = Terminal(start, "run", path, *arguments, term=term)
        terminal.until(said(NUMBER - 1))
        terminal.press(b"\x03")
        terminal.finish()

    assert HIDDEN not in terminal.shown


def test_in_a_pipe_it_is_quiet_though_its_logs_are_on_a_terminal(
    start: "Start", file: Path
) -> None:
    """As in `holdfast run fleet.toml | jq`, which writes to the same terminal."""
    with ScriptedServer(count) as server:
        terminal = Terminal(start, "run", write(file, a=server.url), streams="<{tty} 2>{tty}")
        terminal.command.until(terminal.command.out, said(NUMBER - 1))
        terminal.press(b"\x03")
        _, text = terminal.finish()

    assert HIDDEN not in terminal.shown
    assert "connection.ready" in text


def test_logs_that_go_elsewhere_are_not_shown(start: "Start", file: Path, tmp_path: Path) -> None:
    log = tmp_path / "log.jsonl"
    with ScriptedServer(silent) as server:
        terminal = Terminal(start, "run", write(file, a=server.url), "--log", str(log))
        terminal.until("1 connection: 1 ready")
        terminal.press(b"\x03")
        _, text = terminal.finish()

    assert "connection.ready" not in text
    assert "connection.ready" in log.read_text()


def test_the_last_log_lines_stay_when_it_ends(start: "Start", file: Path) -> None:
    with ScriptedServer(silent) as server:
        terminal = Terminal(start, "run", write(file, a=server.url))
        terminal.until("1 connection: 1 ready")
        terminal.press(b"\x03")
        _, text = terminal.finish()

    assert "fleet.stopped" in text.splitlines()[-1]


@pytest.mark.parametrize("logs", [(), ("--log", "run.jsonl")])
def test_when_its_terminal_is_closed_it_says_goodbye(
    start: "Start", file: Path, tmp_path: Path, logs: tuple[str, ...]
) -> None:
    with ScriptedServer(echo) as server:
        terminal = Terminal(start, "run", write(file, a=server.url), *logs)
        terminal.until("1 ready")
        code = terminal.close()
        closed = [session.close_code for session in server.history]

    assert (code, closed) == (0, [1001])
    assert not (tmp_path / "own" / "control.sock").exists()
