"""The way of lines to a pipe: in order, whole, with back-pressure, and nothing lost silently."""

import errno
import os
import threading
from collections.abc import Iterator
from contextlib import ExitStack

import pytest

from holdfast.actors.console.sinks.descriptor import Descriptor
from holdfast.actors.console.sinks.lines import LineWriter


@pytest.fixture
def pipe() -> Iterator[tuple[int, int]]:
    """A real pipe: the end to read, and the end to write. The test closes the first one."""
    reader, writer = os.pipe()
    with ExitStack() as ends:
        ends.callback(os.close, writer)
        yield reader, writer
        # One that was stuck goes on when the reader has gone: its descriptor must not be another's.
        for thread in threading.enumerate():
            if thread.name == "holdfast-messages":
                thread.join(10)


def writer_to(descriptor: int, capacity: int = 1 << 20) -> tuple[LineWriter, list[OSError]]:
    """Return a started writer, and the errors that it tells."""
    errors: list[OSError] = []
    lines = LineWriter(errors.append, capacity)
    lines.start(Descriptor(descriptor))
    return lines, errors


def test_lines_come_out_whole_and_in_order(pipe: tuple[int, int]) -> None:
    reader, descriptor = pipe
    lines, errors = writer_to(descriptor)
    with os.fdopen(reader, "rb") as read:
        for number in range(1000):
            lines.write(b"%d\n" % number, 1)
        assert lines.close(10) == 0
        assert errors == []
        assert [int(read.readline()) for _ in range(1000)] == list(range(1000))


def test_a_full_writer_holds_its_callers_until_somebody_reads(pipe: tuple[int, int]) -> None:
    """Back-pressure, and nothing is lost by it."""
    reader, descriptor = pipe
    lines, _ = writer_to(descriptor, capacity=1)
    line = b"x" * 99_999 + b"\n"
    through = threading.Event()

    def write_ten() -> None:
        for _ in range(10):
            lines.write(line, 1)
        through.set()

    thread = threading.Thread(target=write_ten)
    thread.start()
    # A pipe takes 64 KiB by itself, so at most two calls come through while nobody reads.
    assert not through.wait(0.2)
    with os.fdopen(reader, "rb") as read:
        assert read.read(10 * len(line)) == 10 * line
        assert through.wait(10)
        thread.join()
        assert lines.close(10) == 0


def test_a_pipe_that_somebody_made_non_blocking_is_waited_for(pipe: tuple[int, int]) -> None:
    reader, descriptor = pipe
    os.set_blocking(descriptor, False)
    lines, errors = writer_to(descriptor)
    lines.write(b"x" * 499_999 + b"\n", 1)
    with os.fdopen(reader, "rb") as read:
        assert len(read.read(500_000)) == 500_000
    assert (lines.close(10), errors) == (0, [])


def test_a_reader_that_has_gone_is_told_once_and_holds_nobody(pipe: tuple[int, int]) -> None:
    reader, descriptor = pipe
    os.close(reader)
    lines, errors = writer_to(descriptor, capacity=1)
    for _ in range(100):
        lines.write(b"x\n", 1)

    assert lines.close(10) == 100
    assert [error.errno for error in errors] == [errno.EPIPE]
    assert lines.failure is errors[0]


def test_a_full_disk_is_told_with_what_was_lost() -> None:
    with open("/dev/full", "wb", buffering=0) as full:  # noqa: PTH123 - not a path like others
        lines, errors = writer_to(full.fileno())
        lines.write(b"x\ny\n", 2)

        assert lines.close(10) == 2
        assert [error.errno for error in errors] == [errno.ENOSPC]


def test_a_deadline_releases_who_waits_already(pipe: tuple[int, int]) -> None:
    reader, descriptor = pipe
    lines, _ = writer_to(descriptor, capacity=1)
    lines.write(b"x" * 100_000 + b"\n", 1)
    waiting = threading.Thread(target=lines.write, args=(b"x\n", 1))
    waiting.start()
    waiting.join(0.1)
    assert waiting.is_alive()

    lines.end_within(0.0)

    waiting.join(10)
    assert not waiting.is_alive()
    assert lines.close(0.05) == 2
    os.close(reader)


def test_after_the_deadline_nobody_waits_and_what_was_lost_is_counted(
    pipe: tuple[int, int],
) -> None:
    reader, descriptor = pipe
    lines, _ = writer_to(descriptor, capacity=1)
    lines.write(b"x" * 100_000 + b"\n", 1)
    lines.end_within(0.05)
    for _ in range(10):
        lines.write(b"x\n", 1)

    assert lines.close(0.05) == 11
    os.close(reader)
