"""A story in colours: each phase has the one that it has everywhere."""

from collections.abc import Iterable

from rich.console import Console
from rich.text import Text

from holdfast.actors.console.view.phases import STYLES
from holdfast.actors.logs.escape import escape

__all__ = ["paint"]


def paint(lines: Iterable[str], console: Console) -> None:
    """Print lines to a terminal, their phases in colours.

    Args:
        lines: whatever stands in them is made safe to show.
        console: the terminal.
    """
    for line in lines:
        console.print(_painted(escape(line)), soft_wrap=True)


def _painted(line: str) -> Text:
    text = Text(line)
    for phase, style in STYLES.items():
        # Where the story itself names a phase, so not in what a peer said.
        text.highlight_regex(rf"(?:(?<=: )|(?<=→ )|(?=\b{phase} →)){phase}\b", style)
    return text
