"""FrameReader: what RFC 6455 demands of a client that reads, rule by rule."""

import gc
import sys
from collections.abc import Callable

import pytest

from holdfast.actors.wire.frames import CloseFrame, Ping, Pong
from holdfast.actors.wire.reader import FrameReader

LIMIT = 1000
FIN, RSV1, RSV2, RSV3, MASKED = 0x80, 0x40, 0x20, 0x10, 0x80
CONTINUATION, TEXT, BINARY, CLOSE, PING, PONG = 0x0, 0x1, 0x2, 0x8, 0x9, 0xA


def frame(first: int, payload: bytes = b"") -> bytes:
    """Return a server's frame, its length in the shortest form."""
    size = len(payload)
    if size < 126:
        return bytes([first, size]) + payload
    if size < 1 << 16:
        return bytes([first, 126]) + size.to_bytes(2) + payload
    return bytes([first, 127]) + size.to_bytes(8) + payload


def close(code: int, reason: bytes = b"") -> bytes:
    return frame(FIN | CLOSE, code.to_bytes(2) + reason)


HELLO = frame(FIN | TEXT, b"hello")

MESSAGES = [
    pytest.param(HELLO, ["hello"], id="5.7-single-frame-text"),
    pytest.param(frame(FIN | BINARY, b"\x00\xff"), [b"\x00\xff"], id="5.6-binary"),
    pytest.param(frame(FIN | TEXT), [""], id="5.2-empty-payload"),
    pytest.param(frame(FIN | TEXT, "naïve ☃ 𝄞".encode()), ["naïve ☃ 𝄞"], id="8.1-utf8"),
    pytest.param(frame(FIN | BINARY, b"x" * 125), [b"x" * 125], id="5.2-longest-7-bit"),
    pytest.param(frame(FIN | BINARY, b"x" * 126), [b"x" * 126], id="5.2-shortest-16-bit"),
    pytest.param(HELLO * 3, ["hello"] * 3, id="several-in-one-chunk"),
    pytest.param(
        frame(TEXT, b"Hel") + frame(FIN | CONTINUATION, b"lo"), ["Hello"], id="5.7-fragmented"
    ),
    pytest.param(
        frame(BINARY, b"a") + frame(CONTINUATION, b"b") + frame(FIN | CONTINUATION, b"c"),
        [b"abc"],
        id="5.4-three-fragments",
    ),
    pytest.param(
        frame(TEXT) + frame(CONTINUATION) + frame(FIN | CONTINUATION),
        [""],
        id="5.4-empty-fragments",
    ),
    pytest.param(
        frame(TEXT, "é".encode()[:1]) + frame(FIN | CONTINUATION, "é".encode()[1:]),
        ["é"],
        id="5.6-a-character-in-two-fragments",
    ),
    pytest.param(
        frame(TEXT, b"a") + frame(FIN | PING) + frame(FIN | CONTINUATION, b"b") + HELLO,
        ["ab", "hello"],
        id="5.4-a-ping-between-fragments",
    ),
    pytest.param(frame(FIN | BINARY, b"x" * LIMIT), [b"x" * LIMIT], id="exactly-the-limit"),
    pytest.param(
        frame(BINARY, b"x" * (LIMIT - 1)) + frame(FIN | CONTINUATION, b"x"),
        [b"x" * LIMIT],
        id="fragments-of-exactly-the-limit",
    ),
]

