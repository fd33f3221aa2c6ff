"""What a fleet.toml amounts to, as TOML and as JSON."""

import fnmatch
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Final

import msgspec

from holdfast.actors.console.config.effective import Effective, Value
from holdfast.actors.console.config.merge import Raw, put
from holdfast.actors.console.config.toml import toml_key, toml_line
from holdfast.actors.console.problem import Problem
from holdfast.actors.logs.escape import escape, escape_json
from holdfast.actors.nearest import did_you_mean

__all__ = ["as_json", "as_toml", "chosen"]

COLUMN: Final = 48
"""Where the origins stand, unless a value is longer."""


def chosen(known: Sequence[str], patterns: Sequence[str]) -> frozenset[str]:
    """Return the names that are meant.

    Args:
        known: the names of all connections.
        patterns: names and globs.

    Raises:
        Problem: one of them means nobody.
    """
    meant = [frozenset(fnmatch.filter(known, pattern)) for pattern in patterns]
    for pattern, names in zip(patterns, meant, strict=True):
        if not names:
            raise Problem(f"no connection is named {pattern}{did_you_mean(pattern, known)}")
    return frozenset[str]().union(*meant)


def as_toml(shown: Effective) -> str:
    """Return a file that says it all, with a comment for where each value is from.

    Args:
        shown: what to write.
    """
    tables = [
        *((f"[{toml_key('groups', name)}]", values) for name, values in shown.groups.items()),
        *((("[governor]", shown.governor),) if shown.governor else ()),
        *((("[messages]", shown.messages),) if shown.messages else ()),
        *(("[[connection]]", values) for values in shown.connections.values()),
    ]
    return "\n".join("".join(_table(head, values)) for head, values in tables)


def _table(head: str, values: Iterable[Value]) -> Iterator[str]:
    yield f"{head}\n"
    yield from map(_line, values)


def _line(value: Value) -> str:
    path = value.path
    if value.shown is None:
        return f"# {toml_key(*path)}: {value.absent}\n"
    return f"{toml_line(path, value.shown):<{COLUMN}} # {escape(value.origin)}\n"


def as_json(shown: Effective) -> str:
    """Return it all as one JSON object, in printable characters.

    Args:
        shown: what to write: the tables as the file has them, and `origins`, which says by table
            and dotted key where each value is from.
    """
    told = {
        "connection": list(map(_nested, shown.connections.values())),
        "groups": {name: _nested(values) for name, values in shown.groups.items()},
        "governor": _nested(shown.governor),
        "messages": _nested(shown.messages),
        "origins": {
            "connection": _origins(shown.connections),
            "groups": _origins(shown.groups),
            "governor": _origins({"": shown.governor})[""],
            "messages": _origins({"": shown.messages})[""],
        },
    }
    return escape_json(msgspec.json.encode(told).decode())


def _nested(values: Iterable[Value]) -> Raw:
    table: Raw = {}
    for value in values:
        table = put(table, value.path, value.shown)
    return table


def _origins(tables: Mapping[str, Iterable[Value]]) -> dict[str, dict[str, str]]:
    return {
        name: {toml_key(*value.path): value.origin for value in values}
        for name, values in tables.items()
    }
