"""Draw the pictures of the guides: `python -m tests.house.pictures` writes docs/pictures/*.svg.

The views are the real ones; what they show is made up in `pictured.py`.
"""

import io
from collections import Counter
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Final

from rich.console import Console

from holdfast.actors.console.commands.painted import paint
from holdfast.actors.console.doctor.show import TerminalShow
from holdfast.actors.console.logfile.stats import Stats
from holdfast.actors.console.logfile.stats_view import picture
from holdfast.actors.console.view.fleet_view import fleet_picture
from holdfast.actors.console.view.snapshot import Snapshot
from holdfast.handlers.story import tell_story
from tests.house import pictured

__all__ = ["FOLDER", "PICTURES", "svg"]

FOLDER: Final = Path(__file__).parents[2] / "docs" / "pictures"

WIDTH: Final = 130
"""Columns of the terminal."""

# Rich's own format, without the fonts that it has browsers fetch from elsewhere.
FORMAT: Final = """\
<svg viewBox="0 0 {width} {height}" xmlns="http://www.w3.org/2000/svg">
<style>
.{unique_id}-matrix {{
  font-family: ui-monospace, Menlo, Consolas, "DejaVu Sans Mono", monospace;
  font-size: {char_height}px;
  line-height: {line_height}px;
}}
.{unique_id}-title {{ font: bold 18px sans-serif; }}
{styles}
</style>
<defs>
<clipPath id="{unique_id}-clip-terminal">
<rect x="0" y="0" width="{terminal_width}" height="{terminal_height}" />
</clipPath>
{lines}
</defs>
{chrome}
<g transform="translate({terminal_x}, {terminal_y})" clip-path="url(#{unique_id}-clip-terminal)">
{backgrounds}
<g class="{unique_id}-matrix">
{matrix}
</g>
</g>
</svg>
"""


def svg(name: str) -> str:
    """Return a picture.

    Args:
        name: one of `PICTURES`.
    """
    title, draw = PICTURES[name]
    console = Console(
        record=True,
        file=io.StringIO(),
        width=WIDTH,
        force_terminal=True,
        color_system="standard",
        highlight=False,
        legacy_windows=False,
    )
    draw(console)
    drawn = console.export_svg(title=title, code_format=FORMAT, unique_id=name)
    return "\n".join(line.rstrip() for line in drawn.splitlines()) + "\n"


def _fleet(snapshot: Snapshot) -> Callable[[Console], None]:
    return lambda console: console.print(
        fleet_picture(snapshot, now=pictured.NOW, width=console.width)
    )


def _explain(console: Console) -> None:
    paint(tell_story(pictured.SITUATION, pictured.HISTORY).split("\n"), console)


def _stats(console: Console) -> None:
    stats = Stats()
    stats.add(pictured.records())
    console.print(picture(stats, console.width))


def _doctor(console: Console) -> None:
    show = TerminalShow(console)
    for finding in pictured.FINDINGS:
        show.add(finding)
    show.end(Counter(finding.verdict for finding in pictured.FINDINGS), offline=False)


PICTURES: Final[Mapping[str, tuple[str, Callable[[Console], None]]]] = {
    "status": ("holdfast status", _fleet(pictured.a_fleet_in_trouble())),
    "status-many": ("holdfast status", _fleet(pictured.a_big_fleet())),
    "explain": ("holdfast explain deribit-1", _explain),
    "logs-stats": ("holdfast logs --stats log.jsonl", _stats),
    "doctor": ("holdfast doctor fleet.toml", _doctor),
}
"""By the name of the file: the title of the terminal, and what is on it."""


if __name__ == "__main__":
    FOLDER.mkdir(exist_ok=True)
    for each in PICTURES:
        (FOLDER / f"{each}.svg").write_text(svg(each), encoding="utf-8")
