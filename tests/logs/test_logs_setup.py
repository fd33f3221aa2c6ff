"""A library is quiet until asked, has a pipeline of its own, and changes while it is in use."""

import logging
import subprocess
import sys
import threading
from collections.abc import Iterator, MutableMapping
from typing import Any, BinaryIO, TextIO

import msgspec
import pytest
import structlog

from holdfast.actors.logs import (
    add_sink,
    close_logs,
    configure_logging,
    flush_logs,
    get_logger,
    redact,
    register_secret,
    set_level,
)
from holdfast.actors.logs.hub import Hub
from holdfast.handlers.secret import Secret

pytestmark = pytest.mark.usefixtures("process_logs")

Pipe = tuple[BinaryIO, TextIO]
STAMP = "2026-01-02T03:04:05.678Z"


class Listener(logging.Handler):
    """An application's handler that keeps what it is given."""

    def __init__(self) -> None:
        super().__init__()
        self.records: list[logging.LogRecord] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.records.append(record)


@pytest.fixture
def listener() -> Iterator[Listener]:
    """The application listens to "holdfast" from info on."""
    handler, logger = Listener(), logging.getLogger("holdfast")
    level = logger.level
    logger.addHandler(handler)
    logger.setLevel(logging.INFO)
    yield handler
    logger.removeHandler(handler)
    logger.setLevel(level)


def _not_ours(_logger: object, _level: str, _event: MutableMapping[str, Any]) -> str:
    return "not ours"


def _lines(pipe: Pipe) -> list[dict[str, object]]:
    reader, stream = pipe
    assert close_logs()
    stream.close()
    return [msgspec.json.decode(line, type=dict[str, object]) for line in reader]


def test_a_library_prints_nothing_by_itself() -> None:
    program = "from holdfast.actors.logs import get_logger; get_logger().error('test.event')"
    ended = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, check=True, timeout=30
    )
    assert (ended.stdout, ended.stderr) == (b"", b"")


def test_an_application_s_logging_gets_one_line_at_the_right_level(listener: Listener) -> None:
    get_logger(connection="deribit-1").warning("connection.failed", detail="a\nb", token="abc")
    (record,) = listener.records
    assert (record.name, record.levelname) == ("holdfast", "WARNING")
    assert record.getMessage() == (r"connection.failed connection=deribit-1 detail=a\nb token=***")
    event = dict(record.__dict__["holdfast"])
    assert event.pop("timestamp").endswith("Z")
    assert event == {
        "level": "warning",
        "event": "connection.failed",
        "connection": "deribit-1",
        "detail": "a\nb",
        "token": "***",
    }


def test_an_application_s_level_decides(listener: Listener) -> None:
    log = get_logger()
    log.debug("test.event")
    assert not log.is_enabled("debug")
    assert listener.records == []
    set_level("debug")
    log.debug("test.event")
    assert len(listener.records) == 1


