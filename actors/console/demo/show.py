"""How the demo is watched: drawn in place on a terminal, a line a second in a pipe."""

from typing import Final, Protocol

import click
from rich.console import Console

from holdfast.actors.console.view.screen import Picture, Screen, phase_words

__all__ = ["LiveShow", "PlainShow", "Show", "choose_show"]

FRAME: Final = 0.25
LINE: Final = 1.0
"""Seconds between pictures on a terminal, and between lines in a pipe."""


class Show(Protocol):
    """Where pictures go."""

    @property
    def interval(self) -> float:
        """Seconds between pictures."""
        ...

    @property
    def live(self) -> bool:
        """Whether it owns the terminal, so that nobody else may write there."""
        ...

    def start(self) -> None:
        """Begin."""
        ...

    def draw(self, picture: Picture) -> None:
        """Show a picture."""
        ...

    def stop(self) -> None:
        """Leave the place to what comes after."""
        ...


def choose_show() -> Show:
    """Return what suits standard output."""
    console = Console()
    if console.is_terminal and not console.is_dumb_terminal:
        return LiveShow(console)
    return PlainShow()


class LiveShow(Screen):
    """Draws on a terminal."""

    interval = FRAME
    live = True


class PlainShow:
    """Prints a line for each picture."""

    interval = LINE
    live = False

    def start(self) -> None:
        """Do nothing: the first picture begins it."""

    def draw(self, picture: Picture) -> None:
        """Print a line."""
        tally = picture.tally
        click.echo(
            f"{picture.elapsed:5.0f} s  {phase_words(tally)}; "
            f"in {picture.rate_in:,.0f}/s, out {picture.rate_out:,.0f}/s, "
            f"{tally.restarts:,} restarts, {tally.renewals:,} renewals"
        )

    def stop(self) -> None:
        """Do nothing: lines stay."""
