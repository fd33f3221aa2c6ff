"""The phases on a terminal: the colour of each, and how bad each is."""

from collections import Counter
from collections.abc import Iterable, Mapping
from typing import Final

from rich.table import Table
from rich.text import Text

from holdfast.handlers import Phase

__all__ = ["STYLES", "WORST_FIRST", "count_phases", "phase_bars", "phase_list"]

BAR: Final = 30
"""Columns."""

STYLES: Final = {
    Phase.READY: "green",
    Phase.AUTHENTICATING: "cyan",
    Phase.CONNECTING: "blue",
    Phase.BACKOFF: "yellow",
    Phase.QUARANTINED: "red",
    Phase.CLOSING: "magenta",
    Phase.STOPPED: "dim",
}
"""Every phase in the order of the bars, with its colour; the word is always there too."""

WORST_FIRST: Final = (
    Phase.QUARANTINED,
    Phase.BACKOFF,
    Phase.CONNECTING,
    Phase.AUTHENTICATING,
    Phase.CLOSING,
    Phase.STOPPED,
    Phase.READY,
)
"""Every phase in the order in which a person who was woken wants to hear of it."""

_ALWAYS: Final = frozenset({Phase.READY, Phase.BACKOFF, Phase.QUARANTINED})


def count_phases(phases: Iterable[Phase]) -> dict[Phase, int]:
    """Return how often each phase occurs, the worst first; those that don't are left out."""
    counts = Counter(phases)
    return {phase: counts[phase] for phase in WORST_FIRST if counts[phase]}


def phase_list(counts: Mapping[Phase, int]) -> Text:
    """Return the counts in one line of words, each in its colour."""
    words = [(f"{count:,} {phase}", STYLES[phase]) for phase, count in counts.items()]
    return Text(", ").join(Text.assemble(word) for word in words)


def phase_bars(counts: Mapping[Phase, int]) -> Table:
    """Return a bar for each phase: those that occur, and those that one looks for.

    Args:
        counts: connections by phase.
    """
    rows = Table.grid(padding=(0, 2))
    rows.add_column(justify="left", min_width=14)
    rows.add_column(justify="right", min_width=6)
    rows.add_column()
    total = max(sum(counts.values()), 1)
    for phase, style in STYLES.items():
        count = counts.get(phase, 0)
        if count or phase in _ALWAYS:
            bar = Text("█" * -(-count * BAR // total), style)
            rows.add_row(Text(phase.value, style), Text(f"{count:,}"), bar)
    return rows
