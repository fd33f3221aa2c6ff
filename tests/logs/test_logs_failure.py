"""Exceptions become a few lines of data, without locals, whatever they are."""

from collections.abc import Callable
from itertools import pairwise
from typing import cast

import pytest

from holdfast.actors.logs.failure import describe_failure, failure_line
from holdfast.actors.logs.hub import Hub

HERE = "tests/logs/test_logs_failure.py"


def _caught(function: Callable[[], object]) -> BaseException:
    try:
        function()
    except BaseException as error:  # noqa: BLE001  # whatever the test raises
        return error
    raise AssertionError("nothing was raised")


def _fail() -> None:
    password = "hunter2"
    raise ValueError(f"wrong: {len(password)}")


def _recurse(depth: int) -> None:
    if depth == 0:
        raise RuntimeError("deep")
    _recurse(depth - 1)


def _line(function: Callable[..., object], offset: int) -> str:
    code = function.__code__
    return f"{HERE}:{code.co_firstlineno + offset} {code.co_name}"


def test_an_exception_is_its_class_its_message_and_its_frames() -> None:
    assert describe_failure(_caught(_fail)) == [
        {
            "type": "ValueError",
            "message": "wrong: 7",
            "frames": [_line(_caught, 2), _line(_fail, 2)],
        }
    ]


def test_what_caused_it_follows_and_what_was_suppressed_does_not() -> None:
    def from_cause() -> None:
        try:
            _fail()
        except ValueError as error:
            raise KeyError("outer") from error

    def in_context() -> None:
        try:
            _fail()
        except ValueError:
            raise KeyError("outer")  # noqa: B904  # the implicit context is what is tested

    def from_nothing() -> None:
        try:
            _fail()
        except ValueError:
            raise KeyError("outer") from None

    def types(function: Callable[[], None]) -> list[object]:
        return [link["type"] for link in describe_failure(_caught(function))]

    assert types(from_cause) == ["KeyError", "ValueError"]
    assert types(in_context) == ["KeyError", "ValueError"]
    assert types(from_nothing) == ["KeyError"]


def test_a_chain_is_bounded_even_when_it_is_a_ring() -> None:
    errors = [ValueError(str(number)) for number in range(9)]
    for before, after in pairwise(errors):
        before.__cause__ = after
    assert [link["message"] for link in describe_failure(errors[0])] == ["0", "1", "2", "3"]
    errors[1].__cause__ = errors[0]
    assert [link["message"] for link in describe_failure(errors[0])] == ["0", "1"]


def test_a_deep_trace_shows_its_ends() -> None:
    described = describe_failure(_caught(lambda: _recurse(100)))
    frames = cast("list[str]", described[0]["frames"])
    assert len(frames) == 17
    assert frames[0] == _line(_caught, 2)
    assert frames[8] == "… 87 more"
    assert frames[-1] == _line(_recurse, 2)


def test_notes_and_the_errors_of_a_group_are_told() -> None:
    group = ExceptionGroup("both", [ValueError("one"), OSError("two")])
    group.add_note("while testing")
    assert describe_failure(group) == [
        {
            "type": "ExceptionGroup",
            "message": "both (2 sub-exceptions)",
            "frames": [],
            "notes": ["while testing"],
            "errors": ["ValueError: one", "OSError: two"],
        }
    ]


def test_an_exception_whose_text_cannot_be_made_is_still_told() -> None:
    class BrokenError(Exception):
        def __str__(self) -> str:
            raise RuntimeError("hunter2")

    described = describe_failure(BrokenError())[0]
    assert described["message"] == "<message raised RuntimeError>"


def test_one_line_tells_all_of_it() -> None:
    described: list[dict[str, object]] = [
        {"type": "A", "message": "a", "frames": ["f:1 x", "f:2 y"]},
        {"type": "B", "message": "b", "frames": []},
    ]
    assert failure_line(described) == "A: a (f:1 x > f:2 y) < B: b ()"


@pytest.mark.parametrize("given", [True, "error", "triple"])
def test_a_logged_exception_is_redacted_and_has_no_locals(
    hub: Hub, events: list[dict[str, object]], given: object
) -> None:
    try:
        int("password=hunter2")
    except ValueError as error:
        triple = (type(error), error, error.__traceback__)
        exc_info = {"error": error, "triple": triple}.get(str(given), given)
        hub.logger().error("handler.crashed", exc_info=exc_info)
    (event,) = events
    (link,) = cast("list[dict[str, object]]", event.pop("exception"))
    assert event == {
        "timestamp": "2026-01-02T03:04:05.678Z",
        "level": "error",
        "event": "handler.crashed",
    }
    function = test_a_logged_exception_is_redacted_and_has_no_locals
    assert link == {
        "type": "ValueError",
        "message": "invalid literal for int() with base 10: 'password=***",
        "frames": [_line(function, 5)],
    }