VIOLATIONS = [
    pytest.param(frame(FIN | RSV1 | TEXT), 1002, id="5.2-rsv1"),
    pytest.param(frame(FIN | RSV2 | BINARY), 1002, id="5.2-rsv2"),
    pytest.param(frame(FIN | RSV3 | PING), 1002, id="5.2-rsv3"),
    *[
        pytest.param(frame(FIN | opcode), 1002, id=f"5.2-opcode-{opcode}")
        for opcode in (3, 4, 5, 6, 7, 11, 12, 13, 14, 15)
    ],
    pytest.param(bytes([FIN | TEXT, MASKED | 1]) + b"\0\0\0\0a", 1002, id="5.1-masked-text"),
    pytest.param(bytes([FIN | PING, MASKED]) + b"\0\0\0\0", 1002, id="5.1-masked-ping"),
    pytest.param(bytes([FIN | TEXT, 127]) + b"\xff" * 8, 1002, id="5.2-length-with-its-top-bit"),
    pytest.param(frame(PING), 1002, id="5.5-fragmented-ping"),
    pytest.param(frame(PONG), 1002, id="5.5-fragmented-pong"),
    pytest.param(frame(CLOSE), 1002, id="5.5-fragmented-close"),
    pytest.param(bytes([FIN | PING, 126]), 1002, id="5.5-ping-over-125-bytes"),
    pytest.param(bytes([FIN | PONG, 127]), 1002, id="5.5-pong-over-125-bytes"),
    pytest.param(bytes([FIN | CLOSE, 126]), 1002, id="5.5-close-over-125-bytes"),
    pytest.param(frame(CONTINUATION), 1002, id="5.4-continuation-of-nothing"),
    pytest.param(frame(FIN | CONTINUATION), 1002, id="5.4-last-continuation-of-nothing"),
    pytest.param(frame(TEXT) + frame(FIN | TEXT), 1002, id="5.4-text-inside-a-message"),
    pytest.param(frame(TEXT) + frame(BINARY), 1002, id="5.4-fragment-inside-a-message"),
    pytest.param(frame(FIN | CLOSE, b"\x03"), 1002, id="5.5.1-close-payload-of-one-byte"),
    *[
        pytest.param(close(code), 1002, id=f"7.4-close-code-{code}")
        for code in (0, 999, 1004, 1005, 1006, 1015, 1016, 1100, 2000, 2999, 5000, 65535)
    ],
    pytest.param(close(1000, b"\xff"), 1007, id="5.5.1-reason-not-utf8"),
    pytest.param(frame(FIN | TEXT, b"\xff"), 1007, id="8.1-text-not-utf8"),
    pytest.param(frame(FIN | TEXT, b"\xed\xa0\x80"), 1007, id="8.1-surrogate"),
    pytest.param(frame(FIN | TEXT, b"\xc0\x80"), 1007, id="8.1-overlong"),
    pytest.param(frame(FIN | TEXT, b"\xe2\x98"), 1007, id="8.1-truncated"),
    pytest.param(
        frame(TEXT, b"\xe2\x98") + frame(FIN | CONTINUATION), 1007, id="8.1-fragmented-truncated"
    ),
    pytest.param(bytes([FIN | TEXT, 126, 3, 0xE9]), 1009, id="10.4-announced-over-the-limit"),
    pytest.param(bytes([FIN | BINARY, 127, 0, *[0xFF] * 7]), 1009, id="10.4-announced-enormous"),
    pytest.param(
        frame(BINARY, b"x" * LIMIT) + bytes([FIN | CONTINUATION, 1]),
        1009,
        id="10.4-fragments-over-the-limit",
    ),
]


def in_one_chunk(reader: FrameReader, data: bytes) -> list[str | bytes]:
    return reader.feed(data)


def byte_by_byte(reader: FrameReader, data: bytes) -> list[str | bytes]:
    return [message for byte in data for message in reader.feed(bytes([byte]))]


Feed = Callable[[FrameReader, bytes], list[str | bytes]]
splits = pytest.mark.parametrize("feed", [in_one_chunk, byte_by_byte])


@splits
@pytest.mark.parametrize(("data", "messages"), MESSAGES)
def test_what_rfc_6455_allows_becomes_messages(
    feed: Feed, data: bytes, messages: list[str | bytes]
) -> None:
    """Every data message that the RFC allows is returned once, in order, with its type."""
    reader = FrameReader(LIMIT)
    assert feed(reader, data) == messages
    assert reader.violation is None
    assert not reader.partial


@splits
@pytest.mark.parametrize(("data", "close_code"), VIOLATIONS)
def test_what_rfc_6455_forbids_is_a_violation(feed: Feed, data: bytes, close_code: int) -> None:
    """A violation ends the decoding with its close code, and costs no message in front of it."""
    reader = FrameReader(LIMIT)
    assert feed(reader, HELLO + data + HELLO) == ["hello"]
    assert reader.violation is not None
    assert reader.violation.close_code == close_code
    assert feed(reader, HELLO) == []
    assert not reader.partial


@pytest.mark.parametrize("code", [1000, 1001, 1002, 1003, *range(1007, 1015), 3000, 3999, 4999])
def test_every_close_code_that_may_be_sent_is_accepted(code: int) -> None:
    """Section 7.4 and the IANA registry name the codes that a server may send."""
    reader = FrameReader(LIMIT)
    assert reader.feed(close(code, "bye ☃".encode())) == []
    assert reader.controls == [CloseFrame(code, "bye ☃")]
    assert reader.violation is None


def test_a_close_frame_may_be_empty() -> None:
    """Section 5.5.1: the body is optional."""
    reader = FrameReader(LIMIT)
    reader.feed(frame(FIN | CLOSE))
    assert reader.controls == [CloseFrame(None, "")]


