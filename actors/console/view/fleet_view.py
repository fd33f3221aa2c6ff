"""A fleet as people see it: each connection while they are few, else their sums and the worst."""

from collections.abc import Callable, Sequence
from typing import Final, TypeVar

from rich.console import Group, RenderableType
from rich.text import Text

from holdfast.actors.console.control.views import ConnectionView
from holdfast.actors.console.view.columns import plain_lines, terminal_rows
from holdfast.actors.console.view.connections import (
    CONNECTION_COLUMNS,
    in_trouble,
    trouble_first,
)
from holdfast.actors.console.view.hosts import HOST_COLUMNS, HostRow, host_rows
from holdfast.actors.console.view.phases import count_phases, phase_bars, phase_list
from holdfast.actors.console.view.snapshot import Snapshot
from holdfast.actors.console.view.words import rate_word, span_word
from holdfast.actors.logs import escape

__all__ = ["MANY", "fleet_lines", "fleet_picture"]

T = TypeVar("T")

MANY: Final = 100
"""So many connections are listed; more are summed, unless they were named."""

HOSTS: Final = 8
"""Hosts of a summary on a terminal."""

WORST: Final = 12
"""Connections in trouble below a summary on a terminal, where there is room."""

FEWEST: Final = 3
"""The same where there is none."""

ROUND_A_TABLE: Final = 6
"""Lines of a picture around its rows: headline, titles, how many are left out, sums, blanks."""

ALL: Final = "every connection: holdfast status '*'"


def fleet_picture(
    snapshot: Snapshot, *, now: float, width: int, height: int | None = None, named: bool = False
) -> RenderableType:
    """Return what a terminal shows of a fleet.

    Args:
        snapshot: the fleet.
        now: Unix seconds.
        width: cells of the terminal.
        height: lines that it may take; None for as many as it needs.
        named: whether the connections were asked for, so that they are listed however many.
    """
    body = _listed if named or len(snapshot.connections) <= MANY else _summed
    return Group(
        Text(_headline(snapshot, now), style="bold", no_wrap=True, overflow="ellipsis"),
        Text(),
        *body(snapshot, width, height),
        Text(),
        _sums(snapshot),
    )


def fleet_lines(snapshot: Snapshot, *, now: float, named: bool = False) -> list[str]:
    """Return what a pipe gets of a fleet: whole rows, and of a sum everything that is in trouble.

    Args:
        snapshot: the fleet.
        now: Unix seconds.
        named: as for `fleet_picture`.
    """
    rows = trouble_first(snapshot.connections)
    lines = [_headline(snapshot, now), ""]
    if not named and len(rows) > MANY:
        hosts = host_rows(snapshot.connections, snapshot.hosts)
        lines += [*plain_lines(HOST_COLUMNS, hosts), ""]
        rows = list(filter(in_trouble, rows))
    if rows:
        lines += [*plain_lines(CONNECTION_COLUMNS, rows), ""]
    lines.append(_sums(snapshot).plain)
    if len(rows) < len(snapshot.connections):
        lines.append(ALL)
    return lines


def _headline(snapshot: Snapshot, now: float) -> str:
    fleet = snapshot.fleet
    told = (
        f"holdfast {fleet.version}",
        f"pid {fleet.pid}",
        f"up {span_word(now - fleet.started)}",
        f"{fleet.threads} threads",
        f"{fleet.rss_mib:.0f} MiB",
    )
    return escape(f"{fleet.file or 'a fleet'}  {', '.join(told)}")


def _sums(snapshot: Snapshot) -> Text:
    count = len(snapshot.connections)
    if not count:
        return Text("no connections")
    sums = Text.assemble(
        f"{count:,} connection{'' if count == 1 else 's'}: ",
        phase_list(snapshot.phases),
        f"; in {rate_word(snapshot.rate_in)}/s, out {rate_word(snapshot.rate_out)}/s",
    )
    sums.no_wrap, sums.overflow = True, "ellipsis"
    return sums


def _listed(snapshot: Snapshot, width: int, height: int | None) -> list[RenderableType]:
    rows = trouble_first(snapshot.connections)
    if not rows:
        return []
    room = len(rows) if height is None else max(FEWEST, height - ROUND_A_TABLE)
    return _some(rows, room, lambda some: _connections(some, width), _left_out)


def _summed(snapshot: Snapshot, width: int, height: int | None) -> list[RenderableType]:
    bars = phase_bars(snapshot.phases)
    hosts = host_rows(snapshot.connections, snapshot.hosts)
    parts: list[RenderableType] = [bars, Text()]
    parts += _some(
        hosts, HOSTS, lambda some: terminal_rows(HOST_COLUMNS, some, width), _hosts_left_out
    )
    worst = [view for view in trouble_first(snapshot.connections) if in_trouble(view)]
    if worst:
        taken = bars.row_count + min(len(hosts), HOSTS) + ROUND_A_TABLE + 4
        room = WORST if height is None else min(WORST, max(FEWEST, height - taken))
        parts.append(Text())
        parts += _some(worst, room, lambda some: _connections(some, width), _trouble_left_out)
    return parts


def _some(
    rows: Sequence[T],
    room: int,
    draw: Callable[[Sequence[T]], list[Text]],
    tell: Callable[[Sequence[T]], str],
) -> list[RenderableType]:
    """Draw the first rows, and say what the others are."""
    parts: list[RenderableType] = [*draw(rows[:room])]
    if len(rows) > room:
        parts.append(Text(tell(rows[room:]), style="dim"))
    return parts


def _connections(rows: Sequence[ConnectionView], width: int) -> list[Text]:
    return terminal_rows(CONNECTION_COLUMNS, rows, width)


def _left_out(rows: Sequence[ConnectionView]) -> str:
    phases = phase_list(count_phases(view.phase for view in rows))
    return f"and {len(rows):,} more: {phases.plain}"


def _trouble_left_out(rows: Sequence[ConnectionView]) -> str:
    return f"and {len(rows):,} more in trouble; {ALL}"


def _hosts_left_out(rows: Sequence[HostRow]) -> str:
    down = sum(row.down for row in rows)
    return f"and {len(rows):,} more hosts, with {down:,} connections down"
