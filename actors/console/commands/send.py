"""`holdfast send NAME TEXT`: a message over connections, and its outcome."""

import base64
from collections.abc import Iterator
from typing import Any, Final

import click

from holdfast.actors.console.commands.names import complete_names
from holdfast.actors.console.commands.payload import read_payload
from holdfast.actors.console.commands.reach import (
    DONE,
    LONG_PATIENCE,
    NOT_SO,
    RunningFleet,
    to_a_fleet,
)
from holdfast.actors.console.seconds import Seconds

__all__ = ["send"]

DAY: Final = 86_400.0
"""Seconds."""

OUTCOMES: Final = {
    "sent": "sent",
    "expired": "expired: it could not be sent within --ttl",
    "dropped": "dropped: the connection stopped, or its mailbox overflowed",
    "refused": "refused",
    "unknown": "unknown: the stream died with it half-written, so it may have arrived",
    "waiting": "no outcome yet: it is sent as soon as the connection is ready",
}
"""What is said of each outcome."""


@click.command(epilog="""Example: holdfast send prices '{"op": "ping"}'""")
@click.argument("name", shell_complete=complete_names)
@click.argument("text", metavar="TEXT|@FILE|-")
@click.option("--binary", is_flag=True, help="Send the bytes as they are, in a binary message.")
@click.option(
    "--ttl", type=Seconds(0.0, DAY), help="Give up what can't be sent within so many seconds."
)
@click.option(
    "--wait",
    type=Seconds(0.0, DAY),
    default=5.0,
    show_default=True,
    help="Wait so many seconds for the outcome.",
)
@to_a_fleet
def send(  # noqa: PLR0913  # one for each option
    fleet: RunningFleet, name: str, text: str, ttl: float | None, wait: float, *, binary: bool
) -> int:
    """Send a message over a connection as soon as that is ready.

    NAME may be a glob such as 'deribit-*' or a group such as @trading. The message is TEXT, what
    stands in FILE, or (-) what standard input has, both without the line feed at their end. Sent
    means handed to the kernel. Exits with 1 if any outcome is another one.
    """
    payload = read_payload(text, binary=binary)
    options = {**_message(payload), "ttl": ttl, "wait": wait}
    answer = fleet.ask("send", (name,), options, patience=LONG_PATIENCE + wait)
    fleet.show(answer, _lines(answer))
    return DONE if all(each["outcome"] == "sent" for each in answer["outcomes"]) else NOT_SO


def _message(payload: str | bytes) -> dict[str, str]:
    if isinstance(payload, str):
        return {"text": payload}
    return {"base64": base64.b64encode(payload).decode("ascii")}


def _lines(answer: dict[str, Any]) -> Iterator[str]:
    for each in answer["outcomes"]:
        outcome = OUTCOMES.get(each["outcome"], each["outcome"])
        yield f"{each['name']}: {outcome}" + (f": {each['why']}" if "why" in each else "")
