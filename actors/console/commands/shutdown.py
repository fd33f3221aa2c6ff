"""`holdfast shutdown`: the end of a running fleet."""

import click

from holdfast.actors.console.commands.reach import DONE, RunningFleet, to_a_fleet

__all__ = ["shutdown"]


@click.command(epilog="Example: holdfast shutdown --socket /run/feeds/control.sock")
@to_a_fleet
def shutdown(fleet: RunningFleet) -> int:
    """End the fleet, as SIGTERM does.

    It sends what it has accepted and says goodbye on every connection; `holdfast run` then exits
    with 0. This command doesn't wait for that.
    """
    fleet.show(fleet.ask("shutdown"), ["the fleet is shutting down"])
    return DONE
