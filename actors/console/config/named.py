"""Which connection or group of the file is meant by what overrides one of its keys.

A variable names it in capitals, with an underscore for each character that is no letter or digit:
`HOLDFAST_CONNECTION__DERIBIT_1__URL` means `deribit-1`, and `deribit.1` just as well.
"""

import re
from collections.abc import Collection, Iterable, Mapping
from dataclasses import replace
from typing import Final

from holdfast.actors.console.config.overrides import Override
from holdfast.actors.console.config.place import ConfigProblem
from holdfast.actors.nearest import did_you_mean

__all__ = ["named"]

NOUNS: Final = {"connection": "connection", "groups": "group"}
"""What the tables hold whose keys begin with a name."""

APART: Final = "__"
_OTHER: Final = re.compile("[^A-Za-z0-9]")


def named(given: Iterable[Override], known: Mapping[str, Collection[str]]) -> tuple[Override, ...]:
    """Return what overrides a file, with the names that its connections and groups have there.

    Args:
        given: what overrides it.
        known: the names of each of those tables.

    Raises:
        ConfigProblem: the file has no such name, or several that a variable may mean.
    """
    return tuple(
        _named(each, known[each.path[0]]) if each.path[0] in NOUNS else each for each in given
    )


def _named(given: Override, known: Collection[str]) -> Override:
    if given.by_variable:
        given = _by_variable(given, known)
    table, name, key, *_ = given.path
    if name not in known:
        hint = did_you_mean(name, known)
        raise given.source.problem(f"no {NOUNS[table]} is named {name}{hint}")
    if (table, key) == ("connection", "name"):
        raise given.source.problem("a name is what a connection is found by, and stays as it is")
    return given


def _by_variable(given: Override, known: Collection[str]) -> Override:
    written = APART.join(given.path[1:]).upper()
    meant = [name for name in known if written.startswith(_spelt(name) + APART)]
    if len(meant) != 1:
        raise _unclear(given, written, meant, known)
    key = written.removeprefix(_spelt(meant[0]) + APART).lower().split(APART)
    return replace(given, path=(given.path[0], meant[0], *key))


def _unclear(
    given: Override, written: str, meant: Collection[str], known: Collection[str]
) -> ConfigProblem:
    table, place = given.path[0], given.source
    if meant:
        several = " or ".join(sorted(meant))
        return place.problem(f"it may mean {several}; write --set {table}.NAME.KEY=VALUE")
    spelt = {_spelt(name): name for name in known}
    if written in spelt:
        return place.problem(f"it names a whole table; write {place.table}{APART}KEY")
    start = written.partition(APART)[0]
    hint = did_you_mean(start, spelt, shown=lambda near: f"{spelt[near]}, written {near}")
    return place.problem(f"no {NOUNS[table]} is named so{hint}")


def _spelt(name: str) -> str:
    """Return a name as a variable has it."""
    return _OTHER.sub("_", name).upper()
