"""What is told of a stall: whose handler holds its thread, since when, and where it is."""

import sys
from dataclasses import dataclass
from itertools import dropwhile
from traceback import walk_stack
from types import FrameType
from typing import Any, Final

from holdfast.actors.logs.frames import describe_frames

__all__ = ["Stall", "handler_name", "stack_of"]

FRAMES: Final = 10
"""The most frames that are told of a stack."""

_MACHINE: Final = ("holdfast.actors.", "holdfast.handlers.", "pykka.", "threading.")
_USERS: Final = "holdfast.actors.console."
"""The commands' own handlers run like those of any user."""


@dataclass(frozen=True, slots=True)
class Stall:
    """A handler that holds its thread for too long."""

    handler: str
    """The handler's class or factory, by its qualified name."""
    method: str | None
    """Which of its methods was called, if that can be seen."""
    seconds: float
    """For how long it has held the thread by now."""
    stack: list[str]
    """Where it is: the functions from the handler on, the innermost last."""
    suppressed: int = 0
    """Stalls of the same handler, in any actor, that weren't told since the last one was."""


def handler_name(kind: object) -> str:
    """Return the qualified name of what makes or is a handler.

    Args:
        kind: a class, another factory of handlers such as a `functools.partial`, or the `ActorRef`
            of who hears of a connection.
    """
    its_class = type(kind)
    try:
        named: Any = getattr(kind, "actor_class", getattr(kind, "func", kind))
        name = f"{named.__module__}.{named.__qualname__}"
    except Exception:  # noqa: BLE001  # a user's object may answer anything
        name = f"{its_class.__module__}.{its_class.__qualname__}"
    return name


def stack_of(thread: int) -> tuple[str | None, list[str]]:
    """Return the method and the frames that hold a thread, without locals or source lines.

    The machine's own frames below the handler are left out.

    Args:
        thread: its identifier, as of `threading.get_ident`.

    Returns:
        The name of the handler's method, None where the machine itself holds the thread, and at
        most 10 frames as ``folder/file.py:line function``, the innermost last.
    """
    frame = sys._current_frames().get(thread)  # noqa: SLF001  # pyright: ignore[reportPrivateUsage]  # public in all but name
    frames = [] if frame is None else list(walk_stack(frame))[::-1]
    handlers = list(dropwhile(_is_machines, frames))
    method = handlers[0][0].f_code.co_name if handlers else None
    return method, describe_frames(handlers or frames[-FRAMES:], FRAMES)


def _is_machines(frame: tuple[FrameType, int]) -> bool:
    module = f"{frame[0].f_globals.get('__name__', '')}."
    return module.startswith(_MACHINE) and not module.startswith(_USERS)
