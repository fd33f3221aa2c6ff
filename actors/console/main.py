"""The command itself: its list of commands, its exit codes, and one line for each mistake."""

import os
import sys
from collections.abc import Sequence

import click

from holdfast.actors.console.lazy import LazyCommand, LazyGroup
from holdfast.actors.console.problem import Problem
from holdfast.actors.console.variables import variable_behind

__all__ = ["cli", "main"]

FAILED, MISTAKE, INTERRUPTED = 1, 2, 130
"""Exit codes; 130 is what a shell reports of a program that Ctrl-C ended."""

_HERE = "holdfast.actors.console"
COMMANDS = {
    "config": LazyCommand(
        f"{_HERE}.config.command:config", "Check, show and write the file of a fleet."
    ),
    "demo": LazyCommand(
        f"{_HERE}.demo.command:demo", "Watch a fleet live through a server that does its worst."
    ),
    "run": LazyCommand(f"{_HERE}.run.command:run", "Run the connections of a TOML file."),
}


@click.group(
    cls=LazyGroup,
    lazy=COMMANDS,
    invoke_without_command=True,
    context_settings={"help_option_names": ["-h", "--help"]},
)
@click.version_option(package_name="holdfast", message="holdfast %(version)s")
@click.pass_context
def cli(context: click.Context) -> None:
    """Run many supervised, authenticated WebSocket connections.

    New here? Try: holdfast demo
    """
    if context.invoked_subcommand is None:
        click.echo(context.get_help())


def main(arguments: Sequence[str] | None = None) -> int:
    """Run a command line.

    Args:
        arguments: without the program's name; None for those of this process.

    Returns:
        The exit code.
    """
    try:
        status: object = cli.main(arguments, prog_name="holdfast", standalone_mode=False)
        sys.stdout.flush()
    except (click.Abort, KeyboardInterrupt):
        return INTERRUPTED
    except (click.ClickException, Problem) as error:
        return _complain(error)
    except BrokenPipeError:
        return _nobody_reads()
    return status if isinstance(status, int) else 0


def _complain(error: click.ClickException | Problem) -> int:
    from holdfast.actors.logs.escape import escape  # noqa: PLC0415  # `--help` needs no logs

    click.echo(f"holdfast: {escape(_told(error))}", err=True)
    return MISTAKE


def _told(error: click.ClickException | Problem) -> str:
    if isinstance(error, Problem):
        return str(error)
    variable = variable_behind(error)
    text = error.format_message()
    return text if variable is None else f"environment: {variable}: {text}"


def _nobody_reads() -> int:
    # Python flushes stdout once more as it ends, and would complain about it.
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    return FAILED


if __name__ == "__main__":
    sys.exit(main())
