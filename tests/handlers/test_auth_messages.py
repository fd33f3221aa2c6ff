"""The message handlers: what each message has for effects, in each status."""

from dataclasses import dataclass, replace

import pytest

from holdfast.handlers.auth import AuthState, AuthStatus, Failed, FailureKind, HmacAuth
from holdfast.handlers.auth.failure import CAUSES, cause_of
from holdfast.handlers.cause import Cause, CauseKind
from holdfast.handlers.effects import Accepted, AwaitAnswer, Deliver, Effect, Fail, RenewIn
from holdfast.handlers.messages import (
    Authenticate,
    AuthResponse,
    CheckReauthentication,
    Reauthenticate,
)
from holdfast.handlers.moment import Moment
from holdfast.handlers.table import AUTH_HANDLERS

NOW = Moment(monotonic=100.0, unix=1_767_225_600.0)
SUCCESS = '{"type": "auth_success", "expires_in": 600}'
REFUSAL = '{"type": "auth_error", "message": "unknown key"}'
IDLE = AuthState(handler=HmacAuth("key", "secret"), moment=NOW, reply_timeout=4.0)
IN_FLIGHT = IDLE.authenticating()
READY = IN_FLIGHT.authenticated(600.0)
RENEWING = READY.authenticating()
FAILED = IN_FLIGHT.failed("no")
SOON = NOW.later(1.0)
LATE = NOW.later(590.0)

REJECTED = Fail(Cause(CauseKind.AUTH, "auth_rejected", "unknown key"))
UNSENT = Fail(Cause(CauseKind.NETWORK, "auth_send_failed", "closed"))


@dataclass
class Wire:
    """Where frames are sent to; it may refuse them."""

    reason: str | None = None
    count: int = 0

    def __call__(self, _connection: object, _type: str, _data: bytes, _ref: int) -> str | None:
        """Take a frame, or say why not."""
        self.count += 1
        return self.reason


class Broken:
    """A user's auth handler that fails at every question."""

    def generate_auth_data(self, _state: AuthState) -> object:
        """Fail."""
        raise LookupError

    def handle_auth_response(self, _response: str | bytes, _state: AuthState) -> object:
        """Fail."""
        raise ZeroDivisionError

    def needs_reauthentication(self, _state: AuthState) -> object:
        """Fail."""
        raise ZeroDivisionError


class NeverYet(HmacAuth):
    """A user's auth handler that doesn't renew."""

    def needs_reauthentication(self, state: AuthState) -> bool:  # noqa: ARG002 it never asks
        """Say no."""
        return False


# message, status before → status after, effects, frames sent
ROWS: list[tuple[object, AuthState, AuthStatus, tuple[Effect, ...], int]] = [
    (Authenticate(NOW), IDLE, AuthStatus.AUTHENTICATING, (AwaitAnswer(4.0),), 1),
    (Authenticate(NOW), IN_FLIGHT, AuthStatus.AUTHENTICATING, (), 0),
    (Authenticate(NOW), RENEWING, AuthStatus.AUTHENTICATING, (), 0),
    (
        AuthResponse(SUCCESS, NOW, 0.0),
        IN_FLIGHT,
        AuthStatus.AUTHENTICATED,
        (Accepted(540.0, renewal=False),),
        0,
    ),
    (
        AuthResponse(SUCCESS, LATE, 0.5),
        RENEWING,
        AuthStatus.AUTHENTICATED,
        (Accepted(537.0, renewal=True),),
        0,
    ),
    (AuthResponse(REFUSAL, NOW, 0.0), IN_FLIGHT, AuthStatus.FAILED, (REJECTED,), 0),
    (AuthResponse(REFUSAL, NOW, 0.0), RENEWING, AuthStatus.FAILED, (REJECTED,), 0),
    (AuthResponse("tick", NOW, 0.0), IN_FLIGHT, AuthStatus.AUTHENTICATING, (Deliver("tick"),), 0),
    (AuthResponse(b"\0", NOW, 0.0), RENEWING, AuthStatus.AUTHENTICATING, (Deliver(b"\0"),), 0),
    (AuthResponse(SUCCESS, NOW, 0.0), IDLE, AuthStatus.IDLE, (Deliver(SUCCESS),), 0),
    (AuthResponse(REFUSAL, NOW, 0.0), READY, AuthStatus.AUTHENTICATED, (Deliver(REFUSAL),), 0),
    (CheckReauthentication(SOON, 0.0), READY, AuthStatus.AUTHENTICATED, (RenewIn(539.0),), 0),
    (CheckReauthentication(SOON, 0.5), READY, AuthStatus.AUTHENTICATED, (RenewIn(536.0),), 0),
    (CheckReauthentication(LATE, 0.0), READY, AuthStatus.AUTHENTICATING, (AwaitAnswer(4.0),), 1),
    (CheckReauthentication(LATE, 0.0), RENEWING, AuthStatus.AUTHENTICATING, (), 0),
    (CheckReauthentication(LATE, 0.0), FAILED, AuthStatus.FAILED, (), 0),
    (CheckReauthentication(LATE, 0.0), IDLE, AuthStatus.IDLE, (), 0),
    (
        CheckReauthentication(LATE, 0.0),
        IN_FLIGHT.authenticated(None),
        AuthStatus.AUTHENTICATED,
        (),
        0,
    ),
    (
        CheckReauthentication(LATE, 0.0),
        replace(READY, handler=NeverYet("key", "secret")),
        AuthStatus.AUTHENTICATED,
        (RenewIn(1.0),),
        0,
    ),
    (Reauthenticate(SOON), READY, AuthStatus.AUTHENTICATING, (AwaitAnswer(4.0),), 1),
    (Reauthenticate(SOON), FAILED, AuthStatus.AUTHENTICATING, (AwaitAnswer(4.0),), 1),
    (Reauthenticate(SOON), RENEWING, AuthStatus.AUTHENTICATING, (), 0),
]


