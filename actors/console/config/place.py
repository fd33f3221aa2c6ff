"""Where in a file something is wrong, and the line that says so."""

import re
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Final

from holdfast.actors.console.problem import Problem

__all__ = ["ConfigProblem", "Place", "below", "key_of"]

_NAMES_ITS_KEY: Final = re.compile(r"([a-z]+)[. ]([a-z_]+) must ")
"""How some texts of the specs begin."""

_BARE: Final = re.compile("[A-Za-z0-9_-]+")  # TOML 1.0.0, "Keys"


class ConfigProblem(Problem):
    """A mistake in a configuration file: one line with file, table and key."""


@dataclass(frozen=True, slots=True)
class Place:
    """A table of a file.

    Args:
        file: as the user named it.
        table: `defaults`, `connection[2] "deribit-1"` (counted from 1), or nothing.
        overridden: keys whose values come from elsewhere, each with where that is.
    """

    file: str
    table: str = ""
    overridden: tuple[tuple[str, "Place"], ...] = ()

    def __str__(self) -> str:
        return f"{self.file} {self.table}".rstrip()

    @classmethod
    def connection(
        cls,
        file: str,
        number: int,
        name: object,
        overridden: tuple[tuple[str, "Place"], ...] = (),
    ) -> "Place":
        """Return the place of a connection, by its number from 1 and its name, if it has one."""
        named = f' "{name}"' if isinstance(name, str) and name else ""
        return cls(file, f"connection[{number}]{named}", overridden)

    def problem(self, what: str, key: str = "") -> ConfigProblem:
        """Return what to raise.

        Args:
            what: what is wrong; it quotes no secret.
            key: the key with the tables above it, such as `heartbeat.interval`.
        """
        told = _NAMES_ITS_KEY.match(what)
        named = key or (f"{told[1]}.{told[2]}" if told else "")
        for name, source in reversed(self.overridden):
            if below(named, name) != named:
                return source.problem(what, below(key, name))
        return ConfigProblem(": ".join(part for part in (self.file, self.table, key, what) if part))

    @contextmanager
    def at(self, key: str = "") -> Generator[None]:
        """Name the place of whatever `ValueError` is raised inside.

        Args:
            key: as for `problem`; empty when the error's own text names it.
        """
        try:
            yield
        except ValueError as error:
            # Some texts of the specs name their key as well.
            raise self.problem(str(error).removeprefix(f"{key}: "), key) from None


def key_of(*steps: str | int) -> str:
    """Return the way to a value as people write it.

    Args:
        steps: keys of tables, which are quoted where TOML would have them quoted, and places in
            lists from 0, which are told from 1.
    """
    written = (f"[{step + 1}]" if isinstance(step, int) else f".{_quoted(step)}" for step in steps)
    return "".join(written).removeprefix(".")


def below(key: str, above: str) -> str:
    """Return the way to a value from a table above it; the whole way from anywhere else.

    Args:
        key: the way to the value, as people write it.
        above: the way to the table, or to the value itself.
    """
    rest = key.removeprefix(above)
    return rest.removeprefix(".") if not rest or rest[0] in ".[" else key


def _quoted(key: str) -> str:
    return key if _BARE.fullmatch(key) else f'"{key}"'
