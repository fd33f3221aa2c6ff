"""What the environment and the command line put in the place of keys of the file.

`HOLDFAST_DEFAULTS__HEARTBEAT__INTERVAL=5` and `--set defaults.heartbeat.interval=5` both say what
`interval = 5` in `[defaults.heartbeat]` says. A value is written as in TOML; what TOML would not
take, such as a URL without quotes, is text. `connection.NAME` and `groups.NAME` are followed by the
name of one that the file has; `named` finds which a variable means.
"""

import os
import tomllib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import reduce
from itertools import takewhile
from types import MappingProxyType
from typing import Any, Final, cast

from holdfast.actors.console.config.explain import Mistake
from holdfast.actors.console.config.merge import Raw, has, put
from holdfast.actors.console.config.place import ConfigProblem, Place, below, key_of
from holdfast.actors.console.config.schema import Settings
from holdfast.actors.nearest import did_you_mean

__all__ = ["Override", "at_fault", "overridden", "overrides", "sources"]

PREFIX: Final = "HOLDFAST_"
TABLES: Final[Mapping[str, tuple[str, ...]]] = {
    "defaults": ("KEY",),
    "governor": ("KEY",),
    "messages": ("KEY",),
    "groups": ("NAME", "KEY"),
    "connection": ("NAME", "KEY"),
}
"""What can be overridden: the tables of the file, each with what must follow it."""

DEEPEST: Final = 16
"""Tables in tables, with some to spare: a key of a thousand steps overruns the stack."""

_KEY: Final = "value"


@dataclass(frozen=True, slots=True)
class Override:
    """One value, and where it is put."""

    path: tuple[str, ...]
    """The way to its key, with the table first."""
    value: Any
    source: Place
    """Who says so."""
    by_variable: bool = False
    """Whether it is written as the name of a variable can be: without case, `-` and `.`."""

    @property
    def key(self) -> str:
        """The way to its key, as people write it."""
        return key_of(*self.path)


def overrides(settings: Sequence[str] = ()) -> tuple[Override, ...]:
    """Return what overrides the file, the weakest first: the environment, then the options.

    Args:
        settings: what `--set` was given, each as `KEY=VALUE`.

    Raises:
        ConfigProblem: a setting has no key or no value, or names a key that can't be overridden.
    """
    # By name, so that a table comes before its keys.
    from_environment = (
        _variable(*item) for item in sorted(os.environ.items()) if _is_ours(item[0])
    )
    return (*from_environment, *map(_setting, settings))


def overridden(table: Mapping[str, Any], given: Iterable[Override]) -> Raw:
    """Return the tables of a file with everything in them that overrides it.

    Args:
        table: the file.
        given: the weakest first.
    """
    return reduce(lambda raw, each: put(raw, each.path, each.value), given, dict(table))


def sources(
    given: Iterable[Override], *table: str, own: Mapping[str, Any] = MappingProxyType({})
) -> tuple[tuple[str, Place], ...]:
    """Return the keys that are overridden, each with who says so.

    Args:
        given: what overrides the file.
        table: the way to the table whose keys are meant; empty for all, with their tables.
        own: what isn't overridden, although it has such a key.
    """
    return tuple(
        (key_of(*path), each.source)
        for each in given
        if (path := each.path[len(table) :])
        and each.path[: len(table)] == table
        and not has(own, path)
    )


def at_fault(given: Sequence[Override], mistake: Mistake) -> ConfigProblem:
    """Return the problem of tables that were right before they were overridden.

    Args:
        given: what overrides them, at least one.
        mistake: what is wrong now; its key begins with the table.
    """
    blamed = max(reversed(given), key=lambda each: _nearness(each.key, mistake.key))
    return blamed.source.problem(mistake.what, below(mistake.key, blamed.key))


def _nearness(key: str, mistaken: str) -> tuple[bool, int]:
    """How much speaks for a key as the reason for a mistake: that it holds it, or is beside it."""
    pairs = zip(key.split("."), mistaken.split("."), strict=False)
    steps = takewhile(lambda pair: pair[0] == pair[1], pairs)
    return below(mistaken, key) != mistaken, len(list(steps))


def _is_ours(name: str) -> bool:
    table, _, rest = name.removeprefix(PREFIX).partition("__")
    return name.startswith(PREFIX) and bool(rest) and table.lower() in TABLES


def _variable(name: str, text: str) -> Override:
    path = name.removeprefix(PREFIX).lower().split("__")
    place = Place("environment", name)
    if not _is_unicode(name):
        raise place.problem("it is no UTF-8 text")
    return _override(path, text, place, by_variable=True)


def _setting(text: str) -> Override:
    key, sign, value = text.partition("=")
    place = Place(f"--set {key.strip()}")
    if not _is_unicode(key):
        raise place.problem("it is no UTF-8 text")
    if not sign:
        raise place.problem("it says no value; write KEY=VALUE")
    path = _path(key, place)
    if path[0] not in TABLES:
        raise place.problem(f"there is no such key{_hint(path)}")
    follows = TABLES[path[0]]
    if len(path) <= len(follows):
        raise place.problem(f"it names a whole table; write {'.'.join((path[0], *follows))}=VALUE")
    return _override(path, value, place)


def _override(
    path: Sequence[str], text: str, place: Place, *, by_variable: bool = False
) -> Override:
    if len(path) > DEEPEST:
        raise place.problem("there is no such key")
    return Override(tuple(path), _value(text, place), place, by_variable)


def _path(key: str, place: Place) -> tuple[str, ...]:
    """Read a dotted key as TOML has it, quotes included."""
    steps: list[str] = []
    try:
        table: object = {} if "\n" in key else tomllib.loads(f"{key} = 0")
    except (ValueError, RecursionError):
        table = {}
    while isinstance(table, dict) and table:
        ((step, table),) = cast("dict[str, object]", table).items()
        steps.append(step)
    if not steps:
        raise place.problem("that is no key; write it as TOML does, such as defaults.KEY=VALUE")
    return tuple(steps)


def _hint(path: Sequence[str]) -> str:
    if path[0] in Settings.__struct_fields__:
        return f"; did you mean {key_of('defaults', *path)}?"
    *others, last = TABLES
    begins = f"it begins with {', '.join(others)} or {last}"
    return did_you_mean(
        path[0], TABLES, shown=lambda near: key_of(near, *path[1:]), otherwise=begins
    )


def _value(text: str, place: Place) -> object:
    if not _is_unicode(text):
        raise place.problem("it is no UTF-8 text")
    try:
        found = tomllib.loads(f"{_KEY} = {text}")
    except ValueError:
        return text
    except RecursionError:
        raise place.problem("it is nested too deeply") from None
    # A line feed would begin another key.
    return found[_KEY] if found.keys() == {_KEY} else text


def _is_unicode(text: str) -> bool:
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True
