"""A story in colours on a terminal."""

import io

import pytest
from rich.console import Console

from holdfast.actors.console.commands.painted import paint


def painted(line: str) -> str:
    """Return a line as a terminal gets it."""
    terminal = io.StringIO()
    paint([line], Console(file=terminal, force_terminal=True, color_system="standard", width=40))
    return terminal.getvalue()


@pytest.mark.parametrize(
    ("line", "shown"),
    [
        ("a: quarantined since 02:14", "a: \x1b[31mquarantined\x1b[0m since 02:14\n"),
        (
            "  02:14  ready → backoff  closed_1006: gone",
            "  02:14  \x1b[32mready\x1b[0m → \x1b[33mbackoff\x1b[0m  closed_1006: gone\n",
        ),
        ("(`the server is ready, or stopped`)", "(`the server is ready, or stopped`)\n"),
    ],
)
def test_phases_have_their_colour_where_the_story_names_them(line: str, shown: str) -> None:
    assert painted(line) == shown


def test_what_a_peer_said_paints_nothing_and_is_not_broken_into_lines() -> None:
    line = f"why: \x1b[31m [red]{'long ' * 20}"
    assert painted(line) == line.replace("\x1b", r"\x1b") + "\n"
