"""Handlers: can each be imported."""

import sys
from collections.abc import Iterable, Iterator
from contextlib import redirect_stdout
from dataclasses import dataclass
from pathlib import Path

from holdfast.actors.console.config.handlers import find_handler, look_in
from holdfast.actors.console.config.schema import ConnectionTable
from holdfast.actors.console.doctor.finding import Finding, Users, Verdict, users_by

__all__ = ["HandlerSeen", "look_at_handlers"]


@dataclass(frozen=True, slots=True)
class HandlerSeen:
    """What became of importing a handler.

    Args:
        name: `module:Class`.
        users: the connections that name it.
        problem: why there is none; None when there is.
    """

    name: str
    users: Users
    problem: str | None = None

    def judge(self) -> Finding:
        """Fail what can't be imported."""
        if self.problem is None:
            return Finding("handler", self.name, Verdict.OK, "it can be imported", "", self.users)
        advice = "install its package, or put it beside the file, whose folder is looked in first"
        return Finding("handler", self.name, Verdict.FAIL, self.problem, advice, self.users)


def look_at_handlers(tables: Iterable[ConnectionTable], folder: Path) -> Iterator[HandlerSeen]:
    """Import every handler; what its module prints goes to standard error.

    Args:
        tables: of the connections.
        folder: where the file lies, which is looked in first.
    """
    named = [(table.handler, table.name) for table in tables if table.handler]
    if named:
        look_in(folder)
    for name, users in users_by(named).items():
        try:
            with redirect_stdout(sys.stderr):
                find_handler(name)
        except ValueError as error:
            yield HandlerSeen(name, users, str(error))
        else:
            yield HandlerSeen(name, users)
