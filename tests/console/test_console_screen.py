"""The picture of the demo on a terminal."""

from collections import Counter
from dataclasses import replace
from io import StringIO

import pytest
from rich.console import Console

from holdfast.actors.console.view.screen import Picture, Screen
from holdfast.actors.console.view.tally import Tally
from holdfast.handlers import Phase

NOTHING = Tally.of([])


def drawn(**phases: int) -> str:
    """Return the picture of a fleet in these phases, where no incarnation had a predecessor."""
    paper = StringIO()
    screen = Screen(Console(file=paper, width=100, force_terminal=True))
    counts = Counter({Phase(name): number for name, number in phases.items()})
    tally = replace(
        NOTHING, connections=counts.total(), phases=counts, first_dial=counts[Phase.CONNECTING]
    )
    screen.start()
    screen.draw(
        Picture(
            title="a fleet",
            elapsed=1.0,
            tally=tally,
            rate_in=0.0,
            rate_out=0.0,
            threads=1,
            rss_mib=1.0,
        )
    )
    shown = paper.getvalue()
    screen.stop()
    return shown


@pytest.mark.parametrize(
    ("connecting", "ready", "bar", "phases"),
    [(50, 0, True, False), (25, 25, True, False), (1, 49, True, True), (0, 50, False, True)],
)
def test_one_dial_that_hangs_does_not_hide_how_the_others_are(
    *, connecting: int, ready: int, bar: bool, phases: bool
) -> None:
    shown = drawn(connecting=connecting, ready=ready)

    assert (f"{ready} of 50" in shown, "█" in shown) == (bar, phases)
