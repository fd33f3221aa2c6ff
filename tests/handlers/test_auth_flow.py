"""The three functions of the flow, in every branch of the seed's page, and total."""

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Literal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from holdfast.handlers.auth import (
    AuthData,
    AuthState,
    AuthStatus,
    Failed,
    FailureKind,
    Ok,
    Reauthenticated,
    SendFrame,
    Unrelated,
    authenticate,
    check_reauthentication,
    handle_auth_response,
)
from holdfast.handlers.auth.flow import is_answer
from holdfast.handlers.moment import Moment
from holdfast.handlers.secret import Secret

Answer = Callable[[AuthState], object]
Result = Ok | Unrelated | Reauthenticated | Failed

NOW = Moment(monotonic=100.0, unix=1_767_225_600.0)
CREDENTIALS = {"api_key": "s3cr3t"}


def raises(_state: AuthState) -> object:
    """Answer as a handler does that fails, with its credentials in the exception."""
    message = f"cannot sign {CREDENTIALS}"
    raise RuntimeError(message)


def says_no(state: AuthState) -> object:
    """Answer that the server refused."""
    return Failed("no", state)


def gives(value: object) -> Answer:
    """Answer with `value`, whatever the state."""
    return lambda _state: value


def offers(data: object) -> Answer:
    """Answer with credentials."""
    return lambda state: AuthData(data, state)


@dataclass
class Scripted:
    """A user's auth handler that answers as it is told."""

    generate: Answer = field(default_factory=lambda: offers(CREDENTIALS))
    read: Answer = Unrelated
    needed: Answer = field(default_factory=lambda: gives(value=False))

    def generate_auth_data(self, state: AuthState) -> object:
        """Answer the first question."""
        return self.generate(state)

    def handle_auth_response(self, _response: str | bytes, state: AuthState) -> object:
        """Answer the second question."""
        return self.read(state)

    def needs_reauthentication(self, state: AuthState) -> object:
        """Answer the third question."""
        return self.needed(state)


@dataclass
class Wire:
    """Where frames are sent to; it may refuse them."""

    reason: str | None = None
    sent: list[tuple[object, str, bytes, int]] = field(
        default_factory=list[tuple[object, str, bytes, int]]
    )

    def __call__(
        self, connection: object, frame_type: Literal["text", "binary"], data: bytes, ref: int
    ) -> str | None:
        """Take a frame, or say why not."""
        self.sent.append((connection, frame_type, data, ref))
        return self.reason


def broken(*_frame: object) -> str | None:
    """Send as a socket does that is gone."""
    message = f"cannot send {CREDENTIALS}"
    raise OSError(message)


def idle(handler: Scripted) -> AuthState:
    """Return the state of a stream that just opened."""
    return AuthState(handler=handler, moment=NOW, connection="deribit-1", stream_ref=7)


def in_flight(handler: Scripted) -> AuthState:
    """Return the state of an attempt in flight."""
    return idle(handler).authenticating()


def accepted(handler: Scripted) -> AuthState:
    """Return the state after the server took the credentials."""
    return in_flight(handler).authenticated(3600.0)


def refused(handler: Scripted) -> AuthState:
    """Return the state after the server refused the credentials."""
    return in_flight(handler).failed("no")


NONSENSE: list[object] = [
    None,
    True,
    "ok",
    (),
    ("ok", "state"),
    object(),
    Reauthenticated(idle(Scripted())),
    AuthData,
    Ok(None),  # type: ignore[arg-type] # pyright: ignore[reportArgumentType]  the mistake is the test
    Unrelated(None),  # type: ignore[arg-type] # pyright: ignore[reportArgumentType]  the mistake is the test
    Failed("reason", None),  # type: ignore[arg-type] # pyright: ignore[reportArgumentType]  the mistake is the test
    Failed(None, idle(Scripted())),  # type: ignore[arg-type] # pyright: ignore[reportArgumentType]  the mistake is the test
    Failed("reason", idle(Scripted()), "boom"),  # type: ignore[arg-type] # pyright: ignore[reportArgumentType]  the mistake is the test
    AuthData("data", None),  # type: ignore[arg-type] # pyright: ignore[reportArgumentType]  the mistake is the test
]


# authenticate


