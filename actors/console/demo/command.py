"""`holdfast demo`: its options, and what it needs to be installed."""

import math
import random
from importlib.util import find_spec
from typing import Any, Final

import click

from holdfast.actors.console.problem import Problem

__all__ = ["demo"]

MOST: Final = 10_000
LONGEST: Final = 86_400.0


class _Seconds(click.FloatRange):
    """A number of seconds; click lets NaN through."""

    name = "seconds"

    def convert(
        self,
        value: Any,  # noqa: ANN401  # click's own
        param: click.Parameter | None,
        ctx: click.Context | None,
    ) -> float:
        """Refuse what is no number of seconds."""
        seconds: float = super().convert(value, param, ctx)
        if math.isnan(seconds):
            self.fail("nan is no number of seconds.", param, ctx)
        return seconds


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
    type=_Seconds(1.0, LONGEST),
    default=15.0,
    show_default=True,
    help="How long it runs; nothing is broken in the last part.",
)
@click.option("--seed", type=int, help="Repeat the faults of an earlier run.  [default: random]")
@click.option("--json", "as_json", is_flag=True, help="End with the figures as one JSON object.")
@click.option("--log", "log_file", type=click.Path(), help="Log to this file, as JSON lines.")
def demo(
    connections: int, seconds: float, seed: int | None, log_file: str | None, *, as_json: bool
) -> int:
    """Watch a fleet live through a server that does its worst.

    The server refuses handshakes and logins, drops connections, closes its port, falls silent,
    breaks the protocol, says goodbye, gives sessions away, and sends what the handler crashes on;
    in a fleet of 20 to 1,000, one of its own actors crashes too. The fleet comes back. A few
    connections are meant for quarantine: those always refused, and those whose session is taken.
    Exits with 0 when these are there, all others ready, and every message is accounted for, else
    with 1.
    """
    if find_spec("websockets") is None:
        raise Problem('the demo needs its server, which is an extra: pip install "holdfast[demo]"')
    from holdfast.actors.console.demo.plan import DemoPlan  # noqa: PLC0415  # needs the extra
    from holdfast.actors.console.demo.run import run_demo  # noqa: PLC0415  # the same

    chosen = random.SystemRandom().randrange(100_000) if seed is None else seed
    plan = DemoPlan(connections=connections, seconds=seconds, seed=chosen)
    return run_demo(plan, log_file=log_file, as_json=as_json)
