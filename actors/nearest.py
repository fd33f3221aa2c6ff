"""What somebody who mistyped a name may have meant."""

from collections.abc import Callable, Iterable

__all__ = ["did_you_mean"]


def did_you_mean(
    name: str,
    known: Iterable[str],
    *,
    shown: Callable[[str], str] = str,
    otherwise: str = "",
) -> str:
    """Return the end of a sentence that says that nothing is named so.

    Args:
        name: as it was written.
        known: the names there are.
        shown: how one of them is shown, such as `repr`.
        otherwise: what to say when none of them resembles it.

    Returns:
        Such as `; did you mean binance?`, or nothing; a semicolon comes before either.
    """
    import difflib  # noqa: PLC0415  # only who mistypes needs it

    near = difflib.get_close_matches(name, list(known), n=1)
    hint = f"did you mean {shown(near[0])}?" if near else otherwise
    return f"; {hint}" if hint else ""