@pytest.mark.parametrize(
    ("data", "frame_type", "sent"),
    [
        ({"op": "auth"}, "text", b'{"op":"auth"}'),
        ("AUTH key", "text", b"AUTH key"),
        (b"\x00\xff", "binary", b"\x00\xff"),
    ],
)
def test_credentials_are_sent_as_what_they_are(data: object, frame_type: str, sent: bytes) -> None:
    wire = Wire()
    result = authenticate(idle(Scripted(generate=offers(data))), wire)
    assert isinstance(result, Ok)
    assert result.state.status is AuthStatus.AUTHENTICATING
    assert result.state.attempts == 1
    assert wire.sent == [("deribit-1", frame_type, sent, 7)]


def test_the_state_that_the_handler_returns_is_gone_on_with() -> None:
    handler = Scripted(generate=lambda state: AuthData("x", replace(state, threshold=5.0)))
    result = authenticate(idle(handler), Wire())
    assert result.state.threshold == 5.0


def test_credentials_that_the_handler_does_not_have_are_a_refusal() -> None:
    wire = Wire()
    handler = Scripted(generate=lambda state: Failed("no key\nconfigured", state))
    result = authenticate(idle(handler), wire)
    assert result == Failed("no key\\nconfigured", idle(handler).failed("no key\\nconfigured"))
    assert wire.sent == []


def confused(*_frame: object) -> object:
    """Send, and answer with what is no answer."""
    return True


SEND_FAILURES = [
    (Wire(reason="the stream is closed"), "the stream is closed"),
    (broken, "send_frame raised OSError"),
    (confused, "send_frame returned bool"),
]


@pytest.mark.parametrize(("send_frame", "reason"), SEND_FAILURES)
def test_credentials_that_did_not_get_out_are_no_refusal(
    send_frame: SendFrame, reason: str
) -> None:
    handler = Scripted()
    result = authenticate(idle(handler), send_frame)
    assert result == Failed(reason, idle(handler).failed(reason), FailureKind.UNSENT)


@pytest.mark.parametrize("data", [object(), "\ud800", {"key": Secret("s3cr3t")}])
def test_credentials_that_no_frame_can_carry_are_the_handlers_fault(data: object) -> None:
    wire = Wire()
    result = authenticate(idle(Scripted(generate=offers(data))), wire)
    assert isinstance(result, Failed)
    assert result.kind is FailureKind.CRASHED
    assert result.state.status is AuthStatus.FAILED
    assert wire.sent == []


@pytest.mark.parametrize("made", [*NONSENSE, Ok(idle(Scripted())), Unrelated(idle(Scripted()))])
def test_nonsense_for_credentials_is_a_crash_that_names_what_was_returned(made: object) -> None:
    handler = Scripted(generate=gives(made))
    reason = f"generate_auth_data returned {type(made).__name__}"
    expected = Failed(reason, idle(handler).failed(reason), FailureKind.CRASHED)
    assert authenticate(idle(handler), Wire()) == expected


def test_one_attempt_is_in_flight() -> None:
    wire = Wire()
    first = authenticate(idle(Scripted()), wire)
    assert authenticate(first.state, wire) == first
    assert len(wire.sent) == 1


# handle_auth_response


def test_accepted_credentials_are_ok() -> None:
    handler = Scripted(read=lambda state: Ok(state.authenticated(900.0)))
    result = handle_auth_response("yes", in_flight(handler))
    assert result == Ok(in_flight(handler).authenticated(900.0))


def test_a_handler_that_says_ok_and_no_more_is_taken_at_its_word() -> None:
    result = handle_auth_response("yes", in_flight(Scripted(read=Ok)))
    assert isinstance(result, Ok)
    assert result.state.status is AuthStatus.AUTHENTICATED
    assert (result.state.expires_at, result.state.acceptances) == (None, 1)


def test_a_message_that_is_no_answer_is_unrelated() -> None:
    state = in_flight(Scripted(read=Unrelated))
    assert handle_auth_response("tick", state) == Unrelated(state)


def test_a_handler_may_remember_something_of_a_message_that_is_no_answer() -> None:
    handler = Scripted(read=lambda state: Unrelated(replace(state, token=Secret("nonce"))))
    assert handle_auth_response("nonce", in_flight(handler)).state.token == Secret("nonce")


