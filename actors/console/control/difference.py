"""How two specs of a connection differ: the keys, never the values, which may be secret."""

import dataclasses
from collections.abc import Iterator, Mapping
from typing import Any, Final, cast

from holdfast.actors import ConnectionSpec
from holdfast.handlers.payload import encode

__all__ = ["changed_keys"]

WHOLE: Final = frozenset({"auth"})
"""Told as one: which of its parts has changed says something about a secret."""


def changed_keys(before: ConnectionSpec, after: ConnectionSpec) -> list[str]:
    """Return the keys that differ, as they stand in a file: `heartbeat.interval`.

    Args:
        before: a spec.
        after: another one of the same name.
    """
    keys = [key for key in _differing(before, after) if key != "subscriptions"]
    # On the wire 1, 1.0 and true are not the same, whatever Python says.
    if list(map(encode, before.subscriptions)) != list(map(encode, after.subscriptions)):
        keys.append("subscriptions")
    return keys


def _differing(before: Any, after: Any, path: str = "") -> Iterator[str]:  # noqa: ANN401  # any value
    if before == after:
        return
    if path in WHOLE or not _open(before, after):
        yield path
        return
    left, right = _parts(before), _parts(after)
    for key in {**left, **right}:
        inner = f"{path}.{key}" if path else key
        yield from _differing(left.get(key), right.get(key), inner)


def _open(before: object, after: object) -> bool:
    """Tell whether the parts of two values can be told one by one."""
    if isinstance(before, Mapping):
        return isinstance(after, Mapping)
    return dataclasses.is_dataclass(before) and type(before) is type(after)


def _parts(value: Any) -> dict[str, object]:  # noqa: ANN401  # a mapping or a dataclass
    if isinstance(value, Mapping):
        return {str(key): each for key, each in cast("Mapping[object, object]", value).items()}
    fields = (field for field in dataclasses.fields(value) if field.compare)
    return {field.name: getattr(value, field.name) for field in fields}
