"""One value of a log line made into plain data: bounded, JSON-friendly, and without secrets."""

import dataclasses
import math
from collections import deque
from collections.abc import Callable, Iterable, Mapping
from collections.abc import Set as AbstractSet
from datetime import date, timedelta
from decimal import Decimal
from enum import Enum
from itertools import islice
from pathlib import PurePath
from typing import Any, Final, cast
from uuid import UUID

import msgspec

from holdfast.actors.logs.patterns import MASK
from holdfast.actors.logs.sensitive import is_sensitive
from holdfast.handlers.secret import Secret

__all__ = ["Walk"]

_DEPTH = 6
_ITEMS = 50
# What one value may cost: one for each part, and one more for each 64 characters.
_BUDGET = 500
_BYTES = 16_384
_WORD_BITS = 64
_DECIMALS = 6
_MORE: Final = "…"
_PAIR = 2


class Walk:
    """Walks one value; made anew for each.

    Args:
        text: masks and bounds a string.
        digits: masks a number's digits.
    """

    __slots__ = ("_digits", "_left", "_text")

    def __init__(self, text: Callable[[str], str], digits: Callable[[str], str]) -> None:
        self._text = text
        self._digits = digits
        self._left = _BUDGET

    def value(self, value: object, depth: int = _DEPTH) -> object:
        """Return the value as None, bool, int, float, str, list and dict.

        Args:
            value: anything.
            depth: how many containers deeper it may go.
        """
        self._left -= 1
        if value is None or isinstance(value, bool):
            return value
        if depth < 0 or self._left < 0:
            return _MORE
        for kind, plain in _KINDS:
            if isinstance(value, kind):
                return plain(self, value, depth)
        if dataclasses.is_dataclass(value) and not isinstance(value, type):
            return self.mapping(_shown_fields(value), depth)
        return self.string(repr(value))

    def string(self, value: str) -> str:
        """Return a string redacted, and pay for its length."""
        text = self._text(str.__str__(value))
        self._left -= len(text) >> 6
        return text

    def number(self, value: float) -> float | str:
        """Return a number, unless its digits are a secret's."""
        digits = repr(value)
        return value if self._digits(digits) == digits else MASK

    def mapping(self, value: Mapping[object, object], depth: int) -> dict[str, object]:
        """Return a mapping with plain keys and values, those of sensitive names masked."""
        plain: dict[str, object] = {}
        for key, item in islice(value.items(), _ITEMS):
            name = key if isinstance(key, str) else repr(key)
            hidden = is_sensitive(name, item)
            plain[self.string(name)] = MASK if hidden else self.value(item, depth - 1)
        if len(value) > _ITEMS:
            plain[_MORE] = f"{len(value) - _ITEMS} more"
        return plain

    def sequence(self, value: Iterable[object], depth: int) -> list[object]:
        """Return a sequence as a list; a pair may be a name and its value, as headers are."""
        items = list(islice(value, _ITEMS + 1))
        if len(items) == _PAIR and isinstance(items[0], str) and is_sensitive(items[0], items[1]):
            return [self.string(items[0]), MASK]
        plain = [self.value(item, depth - 1) for item in items[:_ITEMS]]
        if len(items) > _ITEMS:
            plain.append(_MORE)
        return plain


def _integer(walk: Walk, value: int, _depth: int) -> float | str:
    number = int(value)
    # Wider than JSON libraries read, and Python refuses the str() of a huge one.
    if number.bit_length() > _WORD_BITS:
        return f"integer of {number.bit_length()} bits"
    return walk.number(number)


def _float(walk: Walk, value: float, _depth: int) -> float | str:
    number = float(value)
    if not math.isfinite(number):
        return repr(number)  # JSON has no word for it
    return walk.number(round(number, _DECIMALS))


def _bytes(walk: Walk, value: bytes | bytearray | memoryview, _depth: int) -> str:
    return walk.string(bytes(value[:_BYTES]).decode("utf-8", "backslashreplace"))


def _tuple(walk: Walk, value: tuple[object, ...], depth: int) -> object:
    names: tuple[str, ...] | None = getattr(value, "_fields", None)
    if names is None:
        return walk.sequence(value, depth)
    return walk.mapping(dict(zip(names, value, strict=False)), depth)


def _struct(walk: Walk, value: msgspec.Struct, depth: int) -> dict[str, object]:
    return walk.mapping({name: getattr(value, name) for name in value.__struct_fields__}, depth)


def _shown_fields(value: object) -> dict[object, object]:
    """A field with repr=False is one that its class doesn't want to be seen."""
    fields = dataclasses.fields(cast("Any", value))
    return {field.name: getattr(value, field.name) for field in fields if field.repr}


# In this order: an Enum may be a str or an int as well, and a bool (an int) was seen before.
_KINDS: tuple[tuple[Any, Callable[[Walk, Any, int], object]], ...] = (
    (Secret, lambda _walk, _value, _depth: MASK),
    (Enum, lambda walk, value, depth: walk.value(value.value, depth - 1)),
    (str, lambda walk, value, _depth: walk.string(value)),
    (int, _integer),
    (float, _float),
    ((bytes, bytearray, memoryview), _bytes),
    (Mapping, Walk.mapping),
    (tuple, _tuple),
    ((list, AbstractSet, deque), Walk.sequence),
    (msgspec.Struct, _struct),
    (BaseException, lambda walk, value, _depth: walk.string(f"{type(value).__name__}: {value}")),
    (type, lambda walk, value, _depth: walk.string(value.__qualname__)),
    ((PurePath, UUID, Decimal), lambda walk, value, _depth: walk.string(str(value))),
    (date, lambda walk, value, _depth: walk.string(value.isoformat())),
    (timedelta, lambda walk, value, depth: _float(walk, value.total_seconds(), depth)),
)
