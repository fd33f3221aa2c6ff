"""Values become plain data: bounded, readable by any JSON parser, and without secrets."""

import math
from collections import OrderedDict, deque
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from enum import Enum, IntEnum, StrEnum
from pathlib import PurePosixPath
from typing import NamedTuple, cast
from uuid import UUID

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from holdfast.actors.logs.known import KnownSecrets
from holdfast.actors.logs.redaction import Redactor
from holdfast.actors.logs.render import console_renderer, json_line, plain_line
from holdfast.handlers.secret import Secret


class Colour(Enum):
    RED = "red"


class Word(StrEnum):
    HELLO = "hello"


class Number(IntEnum):
    ONE = 1


@dataclass(frozen=True, slots=True)
class Account:
    name: str
    api_key: str
    hidden: str = field(default="x", repr=False)


class Structure(msgspec.Struct):
    name: str
    token: str


class Point(NamedTuple):
    x: object
    password: str


class Hostile:
    def __repr__(self) -> str:
        raise RuntimeError("hunter2")


class HostileMapping(dict[str, object]):
    def items(self) -> Iterator[tuple[str, object]]:  # type: ignore[override]
        raise RuntimeError("hunter2")


PLAIN = [
    (None, None),
    (True, True),
    (7, 7),
    (123456789, 123456789),
    (1.23456789, 1.234568),
    (100.0, 100.0),
    (math.inf, "inf"),
    (math.nan, "nan"),
    (2**64, "integer of 65 bits"),
    (10**5000, "integer of 16610 bits"),
    ("text", "text"),
    ("\udc80", "\\udc80"),
    (b"bytes\xff", "bytes\\xff"),
    (bytearray(b"bytes"), "bytes"),
    (memoryview(b"bytes"), "bytes"),
    (Secret("hunter2"), "***"),
    (Colour.RED, "red"),
    (Word.HELLO, "hello"),
    (Number.ONE, 1),
    (Account("a", "b"), {"name": "a", "api_key": "***"}),
    (Structure("a", "b"), {"name": "a", "token": "***"}),
    (Point(1, "b"), {"x": 1, "password": "***"}),
    ({"a": {"Cookie": ["b"]}}, {"a": {"Cookie": "***"}}),
    (OrderedDict({1: 2}), {"1": 2}),
    ([("X-Api-Key", "b"), ("Host", "c")], [["X-Api-Key", "***"], ["Host", "c"]]),
    (["token", "b", "c"], ["token", "b", "c"]),
    (deque([1, 2]), [1, 2]),
    (frozenset({1}), [1]),
    (ValueError("token=b"), "ValueError: token=***"),
    (datetime(2026, 1, 2, tzinfo=UTC), "2026-01-02T00:00:00+00:00"),
    (date(2026, 1, 2), "2026-01-02"),
    (timedelta(seconds=1.5), 1.5),
    (PurePosixPath("a/b"), "a/b"),
    (UUID(int=1), "00000000-0000-0000-0000-000000000001"),
    (Decimal("1.10"), "1.10"),
    (Account, "Account"),
    (object, "object"),
    (range(2), "range(0, 2)"),
    (Hostile(), "<Hostile: cannot be shown>"),
    (HostileMapping(), "<HostileMapping: cannot be shown>"),
]


@pytest.fixture
def redactor(known: KnownSecrets) -> Redactor:
    return Redactor(known)


@pytest.mark.parametrize(("value", "plain"), PLAIN, ids=lambda value: type(value).__name__)
def test_a_value_becomes_plain_data(redactor: Redactor, value: object, plain: object) -> None:
    shown = redactor.value(value)
    assert shown == plain
    assert type(shown) is type(plain)


def test_fields_under_secret_names_are_masked(redactor: Redactor) -> None:
    fields = {"signature": "abc", "tokens": 3, "url": "wss://u:p@h", "has_token": True}
    shown = {"signature": "***", "tokens": 3, "url": "wss://***@h", "has_token": True}
    assert redactor.fields(fields) == shown


def test_a_long_text_is_cut_and_says_so(known: KnownSecrets, redactor: Redactor) -> None:
    known.register("hunter2-and-more")
    assert redactor.text("x" * 5000) == "x" * 2000 + "… (5000 characters)"


