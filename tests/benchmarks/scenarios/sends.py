"""Scenario 4: messages that go out, from threads of the program's own and from handlers."""

import threading
from collections.abc import Callable
from typing import Final

from clients.contract import Tally
from clients.makers import make_client
from harness.sample import sample
from harness.scenario import CLIENTS, PAYLOAD_120, Order, Result, Scenario, Variant
from scenarios.receive import RATES
from servers.control import Control
from servers.wire import HOST

__all__ = ["ANSWERS", "SENDS"]

WINDOW: Final = 256
"""Messages that each connection has in flight when handlers send."""


def measure_threads(participant: str, order: Order) -> Result:
    """Send from one thread a connection, and count what has reached the server.

    Args:
        participant: who.
        order: `connections`, `seconds` and `payload`.
    """
    url = f"ws://{HOST}:{order['port']}/"
    senders = make_client(participant).senders(url, order["connections"], order["payload"])
    with Control(order["control"]) as control:
        for send in senders:
            threading.Thread(target=_forever, args=(send,), daemon=True).start()
        return sample(lambda: int(control.ask("messages")), order["seconds"], order["pid"])


def measure_handlers(participant: str, order: Order) -> Result:
    """Have each handler answer what comes in, and count the answers that were answered.

    Args:
        participant: who.
        order: `connections`, `seconds` and `payload`.
    """
    tallies = [Tally() for _ in range(order["connections"])]
    url = f"ws://{HOST}:{order['port']}/"
    make_client(participant).echo(url, tallies, order["payload"], WINDOW)
    with Control(order["control"]):
        return sample(lambda: sum(each.n for each in tallies), order["seconds"], order["pid"])


def _forever(send: Callable[[], None]) -> None:
    while True:
        send()


SENDS: Final = Scenario(
    key="sends",
    title="Sends from threads",
    about=(
        "Four threads send 120 B of text, each over its own connection: by `fleet.send`, by "
        "`run_coroutine_threadsafe` (aiohttp, websockets), by `call_soon_threadsafe` (picows), by "
        "`send` (websocket-client). Each has at most 256 messages on their way, and the rate is "
        "what reaches the server. `fleet.send` alone tells the outcome of each message."
    ),
    load="sink",
    participants=CLIENTS,
    variants=(Variant("4 threads", {"payload": PAYLOAD_120, "connections": 4, "seconds": 1.0}),),
    metrics=RATES,
    measure=measure_threads,
)

ANSWERS: Final = Scenario(
    key="answers",
    title="Sends from handlers",
    about=(
        "Ten connections with 256 messages of 120 B in flight on each; a handler answers each "
        "message that comes in with one."
    ),
    load="echo",
    participants=CLIENTS,
    variants=(Variant("10", {"payload": PAYLOAD_120, "connections": 10, "seconds": 1.0}),),
    metrics=RATES,
    measure=measure_handlers,
)
