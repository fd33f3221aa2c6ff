"""The table of events is whole: documented, harmless, and all that the code logs is in it."""

import ast
import re
from pathlib import Path

import pytest

from holdfast.actors.logs import EVENTS, FIELDS, markdown_table
from holdfast.actors.logs.events import CONNECTION_FIELDS, markdown_fields
from holdfast.actors.logs.levels import LEVELS
from holdfast.actors.logs.sensitive import is_sensitive

ROOT = Path(__file__).parents[2]
LOGGED = [
    (path.name, call)
    for path in sorted((ROOT / "actors").rglob("*.py"))
    if path.parent.name != "logs"
    for call in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
    if isinstance(call, ast.Call)
    and isinstance(call.func, ast.Attribute)
    and call.func.attr in {*LEVELS, "exception"}
    and "log" in ast.unparse(call.func.value).lower()
]


def _name(call: ast.Call) -> str:
    return str(ast.literal_eval(call.args[0]))


def _fields(call: ast.Call) -> set[str]:
    """The fields that a call gives, as a reader of its line sees them."""
    given = {str(keyword.arg) for keyword in call.keywords} - {*CONNECTION_FIELDS, "exc_info"}
    logs_exception = "exc_info" in ast.unparse(call) or ast.unparse(call.func).endswith("exception")
    return given | {"exception"} if logs_exception else given


@pytest.mark.source_tree
@pytest.mark.parametrize("table", [markdown_table(), markdown_fields()], ids=["events", "fields"])
def test_the_docs_show_the_table(table: str) -> None:
    assert f"\n\n{table}\n" in (ROOT / "docs" / "logs.md").read_text(encoding="utf-8")


@pytest.mark.parametrize("name", EVENTS)
def test_an_event_s_fields_are_explained_and_would_not_be_masked(name: str) -> None:
    info = EVENTS[name]
    assert re.fullmatch(r"[a-z]+(\.[a-z_]+)?|dead_letter", name)
    assert info.level in {*LEVELS, "any"}
    assert info.meaning.endswith(".")
    assert [field for field in info.fields if field not in FIELDS] == []
    assert [field for field in info.fields if is_sensitive(field, "text")] == []
    assert not {*info.fields} & {"timestamp", "level", "event", *CONNECTION_FIELDS}


def test_every_explained_field_belongs_to_an_event() -> None:
    used = {field for info in EVENTS.values() for field in info.fields}
    assert FIELDS.keys() - used == {"timestamp", "level", "event", *CONNECTION_FIELDS}


@pytest.mark.source_tree
@pytest.mark.parametrize(
    ("path", "call"), LOGGED, ids=[f"{path}:{call.lineno}" for path, call in LOGGED]
)
def test_the_code_logs_only_what_the_table_says(path: str, call: ast.Call) -> None:
    assert _name(call) in EVENTS, f"{path} logs an event that is not in actors/logs/events.py"
    info = EVENTS[_name(call)]
    method = call.func.attr if isinstance(call.func, ast.Attribute) else ""
    assert info.level == {"exception": "error"}.get(method, method)
    assert _fields(call) - {*info.fields} == set()


@pytest.mark.source_tree
@pytest.mark.parametrize("name", sorted({_name(call) for _, call in LOGGED}))
def test_the_table_promises_no_field_that_the_code_does_not_log(name: str) -> None:
    given = {field for _, call in LOGGED if _name(call) == name for field in _fields(call)}
    assert {*EVENTS[name].fields} - given == set()
