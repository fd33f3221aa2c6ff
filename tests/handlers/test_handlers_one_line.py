"""Whatever a stranger says becomes one short, printable line."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from holdfast.handlers.one_line import describe, one_line

ANYTHING = st.text(alphabet=st.characters(), max_size=500)


@given(ANYTHING)
def test_the_line_is_printable_short_and_encodable(text: str) -> None:
    line = one_line(text)
    assert line.isprintable()
    assert len(line) <= 200
    line.encode()


@given(ANYTHING)
def test_a_line_stays_as_it_is(text: str) -> None:
    assert one_line(one_line(text)) == one_line(text)


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("", ""),
        ("invalid signature", "invalid signature"),
        ("Ungültige Signatur 签名", "Ungültige Signatur 签名"),
        ("two\r\nlines", "two\\r\\nlines"),
        ("\x1b[31mred", "\\x1b[31mred"),
        ("\u202egnp.exe", "\\u202egnp.exe"),
        ("\ud800", "\\ud800"),
        ("x" * 200, "x" * 200),
        ("x" * 201, "x" * 199 + "…"),
        ("x" * 100_000, "x" * 199 + "…"),
        ("\n" * 100, "\\n" * 100),
        ("\n" * 101, "\\n" * 99 + "\\…"),
    ],
)
def test_examples(text: str, line: str) -> None:
    assert one_line(text) == line


class MuteError(Exception):
    """One whose text cannot be made."""

    def __str__(self) -> str:
        raise RuntimeError


@pytest.mark.parametrize(
    ("error", "line"),
    [
        (KeyError("price"), "KeyError: 'price'"),
        (ValueError(), "ValueError"),
        (ValueError("a\nb"), "ValueError: a\\nb"),
        (MuteError(), "MuteError"),
    ],
)
def test_an_exception_is_described_by_its_class_and_text(error: Exception, line: str) -> None:
    assert describe(error) == line
