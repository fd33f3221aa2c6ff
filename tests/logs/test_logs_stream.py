"""Lines reach real files, pipes and terminals; no stream, however broken, holds up who logs."""

import io
import os
import pty
import resource
import signal
import subprocess
import sys
import threading
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO, TextIO, cast

import msgspec
import pytest

from holdfast.actors.logs import close_logs, configure_logging, flush_logs, get_logger

pytestmark = pytest.mark.usefixtures("process_logs")

Pipe = tuple[BinaryIO, TextIO]
Line = dict[str, object]


def _objects(text: bytes) -> list[Line]:
    return [msgspec.json.decode(line, type=dict[str, object]) for line in text.splitlines()]


def _accounted(lines: list[Line]) -> int:
    """How many events the lines stand for, those that they say were dropped included."""
    dropped = [cast("int", line["count"]) for line in lines if line["event"] == "log.dropped"]
    return len(lines) - len(dropped) + sum(dropped)


def _writers() -> list[threading.Thread]:
    return [thread for thread in threading.enumerate() if thread.name == "holdfast-log"]


def _log(events: int) -> None:
    log = get_logger(connection="deribit-1", incarnation=1, generation=2)
    for number in range(events):
        log.info("test.event", number=number, padding="x" * 200)


@contextmanager
def _terminal() -> Generator[tuple[int, TextIO], None, None]:
    master, slave = pty.openpty()
    try:
        with os.fdopen(slave, "w") as stream:
            yield master, stream
    finally:
        os.close(master)


def test_a_file_gets_one_json_object_a_line(tmp_path: Path) -> None:
    path = tmp_path / "fleet.log"
    with path.open("w") as stream:
        configure_logging(stream)
        _log(3)
        assert flush_logs()
    lines = _objects(path.read_bytes())
    assert len({str(line.pop("timestamp")) for line in lines}) in {1, 2, 3}
    assert lines == [
        {
            "level": "info",
            "event": "test.event",
            "connection": "deribit-1",
            "incarnation": 1,
            "generation": 2,
            "number": number,
            "padding": "x" * 200,
        }
        for number in range(3)
    ]


def test_a_pipe_gets_every_line_in_order(pipe: Pipe) -> None:
    reader, stream = pipe
    configure_logging(stream)
    _log(100)
    assert close_logs()
    stream.close()
    assert [line["number"] for line in _objects(reader.read())] == list(range(100))


def test_a_line_longer_than_a_pipe_takes_at_once_arrives_whole(pipe: Pipe) -> None:
    reader, stream = pipe
    configure_logging(stream)
    get_logger().info("test.event", parts=["é" * 1999] * 20)
    assert close_logs()
    stream.close()
    (line,) = _objects(reader.read())
    parts = cast("list[str]", line["parts"])
    assert parts[:15] == ["é" * 1999] * 15


def test_a_pipe_that_nobody_reads_costs_lines_but_no_time(pipe: Pipe) -> None:
    """Every event is written or counted, once the reader comes back."""
    reader, stream = pipe
    configure_logging(stream, capacity=100)
    _log(5000)
    assert not flush_logs(0.0)
    read: list[bytes] = []
    reading = threading.Thread(target=lambda: read.append(reader.read()))
    reading.start()
    assert flush_logs(30.0)
    _log(10)
    assert close_logs(30.0)
    stream.close()
    reading.join()
    lines = _objects(read[0])
    assert _accounted(lines) == 5010
    assert 100 < len(lines) < 5000
    assert [line["number"] for line in lines[-10:]] == list(range(10))


@pytest.mark.parametrize(("events", "parts"), [(5000, 1), (50, 15)])
def test_closing_gives_up_a_pipe_that_nobody_reads(pipe: Pipe, events: int, parts: int) -> None:
    """Lines that fit into a pipe at once, and lines of 30 KiB that don't."""
    _, stream = pipe
    configure_logging(stream)
    for _ in range(events):
        get_logger().info("test.event", parts=["x" * 1999] * parts)
    assert not close_logs(0.05)
    assert not _writers()


def test_closing_gives_up_a_terminal_that_nobody_reads() -> None:
    with _terminal() as (_, stream):
        configure_logging(stream)
        _log(5000)
        assert not close_logs(0.05)
        assert not _writers()


def test_a_broken_pipe_never_raises(pipe: Pipe) -> None:
    reader, stream = pipe
    configure_logging(stream)
    reader.close()
    _log(10)
    assert flush_logs()
    _log(10)
    assert not close_logs()


def test_a_closed_object_never_raises() -> None:
    stream = io.StringIO()
    configure_logging(stream)
    stream.close()
    _log(10)
    assert flush_logs()
    assert not close_logs()