def test_rejected_credentials_are_a_refusal_with_its_reason() -> None:
    state = in_flight(Scripted(read=lambda state: Failed("bad\x1bkey", state)))
    assert handle_auth_response("no", state) == Failed("bad\\x1bkey", state.failed("bad\\x1bkey"))


@pytest.mark.parametrize("read", [*NONSENSE, AuthData("data", idle(Scripted()))])
def test_nonsense_for_an_answer_is_a_crash_that_names_what_was_returned(read: object) -> None:
    state = in_flight(Scripted(read=gives(read)))
    reason = f"handle_auth_response returned {type(read).__name__}"
    expected = Failed(reason, state.failed(reason), FailureKind.CRASHED)
    assert handle_auth_response("yes", state) == expected


@pytest.mark.parametrize("made", [idle, accepted, refused])
def test_an_answer_that_nobody_waits_for_is_unrelated(
    made: Callable[[Scripted], AuthState],
) -> None:
    state = made(Scripted(read=raises))
    assert handle_auth_response("yes", state) == Unrelated(state)


@pytest.mark.parametrize(
    ("read", "answers"),
    [
        (Ok, True),
        (says_no, True),
        (Unrelated, False),
        (raises, False),
        (gives(value=None), False),
    ],
)
def test_what_answers_a_login_is_told_from_what_does_not(
    read: Answer,
    answers: bool,  # noqa: FBT001  # pytest passes it by name
) -> None:
    assert is_answer("said", in_flight(Scripted(read=read))) == answers


# check_reauthentication


def test_credentials_that_are_still_good_are_left() -> None:
    wire = Wire()
    state = accepted(Scripted(needed=gives(value=False)))
    assert check_reauthentication(state, wire) == Ok(state)
    assert wire.sent == []


def test_credentials_that_come_to_their_end_are_renewed() -> None:
    wire = Wire()
    state = accepted(Scripted(needed=gives(value=True)))
    assert check_reauthentication(state, wire) == Reauthenticated(state.authenticating())
    assert len(wire.sent) == 1


def test_a_renewal_that_fails_says_why() -> None:
    state = accepted(Scripted(needed=gives(value=True)))
    expected = Failed("closed", state.failed("closed"), FailureKind.UNSENT)
    assert check_reauthentication(state, Wire(reason="closed")) == expected


@pytest.mark.parametrize("needed", [None, 0, 1, "yes", "", Ok(idle(Scripted()))])
def test_nonsense_for_a_yes_or_no_is_a_crash(needed: object) -> None:
    wire = Wire()
    state = accepted(Scripted(needed=gives(needed)))
    reason = f"needs_reauthentication returned {type(needed).__name__}"
    expected = Failed(reason, state.failed(reason), FailureKind.CRASHED)
    assert check_reauthentication(state, wire) == expected
    assert wire.sent == []


@pytest.mark.parametrize("made", [idle, in_flight, refused])
def test_only_accepted_credentials_are_renewed(made: Callable[[Scripted], AuthState]) -> None:
    wire = Wire()
    state = made(Scripted(needed=gives(value=True)))
    assert check_reauthentication(state, wire) == Ok(state)
    assert wire.sent == []


# any of them


def begin(handler: Scripted) -> Result:
    """Ask for credentials."""
    return authenticate(idle(handler), Wire())


def read(handler: Scripted) -> Result:
    """Ask what a message means."""
    return handle_auth_response("yes", in_flight(handler))


def check(handler: Scripted) -> Result:
    """Ask whether to renew."""
    return check_reauthentication(accepted(handler), Wire())


@pytest.mark.parametrize(
    ("ask", "question"),
    [
        (begin, "generate_auth_data"),
        (read, "handle_auth_response"),
        (check, "needs_reauthentication"),
    ],
)
def test_a_handler_that_raises_is_a_crash_that_quotes_nothing_of_the_exception(
    ask: Callable[[Scripted], Result], question: str
) -> None:
    result = ask(Scripted(raises, raises, raises))
    assert isinstance(result, Failed)
    assert result.kind is FailureKind.CRASHED
    assert result.reason == result.state.reason == f"{question} raised RuntimeError"


@given(st.text())
def test_every_reason_is_one_short_printable_line(reason: str) -> None:
    state = in_flight(Scripted(read=lambda state: Failed(reason, state)))
    result = handle_auth_response("no", state)
    assert isinstance(result, Failed)
    assert result.reason.isprintable()
    assert len(result.reason) <= 200