@splits
def test_nothing_is_decoded_after_a_close_frame(feed: Feed) -> None:
    """Section 5.5.1: the server sends nothing after its close frame, so nothing is read."""
    reader = FrameReader(LIMIT)
    assert feed(reader, HELLO + close(1001) + HELLO + frame(FIN | RSV1)) == ["hello"]
    assert feed(reader, HELLO) == []
    assert reader.controls == [CloseFrame(1001, "")]
    assert reader.violation is None
    assert not reader.partial


@splits
def test_control_frames_are_kept_in_order(feed: Feed) -> None:
    """Pings and pongs reach the caller with their payload, in order, none twice."""
    reader = FrameReader(LIMIT)
    feed(
        reader, frame(FIN | PING, b"1") + frame(FIN | PONG) + HELLO + frame(FIN | PING, b"y" * 125)
    )
    assert reader.controls == [Ping(b"1"), Pong(b""), Ping(b"y" * 125)]


@pytest.mark.parametrize(
    "begun",
    [
        HELLO[:1],
        HELLO[:2],
        HELLO[:-1],
        frame(FIN | TEXT, b"x" * 200)[:3],
        frame(FIN | PING, b"x")[:1],
        frame(FIN | PING, b"x")[:2],
        frame(TEXT),
        frame(TEXT) + frame(FIN | PING),
    ],
)
def test_partial_tells_that_a_frame_or_message_is_incomplete(begun: bytes) -> None:
    """The stall deadline needs to know whether the server stopped midway."""
    reader = FrameReader(LIMIT)
    reader.feed(HELLO)
    assert not reader.partial
    reader.feed(begun)
    assert reader.partial


@pytest.mark.parametrize("limit", [1, 10, 125, 126, 65_536])
def test_a_limit_of_any_size_is_kept(limit: int) -> None:
    """A message of the limit passes and one byte more is refused, whatever its length's form."""
    reader = FrameReader(limit)
    assert reader.feed(frame(FIN | BINARY, b"x" * limit)) == [b"x" * limit]
    assert reader.feed(frame(FIN | BINARY, b"x" * (limit + 1))) == []
    assert reader.violation is not None
    assert reader.violation.close_code == 1009


@pytest.mark.parametrize(
    "header", [b"\x7e" + (125).to_bytes(2), *[b"\x7f" + n.to_bytes(8) for n in (1, 127, 65535)]]
)
def test_a_length_has_to_be_in_its_shortest_form(header: bytes) -> None:
    """Section 5.2: the minimal number of bytes must be used, also where the limit allows more."""
    reader = FrameReader(1 << 20)
    assert reader.feed(bytes([FIN | BINARY]) + header + bytes(65535)) == []
    assert reader.violation is not None
    assert reader.violation.close_code == 1002


def test_a_violation_never_quotes_the_payload() -> None:
    """A payload may hold a credential, and a violation is logged."""
    for data in (
        frame(FIN | TEXT, b"hunter2\xff"),
        close(1000, b"hunter2\xff"),
        close(5, b"hunter2"),
    ):
        reader = FrameReader(LIMIT)
        reader.feed(data)
        assert "hunter2" not in repr(reader.violation)


@pytest.mark.timeout(10)
def test_a_large_message_costs_in_proportion_to_its_size() -> None:
    """16 MiB in 1 KiB pieces and 8 MiB in 256 B fragments: copied at each piece, 130 GB either."""
    whole, part = bytes(16 << 20), bytes(256)
    data = frame(FIN | BINARY, whole)
    pieces = (data[at : at + 1024] for at in range(0, len(data), 1024))
    reader = FrameReader(len(whole))
    assert [message for piece in pieces for message in reader.feed(piece)] == [whole]
    count = (8 << 20) // len(part)
    fragments = frame(BINARY, part) + frame(CONTINUATION, part) * (count - 2)
    assert reader.feed(fragments + frame(FIN | CONTINUATION, part)) == [part * count]


def test_an_idle_reader_is_small_and_leaves_no_garbage() -> None:
    """Between messages a reader holds no parser and no buffer, and needs no garbage collector."""
    reader = FrameReader(LIMIT)
    fresh = sys.getsizeof(reader) + sys.getsizeof(reader.controls)
    gc.collect()
    before = len(gc.get_objects())
    gc.disable()
    try:
        for _ in range(100):
            reader.feed(frame(FIN | PING) + frame(TEXT, b"a") + frame(FIN | CONTINUATION) + HELLO)
            reader.controls.clear()
        left = len(gc.get_objects()) - before
    finally:
        gc.enable()
    assert fresh < 300
    assert left < 100
