"""The reader's fast path and its slow path are one reader."""

from dataclasses import dataclass

from hypothesis import given, settings
from hypothesis import strategies as st

from holdfast.actors.wire.fallback import Fallback, RefusedFrameError
from holdfast.actors.wire.frames import CloseFrame, Control, Violation
from holdfast.actors.wire.reader import FrameReader


@dataclass(frozen=True, slots=True)
class Outcome:
    """All that a caller can tell of a reader after some bytes."""

    messages: list[str | bytes]
    controls: list[Control]
    violation: Violation | None
    partial: bool


def read_as_shipped(pieces: list[bytes], limit: int) -> Outcome:
    reader = FrameReader(limit)
    messages = [message for piece in pieces for message in reader.feed(piece)]
    return Outcome(messages, reader.controls, reader.violation, reader.partial)


def read_frame_by_frame(data: bytes, limit: int) -> Outcome:
    """Read through websocket-client's parser alone, frame by frame, from one chunk."""
    fallback, position = Fallback(limit), 0
    messages: list[str | bytes] = []
    controls: list[Control] = []
    while position < len(data):
        try:
            position = fallback.read(data, position)
        except RefusedFrameError as refusal:
            return Outcome(messages, controls, refusal.violation, partial=False)
        found = fallback.found
        if isinstance(found, str | bytes):
            messages.append(found)
        elif found is not None:
            controls.append(found)
        if isinstance(found, CloseFrame):
            return Outcome(messages, controls, None, partial=False)
        if fallback.need:
            break
    return Outcome(messages, controls, None, partial=not fallback.idle)


def encode(first: int, payload: bytes, form: int | None = None) -> bytes:
    size = len(payload)
    form = form or (size if size < 126 else 126 if size < 1 << 16 else 127)
    long = {126: 2, 127: 8}.get(form, 0)
    return bytes([first, form]) + (size.to_bytes(long) if long else b"") + payload


sizes = st.one_of(st.integers(0, 8), st.sampled_from([124, 125, 126, 127, 128, 300, 65535, 65536]))
payloads = st.one_of(
    st.text(max_size=20).map(str.encode),
    st.binary(max_size=20),
    sizes.map(lambda size: b"x" * size),
)
whole = st.builds(encode, st.sampled_from([0x81, 0x82]), payloads)
control = st.builds(encode, st.sampled_from([0x89, 0x8A]), st.binary(max_size=125))


@st.composite
def fragmented(draw: st.DrawFn) -> bytes:
    """Draw a message in fragments, with control frames between them."""
    first = encode(draw(st.sampled_from([0x01, 0x02])), draw(payloads))
    middle = draw(st.lists(st.one_of(control, payloads.map(lambda data: encode(0x00, data)))))
    return b"".join([first, *middle, encode(0x80, draw(payloads))])


# Anything of a frame's shape: also what is forbidden.
odd = st.builds(
    encode,
    st.one_of(st.integers(0, 255), st.sampled_from([0x88, 0x80, 0x00])),
    payloads,
    st.sampled_from([None, None, None, 127]),
)


def encode_close(code: int, reason: bytes) -> bytes:
    return encode(0x88, code.to_bytes(2) + reason)


closing = st.builds(
    encode_close,
    st.sampled_from([1000, 1001, 1005, 1008, 1012, 2999, 4000]),
    st.binary(max_size=10),
)


@st.composite
def streams(draw: st.DrawFn) -> bytes:
    """Draw frames, mostly allowed ones, with some bytes changed or cut off."""
    allowed = st.one_of(whole, whole, control, fragmented())
    frames = draw(st.lists(st.one_of(allowed, allowed, allowed, odd, closing), max_size=8))
    data = bytearray(b"".join(frames))
    for _ in range(draw(st.sampled_from([0, 0, 0, 1, 2])) if data else 0):
        data[draw(st.integers(0, len(data) - 1))] = draw(st.integers(0, 255))
    return bytes(data[: draw(st.integers(0, len(data)))] if draw(st.booleans()) else data)


@st.composite
def pieces_of(draw: st.DrawFn, source: st.SearchStrategy[bytes]) -> list[bytes]:
    """Draw bytes, split anywhere."""
    data = draw(source)
    cuts = draw(st.lists(st.integers(0, len(data)), max_size=12).map(sorted))
    return [data[a:b] for a, b in zip([0, *cuts], [*cuts, len(data)], strict=True)]


@settings(max_examples=500, deadline=None)
@given(
    pieces=pieces_of(st.one_of(streams(), streams(), st.binary(max_size=200))),
    limit=st.sampled_from([1, 7, 125, 130, 70_000, 1 << 24]),
)
def test_both_paths_give_one_answer(pieces: list[bytes], limit: int) -> None:
    """On any bytes, in any splits, the shipped reader tells what the slow path alone would."""
    assert read_as_shipped(pieces, limit) == read_frame_by_frame(b"".join(pieces), limit)


@settings(max_examples=300, deadline=None)
@given(messages=st.lists(st.one_of(st.text(), st.binary(), sizes.map(bytes))), data=st.data())
def test_what_was_sent_is_what_is_read(messages: list[str | bytes], data: st.DataObject) -> None:
    """Any messages come out as they went in, in any fragments and any splits."""
    wire = b""
    for message in messages:
        opcode, payload = (1, message.encode()) if isinstance(message, str) else (2, message)
        cut = data.draw(st.integers(0, len(payload)))
        if data.draw(st.booleans()):
            wire += encode(opcode, payload[:cut]) + encode(0x80, payload[cut:])
        else:
            wire += encode(0x80 | opcode, payload)
    outcome = read_as_shipped(data.draw(pieces_of(st.just(wire))), 1 << 24)
    assert outcome == Outcome(messages, [], None, partial=False)