def test_where_standard_error_is_closed_lines_go_nowhere(
    listener: Listener, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sys.stderr", None)
    configure_logging()
    get_logger().info("fleet.started")

    assert close_logs()
    assert listener.records == []


def test_what_goes_to_a_stream_goes_nowhere_else(listener: Listener, pipe: Pipe) -> None:
    log = get_logger()
    configure_logging(pipe[1])
    log.info("test.event")
    assert [line["event"] for line in _lines(pipe)] == ["test.event"]
    assert listener.records == []
    log.info("test.again")
    assert len(listener.records) == 1


def test_an_application_s_structlog_changes_nothing(pipe: Pipe) -> None:
    structlog.configure(
        processors=[_not_ours],
        wrapper_class=structlog.make_filtering_bound_logger("critical"),
        context_class=dict,
    )
    try:
        log = get_logger(connection="a")
        configure_logging(pipe[1])
        log.info("test.event")
        log.bind(more=1).info("test.event")
    finally:
        structlog.reset_defaults()
    assert [line.get("more") for line in _lines(pipe)] == [None, 1]


def test_loggers_in_use_follow_a_change_of_level(pipe: Pipe) -> None:
    log = get_logger().bind(connection="a")
    configure_logging(pipe[1], level="warning")
    log.info("test.hidden")
    set_level("info")
    log.info("test.shown")
    set_level("error")
    log.warning("test.hidden")
    assert [line["event"] for line in _lines(pipe)] == ["test.shown"]


@pytest.mark.parametrize("level", ["debug", "info", "warning", "error", "critical"])
def test_every_method_logs_at_its_level(
    hub: Hub, events: list[dict[str, object]], level: str
) -> None:
    log = hub.logger()
    getattr(log, level)("test.event", n=1)
    log.log(level, "test.event", n=1)
    assert events == [{"timestamp": STAMP, "level": level, "event": "test.event", "n": 1}] * 2


def test_a_connection_s_lines_begin_alike(hub: Hub, events: list[dict[str, object]]) -> None:
    log = hub.logger(generation=3, connection="a", incarnation=2)
    log.info("test.event", delay=0.123456789, level="mine", timestamp=1)
    (event,) = events
    assert list(event.items()) == [
        ("timestamp", STAMP),
        ("level", "info"),
        ("event", "test.event"),
        ("connection", "a"),
        ("incarnation", 2),
        ("generation", 3),
        ("delay", 0.123457),
    ]


@pytest.mark.parametrize("name", ["method_name", "event", "self", "fields", "level", "name"])
def test_a_field_may_have_any_name(hub: Hub, events: list[dict[str, object]], name: str) -> None:
    hub.logger().info("test.event", **{name: 1})
    assert events[0]["event"] == "test.event"
    assert events[0].get(name) in {1, "test.event", "info"}


def test_a_sink_has_its_own_level_and_its_own_copy(hub: Hub) -> None:
    told: list[dict[str, object]] = []

    def scribble(event: dict[str, object]) -> None:
        event["event"] = "scribbled"

    hub.add_sink(scribble, "debug")
    hub.add_sink(told.append, "warning")
    log = hub.logger()
    log.info("test.event")
    log.warning("test.event")
    assert told == [{"timestamp": STAMP, "level": "warning", "event": "test.event"}]


def test_a_removed_sink_is_told_no_more_and_makes_logging_cheap_again(hub: Hub) -> None:
    told: list[dict[str, object]] = []
    remove = hub.add_sink(told.append, "debug")
    assert hub.enabled(logging.DEBUG)
    remove()
    remove()
    assert not hub.enabled(logging.DEBUG)
    hub.logger().debug("test.event")
    assert told == []


def test_a_sink_that_raises_is_removed_and_the_others_are_told_why(
    hub: Hub, events: list[dict[str, object]]
) -> None:
    def broken(_: dict[str, object]) -> None:
        raise ValueError("hunter2")

    hub.add_sink(broken)
    hub.logger().info("test.event")
    hub.logger().info("test.event")
    assert [event["event"] for event in events] == ["test.event", "log.sink_removed", "test.event"]
    assert events[1] == {
        "timestamp": STAMP,
        "level": "warning",
        "event": "log.sink_removed",
        "error": "ValueError",
    }


def test_a_sink_may_log(hub: Hub, events: list[dict[str, object]]) -> None:
    hub.add_sink(lambda _: hub.logger().info("test.from_sink"))
    hub.logger().info("test.event")
    assert [event["event"] for event in events] == ["test.event"]


def test_an_application_s_broken_handler_never_reaches_an_actor(listener: Listener) -> None:
    def refuse(_: logging.LogRecord) -> bool:
        raise RuntimeError("the application's filter")

    listener.addFilter(refuse)
    get_logger().error("test.event")


def test_a_process_wide_sink_is_told_before_anything_is_configured() -> None:
    told: list[dict[str, object]] = []
    remove = add_sink(told.append)
    get_logger(connection="a").info("test.event")
    remove()
    get_logger(connection="a").info("test.event")
    assert [event["event"] for event in told] == ["test.event"]


def test_a_sink_that_wants_more_does_not_make_the_stream_say_more(pipe: Pipe) -> None:
    told: list[dict[str, object]] = []
    remove = add_sink(told.append, "debug")
    configure_logging(pipe[1], level="warning")
    log = get_logger()
    log.debug("test.debug")
    log.warning("test.warning")
    remove()
    assert [event["event"] for event in told] == ["test.debug", "test.warning"]
    assert [line["event"] for line in _lines(pipe)] == ["test.warning"]


def test_a_registered_secret_is_in_no_line_until_it_is_released(pipe: Pipe) -> None:
    configure_logging(pipe[1])
    log = get_logger(connection="hunter2")
    release = register_secret(Secret("hunter2"))
    log.info("test.event", detail="said hunter2")
    shown = redact(["hunter2"])
    release()
    log.info("test.event")
    lines = _lines(pipe)
    assert [line["connection"] for line in lines] == ["***", "hunter2"]
    assert lines[0]["detail"] == "said ***"
    assert shown == ["***"]


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ({"level": "loud"}, "unknown log level 'loud': use one of debug, info, warning"),
        ({"format": "xml"}, "unknown log format 'xml': use one of auto, json, console"),
        ({"capacity": 0}, "log capacity must be 1 or more, not 0"),
    ],
)
def test_what_cannot_be_meant_is_refused_and_starts_nothing(
    arguments: dict[str, object], said: str
) -> None:
    with pytest.raises(ValueError, match=said):
        configure_logging(**arguments)  # type: ignore[arg-type]  # that is the point
    assert "holdfast-log" not in {thread.name for thread in threading.enumerate()}
    assert flush_logs()
    assert close_logs()
