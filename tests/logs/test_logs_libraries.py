"""pykka and websocket-client log through the same redaction, on real actors and real handshakes."""

import io
import logging
import socket
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from typing import BinaryIO, TextIO, cast

import msgspec
import pykka
import pytest
import websocket

from holdfast.actors.logs import close_logs, configure_logging, get_logger, register_secret

pytestmark = pytest.mark.usefixtures("process_logs")

Pipe = tuple[BinaryIO, TextIO]


@dataclass(frozen=True, slots=True)
class Order:
    account: str


class Deaf(pykka.ThreadingActor):
    """Has no on_receive of its own, so that pykka warns of every message."""

    def __str__(self) -> str:
        return "Deaf"


class Failing(pykka.ThreadingActor):
    def __str__(self) -> str:
        return "Failing"

    def on_receive(self, message: object) -> None:
        raise ValueError(f"password=hunter2 in {message}")


@pytest.fixture
def root() -> Iterator[io.StringIO]:
    """An application that prints what reaches the root logger, tracebacks included."""
    stream = io.StringIO()
    handler = logging.StreamHandler(stream)
    handler.setFormatter(logging.Formatter("%(levelname)s %(name)s %(message)s"))
    logging.getLogger().addHandler(handler)
    get_logger()
    yield stream
    logging.getLogger().removeHandler(handler)


def _lines(pipe: Pipe) -> list[dict[str, object]]:
    reader, stream = pipe
    assert close_logs()
    stream.close()
    lines = [msgspec.json.decode(line, type=dict[str, object]) for line in reader]
    for line in lines:
        del line["timestamp"]
    return lines


def _run(kind: type[pykka.ThreadingActor], message: object) -> None:
    """Start an actor, tell it the message, and wait until it has handled it."""
    actor = kind.start()
    actor.tell(message)
    actor.stop()


def test_pykka_s_warning_tells_the_message_s_type_alone(root: io.StringIO) -> None:
    _run(Deaf, Order("hunter2"))
    _run(Deaf, "hunter2(secret)")
    assert root.getvalue().splitlines() == [
        f"WARNING pykka Unexpected message received by Deaf: {Order.__module__}.Order",
        "WARNING pykka Unexpected message received by Deaf: builtins.str",
    ]


def test_such_a_warning_from_nowhere_tells_nothing(root: io.StringIO) -> None:
    logging.getLogger("pykka").warning("Unexpected message received by X: hunter2")
    assert root.getvalue() == "WARNING pykka Unexpected message received by an actor: (not shown)\n"


def test_an_exception_in_an_actor_is_redacted_for_the_application(root: io.StringIO) -> None:
    release = register_secret("the account of Ann")
    _run(Failing, "the account of Ann")
    release()
    first, second = root.getvalue().splitlines()
    assert first == "ERROR pykka Unhandled exception in Failing:"
    assert second.startswith("ValueError: password=*** in *** (")
    assert "_actor.py:" in second


def test_configured_logs_take_over_the_libraries_lines(root: io.StringIO, pipe: Pipe) -> None:
    configure_logging(pipe[1])
    _run(Deaf, Order("hunter2"))
    assert _lines(pipe) == [
        {
            "level": "warning",
            "event": "library.log",
            "logger": "pykka",
            "message": f"Unexpected message received by Deaf: {Order.__module__}.Order",
        }
    ]
    assert root.getvalue() == ""
    _run(Deaf, Order("hunter2"))
    assert root.getvalue().startswith("WARNING pykka Unexpected")


def test_an_exception_in_an_actor_becomes_structured(pipe: Pipe) -> None:
    configure_logging(pipe[1])
    _run(Failing, "x")
    (line,) = _lines(pipe)
    (failure,) = cast("list[dict[str, object]]", line.pop("exception"))
    assert line == {
        "level": "error",
        "event": "library.log",
        "logger": "pykka",
        "message": "Unhandled exception in Failing:",
    }
    assert failure["message"] == "password=*** in x"


@pytest.fixture
def _trace() -> Iterator[None]:
    yield
    websocket.enableTrace(traceable=False)


def _refuse(listener: socket.socket) -> None:
    peer, _ = listener.accept()
    with peer:
        peer.recv(65536)
        peer.sendall(b"HTTP/1.1 401 No\r\nSet-Cookie: sid=hunter2\r\nContent-Length: 0\r\n\r\n")


@pytest.mark.usefixtures("_trace")
@pytest.mark.parametrize("listening", ["application", "holdfast"])
def test_websocket_client_s_trace_has_no_credentials(
    root: io.StringIO, pipe: Pipe, listening: str
) -> None:
    """The trace is the one place where a whole request is dumped."""
    if listening == "holdfast":
        configure_logging(pipe[1], level="debug")
    trace = io.StringIO()
    websocket.enableTrace(traceable=True, handler=logging.StreamHandler(trace))
    release = register_secret("plain-hunter2")
    with socket.create_server(("127.0.0.1", 0)) as listener:
        server = threading.Thread(target=_refuse, args=(listener,))
        server.start()
        with pytest.raises(websocket.WebSocketBadStatusException):
            websocket.create_connection(
                f"ws://127.0.0.1:{listener.getsockname()[1]}/feed?token=hunter2&v=1",
                header={"X-Api-Key": "hunter2", "X-Odd": "plain-hunter2", "Cookie": "a=hunter2"},
                cookie="b=hunter2",
                timeout=10,
            )
        server.join()
    release()
    shown = trace.getvalue()
    if listening == "holdfast":
        shown += "\n".join(str(line["message"]) for line in _lines(pipe))
        assert root.getvalue() == ""
    else:
        shown += root.getvalue()
    assert "hunter2" not in shown
    for expected in ("GET /feed?token=***&v=1", "X-Api-Key: ***", "X-Odd: ***", "Cookie: ***"):
        assert shown.count(expected) >= 2


def test_frames_are_not_traced_raw(root: io.StringIO) -> None:
    """A client's frame holds its masking key, so its bytes are as good as its text."""
    get_logger()
    logger = logging.getLogger("websocket")
    logger.error("++Sent raw: b'\\x81\\x85abcd'")
    logger.error('++Sent decoded: fin=1 opcode=1 data=b\'{"token": "hunter2"}\'')
    assert root.getvalue().splitlines() == [
        "ERROR websocket ++Sent raw: (not shown)",
        "ERROR websocket ++Sent decoded: fin=1 opcode=1 data=b'{\"token\": ***}'",
    ]


def test_a_record_that_cannot_be_redacted_is_not_shown(root: io.StringIO) -> None:
    logging.getLogger("pykka").error("%d of them", "hunter2")
    assert root.getvalue() == "ERROR pykka (not shown)\n"
