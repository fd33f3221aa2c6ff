"""The figures of a log on a terminal."""

from collections import Counter
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from typing import Final

from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from holdfast.actors.console.logfile.histogram import Column
from holdfast.actors.console.logfile.moments import moment
from holdfast.actors.console.logfile.stats import Stats
from holdfast.actors.logs.escape import escape
from holdfast.actors.logs.events import EVENTS
from holdfast.handlers.when import duration

__all__ = ["bar_rows", "picture"]

SHOWN: Final = 10
"""Rows of a table that may have any number."""

HEIGHT: Final = 4
"""Rows of a histogram."""

MARGIN: Final = 14
"""Columns beside a histogram."""

_EIGHTHS: Final = " ▁▂▃▄▅▆▇█"
_STYLES: Final = {"warning": "yellow", "error": "red", "critical": "bold red"}


def picture(stats: Stats, width: int) -> RenderableType:
    """Return what is drawn of figures that aren't empty.

    Args:
        stats: the figures.
        width: columns of the terminal.
    """
    columns = stats.over_time.columns(max(10, width - MARGIN))
    each = f"a column is {duration(columns[0].seconds)}"
    parts: list[RenderableType] = [_headline(stats), Text()]
    parts += _bars(f"lines; {each}", [column.lines for column in columns], "green")
    if any(column.trouble for column in columns):
        parts += _bars("warnings and errors", [column.trouble for column in columns], "red")
    parts += [_axis(columns), Text(), _events(stats.events)]
    if stats.failures:
        parts += [Text(), _causes(stats.causes), Text(), _worst(stats)]
    return Group(*parts)


def bar_rows(numbers: Sequence[int], height: int) -> list[str]:
    """Return numbers as columns of blocks, the top row first; what isn't 0 is seen.

    Args:
        numbers: none is negative.
        height: rows, each of eight steps.
    """
    top = max(numbers, default=0) or 1
    steps = [-(-number * height * 8 // top) for number in numbers]
    return [
        "".join(_EIGHTHS[min(8, max(0, step - 8 * row))] for step in steps)
        for row in reversed(range(height))
    ]


def _headline(stats: Stats) -> Text:
    assert stats.first is not None  # noqa: S101  # there is a line
    assert stats.last is not None  # noqa: S101  # the same
    span = duration((stats.last - stats.first).total_seconds())
    levels = ", ".join(f"{count:,} {escape(level)}" for level, count in stats.levels.most_common())
    return Text.assemble(
        (f"{stats.lines:,} lines", "bold"),
        f" from {moment(stats.first)} to {moment(stats.last)} UTC ({span})\n",
        (levels, "dim"),
    )


def _bars(name: str, numbers: Sequence[int], style: str) -> Iterator[Text]:
    yield Text(name, "dim")
    for number, row in enumerate(bar_rows(numbers, HEIGHT)):
        scale = f"  {max(numbers):,}" if number == 0 else ""
        yield Text.assemble((row, style), (scale, "dim"), no_wrap=True, overflow="crop")


def _axis(columns: Sequence[Column]) -> Text:
    start, end = (
        moment(datetime.fromtimestamp(at, UTC))
        for at in (columns[0].start, columns[-1].start + columns[-1].seconds)
    )
    gap = len(columns) - len(start) - len(end)
    return Text(f"{start}{end:>{gap + len(end)}}" if gap > 0 else start, "dim")


def _events(events: Counter[str]) -> Table:
    table = _table("event", "lines")
    for name, count in events.most_common(2 * SHOWN):
        info = EVENTS.get(name)
        table.add_row(Text(escape(name), _STYLES.get(info.level, "") if info else ""), f"{count:,}")
    _more(table, len(events) - 2 * SHOWN)
    return table


def _causes(causes: Counter[str]) -> Table:
    table = _table("went down for", "times")
    for name, count in causes.most_common(SHOWN):
        table.add_row(Text(escape(name)), f"{count:,}")
    _more(table, len(causes) - SHOWN)
    return table


def _worst(stats: Stats) -> Table:
    table = _table("went down most", "times", "the last time for")
    for name, count in stats.failures.most_common(SHOWN):
        table.add_row(Text(escape(name)), f"{count:,}", Text(escape(stats.latest.get(name, ""))))
    _more(table, len(stats.failures) - SHOWN)
    return table


def _table(name: str, number: str, *more: str) -> Table:
    table = Table(box=None, padding=(0, 2, 0, 0), header_style="dim")
    table.add_column(name, min_width=26)
    table.add_column(number, justify="right")
    for title in more:
        table.add_column(title)
    return table


def _more(table: Table, number: int) -> None:
    if number > 0:
        table.add_row(Text(f"and {number:,} more", "dim"))
