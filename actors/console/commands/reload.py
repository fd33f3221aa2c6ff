"""`holdfast reload`: what changed in the fleet's file, applied or shown."""

from collections.abc import Iterator
from typing import Any

import click

from holdfast.actors.console.commands.reach import DONE, LONG_PATIENCE, RunningFleet, to_a_fleet

__all__ = ["reload"]


@click.command(epilog="Example: holdfast reload --dry-run")
@click.option("--dry-run", is_flag=True, help="Only show what would change.")
@to_a_fleet
def reload(fleet: RunningFleet, *, dry_run: bool) -> int:
    """Read the fleet's file again and apply what changed in it.

    Connections that are new in it start, those that are gone from it stop, and those that changed
    restart with their messages kept; all others go on as they are. New credentials come in so
    where the file refers to them by "file:", since the environment of a running fleet stays as it
    is. A file with a mistake changes nothing.
    """
    answer = fleet.ask("reload", options={"dry_run": dry_run}, patience=LONG_PATIENCE)
    fleet.show(answer, _lines(answer, "would be " if dry_run else ""))
    return DONE


def _lines(answer: dict[str, Any], mood: str) -> Iterator[str]:
    for name in answer["added"]:
        yield f"{name}: {mood}added"
    for name in answer["removed"]:
        yield f"{name}: {mood}removed"
    for changed in answer["changed"]:
        yield f"{changed['name']}: {mood}changed ({', '.join(changed['keys'])})"
    yield f"{answer['unchanged']} unchanged"
