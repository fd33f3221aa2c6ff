"""Which connections a request is about: names, globs and groups."""

from collections.abc import Iterable, Mapping
from fnmatch import fnmatchcase
from typing import Final

from holdfast.actors.console.control.refusal import Refusal
from holdfast.actors.nearest import did_you_mean

__all__ = ["select"]

GROUP: Final = "@"
GLOB: Final = frozenset("*?[")


def select(patterns: Iterable[str], groups: Mapping[str, str]) -> list[str]:
    """Return the connections that patterns mean, each once, in the order of the fleet.

    A pattern that is a connection's whole name means that one, whatever else it could mean.

    Args:
        patterns: names, globs as in `fnmatch`, or groups as `@trading`; none mean all.
        groups: by the name of each connection, that of its group; empty for none.

    Raises:
        Refusal: a pattern means none, of the kind `unknown_connection`.
    """
    wanted = list(patterns)
    if not wanted:
        return list(groups)
    chosen = {name for pattern in wanted for name in _matches(pattern, groups)}
    return [name for name in groups if name in chosen]


def _matches(pattern: str, groups: Mapping[str, str]) -> list[str]:
    if pattern in groups:
        return [pattern]
    if pattern.startswith(GROUP):
        return _of_group(pattern, groups)
    found = [name for name in groups if fnmatchcase(name, pattern)]
    if not found:
        raise Refusal("unknown_connection", _unknown(pattern, groups))
    return found


def _of_group(pattern: str, groups: Mapping[str, str]) -> list[str]:
    name = pattern.removeprefix(GROUP)
    found = [each for each, group in groups.items() if group and group == name]
    if not found:
        known = sorted(set(groups.values()) - {""})
        hint = did_you_mean(name, known, shown=lambda near: repr(GROUP + near))
        raise Refusal("unknown_connection", f"no connection is of a group {name!r}{hint}")
    return found


def _unknown(pattern: str, names: Iterable[str]) -> str:
    if GLOB & set(pattern):
        return f"no connection matches {pattern!r}"
    return f"no connection is named {pattern!r}{did_you_mean(pattern, names, shown=repr)}"
