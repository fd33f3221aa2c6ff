"""From files to a report: to their end, or for as long as one of them grows."""

from collections import deque
from collections.abc import Sequence
from pathlib import Path
from typing import Final, NoReturn

from holdfast.actors.console.logfile.follow import Follower
from holdfast.actors.console.logfile.output import Output
from holdfast.actors.console.logfile.record import Match
from holdfast.actors.console.logfile.report import Report
from holdfast.actors.console.logfile.search import Search
from holdfast.actors.console.logfile.sources import STDIN, Source, in_order

__all__ = ["follow_file", "grows", "read_all"]

LATEST: Final = 10
"""Lines that are shown of what a followed file has already."""

LOOK: Final = 0.25
"""Seconds between looks at a followed file."""


def read_all(sources: Sequence[Source], search: Search, report: Report) -> list[str]:
    """Report what is found, from the oldest file to the newest.

    Args:
        sources: the open files.
        search: finds the lines.
        report: takes them, and is finished.

    Returns:
        For each file that couldn't be read to its end why.

    Raises:
        BrokenPipeError: whoever read standard output has gone.
        Problem: standard output takes no more.
    """
    for source in in_order(sources):
        for block in source.blocks():
            report.take(search.matches(block))
        search.broken += source.too_long
    report.finish(search.end)
    return [source.trouble for source in sources if source.trouble]


def grows(files: Sequence[str]) -> bool:
    """Say whether a file has to be looked at again; a pipe tells by itself what comes, and its end.

    Args:
        files: at most one; none is standard input.
    """
    return bool(files) and files[0] != STDIN and not Path(files[0]).is_fifo()


def follow_file(
    path: str, search: Search, report: Report, out: Output, *, all_of_it: bool
) -> NoReturn:
    """Report what is found at the end of a file, then what is added, until interrupted.

    Args:
        path: of the file.
        search: finds the lines.
        report: takes them.
        out: where the report goes to.
        all_of_it: whether to begin with all lines that match, not only the latest.

    Raises:
        BrokenPipeError: whoever read standard output has gone.
        Problem: the file can't be read, or standard output takes no more.
    """
    follower = Follower(path)
    latest: deque[Match] = deque(maxlen=LATEST)
    try:
        for block in follower.blocks():
            matches = search.matches(block)
            if all_of_it:
                report.take(matches)
            else:
                latest.extend(matches)
        report.take(latest)
        while True:
            out.rest(LOOK)
            for block in follower.blocks():
                report.take(search.matches(block))
    finally:
        search.broken += follower.too_long
        follower.close()
