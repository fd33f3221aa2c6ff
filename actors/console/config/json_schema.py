"""The JSON Schema of fleet.toml, by which editors complete its keys and mark mistakes."""

from collections.abc import Iterator
from typing import Any, Final

import msgspec

from holdfast.actors.console.config.keys import Key, keys_of
from holdfast.actors.console.config.parts import Table
from holdfast.actors.console.config.schema import FleetTable

__all__ = ["json_schema"]

DIALECT: Final = "https://json-schema.org/draft/2020-12/schema"


def json_schema() -> dict[str, Any]:
    """Return the schema (draft 2020-12), with what each key means and is when it is left out."""
    (reference,), definitions = msgspec.json.schema_components([FleetTable])
    for kind in _tables(Table):
        described = definitions.get(kind.__name__, {"properties": {}})["properties"]
        for key in keys_of(kind):
            if key.name in described:
                described[key.name] |= _told(key)
    return {"$schema": DIALECT, "title": "holdfast: fleet.toml", **reference, "$defs": definitions}


def _told(key: Key) -> dict[str, object]:
    told: dict[str, object] = {"description": key.told}
    return told if key.default is None else {**told, "default": key.default}


def _tables(kind: type[Table]) -> Iterator[type[Table]]:
    for below in kind.__subclasses__():
        yield below
        yield from _tables(below)
