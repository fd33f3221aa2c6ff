"""Rows of text in columns: on a terminal those that fit, in a pipe all of them.

A terminal that is too narrow for all columns lacks the least important ones: a line that wraps is
no row any more. In a pipe nothing is left out or cut, since nobody can make a pipe wider.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Final, Generic, TypeVar

from rich.cells import cell_len, set_cell_size
from rich.text import Text

from holdfast.actors.console.view.words import NOTHING
from holdfast.actors.logs import escape

__all__ = ["Column", "fit", "plain_lines", "terminal_rows"]

T = TypeVar("T")

GAP: Final = 2
"""Cells between two columns."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Column(Generic[T]):
    """One column of rows of a kind."""

    title: str
    rank: int
    """How important it is: where there is little room, those with the lowest ranks have it."""
    text: Callable[[T], str]
    """What it says of a row; `NOTHING` for nothing. It is escaped before it is shown."""
    style: Callable[[T], str] = lambda _: ""
    """Its colour on a terminal."""
    right: bool = False
    """Whether it is a number, which stands at the right."""
    least: int | None = None
    """Cells that it needs at least, if what is longer may be cut on a terminal."""


@dataclass(frozen=True, slots=True)
class _Filled(Generic[T]):
    """A column with what it says of each row."""

    column: Column[T]
    cells: list[str]
    full: int
    """The cells of a terminal that it fills uncut."""

    @property
    def least(self) -> int:
        """The cells that it can't do without."""
        return self.full if self.column.least is None else min(self.full, self.column.least)

    @property
    def empty(self) -> bool:
        """Whether it says nothing of any row."""
        return all(cell == NOTHING for cell in self.cells)


def fit(needs: Sequence[tuple[int, int]], room: int) -> list[int]:
    """Choose the columns that fit: the most important ones, and what still goes beside them.

    Args:
        needs: of each column its rank, and the cells that it needs at least.
        room: cells of the terminal.

    Returns:
        The places of those that are shown, in their order; the most important one always is.
    """
    shown: list[int] = []
    for place in sorted(range(len(needs)), key=lambda place: needs[place][0]):
        if not shown or _total(needs[each][1] for each in (*shown, place)) <= room:
            shown.append(place)
    return sorted(shown)


def terminal_rows(columns: Sequence[Column[T]], rows: Sequence[T], room: int) -> list[Text]:
    """Return the rows as lines that are no wider than the terminal, under a line of titles.

    Rich's own tables measure every cell several times, which a thousand rows take seconds for.

    Args:
        columns: in their order; those that say nothing of any row are left out.
        rows: in their order.
        room: cells of the terminal.
    """
    told = [each for each in _fill(columns, rows) if not each.empty]
    shown = [told[place] for place in fit([(e.column.rank, e.least) for e in told], room)]
    widths = _widths(shown, room)
    lines = [[(each.column.title, "bold dim") for each in shown]]
    for place, row in enumerate(rows):
        cells = [(each.cells[place], each.column.style(row)) for each in shown]
        lines.append([(text, "dim" if text == NOTHING else style) for text, style in cells])
    sides = [each.column.right for each in shown]
    return [_row(line, widths, sides) for line in lines]


def plain_lines(columns: Sequence[Column[T]], rows: Sequence[T]) -> list[str]:
    """Return the rows as lines with every column in full, under a line of titles.

    Args:
        columns: in their order.
        rows: in their order.
    """
    filled = _fill(columns, rows)
    lines = [[each.column.title for each in filled]]
    lines += [[each.cells[place] for each in filled] for place in range(len(rows))]
    return [
        (" " * GAP)
        .join(
            _padded(cell, each.full, right=each.column.right)
            for each, cell in zip(filled, line, strict=True)
        )
        .rstrip()
        for line in lines
    ]


def _fill(columns: Sequence[Column[T]], rows: Sequence[T]) -> list[_Filled[T]]:
    filled: list[_Filled[T]] = []
    for column in columns:
        cells = [escape(column.text(row)) for row in rows]
        filled.append(_Filled(column, cells, max(map(cell_len, [column.title, *cells]))))
    return filled


def _widths(shown: Sequence[_Filled[T]], room: int) -> list[int]:
    """Return the cells of each column; what is left over goes to those that are cut, in order."""
    spare = max(0, room - _total(each.least for each in shown))
    widths: list[int] = []
    for each in shown:
        width = min(each.full, each.least + spare, room)
        spare -= max(0, width - each.least)
        widths.append(width)
    return widths


def _row(cells: Sequence[tuple[str, str]], widths: Sequence[int], sides: Sequence[bool]) -> Text:
    row = Text(no_wrap=True, overflow="ellipsis")
    for (text, style), width, right in zip(cells, widths, sides, strict=True):
        row.append(" " * GAP * bool(row))
        row.append(_padded(_cut(text, width), width, right=right), style)
    row.rstrip()
    return row


def _cut(text: str, width: int) -> str:
    return text if cell_len(text) <= width else f"{set_cell_size(text, width - 1)}…"


def _total(widths: Iterable[int]) -> int:
    listed = list(widths)
    return sum(listed) + GAP * (len(listed) - 1)


def _padded(cell: str, width: int, *, right: bool) -> str:
    pad = " " * (width - cell_len(cell))
    return pad + cell if right else cell + pad
