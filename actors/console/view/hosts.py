"""Hosts as rows: the phases of the connections to each, and what holds them up."""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final

from holdfast.actors.console.control.views import ConnectionView, HostView
from holdfast.actors.console.view.columns import Column
from holdfast.actors.console.view.phases import STYLES, WORST_FIRST
from holdfast.actors.console.view.words import NOTHING, span_word
from holdfast.handlers import Phase

__all__ = ["HOST_COLUMNS", "HostRow", "host_rows"]


@dataclass(frozen=True, slots=True)
class HostRow:
    """One host, and the connections to it."""

    host: str
    phases: Counter[Phase]
    view: HostView | None
    """What the fleet says of it; None of one that it has nothing to do with any more."""

    @property
    def connections(self) -> int:
        """How many go to it, in whatever phase."""
        return self.phases.total()

    @property
    def out(self) -> bool:
        """Whether it is out: most of what goes to it is down for one cause."""
        return self.view is not None and self.view.out_for is not None

    @property
    def down(self) -> int:
        """How many are in trouble."""
        return self.phases[Phase.QUARANTINED] + self.phases[Phase.BACKOFF]


def host_rows(connections: Iterable[ConnectionView], hosts: Sequence[HostView]) -> list[HostRow]:
    """Return a row for each host: those that are out first, then those with the most down."""
    phases: dict[str, Counter[Phase]] = {view.host: Counter() for view in hosts}
    for view in connections:
        phases.setdefault(view.host, Counter())[view.phase] += 1
    views = {view.host: view for view in hosts}
    rows = [HostRow(host, counts, views.get(host)) for host, counts in phases.items()]
    return sorted(rows, key=lambda row: (not row.out, -row.down, row.host))


def _state(row: HostRow) -> str:
    view = row.view
    if view is None:
        return "ok"
    told: list[str] = []
    if view.out_for is not None:
        told.append(f"out for {span_word(view.out_for)}: {view.cause}")
        told.append(f"probe {view.probe}" if view.probe else "no probe yet")
    counts = (
        (view.held, "held"),
        (view.dialing, "dialing"),
        (view.queued, "dials in line"),
        (view.logins_queued, "logins in line"),
    )
    told += [f"{count:,} {what}" for count, what in counts if count]
    return ", ".join(told) or "ok"


def _state_style(row: HostRow) -> str:
    if row.out:
        return "red"
    return "dim" if _state(row) == "ok" else ""


def _phase_column(phase: Phase, rank: int) -> Column[HostRow]:
    return Column(
        title=phase.upper(),
        rank=rank,
        text=lambda row: f"{row.phases[phase]:,}" if row.phases[phase] else NOTHING,
        style=lambda row: STYLES[phase] if row.phases[phase] else "dim",
        right=True,
    )


_SHOWN: Final = (Phase.QUARANTINED, Phase.BACKOFF, Phase.READY, Phase.CONNECTING)
"""The phases in the order of their importance; those that hardly last come after them."""

HOST_COLUMNS: Final[tuple[Column[HostRow], ...]] = (
    Column(title="HOST", rank=0, text=lambda row: row.host, least=24),
    Column(title="ALL", rank=2, text=lambda row: f"{row.connections:,}", right=True),
    *(
        _phase_column(phase, 3 + (_SHOWN.index(phase) if phase in _SHOWN else len(_SHOWN)))
        for phase in WORST_FIRST
    ),
    Column(title="STATE", rank=1, text=_state, style=_state_style, least=48),
)
"""What is told of a host."""
