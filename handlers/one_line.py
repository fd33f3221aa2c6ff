"""Text from strangers, made fit for one line of a log."""

from typing import Final

LIMIT: Final = 200


def one_line(text: str) -> str:
    r"""Return `text` as one printable line of at most 200 characters.

    What a terminal would act upon (new lines, escapes, directional marks) and
    what cannot be encoded (lone surrogates) appears as its escape: `\n`, `\x1b`.

    Args:
        text: anything, from anybody, of any length.

    Returns:
        The line; where it was cut, it ends in an ellipsis.
    """
    # Cut twice: once so that the work is bounded, once because escapes are longer.
    escaped = "".join(map(_escaped, text[: LIMIT + 1]))
    return escaped if len(escaped) <= LIMIT else f"{escaped[: LIMIT - 1]}…"


def describe(error: BaseException) -> str:
    """Return the class of an exception and what it says, as one line.

    Args:
        error: any exception, also one whose own text cannot be made.
    """
    said = _text(error)
    name = type(error).__name__
    return one_line(f"{name}: {said}" if said else name)


def _escaped(character: str) -> str:
    if character.isprintable():
        return character
    return character.encode("unicode_escape").decode("ascii")


def _text(error: BaseException) -> str:
    try:
        return str(error)
    except Exception:  # noqa: BLE001 the exception is somebody else's, and so is its __str__
        return ""
