"""`holdfast log-level [LEVEL]`: how much a running fleet logs."""

import click

from holdfast.actors.console.commands.reach import DONE, RunningFleet, to_a_fleet
from holdfast.actors.logs.levels import LEVELS

__all__ = ["log_level"]


@click.command("log-level", epilog="Example: holdfast log-level debug")
@click.argument("level", required=False, type=click.Choice(list(LEVELS), case_sensitive=False))
@to_a_fleet
def log_level(fleet: RunningFleet, level: str | None) -> int:
    """Show the lowest level that the fleet logs, or set it until it ends."""
    answer = fleet.ask("log-level", options={} if level is None else {"level": level})
    now, before = answer["level"], answer["before"]
    fleet.show(answer, [now if level is None else f"{now} (it was {before})"])
    return DONE
