"""`--timeline NAME`: the phases of a connection as a bar over time, and in words below."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from math import ceil, floor
from typing import Final

import msgspec
from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from holdfast.actors.console.logfile.moments import moment
from holdfast.actors.console.logfile.output import Output
from holdfast.actors.console.logfile.phases import Stretch, Stretches
from holdfast.actors.console.logfile.record import Match
from holdfast.actors.console.view.phases import STYLES
from holdfast.actors.logs.escape import escape
from holdfast.handlers import Phase
from holdfast.handlers.when import duration

__all__ = ["TimelineReport", "bar"]

SHOWN: Final = 20
"""Stretches that are told one by one, the latest ones."""

BLOCKS: Final = {
    Phase.READY: "█",
    Phase.STOPPED: "_",
    Phase.CLOSING: "·",
    Phase.AUTHENTICATING: "▓",
    Phase.CONNECTING: "▒",
    Phase.BACKOFF: "░",
    Phase.QUARANTINED: "x",
}
"""How each phase is drawn, which tells them apart without colours too; the worst one last."""

FAILURES_ALONE: Final = (
    "This log has only the failures of the connection (its level was above info): "
    "when it was back isn't in it."
)

_LONG_AGO: Final = datetime.min.replace(tzinfo=UTC)
_WORSE: Final = list(BLOCKS)


class TimelineReport:
    """Collects the lines of a connection, and draws its phases at the end.

    Args:
        name: the connection's.
        out: where to.
        as_json: a JSON array of the stretches instead of a picture.
    """

    def __init__(self, name: str, out: Output, *, as_json: bool) -> None:
        self._name = name
        self._out = out
        self._as_json = as_json
        self._stretches = Stretches()

    def take(self, matches: Iterable[Match]) -> None:
        """Take lines of the connection; see `Report`."""
        for _, record in matches:
            self._stretches.add(record)

    def finish(self, end: datetime | None) -> None:
        """Draw the phases; see `Report`."""
        stretches = self._stretches.all(end or _LONG_AGO)
        if self._as_json:
            self._out.write(msgspec.json.encode(stretches) + b"\n")
        elif stretches:
            picture = _picture(self._name, stretches, self._stretches.left_out, self._out)
            note = Text(FAILURES_ALONE if not self._stretches.tells_all else "", "yellow")
            self._out.draw(Group(picture, note) if note else picture)


def bar(stretches: Sequence[Stretch], columns: int) -> list[Phase]:
    """Return the phase of each column of a bar: the worst one in the time that it covers.

    Args:
        stretches: in order, without gaps; not empty.
        columns: how many.
    """
    start = stretches[0].start
    each = (stretches[-1].end - start).total_seconds() / columns
    if not each:
        return [max((stretch.phase for stretch in stretches), key=_WORSE.index)] * columns
    worst = [0] * columns
    for stretch in stretches:
        first = min(columns - 1, floor((stretch.start - start).total_seconds() / each))
        end = max(first + 1, ceil((stretch.end - start).total_seconds() / each))
        rank = _WORSE.index(stretch.phase)
        worst[first:end] = [max(rank, other) for other in worst[first:end]]
    return [_WORSE[rank] for rank in worst]


def _picture(name: str, stretches: Sequence[Stretch], left_out: int, out: Output) -> RenderableType:
    start, end = stretches[0].start, stretches[-1].end
    head = Text.assemble(
        (escape(name), "bold"),
        f" from {moment(start)} to {moment(end)} UTC ({duration((end - start).total_seconds())})",
    )
    phases = bar(stretches, max(10, out.width - 1))
    drawn = Text.assemble(*((BLOCKS[phase], STYLES[phase]) for phase in phases), no_wrap=True)
    parts: list[RenderableType] = [head, drawn, Text(), _sums(stretches), Text()]
    hidden = left_out + max(0, len(stretches) - SHOWN)
    if hidden:
        parts.append(Text(f"the last {SHOWN}, after {hidden:,} earlier ones:", "dim"))
    return Group(*parts, _told(stretches[-SHOWN:]))


def _sums(stretches: Sequence[Stretch]) -> Table:
    seconds, times = defaultdict[Phase, float](float), Counter[Phase]()
    for stretch in stretches:
        seconds[stretch.phase] += stretch.seconds
        times[stretch.phase] += 1
    whole = sum(seconds.values()) or 1
    table = _grid("right", "right", "right")
    for phase in (phase for phase in STYLES if times[phase]):
        table.add_row(
            _word(phase),
            duration(seconds[phase]),
            f"{seconds[phase] / whole:.1%}",
            _times(times[phase]),
        )
    return table


def _told(stretches: Sequence[Stretch]) -> Table:
    table = _grid("left", "right", "left")
    for stretch in stretches:
        why = ": ".join(part for part in (stretch.cause, stretch.detail) if part)
        table.add_row(
            Text(moment(stretch.start)),
            _word(stretch.phase),
            duration(stretch.seconds),
            Text(escape(why), "dim"),
        )
    return table


def _grid(*justified: str) -> Table:
    table = Table.grid(padding=(0, 2))
    table.add_column(no_wrap=True)
    for justify in justified:
        table.add_column(justify="right" if justify == "right" else "left")
    return table


def _word(phase: Phase) -> Text:
    return Text(f"{BLOCKS[phase]} {phase}", STYLES[phase], no_wrap=True)


def _times(number: int) -> str:
    return "once" if number == 1 else f"{number:,} times"
