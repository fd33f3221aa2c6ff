"""`holdfast logs`: its options, and what it ends with."""

import glob
from collections.abc import Callable, Sequence
from datetime import datetime

import click

from holdfast.actors.console.logfile.filters import Filters
from holdfast.actors.console.logfile.lines import RawLines, ShownLines
from holdfast.actors.console.logfile.moments import moment_option
from holdfast.actors.console.logfile.output import Output
from holdfast.actors.console.logfile.reading import follow_file, grows, read_all
from holdfast.actors.console.logfile.report import Report
from holdfast.actors.console.logfile.search import Search
from holdfast.actors.console.logfile.sources import open_sources
from holdfast.actors.console.logfile.stats_report import StatsReport
from holdfast.actors.console.problem import Problem
from holdfast.actors.logs.escape import escape
from holdfast.actors.logs.levels import LEVELS

__all__ = ["logs"]

FOUND, NOTHING, INCOMPLETE, INTERRUPTED = 0, 1, 2, 130
"""Exit codes, as grep's: lines matched, none did, a file couldn't be read to its end; Ctrl-C."""


_SHOWN = "%Y-%m-%dT%H:%M:%SZ"


@click.command(epilog="Example: holdfast logs log.jsonl* --level warning --since 2h")
@click.argument("files", nargs=-1, type=click.Path(readable=False), metavar="[FILE]...")
@click.option("--connection", "connections", metavar="GLOB", multiple=True, help="Whose lines.")
@click.option("--event", "events", metavar="GLOB", multiple=True, help="Such as 'auth.*'.")
@click.option("--cause", "causes", metavar="GLOB", multiple=True, help="Such as 'http_4*'.")
@click.option(
    "--level",
    type=click.Choice(list(LEVELS), case_sensitive=False),
    help="The lowest one.",
)
@click.option(
    "--since", type=moment_option, metavar="WHEN", help="10m, 2h, 02:14 or ISO 8601; UTC."
)
@click.option("--until", type=moment_option, metavar="WHEN", help="The same, for the end.")
@click.option("-f", "--follow", is_flag=True, help="The last lines, then what is added.")
@click.option("--json", "as_json", is_flag=True, help="The lines as they are in the file.")
@click.option("--stats", is_flag=True, help="Counts, and a histogram over time.")
@click.option("--timeline", metavar="NAME", help="A connection's phases over time.")
def logs(  # noqa: PLR0913, PLR0917  # one argument an option
    files: Sequence[str],
    connections: Sequence[str],
    events: Sequence[str],
    causes: Sequence[str],
    level: str | None,
    since: datetime | None,
    until: datetime | None,
    timeline: str | None,
    *,
    follow: bool,
    as_json: bool,
    stats: bool,
) -> int:
    """Read the logs that holdfast has written.

    FILEs may be rotated and gzipped; - or none is standard input. GLOB options may be repeated.
    Exits with 0 if a line matched, with 1 if none did.
    """
    if timeline is not None:
        narrowed = stats or connections or events or causes or level
        _refuse(bool(narrowed), "--timeline goes with --since, --until and --json only")
        connections = [glob.escape(timeline)]
    if follow:
        ends = stats or timeline is not None or until is not None
        _refuse(ends, "--follow has no end, so --stats, --timeline and --until don't go with it")
        _refuse(len(files) > 1, "--follow takes one file, the one that is being written to")
    if since is not None and until is not None:
        _refuse(until <= since, f"--until {until:{_SHOWN}} isn't after --since {since:{_SHOWN}}")
    filters = Filters(
        connections=connections,
        events=events,
        causes=causes,
        level=level,
        since=since,
        until=until,
    )
    out = Output()
    report = _report(out, timeline, stats=stats, as_json=as_json)
    search = Search(filters)
    if not (follow and grows(files)):
        return _guarded(search, lambda: read_all(open_sources(files), search, report))
    all_of_it = since is not None
    return _guarded(search, lambda: follow_file(files[0], search, report, out, all_of_it=all_of_it))


def _guarded(search: Search, read: Callable[[], Sequence[str]]) -> int:
    """Read until the end, Ctrl-C, or the reader of standard output goes; return the exit code."""
    try:
        return _verdict(search, read())
    except BrokenPipeError:
        return FOUND
    except KeyboardInterrupt:
        click.echo(err=True)  # what follows the terminal's ^C begins a line
        _tell_broken(search)
        return INTERRUPTED


def _refuse(mistaken: bool, why: str) -> None:  # noqa: FBT001  # reads as a condition and its text
    if mistaken:
        raise Problem(why)


def _report(out: Output, timeline: str | None, *, stats: bool, as_json: bool) -> Report:
    if timeline is not None:
        # Its colours are those of the live view, which takes long to import.
        from holdfast.actors.console.logfile.timeline import TimelineReport  # noqa: PLC0415

        return TimelineReport(timeline, out, as_json=as_json)
    if stats:
        return StatsReport(out, as_json=as_json)
    return RawLines(out) if as_json else ShownLines(out)


def _verdict(search: Search, troubles: Sequence[str]) -> int:
    _tell_broken(search)
    for trouble in troubles:
        _tell(trouble)
    if not search.matched:
        of = "1 line" if search.lines == 1 else f"{search.lines:,} lines"
        _tell(f"none of {of} matched")
    if troubles:
        return INCOMPLETE
    return FOUND if search.matched else NOTHING


def _tell_broken(search: Search) -> None:
    if search.broken:
        one = search.broken == 1
        _tell("1 line was no log line" if one else f"{search.broken:,} lines were no log lines")


def _tell(text: str) -> None:
    click.echo(f"holdfast: {escape(text)}", err=True)
