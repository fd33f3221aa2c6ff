"""One event is one line, and nothing in it acts upon the terminal that shows it."""

import msgspec
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from holdfast.actors.logs.escape import escape, well_formed
from holdfast.actors.logs.render import console_renderer, json_line, plain_line

HOSTILE = "a\x00\t\n\r\x1b[2J\x7f\x85\x9b31m\u2028\u2029\u202e\u200b\ufeff\U000e0041b"
ESCAPED = r"a\x00\t\n\r\x1b[2J\x7f\x85\x9b31m\u2028\u2029\u202e\u200b\ufeff\U000e0041b"
EVENT: dict[str, object] = {
    "timestamp": "2026-01-02T03:04:05.678Z",
    "level": "warning",
    "event": "connection.failed",
    "connection": "deribit-1",
    "delay": 1.5,
    "detail": 'said "no"',
    "codes": [1, None],
    "empty": "",
}
FAILURE: list[dict[str, object]] = [
    {"type": "A", "message": "a\x1b", "frames": ["f:1 x"], "notes": ["n"]},
    {"type": "B", "message": "b", "frames": [], "errors": ["E: e"]},
]
PLAIN = r'connection=deribit-1 delay=1.5 detail="said \"no\"" codes=[1,null] empty=""'


def test_json_is_one_object_in_the_event_s_order() -> None:
    assert json_line(EVENT) == (
        '{"timestamp":"2026-01-02T03:04:05.678Z","level":"warning","event":"connection.failed",'
        '"connection":"deribit-1","delay":1.5,"detail":"said \\"no\\"","codes":[1,null],"empty":""}'
    )


def test_a_console_line_is_aligned() -> None:
    line = console_renderer(colours=False)(EVENT)
    assert line == (f"2026-01-02T03:04:05.678Z [warning ] connection.failed          {PLAIN}")


def test_colours_are_of_the_console_alone() -> None:
    line = console_renderer(colours=True)(EVENT)
    assert "[\x1b[33mwarning \x1b[0m]" in line
    assert "\x1b[36mdelay\x1b[0m=\x1b[35m1.5\x1b[0m" in line


def test_a_plain_line_leaves_time_and_level_to_the_application() -> None:
    assert plain_line(EVENT) == f"connection.failed {PLAIN}"


def test_a_stack_stands_below_its_console_line_and_in_its_plain_one() -> None:
    event = {"event": "x", "stack": ["f.py:1 a", "f.py:2 b\x1b"], "exception": FAILURE[1:]}
    lines = console_renderer(colours=False)(event).splitlines()
    assert [line.strip() for line in lines[1:]] == ["f.py:1 a", "f.py:2 b\\x1b", "B: b", "E: e"]
    assert 'frames="f.py:1 a > f.py:2 b\\x1b"' in plain_line(event)


@pytest.mark.parametrize("stack", ["text", 1, ["a", 1], None])
def test_a_field_named_stack_may_be_anything(stack: object) -> None:
    for line in (console_renderer(colours=False), plain_line):
        assert "stack_=" in line({"event": "x", "stack": stack})


def test_an_exception_stands_below_its_console_line() -> None:
    line = console_renderer(colours=False)({"event": "x", "exception": FAILURE})
    assert line.splitlines()[1:] == [
        "    A: a\\x1b",
        "      n",
        "      f:1 x",
        "    B: b",
        "      E: e",
    ]


def test_an_exception_is_part_of_its_plain_line() -> None:
    assert plain_line({"event": "x", "exception": FAILURE}) == (
        r'x failure="A: a\x1b (f:1 x) < B: b ()"'
    )


@pytest.mark.parametrize("value", ["text", [1], [{"type": "A"}], {"type": "A"}])
def test_a_field_called_exception_may_be_anything(value: object) -> None:
    assert "exception" in console_renderer(colours=False)({"event": "x", "exception": value})
    assert "exception" in plain_line({"event": "x", "exception": value})


@pytest.mark.parametrize("name", ["stack", "exception", "exc_info"])
def test_a_field_with_a_name_of_structlog_s_is_escaped_as_well(name: str) -> None:
    assert console_renderer(colours=False)({"event": "x", name: HOSTILE}).endswith(
        f"{name}_={ESCAPED}"
    )


def test_a_level_that_is_none_is_a_field_like_any_other() -> None:
    """A file of lines may have been written by anyone."""
    assert console_renderer(colours=False)({"event": "x", "level": HOSTILE}).endswith(
        f"level_={ESCAPED}"
    )


def test_hostile_text_is_shown_as_escapes() -> None:
    assert escape(HOSTILE) == ESCAPED
    assert escape("plain é 漢字 🎉") == "plain é 漢字 🎉"


@given(st.text(), st.text())
@example("level", "")
def test_no_rendering_has_a_character_that_acts(name: str, value: str) -> None:
    """Neither C0, DEL and C1 nor separators and direction marks, in keys and in values."""
    name, value = well_formed(name), well_formed(value)
    event: dict[str, object] = {"event": value, name or "x": {"y": [value], "z": value}}
    assert json_line(event).isprintable()
    assert msgspec.json.decode(json_line(event)) == event
    assert plain_line(event).isprintable()
    assert console_renderer(colours=False)(event).isprintable()
    coloured = console_renderer(colours=True)(event)
    for code in ("[0m", "[1m", "[2m", "[31m", "[32m", "[33m", "[35m", "[36m"):
        coloured = coloured.replace(f"\x1b{code}", "")
    assert coloured.isprintable()


@given(st.text(st.characters(codec=None)))
def test_lone_surrogates_never_reach_an_encoder(text: str) -> None:
    assert well_formed(text).encode().decode() == well_formed(text)
