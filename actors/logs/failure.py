"""An exception as a few lines of data: class, message and frames, never a local variable."""

from collections.abc import Iterator
from traceback import walk_tb
from typing import TypeGuard, cast

from structlog.typing import ExcInfo

from holdfast.actors.logs.frames import describe_frames

__all__ = ["describe_failure", "failure_line", "failure_lines", "is_failure"]

_CHAIN = 4
_FRAMES = 16
_GROUPED = 5


def describe_failure(exc_info: ExcInfo | BaseException) -> list[dict[str, object]]:
    """Return an exception and what caused it, the latest first, not yet redacted.

    Args:
        exc_info: the exception, or the triple of `sys.exc_info`.

    Returns:
        At most 4 of ``{"type", "message", "frames"}``, with at most 16 frames each as
        ``folder/file.py:line function`` (the first and the last 8), and with ``notes`` and
        ``errors`` (those of a group) where there are any.
    """
    error = exc_info if isinstance(exc_info, BaseException) else exc_info[1]
    return [_describe(link) for link in _chain(error)]


def is_failure(value: object) -> TypeGuard[list[dict[str, object]]]:
    """Say whether a field is what `describe_failure` returned; callers may put there anything.

    Args:
        value: the field's value, redacted or not.
    """
    return isinstance(value, list) and all(
        isinstance(link, dict) and {"type", "message", "frames"} <= link.keys()
        for link in cast("list[object]", value)
    )


def failure_line(failure: list[dict[str, object]]) -> str:
    """Return an exception's description as one line.

    Args:
        failure: what `describe_failure` returned, redacted by now.
    """
    return " < ".join(
        f"{link['type']}: {link['message']} ({' > '.join(map(str, _items(link, 'frames')))})"
        for link in failure
    )


def failure_lines(failure: list[dict[str, object]]) -> list[str]:
    """Return an exception's description as lines, those of one exception indented below it.

    Args:
        failure: what `describe_failure` returned, redacted by now.
    """
    lines: list[str] = []
    for link in failure:
        lines.append(f"{link['type']}: {link['message']}")
        for part in ("notes", "errors", "frames"):
            lines += (f"  {item}" for item in _items(link, part))
    return lines


def _items(link: dict[str, object], part: str) -> list[object]:
    return cast("list[object]", link.get(part, []))


def _chain(error: BaseException) -> Iterator[BaseException]:
    seen: set[int] = set()
    link: BaseException | None = error
    while link is not None and id(link) not in seen and len(seen) < _CHAIN:
        seen.add(id(link))
        yield link
        link = link.__cause__ or (None if link.__suppress_context__ else link.__context__)


def _describe(error: BaseException) -> dict[str, object]:
    described: dict[str, object] = {
        "type": _class_name(error),
        "message": _message(error),
        "frames": describe_frames(walk_tb(error.__traceback__), _FRAMES),
    }
    if notes := getattr(error, "__notes__", None):
        described["notes"] = [str(note) for note in notes[:_GROUPED]]
    if isinstance(error, BaseExceptionGroup):
        group = cast("BaseExceptionGroup[BaseException]", error)
        described["errors"] = [
            f"{_class_name(inner)}: {_message(inner)}" for inner in group.exceptions[:_GROUPED]
        ]
    return described


def _class_name(error: BaseException) -> str:
    kind = type(error)
    return (
        kind.__qualname__
        if kind.__module__ == "builtins"
        else f"{kind.__module__}.{kind.__qualname__}"
    )


def _message(error: BaseException) -> str:
    try:
        return str(error)
    except Exception as broken:  # noqa: BLE001  # a user's __str__ may do anything
        return f"<message raised {type(broken).__name__}>"