@pytest.mark.parametrize(("message", "before", "status", "effects", "frames"), ROWS)
def test_a_message_has_its_effects(
    message: object,
    before: AuthState,
    status: AuthStatus,
    effects: tuple[Effect, ...],
    frames: int,
) -> None:
    wire = Wire()
    after, had = AUTH_HANDLERS[type(message)](message, before, wire)
    assert after.status is status
    assert had == effects
    assert wire.count == frames


SENDING = [
    (Authenticate(NOW), IDLE),
    (Reauthenticate(NOW), READY),
    (CheckReauthentication(LATE, 0.0), READY),
]


@pytest.mark.parametrize(("message", "before"), SENDING)
def test_credentials_that_do_not_get_out_fail_the_connection_as_the_network_does(
    message: object, before: AuthState
) -> None:
    after, effects = AUTH_HANDLERS[type(message)](message, before, Wire(reason="closed"))
    assert after.status is AuthStatus.FAILED
    assert effects == (UNSENT,)


@pytest.mark.parametrize(
    ("message", "before", "detail"),
    [
        (Authenticate(NOW), IDLE, "generate_auth_data raised LookupError"),
        (Reauthenticate(NOW), READY, "generate_auth_data raised LookupError"),
        (
            AuthResponse(SUCCESS, NOW, 0.0),
            IN_FLIGHT,
            "handle_auth_response raised ZeroDivisionError",
        ),
        (
            CheckReauthentication(LATE, 0.0),
            READY,
            "needs_reauthentication raised ZeroDivisionError",
        ),
    ],
)
def test_a_broken_auth_handler_fails_the_connection_as_a_crash(
    message: object, before: AuthState, detail: str
) -> None:
    broken = replace(before, handler=Broken())
    after, effects = AUTH_HANDLERS[type(message)](message, broken, Wire())
    assert after.status is AuthStatus.FAILED
    assert effects == (Fail(Cause(CauseKind.CRASH, "auth_handler_crash", detail)),)


@pytest.mark.parametrize(("message", "before"), SENDING)
def test_the_attempt_is_made_at_the_moment_of_the_message(
    message: Authenticate | Reauthenticate | CheckReauthentication, before: AuthState
) -> None:
    after, _ = AUTH_HANDLERS[type(message)](message, before, Wire())
    assert after.moment == message.moment


@pytest.mark.parametrize("kind", FailureKind)
def test_every_kind_of_failure_has_a_cause(kind: FailureKind) -> None:
    cause_kind, name = CAUSES[kind]
    assert cause_of(Failed("why", IDLE, kind)) == Cause(cause_kind, name, "why")


def test_the_messages_of_the_table_are_all_there_are() -> None:
    assert set(AUTH_HANDLERS) == {
        Authenticate,
        AuthResponse,
        CheckReauthentication,
        Reauthenticate,
    }
