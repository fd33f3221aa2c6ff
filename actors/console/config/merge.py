"""How a table is laid over another."""

from collections.abc import Mapping, Sequence
from typing import Any, Final, cast

__all__ = ["REPLACED", "Raw", "has", "merged", "put"]

Raw = dict[str, Any]
"""A table as TOML has it."""

REPLACED: Final = frozenset({"auth"})
"""Tables that are written anew as a whole: keys of two kinds of auth don't mix."""


def merged(below: Mapping[str, Any], above: Mapping[str, Any]) -> Raw:
    """Lay a table's keys over another's, tables key by key and lists as a whole.

    Args:
        below: such as the defaults.
        above: such as a connection's own.
    """
    whole = {**below, **above}
    for key in below.keys() & above.keys() - REPLACED:
        if isinstance(below[key], dict) and isinstance(above[key], dict):
            whole[key] = merged(cast("Raw", below[key]), cast("Raw", above[key]))
    return whole


def put(table: Mapping[str, Any], path: Sequence[str], value: object) -> Raw:
    """Return a table with one value laid over it.

    Args:
        table: stays as it is.
        path: the way to the value; whatever isn't a table on it becomes one.
        value: what to lay there.
    """
    key, *rest = path
    if not rest:
        return merged(table, {key: value})
    inner: object = table.get(key)
    return {**table, key: put(cast("Raw", inner) if isinstance(inner, dict) else {}, rest, value)}


def has(table: object, path: Sequence[str]) -> bool:
    """Tell whether a table says what is at the end of a path.

    Args:
        table: as TOML has it.
        path: the way to a value.
    """
    for step in path:
        if not isinstance(table, dict) or step not in table:
            return False
        table = cast("Raw", table)[step]
    return True