def test_a_stream_that_is_closed_later_still_gets_its_lines(pipe: Pipe) -> None:
    reader, stream = pipe
    configure_logging(stream)
    stream.close()
    _log(3)
    assert close_logs()
    assert len(_objects(reader.read())) == 3


def test_a_full_disk_costs_whole_lines_and_the_next_ones_are_readable(tmp_path: Path) -> None:
    path = tmp_path / "fleet.log"
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    handler = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    try:
        with path.open("w") as stream:
            configure_logging(stream)
            resource.setrlimit(resource.RLIMIT_FSIZE, (1000, hard))
            _log(10)
            assert flush_logs()
            resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
            _log(1)
            assert close_logs()
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
        signal.signal(signal.SIGXFSZ, handler)
    lines = path.read_bytes().splitlines()
    assert len(lines[2]) < len(lines[1])
    whole = _objects(b"\n".join(line for line in lines if line.endswith(b"}")))
    assert [line["event"] for line in whole[-2:]] == ["test.event", "log.dropped"]
    assert _accounted(whole) > 1


def test_an_object_without_a_descriptor_is_written_to() -> None:
    stream = io.StringIO()
    configure_logging(stream)
    _log(2)
    assert close_logs()
    assert [line["number"] for line in _objects(stream.getvalue().encode())] == [0, 1]


def test_a_terminal_gets_colours_and_never_a_peer_s_escapes(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.delenv("NO_COLOR", raising=False)
    with _terminal() as (master, stream):
        configure_logging(stream)
        get_logger(connection="a").warning("connection.failed", detail="\x1b[2J\x9b31m")
        assert close_logs()
        shown = os.read(master, 65536).decode()
    assert "[\x1b[33mwarning \x1b[0m] \x1b[1mconnection.failed" in shown
    assert "\x1b[36mdetail\x1b[0m=\x1b[35m\\x1b[2J\\x9b31m\x1b[0m\r\n" in shown


@pytest.mark.parametrize(("name", "value"), [("NO_COLOR", "1"), ("TERM", "dumb")])
def test_a_terminal_may_refuse_colours(
    monkeypatch: pytest.MonkeyPatch, name: str, value: str
) -> None:
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.setenv(name, value)
    with _terminal() as (master, stream):
        configure_logging(stream)
        get_logger(connection="a").info("connection.ready")
        assert close_logs()
        shown = os.read(master, 65536).decode()
    assert shown.endswith("[info    ] connection.ready           connection=a\r\n")


def test_a_narrow_encoding_gets_escapes(tmp_path: Path) -> None:
    path = tmp_path / "fleet.log"
    with path.open("w", encoding="ascii") as stream:
        configure_logging(stream, format="console")
        get_logger().info("test.event", city="Zürich")
        assert close_logs()
    assert path.read_bytes().endswith(b"city=Z\\xfcrich\n")


def test_a_new_stream_takes_over_without_losing_a_line(tmp_path: Path) -> None:
    first, second = tmp_path / "first.log", tmp_path / "second.log"
    with first.open("w") as one, second.open("w") as two:
        configure_logging(one)
        _log(500)
        configure_logging(two)
        _log(3)
        assert close_logs()
    assert len(_objects(first.read_bytes())) == 500
    assert len(_objects(second.read_bytes())) == 3


def test_many_threads_lose_no_line_and_tear_none(pipe: Pipe) -> None:
    reader, stream = pipe
    read: list[bytes] = []
    reading = threading.Thread(target=lambda: read.append(reader.read()))
    reading.start()
    configure_logging(stream, capacity=100_000)
    threads = [threading.Thread(target=_log, args=(200,)) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert close_logs(30.0)
    stream.close()
    reading.join()
    assert len(_objects(read[0])) == 1600


PROGRAM = """
import sys
from holdfast.actors.logs import configure_logging, get_logger
configure_logging()
for number in range(int(sys.argv[1])):
    get_logger().info("test.event", number=number, padding="x" * 200)
print("done")
"""


def test_the_last_lines_of_a_program_are_written() -> None:
    ended = subprocess.run(
        [sys.executable, "-c", PROGRAM, "50"], capture_output=True, check=True, timeout=30
    )
    assert [line["number"] for line in _objects(ended.stderr)] == list(range(50))


def test_a_program_ends_though_its_standard_error_is_stuck(pipe: Pipe) -> None:
    """No stream lock of Python is held by the writer's thread, so the interpreter can finish."""
    _, stream = pipe
    ended = subprocess.run(
        [sys.executable, "-c", PROGRAM, "5000"],
        stdout=subprocess.PIPE,
        stderr=stream.fileno(),
        check=False,
        timeout=30,
    )
    assert (ended.returncode, ended.stdout) == (0, b"done\n")
