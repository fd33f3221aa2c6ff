"""The JSON Schema of a fleet.toml takes what the types take and refuses what they refuse."""

import json
import re
import tomllib
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import msgspec
import pytest

from holdfast.actors.console.config.example import example
from holdfast.actors.console.config.json_schema import json_schema
from holdfast.actors.console.config.schema import FleetTable
from holdfast.actors.console.config.tables import KNOWN

if TYPE_CHECKING:
    from tests.console.conftest import Call

DOCS = Path(__file__).resolve().parents[2] / "docs"
ONE = '[[connection]]\nname = "a"\nurl = "ws://h"\n'


@pytest.mark.parametrize(
    "text",
    [
        example(),
        re.sub(r"^#(?! )", "", example(), flags=re.MULTILINE),
        (DOCS / "examples" / "fleet.toml").read_text(),
    ],
    ids=["example", "with every key", "docs"],
)
def test_the_schema_takes_good_files(text: str) -> None:
    assert refusals(tomllib.loads(text)) == []


@pytest.mark.parametrize(
    "text",
    [
        "",
        "[[connections]]",
        f"{ONE}heartbeat.intervall = 1",
        f"{ONE}heartbeat.interval = 0",
        f'{ONE}heartbeat.interval = "x"',
        f'{ONE}restart.kind = "x"',
        f'{ONE}auth.kind = "token"',
        f'{ONE}auth = {{kind = "x"}}',
        f"{ONE}[governor]\noutage = 3",
        '[[connection]]\nurl = "ws://h"',
    ],
)
def test_the_schema_refuses_what_the_types_refuse(text: str) -> None:
    table = tomllib.loads(text)
    with pytest.raises(msgspec.ValidationError):
        msgspec.convert(table, FleetTable, str_keys=True)
    assert refusals(table) != []


def test_the_schema_describes_every_key_and_knows_the_tables_of_a_file(call: "Call") -> None:
    schema = json.loads(call("config", "schema")[1])

    assert schema == json_schema()
    assert schema["$schema"] == "https://json-schema.org/draft/2020-12/schema"
    tables = schema["$defs"]
    assert set(tables["FleetTable"]["properties"]) == set(KNOWN)
    keys = [key for table in tables.values() for key in table.get("properties", {}).items()]
    assert [name for name, key in keys if not key.get("description") and name != "kind"] == []
    assert tables["HeartbeatTable"]["properties"]["interval"]["default"] == 20.0


def refusals(value: object, rule: dict[str, Any] | None = None) -> list[str]:
    """Return why our schema refuses a value: as much of JSON Schema as it makes use of."""
    rule = json_schema() if rule is None else rule
    unknown = rule.keys() - {"type", *KEYWORDS, *ANNOTATIONS}
    assert unknown == set(), "the schema says more than this test understands"
    kind = rule.get("type")
    if kind is not None and not (
        isinstance(value, KINDS[kind]) and isinstance(value, bool) == (kind == "boolean")
    ):
        return ["type"]
    return [
        word
        for word in rule.keys() & KEYWORDS.keys()
        if not KEYWORDS[word](value, rule[word], rule)
    ]


def _follows(value: object, reference: str) -> bool:
    return refusals(value, json_schema()["$defs"][reference.removeprefix("#/$defs/")]) == []


KINDS: dict[str, tuple[type, ...]] = {
    "array": (list,),
    "boolean": (bool,),
    "integer": (int,),
    "number": (int, float),
    "object": (dict,),
    "string": (str,),
}
ANNOTATIONS = {"$schema", "$defs", "title", "description", "default", "examples", "discriminator"}
KEYWORDS: dict[str, Callable[[Any, Any, dict[str, Any]], bool]] = {
    "$ref": lambda value, wanted, _: _follows(value, wanted),
    "enum": lambda value, wanted, _: value in wanted,
    "required": lambda value, wanted, _: set(wanted) <= set(value),
    "properties": lambda value, wanted, _: all(
        not refusals(value[key], wanted[key]) for key in wanted.keys() & value.keys()
    ),
    "additionalProperties": lambda value, wanted, rule: all(
        wanted is not False and not refusals(value[key], wanted)
        for key in value.keys() - rule.get("properties", {}).keys()
    ),
    "items": lambda value, wanted, _: all(not refusals(each, wanted) for each in value),
    "anyOf": lambda value, wanted, _: any(not refusals(value, each) for each in wanted),
    "minItems": lambda value, wanted, _: len(value) >= wanted,
    "minLength": lambda value, wanted, _: len(value) >= wanted,
    "maxLength": lambda value, wanted, _: len(value) <= wanted,
    "minimum": lambda value, wanted, _: value >= wanted,
    "maximum": lambda value, wanted, _: value <= wanted,
    "exclusiveMinimum": lambda value, wanted, _: value > wanted,
    "exclusiveMaximum": lambda value, wanted, _: value < wanted,
}
