"""Values as TOML writes them, in printable characters."""

import json
import re
from collections.abc import Mapping
from typing import Final, cast

__all__ = ["toml_key", "toml_value"]

_BARE: Final = re.compile("[A-Za-z0-9_-]+")  # TOML 1.0.0, "Keys"


def toml_key(*steps: str) -> str:
    """Return a dotted key.

    Args:
        steps: the keys of the tables and, last of all, its own.
    """
    return ".".join(step if _BARE.fullmatch(step) else _text(step) for step in steps)


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
        case float():
            return str(value) if value % 1 or abs(value) >= _WHOLE else str(int(value))
        case list():
            return f"[{', '.join(map(toml_value, cast('list[object]', value)))}]"
        case Mapping():
            items = cast("Mapping[str, object]", value).items()
            inner = ", ".join(f"{toml_key(key)} = {toml_value(item)}" for key, item in items)
            return f"{{ {inner} }}" if inner else "{}"
        case _:
            return str(value)  # a whole number; a date and a time are ISO 8601 in TOML too


_WHOLE: Final = 2.0**53
"""Above it a float isn't the same number any more when it is written without a point."""


def _text(text: str) -> str:
    quoted = json.dumps(text, ensure_ascii=False)
    return "".join(char if char.isprintable() else _escaped(char) for char in quoted)


def _escaped(char: str) -> str:
    code = ord(char)
    return f"\\u{code:04x}" if code <= 0xFFFF else f"\\U{code:08x}"  # noqa: PLR2004  # TOML's own border
