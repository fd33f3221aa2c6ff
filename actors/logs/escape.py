"""Text that is safe to show: no control character reaches a terminal or breaks a line.

A peer chooses what stands in a close reason or an error text; raw, it could move the cursor, hide
a line, or forge one (CWE-117, CWE-150).
"""

__all__ = ["escape", "escape_json", "well_formed"]


def escape(text: str) -> str:
    r"""Return the text with every character that is not printable written as its escape.

    That covers C0, DEL, C1, line and paragraph separators, and invisible or direction-changing
    format characters: ESC becomes ``\x1b``, a line feed ``\n``, U+2028 ``\u2028``.

    Args:
        text: anything, from anyone.
    """
    if text.isprintable():
        return text
    return "".join(
        char if char.isprintable() else char.encode("unicode_escape").decode("ascii")
        for char in text
    )


def escape_json(line: str) -> str:
    r"""Return a JSON text with what JSON itself lets pass raw (DEL, C1, U+2028 …) as ``\uXXXX``.

    Args:
        line: JSON without white space between its tokens, so what is not printable is in a string.
    """
    if line.isprintable():
        return line
    return "".join(char if char.isprintable() else _json_escape(char) for char in line)


def _json_escape(char: str) -> str:
    units = char.encode("utf-16-be").hex()
    return "".join(f"\\u{units[at : at + 4]}" for at in range(0, len(units), 4))


def well_formed(text: str) -> str:
    r"""Return the text with lone surrogates, which no encoder takes, written as ``\udcXX``.

    Args:
        text: anything; file names and hostile JSON bring lone surrogates.
    """
    if text.isascii():
        return text
    return text.encode("utf-8", "backslashreplace").decode("utf-8")
