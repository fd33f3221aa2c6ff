"""Steps: reading and writing in whatever pieces the kernel takes and gives."""

import socket
from collections.abc import Iterator

import pytest

from holdfast.actors.wire.steps import READ, WRITE, read_head, send_all

HEAD = b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\n\r\n"


@pytest.fixture
def pair() -> Iterator[tuple[socket.socket, socket.socket]]:
    ours, theirs = socket.socketpair()
    with ours, theirs:
        ours.settimeout(0.0)
        yield ours, theirs


def test_a_head_is_found_at_its_last_byte(pair: tuple[socket.socket, socket.socket]) -> None:
    """Byte by byte, the head is complete with its empty line and not before."""
    ours, theirs = pair
    steps = read_head(ours)
    for byte in HEAD:
        assert next(steps) == (ours, READ)
        theirs.sendall(bytes([byte]))
    with pytest.raises(StopIteration) as end:
        next(steps)
    assert end.value.value == (HEAD, b"")


@pytest.mark.parametrize("split", range(1, len(HEAD) + 2))
def test_a_head_may_be_split_anywhere(
    split: int, pair: tuple[socket.socket, socket.socket]
) -> None:
    """Whatever comes behind the head is returned apart from it."""
    ours, theirs = pair
    data = HEAD + b"\x81\x00"
    theirs.sendall(data[:split])
    steps = read_head(ours)
    if split < len(HEAD):
        assert next(steps) == (ours, READ)
    theirs.sendall(data[split:])
    with pytest.raises(StopIteration) as end:
        next(steps)
    head, behind = end.value.value
    assert head == HEAD
    assert b"\x81\x00".startswith(behind)
    assert len(behind) >= min(2, split - len(HEAD))


def test_everything_is_sent_however_little_the_kernel_takes(
    pair: tuple[socket.socket, socket.socket],
) -> None:
    """A full buffer is waited for, and nothing is sent twice or left out."""
    ours, theirs = pair
    data = bytes(range(256)) * 8192
    received = bytearray()
    waits = 0
    for wait in send_all(ours, data):
        assert wait == (ours, WRITE)
        waits += 1
        received += theirs.recv(65536)
    ours.close()
    while chunk := theirs.recv(1 << 20):
        received += chunk
    assert waits
    assert bytes(received) == data
