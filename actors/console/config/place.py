"""Where in a file something is wrong, and the line that says so."""

import re
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Final

from holdfast.actors.console.problem import Problem

__all__ = ["ConfigProblem", "Place", "key_of"]

_BARE: Final = re.compile("[A-Za-z0-9_-]+")  # TOML 1.0.0, "Keys"


class ConfigProblem(Problem):
    """A mistake in a configuration file: one line with file, table and key."""


@dataclass(frozen=True, slots=True)
class Place:
    """A table of a file.

    Args:
        file: as the user named it.
        table: `defaults`, `connection[2] "deribit-1"` (counted from 1), or nothing.
    """

    file: str
    table: str = ""

    @classmethod
    def connection(cls, file: str, number: int, name: object) -> "Place":
        """Return the place of a connection, by its number from 1 and its name, if it has one."""
        named = f' "{name}"' if isinstance(name, str) and name else ""
        return cls(file, f"connection[{number}]{named}")

    def problem(self, what: str, key: str = "") -> ConfigProblem:
        """Return what to raise.

        Args:
            what: what is wrong; it quotes no secret.
            key: the key with the tables above it, such as `heartbeat.interval`.
        """
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


def _quoted(key: str) -> str:
    return key if _BARE.fullmatch(key) else f'"{key}"'
