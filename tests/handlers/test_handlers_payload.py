"""What is sent arrives as what it was: text as text, bytes as bytes, the rest as JSON."""

import json
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from holdfast.handlers.payload import BINARY, TEXT, EncodeError, Frame, decode_json, encode
from holdfast.handlers.secret import Secret

LEAVES = (
    st.none()
    | st.booleans()
    | st.integers(-(2**63), 2**63)
    | st.text()
    | st.floats(allow_nan=False, allow_infinity=False)
)
JSON = st.recursive(
    LEAVES, lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner), max_leaves=20
)


@given(st.text())
def test_a_string_goes_as_it_is(text: str) -> None:
    assert encode(text) == Frame(TEXT, text.encode())


@pytest.mark.parametrize("kind", [bytes, bytearray, memoryview])
@given(data=st.binary())
def test_bytes_go_as_binary(kind: Callable[[bytes], object], data: bytes) -> None:
    assert encode(kind(data)) == Frame(BINARY, data)


@given(JSON.filter(lambda value: not isinstance(value, str)))
def test_anything_else_goes_as_json_that_says_the_same(value: object) -> None:
    frame = encode(value)
    assert frame.type == "text"
    assert json.loads(frame.data) == value


@pytest.mark.parametrize("value", [float("nan"), float("inf"), float("-inf")])
def test_what_json_has_no_number_for_becomes_null(value: float) -> None:
    assert encode([value]).data == b"[null]"


def test_the_type_of_a_frame_is_told_in_numbers_and_in_words() -> None:
    """RFC 6455 section 5.6: 1 is text, 2 is binary."""
    assert (encode("").opcode, encode("").type) == (1, "text")
    assert (encode(b"").opcode, encode(b"").type) == (2, "binary")


def test_a_frame_does_not_show_its_data() -> None:
    assert repr(encode({"api_key": "s3cr3t"})) == "Frame(opcode=1)"


def cyclic() -> object:
    """Return a list that holds itself."""
    loop: list[object] = []
    loop.append(loop)
    return loop


@pytest.mark.parametrize(
    ("payload", "said"),
    [
        (object(), "^JSON cannot say this object: Encoding objects of type object is unsupported$"),
        ({"key": Secret("s3cr3t")}, "JSON cannot say this dict"),
        ({("a", "s3cr3t"): 1}, "JSON cannot say this dict"),
        (cyclic(), "JSON cannot say this list"),
        ("s3cr3t\ud800", "^UTF-8 cannot carry the lone surrogate at character 6$"),
        (["s3cr3t\ud800"], "JSON cannot say this list"),
    ],
    ids=["object", "secret", "key", "cycle", "surrogate", "surrogate inside"],
)
def test_what_no_frame_can_carry_is_refused_in_one_line_without_quoting_it(
    payload: object, said: str
) -> None:
    with pytest.raises(EncodeError, match=said) as refused:
        encode(payload)
    line = str(refused.value)
    assert line.isprintable()
    assert "s3cr3t" not in line
    assert refused.value.__context__ is None


@given(JSON)
def test_json_is_read_as_what_it_says(value: object) -> None:
    text = json.dumps(value)
    assert decode_json(text) == decode_json(text.encode()) == value


@pytest.mark.parametrize(
    "message", ["", "{", "hello", b"\xff\xfe\x00", b"\x80", "[" * 100_000, "9" * 5_000, "\ud800"]
)
def test_what_is_no_json_is_none(message: str | bytes) -> None:
    assert decode_json(message) is None


@given(st.text() | st.binary())
def test_reading_never_raises(message: str | bytes) -> None:
    decode_json(message)
