"""The picture of a run: one panel of bars for each of a few numbers, as SVG."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Final
from xml.sax.saxutils import escape

from harness.scenario import CLIENTS
from harness.summary import OURS, Summary

__all__ = ["draw"]


@dataclass(frozen=True, slots=True)
class _Panel:
    """One number of each participant."""

    title: str
    scenario: str
    variant: str
    metric: str
    digits: int = 0


PANELS: Final = (
    _Panel("Feed, 120 B: thousand messages/s", "feed", "120 B", "rate"),
    _Panel("Feed, 1 KiB: thousand messages/s", "feed", "1 KiB", "rate"),
    _Panel("Fan-in, 1,000 connections: thousand messages/s", "fan_in", "1,000", "rate"),
    _Panel("Fan-in, 10 connections: thousand messages/s", "fan_in", "10", "rate"),
    _Panel("Connect 10,000: connections/s", "connect", "10,000", "rate"),
    _Panel("KiB a connection, 10,000 idle (less is better)", "connect", "10,000", "kib", 1),
    _Panel("Echo, 100 connections, ms p50 (less is better)", "echo", "100", "p50", 1),
    _Panel(
        "Echo beside a handler that blocks, ms p99 (less is better)",
        "echo",
        "100, blocked",
        "p99",
        1,
    ),
)

WIDTH: Final = 380
LABEL: Final = 112
BAR: Final = 16
GAP: Final = 6
HEAD: Final = 34
MARGIN: Final = 20
COLUMNS: Final = 2
VALUE: Final = 62
"""Pixels that are kept for the number behind a bar."""

OUR_COLOUR, PEER_COLOUR, INK = "#1f6feb", "#9aa4b2", "#1f2328"


def draw(summary: Summary) -> str:
    """Return the picture.

    Args:
        summary: the numbers; a panel without any stays away.
    """
    panels = [found for found in (_bars(summary, panel) for panel in PANELS) if found[1]]
    tall = HEAD + len(CLIENTS) * (BAR + GAP)
    rows = -(-len(panels) // COLUMNS)
    width = COLUMNS * WIDTH + (COLUMNS + 1) * MARGIN
    height = rows * tall + (rows + 1) * MARGIN
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}"',
        f' font-family="system-ui, sans-serif" font-size="12" fill="{INK}">',
        f'<rect width="{width}" height="{height}" fill="#ffffff"/>',
    ]
    for index, (panel, bars) in enumerate(panels):
        row, column = divmod(index, COLUMNS)
        left, top = MARGIN + column * (WIDTH + MARGIN), MARGIN + row * (tall + MARGIN)
        parts.append(f'<g transform="translate({left} {top})">')
        parts.extend(_draw_panel(panel, bars))
        parts.append("</g>")
    return "\n".join([*parts, "</svg>", ""])


def _bars(summary: Summary, panel: _Panel) -> tuple[_Panel, list[tuple[str, float]]]:
    found = (
        (name, summary.median(panel.scenario, panel.variant, name, panel.metric))
        for name in CLIENTS
    )
    return panel, [(name, value) for name, value in found if value is not None]


def _draw_panel(panel: _Panel, bars: Iterable[tuple[str, float]]) -> Iterator[str]:
    bars = list(bars)
    longest = max(value for _, value in bars) or 1.0
    yield f'<text y="14" font-weight="600">{escape(panel.title)}</text>'
    for index, (name, value) in enumerate(bars):
        top = HEAD - 8 + index * (BAR + GAP)
        long = max(1.0, (WIDTH - LABEL - VALUE) * value / longest)
        colour = OUR_COLOUR if name == OURS else PEER_COLOUR
        yield f'<text x="{LABEL - 8}" y="{top + 12}" text-anchor="end">{escape(name)}</text>'
        yield (
            f'<rect x="{LABEL}" y="{top}" width="{long:.1f}" height="{BAR}" rx="2" '
            f'fill="{colour}"/>'
        )
        number = f"{value:,.{panel.digits}f}"
        yield f'<text x="{LABEL + long + 6:.1f}" y="{top + 12}">{number}</text>'
