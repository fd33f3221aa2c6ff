"""`holdfast dead-letters [NAME…]`: the messages that crashed a handler, and how."""

import time
from collections.abc import Iterator
from typing import Any, Final

import click
import msgspec

from holdfast.actors.console.commands.names import complete_names
from holdfast.actors.console.commands.reach import DONE, RunningFleet, to_a_fleet
from holdfast.handlers.one_line import one_line
from holdfast.handlers.when import clock_time

__all__ = ["dead_letters"]

MOST: Final = 1000
"""How many a fleet keeps."""


@click.command("dead-letters", epilog="Example: holdfast dead-letters prices --limit 5")
@click.argument("names", nargs=-1, metavar="[NAME...]", shell_complete=complete_names)
@click.option(
    "--limit",
    type=click.IntRange(1, MOST),
    default=20,
    show_default=True,
    help="Show so many of the newest.",
)
@to_a_fleet
def dead_letters(fleet: RunningFleet, names: tuple[str, ...], limit: int) -> int:
    """Show the messages that crashed a handler, oldest first, of all connections or of some.

    They are not tried again. Secrets in them are masked, and long ones are cut; the log has the
    traceback of each crash. Times are UTC.
    """
    answer = fleet.ask("dead-letters", names, {"limit": limit})
    fleet.show(answer, _lines(answer["letters"]))
    return DONE


def _lines(letters: list[dict[str, Any]]) -> Iterator[str]:
    if not letters:
        yield "no dead letters"
    now = time.time()
    for letter in letters:
        at, cause = clock_time(letter["time"], now), letter["cause"]
        yield f"{at}  {letter['connection']}  {letter['type']}: {_shown(letter['shown'])}"
        yield f"  {cause['name']}: {cause['detail']} (incarnation {letter['incarnation']})"


def _shown(message: object) -> str:
    return one_line(message if isinstance(message, str) else msgspec.json.encode(message).decode())
