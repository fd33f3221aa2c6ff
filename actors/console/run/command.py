"""`holdfast run fleet.toml`: the connections of a file, until a signal ends them."""

import errno
import stat
from collections.abc import Callable, Sequence
from contextlib import closing
from functools import partial
from pathlib import Path
from typing import Final

import click

from holdfast.actors import ConnectionSpec, Fleet
from holdfast.actors.console.config import FleetConfig, load_fleet
from holdfast.actors.console.config.options import set_option
from holdfast.actors.console.config.overrides import Override, overrides
from holdfast.actors.console.config.place import Place
from holdfast.actors.console.control.desk import Desk, Source
from holdfast.actors.console.control.option import socket_option
from holdfast.actors.console.control.serve import serving
from holdfast.actors.console.ending import Ending, Reason
from holdfast.actors.console.log_output import LogOptions, log_options
from holdfast.actors.console.open_files import allow_connections
from holdfast.actors.console.run.giving_up import why_given_up
from holdfast.actors.console.run.stage import choose_stage
from holdfast.actors.console.sinks.choose import choose
from holdfast.actors.console.sinks.destination import Destination, ToHandler
from holdfast.actors.console.sinks.lines import LineWriter
from holdfast.actors.console.sinks.options import MessageOptions, message_options
from holdfast.actors.console.sinks.printer import Printer
from holdfast.actors.console.view.screen import show_cursor
from holdfast.actors.logs import escape
from holdfast.handlers import ConnectionHandler, Phase

__all__ = ["run"]

EXIT_CODES: Final = {
    None: 0,
    Reason.TERMINATED: 0,
    Reason.HUNG_UP: 0,
    Reason.STDOUT_CLOSED: 0,
    Reason.OUTPUT_FAILED: 1,
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

THREADS: Final = 64
"""Threads of a fleet at most; one for each connection lets all wait for whoever takes messages
slowly while the machine's own actors go on."""


@click.command(epilog="Example: holdfast run fleet.toml | jq .message")
@click.argument("file", type=click.Path())
@message_options
@log_options
@socket_option
@set_option
def run(
    file: str,
    messages: MessageOptions,
    logs: LogOptions,
    socket: Path | None,
    settings: Sequence[str],
) -> int:
    """Run the connections of a TOML file.

    Messages go to standard output as JSON lines, logs to standard error. Ctrl-C or SIGTERM says
    goodbye on every connection; a second one ends at once.
    """
    stage = choose_stage(messages, logs)
    with Ending(show_cursor) as ending, stage.logs():
        out = LineWriter(partial(_output_ended, ending))
        printer = partial(Printer, out)
        given = overrides(settings)
        read = partial(_read, file, printer, given)
        written = read()
        destination = choose(messages, written.messages, Path(file).absolute().parent)
        handled = partial(_handled, destination, printer)
        config = handled(written)
        allow_connections(len(config.specs))
        outlet = stage.outlet(destination)
        fleet = _fleet(config)
        source = Source(file, lambda: handled(read()), config)
        desk = Desk(fleet, partial(ending.ask, Reason.TERMINATED), source)
        with (
            closing(fleet),
            out.writing_to(outlet),
            serving(desk, socket),
            stage.showing(desk),
        ):
            reason = _run(desk, config.specs, ending, out)
        given_up = why_given_up(fleet.status()) if reason is None else None
        return _finish(out, reason, given_up)


def _read(
    file: str, printer: Callable[[], ConnectionHandler], given: Sequence[Override]
) -> FleetConfig:
    """Read what can be read again, unlike a FIFO, which also keeps waiting whoever opens it."""
    if not _is_lasting(file):
        raise Place(file).problem("it is no regular file: a run reads it again for every reload")
    return load_fleet(file, printer, given)


def _is_lasting(file: str) -> bool:
    try:
        mode = Path(file).stat().st_mode
    except (OSError, ValueError):
        return True  # whoever reads it says what is wrong
    return stat.S_ISREG(mode) or stat.S_ISDIR(mode)


def _handled(
    destination: Destination, printer: Callable[[], ConnectionHandler], config: FleetConfig
) -> FleetConfig:
    """Return a fleet whose messages go where they should."""
    if isinstance(destination, ToHandler):
        return config.with_handler(destination.handler, instead_of=printer)
    return config


def _fleet(config: FleetConfig) -> Fleet:
    threads = max(16, min(THREADS, len(config.specs) + 3))
    return Fleet(groups=config.groups, governor=config.governor, max_threads=threads)


def _run(
    desk: Desk, specs: Sequence[ConnectionSpec], ending: Ending, out: LineWriter
) -> Reason | None:
    pause = LOOK * max(1.0, len(specs) / 1000)
    desk.fleet.open()
    try:
        desk.start(specs)
        while _any_left(desk):
            reason = ending.wait(pause)
            if reason is not None:
                return reason
        return None
    finally:
        out.end_within(out.outlet.grace)
        desk.fleet.close(CLOSE)


def _any_left(desk: Desk) -> bool:
    """Tell whether a connection runs, or an operator has stopped one and may start it again."""
    statuses = desk.fleet.status()
    return desk.expectant or any(each.phase is not Phase.STOPPED for each in statuses)


def _finish(out: LineWriter, reason: Reason | None, given_up: str | None) -> int:
    if reason is Reason.STDOUT_CLOSED:
        return EXIT_CODES[reason]
    if out.failure is not None:
        click.echo(f"holdfast: {escape(out.outlet.name)}: {out.failure.strerror}", err=True)
    if out.lost:
        click.echo(f"holdfast: up to {out.lost} messages were received and not written", err=True)
    if given_up is not None:
        click.echo(f"holdfast: {given_up}", err=True)
        return GIVEN_UP
    return EXIT_CODES[reason]


def _output_ended(ending: Ending, error: OSError) -> None:
    closed = error.errno in GONE
    ending.ask(Reason.STDOUT_CLOSED if closed else Reason.OUTPUT_FAILED)
