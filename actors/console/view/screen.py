"""A fleet on a terminal: a bar while it connects, then a table by phase, drawn anew in place."""

import os
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from rich.console import Console, Group, RenderableType
from rich.live import Live
from rich.progress_bar import ProgressBar
from rich.table import Table
from rich.text import Text

from holdfast.actors.console.view.phases import STYLES, phase_bars
from holdfast.actors.console.view.tally import Tally

__all__ = ["Picture", "Screen", "phase_words", "progress", "show_cursor"]

BAR: Final = 30
"""Columns."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Picture:
    """What is shown at one moment."""

    title: str
    elapsed: float
    """Seconds since it began."""
    tally: Tally
    rate_in: float
    """Messages a second."""
    rate_out: float
    threads: int
    rss_mib: float
    latest: Sequence[str] = ()
    """The last events, safe to show, oldest first."""
    hint: str = ""
    """What else can be done meanwhile, safe to show."""


class Screen:
    """Draws pictures on a terminal, each in the place of the one before.

    Args:
        console: the terminal.
    """

    def __init__(self, console: Console) -> None:
        # No thread of rich's own: pictures are drawn when there is something new.
        self._live = Live(console=console, auto_refresh=False, transient=True)

    def start(self) -> None:
        """Take the lower part of the terminal."""
        self._live.start()

    def stop(self) -> None:
        """Clear it, and show the cursor again."""
        self._live.stop()

    def draw(self, picture: Picture) -> None:
        """Draw a picture."""
        self._live.update(_render(picture), refresh=True)


def phase_words(tally: Tally) -> str:
    """Return how many connections are in each phase, in words."""
    return ", ".join(
        f"{tally.phases[phase]} {phase}" for phase in STYLES if tally.phases.get(phase)
    )


def progress(done: int, total: int) -> RenderableType:
    """Return how many connections have come to the end of their first dial.

    Args:
        done: so many have.
        total: so many are meant to be.
    """
    row = Table.grid(padding=(0, 1))
    row.add_row(
        Text("connecting"),
        ProgressBar(total=total, completed=done, width=BAR),
        Text(f"{done:,} of {total:,}"),
    )
    return row


def show_cursor() -> None:
    """Show the cursor even if there is no time for anything else; from any thread or signal."""
    for descriptor in (1, 2):
        if os.isatty(descriptor):
            os.write(descriptor, b"\x1b[?25h\r\n")
            return


def _render(picture: Picture) -> RenderableType:
    tally = picture.tally
    parts: list[RenderableType] = [_title(picture), Text()]
    parts += [*_how_they_are(tally), Text(), _figures(picture)]
    if picture.latest:
        parts += [Text(), *map(_dim, picture.latest)]
    if picture.hint:
        parts += [Text(), _dim(picture.hint)]
    return Group(*parts)


def _how_they_are(tally: Tally) -> list[RenderableType]:
    """How far the first dials are; and the phases, once more than half of these are through."""
    done = tally.connections - tally.first_dial
    parts: list[RenderableType] = []
    if tally.first_dial:
        parts.append(progress(done, tally.connections))
    if done > tally.connections / 2:
        parts.append(phase_bars(tally.phases))
    return parts


def _title(picture: Picture) -> Text:
    return Text.assemble((picture.title, "bold"), (f"  {picture.elapsed:.0f} s", "dim"))


def _figures(picture: Picture) -> RenderableType:
    tally = picture.tally
    rows = Table.grid(padding=(0, 2))
    figures = (
        ("in", f"{picture.rate_in:,.0f}/s", f"{tally.received:,} messages"),
        (
            "out",
            f"{picture.rate_out:,.0f}/s",
            f"{tally.sent:,} messages, {tally.waiting:,} waiting",
        ),
        ("logins", f"{tally.logins:,}", f"{tally.renewals:,} of them renewals"),
        ("restarts", f"{tally.restarts:,}", f"{tally.dead_letters:,} dead letters"),
        ("process", f"{picture.threads}", f"threads, {picture.rss_mib:.0f} MiB"),
    )
    rows.add_column(min_width=14)
    rows.add_column(justify="right", min_width=6)
    for name, number, more in figures:
        rows.add_row(Text(name), Text(number, "bold"), Text(more, "dim"))
    return rows


def _dim(line: str) -> Text:
    return Text(line, style="dim", no_wrap=True, overflow="ellipsis")
