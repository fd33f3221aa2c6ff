"""`holdfast run fleet.toml`: the connections of a file, until a signal ends them."""

import errno
import sys
from collections.abc import Sequence
from functools import partial
from typing import Final

import click

from holdfast.actors import ConnectionSpec, Fleet
from holdfast.actors.console.config import FleetConfig, load_fleet
from holdfast.actors.console.config.options import set_option
from holdfast.actors.console.config.overrides import overrides
from holdfast.actors.console.ending import Ending, Reason
from holdfast.actors.console.log_output import log_to
from holdfast.actors.console.open_files import allow_connections
from holdfast.actors.console.problem import Problem
from holdfast.actors.console.run.giving_up import why_given_up
from holdfast.actors.console.sinks.lines import LineWriter
from holdfast.actors.console.sinks.printer import Printer
from holdfast.actors.logs.levels import LEVELS
from holdfast.handlers import Phase

__all__ = ["run"]

EXIT_CODES: Final = {
    None: 0,
    Reason.TERMINATED: 0,
    Reason.STDOUT_CLOSED: 0,
    Reason.STDOUT_FAILED: 1,
    Reason.INTERRUPTED: 130,
}
"""By what ended the run; None is that every connection has stopped."""

GIVEN_UP: Final = 1
"""The exit code when every connection has stopped because of a failure."""

GONE: Final = frozenset({errno.EPIPE, errno.ECONNRESET})

LOOK: Final = 1.0
"""Seconds between looks whether any connection is left, for each thousand of them."""

CLOSE: Final = 6.0
"""Seconds for what is left to send and for the goodbyes: the default deadlines fit in."""

FLUSH: Final = 1.0
"""Seconds that a reader of standard output may take for what is left."""

THREADS: Final = 64
"""Threads of a fleet at most; one for each connection lets all wait for a slow reader while the
machine's own actors go on."""


@click.command(epilog="Example: holdfast run fleet.toml | jq .message")
@click.argument("file", type=click.Path())
@click.option(
    "--log-level",
    type=click.Choice(list(LEVELS), case_sensitive=False),
    default="info",
    show_default=True,
    help="The lowest level that is logged.",
)
@click.option("--log", "log_file", type=click.Path(), help="Log to this file, as JSON lines.")
@set_option
def run(file: str, log_level: str, log_file: str | None, settings: Sequence[str]) -> int:
    """Run the connections of a TOML file.

    Messages go to standard output, one JSON object a line; logs go to standard error. Ctrl-C or
    SIGTERM sends what was accepted and says goodbye on every connection; a second one ends at once.
    """
    if sys.stdout is None:  # pyright: ignore[reportUnnecessaryComparison]  # closed by the shell: >&-
        raise Problem("standard output is closed, so there is nowhere to write messages to")
    with Ending() as ending, log_to(log_file, log_level):
        out = LineWriter(sys.stdout.fileno(), partial(_stdout_ended, ending))
        config = load_fleet(file, partial(Printer, out), overrides(settings))
        allow_connections(len(config.specs))
        fleet = _fleet(config)
        reason = _run(fleet, config.specs, ending, out)
        given_up = why_given_up(fleet.status()) if reason is None else None
        return _finish(out, reason, given_up)


def _fleet(config: FleetConfig) -> Fleet:
    threads = max(16, min(THREADS, len(config.specs) + 3))
    return Fleet(groups=config.groups, governor=config.governor, max_threads=threads)


def _run(
    fleet: Fleet, specs: Sequence[ConnectionSpec], ending: Ending, out: LineWriter
) -> Reason | None:
    pause = LOOK * max(1.0, len(specs) / 1000)
    out.start()
    fleet.open()
    try:
        for spec in specs:
            fleet.start(spec)
        while _any_left(fleet):
            reason = ending.wait(pause)
            if reason is not None:
                return reason
        return None
    finally:
        out.end_within(FLUSH)
        fleet.close(CLOSE)


def _any_left(fleet: Fleet) -> bool:
    return any(status.phase is not Phase.STOPPED for status in fleet.status())


def _finish(out: LineWriter, reason: Reason | None, given_up: str | None) -> int:
    lost = out.close(FLUSH)
    if reason is Reason.STDOUT_CLOSED:
        return EXIT_CODES[reason]
    if out.failure is not None:
        click.echo(f"holdfast: standard output: {out.failure.strerror}", err=True)
    if lost:
        click.echo(f"holdfast: up to {lost} messages were received and not written", err=True)
    if given_up is not None:
        click.echo(f"holdfast: {given_up}", err=True)
        return GIVEN_UP
    return EXIT_CODES[reason]


def _stdout_ended(ending: Ending, error: OSError) -> None:
    closed = error.errno in GONE
    ending.ask(Reason.STDOUT_CLOSED if closed else Reason.STDOUT_FAILED)