@given(st.integers(1900, 2100), st.integers(0, 30))
def test_a_secret_at_the_cut_is_not_shown_in_part(before: int, repeats: int) -> None:
    known = KnownSecrets()
    known.register("hunter2-and-more")
    text = "hunter2-and-more" * repeats + "x" * (before - 16 * repeats) + "hunter2-and-more" * 20
    assert "h" not in Redactor(known).text(text).partition("…")[0]


def test_a_wide_or_deep_or_endless_value_is_bounded(redactor: Redactor) -> None:
    endless: list[object] = []
    endless.append(endless)
    deep: object = "bottom"
    for _ in range(2000):
        deep = [deep]
    wide = {str(number): ["x" * 300] * 100 for number in range(1000)}
    for value in (endless, deep, wide, [wide] * 100):
        assert len(json_line({"value": redactor.value(value)})) < 60_000


def test_digits_of_a_known_secret_are_masked_in_numbers(
    known: KnownSecrets, redactor: Redactor
) -> None:
    known.register("123456")
    assert redactor.value([123456, 91234569, 0.123456, 12345]) == ["***", "***", "***", 12345]


def test_what_a_pattern_leaves_behind_is_masked_as_well(
    known: KnownSecrets, redactor: Redactor
) -> None:
    known.register("word=***")
    assert redactor.text("password=hunter2") == "pass***"


def test_a_text_that_was_clean_is_masked_once_its_secret_is_known(
    known: KnownSecrets, redactor: Redactor
) -> None:
    assert redactor.text("hunter2") == "hunter2"
    known.register("hunter2")
    assert redactor.text("hunter2") == "***"


def _strings(value: object) -> Iterator[str]:
    if isinstance(value, dict):
        for key, item in cast("dict[str, object]", value).items():
            yield key
            yield from _strings(item)
    elif isinstance(value, list):
        for item in cast("list[object]", value):
            yield from _strings(item)
    else:
        yield str(value)


def _nested(secret: str) -> st.SearchStrategy[object]:
    def tell(around: tuple[str, str]) -> str:
        return secret.join(around)

    around = st.one_of(st.just(("", "")), st.tuples(st.text(max_size=6), st.text(max_size=6)))
    told: st.SearchStrategy[str] = around.map(tell)
    leaves: st.SearchStrategy[object] = st.one_of(
        told,
        told.map(lambda text: text.encode("utf-8", "surrogatepass")),
        told.map(ValueError),
        told.map(PurePosixPath),
        told.map(lambda text: Account(text, text, text)),
        told.map(lambda text: Structure(text, text)),
        told.map(lambda text: Point(text, text)),
        st.just(Secret(secret)),
        st.none(),
        st.floats(),
        st.integers(),
    )
    return st.recursive(
        leaves,
        lambda inner: st.one_of(
            st.lists(inner, max_size=3),
            st.tuples(inner, inner),
            st.dictionaries(st.one_of(told, st.text(max_size=6)), inner, max_size=3),
        ),
        max_leaves=8,
    )


@given(st.text(min_size=6, max_size=16).flatmap(lambda s: st.tuples(st.just(s), _nested(s))))
def test_no_registered_secret_is_in_any_value(case: tuple[str, object]) -> None:
    secret, value = case
    known = KnownSecrets()
    known.register(secret)
    shown = Redactor(known).fields({"field": value, "token": value})
    assert [text for text in _strings(shown) if secret in text] == []


# What the renderers write by themselves has no run of 8 of these, but for the timestamp's date.
_KEY_TEXT = st.text("ABCXYZabcxyz0123456789_-./+~é", min_size=8, max_size=16)


@given(_KEY_TEXT.flatmap(lambda s: st.tuples(st.just(s), _nested(s))))
def test_no_registered_secret_is_in_any_line(case: tuple[str, object]) -> None:
    secret, value = case
    known = KnownSecrets()
    known.register(secret)
    head = {"timestamp": "T", "level": "info", "event": "an.event"}
    event = head | Redactor(known).fields({"field": value, secret: value})
    renderers = (
        json_line,
        plain_line,
        console_renderer(colours=True),
        console_renderer(colours=False),
    )
    for render in renderers:
        assert secret not in render(event)
    assert msgspec.json.decode(json_line(event)) == event
