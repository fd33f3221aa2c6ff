"""`holdfast completion bash|zsh|fish`: the script by which a shell completes this command."""

import click
from click.shell_completion import get_completion_class

__all__ = ["completion"]

VARIABLE = "_HOLDFAST_COMPLETE"
"""The environment variable by which the script asks this command."""


@click.command(epilog='Example: eval "$(holdfast completion bash)"')
@click.argument("shell", type=click.Choice(["bash", "zsh", "fish"]))
@click.pass_context
def completion(context: click.Context, shell: str) -> int:
    """Print the script that completes commands, options and the names of connections.

    \b
    bash: add to ~/.bashrc   eval "$(holdfast completion bash)"
    zsh:  add to ~/.zshrc    eval "$(holdfast completion zsh)"
    fish: write it once      holdfast completion fish >~/.config/fish/completions/holdfast.fish

    Names and @groups are those of the fleet that runs, at $HOLDFAST_SOCKET or --socket.
    """
    complete = get_completion_class(shell)
    assert complete is not None  # click's own three
    click.echo(complete(context.find_root().command, {}, "holdfast", VARIABLE).source())
    return 0
