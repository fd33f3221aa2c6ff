"""Frames that are sent: what a server's own parser makes of them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from websocket import ABNF
from websockets.frames import Close, Frame, Opcode
from websockets.protocol import OPEN, SERVER, Protocol

from holdfast.actors.wire.frames import close_payload, encode


def as_a_server_reads(data: bytes) -> tuple[Opcode, bytes, bool]:
    """Return opcode, payload and FIN of one frame; a server refuses a frame without a mask."""
    server = Protocol(SERVER, state=OPEN)
    server.receive_data(data)
    (frame,) = server.events_received()
    assert isinstance(frame, Frame)
    return frame.opcode, bytes(frame.data), frame.fin


@given(
    opcode=st.sampled_from([Opcode.TEXT, Opcode.BINARY, Opcode.PING, Opcode.PONG]), data=st.binary()
)
def test_a_server_reads_what_was_encoded(opcode: Opcode, data: bytes) -> None:
    """Any payload survives the mask, in one final frame."""
    data = data[:125]
    assert as_a_server_reads(encode(opcode, data)) == (opcode, data, True)


@given(
    opcode=st.sampled_from([1, 2, 8, 9, 10]),
    data=st.binary(),
    mask=st.binary(min_size=4, max_size=4),
)
def test_a_frame_is_the_one_that_websocket_client_makes(
    opcode: int, data: bytes, mask: bytes
) -> None:
    def same_mask(_size: int) -> bytes:
        return mask

    frame = ABNF.create_frame(data, opcode)
    frame.get_mask_key = same_mask
    assert encode(opcode, data, mask) == frame.format()


@pytest.mark.parametrize("size", [0, 125, 126, 65_535, 65_536])
def test_every_form_of_length_is_encoded(size: int) -> None:
    """Section 5.2: 7, 16 and 64 bits of length."""
    assert as_a_server_reads(encode(Opcode.BINARY, b"x" * size))[1] == b"x" * size


def test_no_two_frames_share_a_mask() -> None:
    """Section 5.3: the mask is unpredictable and fresh for each frame."""
    masks = {encode(Opcode.TEXT, b"same")[2:6] for _ in range(50)}
    assert len(masks) == 50


def test_a_close_frame_without_a_code_has_no_payload() -> None:
    """Section 5.5.1: the body is optional; a reason cannot stand without a code."""
    assert close_payload(None, "unsaid") == b""


@given(reason=st.text(max_size=200))
def test_a_reason_is_cut_at_a_character(reason: str) -> None:
    """Any reason fits into a control frame and stays valid UTF-8, a prefix of itself."""
    payload = close_payload(4321, reason)
    close = Close.parse(payload)
    assert len(payload) <= 125
    assert close.code == 4321
    assert reason.startswith(close.reason)
    assert close.reason == reason or len(payload) > 125 - 4
