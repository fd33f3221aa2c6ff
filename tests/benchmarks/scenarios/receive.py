"""How every scenario measures that only receives: feed, fan-in and real work."""

from typing import Final

from clients.contract import Tally
from clients.makers import make_client
from harness.sample import sample
from harness.scenario import Metric, Order, Result
from servers.control import Control
from servers.wire import HOST

__all__ = ["RATES", "receive"]

RATES: Final = (
    Metric("rate", "thousand messages/s", more=True),
    Metric("cpu", "µs of the client's CPU a message", more=False, digits=2, ratios=False),
    Metric("busy", "% of a CPU that the load server used", more=None, ratios=False),
)


def receive(participant: str, order: Order, tally: type[Tally] = Tally) -> Result:
    """Open connections, have them filled, and count what reaches the handlers.

    Args:
        participant: who.
        order: `connections` and `seconds`.
        tally: what takes the messages.
    """
    tallies = [tally() for _ in range(order["connections"])]
    make_client(participant).receive(f"ws://{HOST}:{order['port']}/", tallies)
    with Control(order["control"]) as control:
        control.ask("go")
        return sample(lambda: sum(each.n for each in tallies), order["seconds"], order["pid"])
