"""Values as TOML writes them, in printable characters."""

import json
import re
from collections.abc import Mapping, Sequence
from typing import Final, cast

__all__ = ["toml_key", "toml_line", "toml_value"]

_BARE: Final = re.compile("[A-Za-z0-9_-]+")  # TOML 1.0.0, "Keys"


def toml_key(*steps: str) -> str:
    """Return a dotted key.

    Args:
        steps: the keys of the tables and, last of all, its own.
    """
    return ".".join(step if _BARE.fullmatch(step) else _text(step) for step in steps)


def toml_line(path: Sequence[str], value: object) -> str:
    """Return a key with its value; 20 rather than 20.0, which are one number to every key.

    Args:
        path: the keys of the tables and, last of all, its own.
        value: as `tomllib` returns it.
    """
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    return f"{toml_key(*path)} = {toml_value(value)}"


def toml_value(value: object) -> str:
    """Return a value in one line.

    Args:
        value: as `tomllib` returns it.
    """
    match value:
        case str():
            return _text(value)
        case bool():
            return str(value).lower()
        case list():
            return f"[{', '.join(map(toml_value, cast('list[object]', value)))}]"
        case Mapping():
            items = cast("Mapping[str, object]", value).items()
            inner = ", ".join(f"{toml_key(key)} = {toml_value(item)}" for key, item in items)
            return f"{{ {inner} }}" if inner else "{}"
        case _:
            return str(value)  # Python's numbers, dates and times are TOML's


def _text(text: str) -> str:
    quoted = json.dumps(text, ensure_ascii=False)
    return "".join(char if char.isprintable() else _escaped(char) for char in quoted)


def _escaped(char: str) -> str:
    code = ord(char)
    return f"\\u{code:04x}" if code <= 0xFFFF else f"\\U{code:08x}"  # noqa: PLR2004  # TOML's own border
