"""The command itself: its list of commands, its exit codes, and one line for each mistake."""

import errno
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

NO_ROOM = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.EIO})
"""What a write to standard output fails with that nobody here can help."""

_HERE = "holdfast.actors.console"
COMMANDS = {
    "demo": LazyCommand(
        f"{_HERE}.demo.command:demo", "Watch a fleet live through a server's worst.", "Run"
    ),
    "run": LazyCommand(f"{_HERE}.run.command:run", "Run the connections of a TOML file.", "Run"),
    "status": LazyCommand(
        f"{_HERE}.commands.status:status", "Show how connections are, trouble first.", "Ask a fleet"
    ),
    "explain": LazyCommand(
        f"{_HERE}.commands.explain:explain",
        "Tell what happened, why, and what helps.",
        "Ask a fleet",
    ),
    "dead-letters": LazyCommand(
        f"{_HERE}.commands.dead_letters:dead_letters", "Show what crashed a handler.", "Ask a fleet"
    ),
    "send": LazyCommand(
        f"{_HERE}.commands.send:send", "Send a message over connections.", "Tell a fleet"
    ),
    "start": LazyCommand(
        f"{_HERE}.commands.levers:start", "Start connections that have stopped.", "Tell a fleet"
    ),
    "stop": LazyCommand(f"{_HERE}.commands.levers:stop", "Close connections.", "Tell a fleet"),
    "restart": LazyCommand(
        f"{_HERE}.commands.levers:restart", "Close connections and dial them anew.", "Tell a fleet"
    ),
    "resume": LazyCommand(
        f"{_HERE}.commands.levers:resume", "End a quarantine, or a wait: dial now.", "Tell a fleet"
    ),
    "reauth": LazyCommand(
        f"{_HERE}.commands.levers:reauth", "Log in anew on the open stream.", "Tell a fleet"
    ),
    "reload": LazyCommand(
        f"{_HERE}.commands.reload:reload", "Apply what changed in its file.", "Tell a fleet"
    ),
    "log-level": LazyCommand(
        f"{_HERE}.commands.log_level:log_level", "Show or set its log level.", "Tell a fleet"
    ),
    "shutdown": LazyCommand(
        f"{_HERE}.commands.shutdown:shutdown", "End it, as SIGTERM does.", "Tell a fleet"
    ),
    "logs": LazyCommand(
        f"{_HERE}.logfile.command:logs", "Filter, follow, count and draw logs.", "Look at files"
    ),
    "config": LazyCommand(
        f"{_HERE}.config.command:config", "Check, show and write a fleet's file.", "Look at files"
    ),
    "doctor": LazyCommand(
        f"{_HERE}.doctor.command:doctor",
        "Say what will keep a fleet from running.",
        "Look at files",
    ),
    "completion": LazyCommand(
        f"{_HERE}.commands.completion:completion", "Print what completes names in a shell.", "Shell"
    ),
}


@click.group(
    cls=LazyGroup,
    lazy=COMMANDS,
    invoke_without_command=True,
    options_metavar="[--version] [--help]",
    context_settings={"help_option_names": ["-h", "--help"]},
)
@click.version_option(package_name="holdfast", message="holdfast %(version)s")
@click.pass_context
def cli(context: click.Context) -> None:
    """Run many supervised WebSocket connections. New here? Try: holdfast demo."""
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
        _flush()
    except (click.Abort, KeyboardInterrupt):
        return INTERRUPTED
    except (click.ClickException, Problem) as error:
        return _complain(error)
    except BrokenPipeError:
        _leave_stdout()
        return 0  # as in `… | head`, which has had enough
    except OSError as error:
        return _stdout_failed(error)
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


def _flush() -> None:
    if sys.stdout is not None:  # pyright: ignore[reportUnnecessaryComparison]  # closed by the shell: >&-
        sys.stdout.flush()


def _stdout_failed(error: OSError) -> int:
    """Say that standard output took no more, such as on a full disk; any other error is a bug."""
    if error.errno not in NO_ROOM or error.filename is not None:
        raise error
    click.echo(f"holdfast: standard output: {error.strerror}", err=True)
    _leave_stdout()
    return FAILED


def _leave_stdout() -> None:
    # Python flushes stdout once more as it ends, and would complain about it.
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


if __name__ == "__main__":
    sys.exit(main())
