"""Options of the command line that belong together, and reach a command as one argument."""

from collections.abc import Callable, Sequence
from dataclasses import fields
from functools import wraps
from typing import Any

__all__ = ["option_group"]

Command = Callable[..., int]


def option_group(
    argument: str, kind: type[Any], options: Sequence[Callable[[Command], Command]]
) -> Callable[[Command], Command]:
    """Return a decorator that gives a command some options as one argument.

    Args:
        argument: its name.
        kind: the dataclass that it is of; its fields are the options' parameters.
        options: as `click.option` makes them, in the order of the help.
    """

    def give(command: Command) -> Command:
        @wraps(command)
        def collected(**given: Any) -> int:  # noqa: ANN401  # as click hands them over
            own = {field.name: given.pop(field.name) for field in fields(kind)}
            return command(**{argument: kind(**own)}, **given)

        given_options: Command = collected
        for option in reversed(options):
            given_options = option(given_options)
        return given_options

    return give
