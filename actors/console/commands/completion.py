"""`holdfast completion bash|zsh|fish`: the script by which a shell completes this command."""

from collections.abc import Mapping
from typing import Final

import click
from click.shell_completion import BashComplete, FishComplete, ShellComplete, ZshComplete

__all__ = ["completion"]

SHELLS: Final[Mapping[str, type[ShellComplete]]] = {
    "bash": BashComplete,
    "zsh": ZshComplete,
    "fish": FishComplete,
}

VARIABLE: Final = "_HOLDFAST_COMPLETE"
"""The environment variable by which the script asks this command."""


HELP: Final = """Print the script that completes commands, options and the names of connections.

\b
bash: in ~/.bashrc   eval "$(holdfast completion bash)"
zsh:  in ~/.zshrc    eval "$(holdfast completion zsh)"
fish: once           holdfast completion fish
                       >~/.config/fish/completions/holdfast.fish

Names and @groups are those of the fleet that runs, at --socket or HOLDFAST_SOCKET. One that
doesn't answer completes nothing.
"""


@click.command(help=HELP, epilog='Example: eval "$(holdfast completion bash)"')
@click.argument("shell", type=click.Choice(list(SHELLS)))
@click.pass_context
def completion(context: click.Context, shell: str) -> int:
    """Print a shell's script."""
    complete = SHELLS[shell](context.find_root().command, {}, "holdfast", VARIABLE)
    click.echo(complete.source())
    return 0
