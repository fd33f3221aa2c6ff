"""`holdfast demo`: its options, and what it needs to be installed."""

import random
from importlib.util import find_spec
from pathlib import Path
from typing import Final

import click

from holdfast.actors.console.control.option import socket_option
from holdfast.actors.console.problem import Problem
from holdfast.actors.console.seconds import Seconds

__all__ = ["demo"]

MOST: Final = 10_000
LONGEST: Final = 86_400.0


@click.command(epilog="Example: holdfast demo --connections 200 --seconds 20 --seed 1")
@click.option(
    "--connections",
    type=click.IntRange(1, MOST),
    default=50,
    show_default=True,
    help="How many connections the fleet has.",
)
@click.option(
    "--seconds",
    type=Seconds(1.0, LONGEST),
    default=15.0,
    show_default=True,
    help="How long it runs; nothing is broken in the last part.",
)
@click.option("--seed", type=int, help="Repeat an earlier run's faults.  [random]")
@click.option("--json", "as_json", is_flag=True, help="End with the figures as one JSON object.")
@click.option(
    "--log", "log_file", type=click.Path(readable=False), help="Log to this file, as JSON lines."
)
@socket_option
def demo(  # noqa: PLR0913  # an argument for each option
    connections: int,
    seconds: float,
    seed: int | None,
    log_file: str | None,
    socket: Path | None,
    *,
    as_json: bool,
) -> int:
    """Watch a fleet live through a server that does its worst.

    The server refuses handshakes and logins, drops connections, closes its port, falls silent,
    breaks the protocol, gives sessions away, and sends what the handler crashes on; in a fleet of
    20 to 1,000 one of its own actors crashes too. The fleet comes back, but for a few that are
    meant for quarantine. Exits with 0 when these are there, all others ready, and every message
    is accounted for, else with 1.
    """
    if find_spec("websockets") is None:
        raise Problem('the demo needs its server, which is an extra: pip install "holdfast[demo]"')
    from holdfast.actors.console.demo.plan import DemoPlan  # noqa: PLC0415  # needs the extra
    from holdfast.actors.console.demo.run import run_demo  # noqa: PLC0415  # the same

    chosen = random.SystemRandom().randrange(100_000) if seed is None else seed
    plan = DemoPlan(connections=connections, seconds=seconds, seed=chosen)
    return run_demo(plan, socket, log_file=log_file, as_json=as_json)
