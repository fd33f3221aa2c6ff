"""The mistakes of WebsockexNova's AuthFlow, each made impossible, each by its name."""

import logging
from dataclasses import replace

import pytest

from holdfast.handlers import RestartPolicy
from holdfast.handlers.auth import (
    AuthData,
    AuthState,
    AuthStatus,
    Failed,
    FailureKind,
    HmacAuth,
    Ok,
    TokenAuth,
    Unrelated,
    authenticate,
    check_reauthentication,
    handle_auth_response,
    is_due,
    renewal_delay,
)
from holdfast.handlers.cause import CauseKind
from holdfast.handlers.effects import AwaitAnswer, Fail
from holdfast.handlers.messages import (
    Authenticate,
    AuthResponse,
    CheckReauthentication,
    Reauthenticate,
)
from holdfast.handlers.moment import Moment
from holdfast.handlers.restart import Quarantine, Restart, RestartHistory, decide
from holdfast.handlers.table import AUTH_HANDLERS

NOW = Moment(monotonic=100.0, unix=1_767_225_600.0)
SUCCESS = '{"type": "auth_success", "expires_in": 600, "token": "t0k3n"}'
REFUSAL = '{"type": "auth_error", "reason": "unknown key"}'
KEY, SECRET = "k3y-of-the-account", "s3cr3t-of-the-account"


class Wire:
    """Where frames are sent to; it may refuse them."""

    def __init__(self, reason: str | None = None) -> None:
        self.reason = reason
        self.sent: list[bytes] = []

    def __call__(self, _connection: object, _type: str, data: bytes, _ref: int) -> str | None:
        """Take a frame, or say why not."""
        self.sent.append(data)
        return self.reason


def opened(**fields: object) -> AuthState:
    """Return the state of a stream that just opened."""
    state = AuthState(handler=HmacAuth(KEY, SECRET), moment=NOW)
    return replace(state, **fields)  # type: ignore[arg-type] # pyright: ignore[reportArgumentType]  each test names real fields


def test_nothing_ever_called_the_flow() -> None:
    """Messages alone take a connection through its whole authentication."""
    wire, state = Wire(), opened()
    later = NOW.later(590.0)
    for message, expected in [
        (Authenticate(NOW), AuthStatus.AUTHENTICATING),
        (AuthResponse(SUCCESS, NOW, 0.5), AuthStatus.AUTHENTICATED),
        (CheckReauthentication(later, 0.5), AuthStatus.AUTHENTICATING),
        (AuthResponse(SUCCESS, later, 0.5), AuthStatus.AUTHENTICATED),
        (Reauthenticate(later), AuthStatus.AUTHENTICATING),
        (AuthResponse(REFUSAL, later, 0.5), AuthStatus.FAILED),
    ]:
        state, _effects = AUTH_HANDLERS[type(message)](message, state, wire)
        assert state.status is expected
    assert len(wire.sent) == 3


def test_success_and_an_unrelated_message_looked_the_same() -> None:
    state = opened().authenticating()
    assert isinstance(handle_auth_response(SUCCESS, state), Ok)
    assert isinstance(handle_auth_response('{"channel": "btc"}', state), Unrelated)


def test_there_was_no_authenticating_status_so_each_check_sent_again() -> None:
    wire = Wire()
    state = opened().authenticating().authenticated(600.0).at(NOW.later(590.0))
    for _ in range(5):
        state = check_reauthentication(state, wire).state
    assert len(wire.sent) == 1


def test_there_was_no_reply_deadline() -> None:
    _state, effects = AUTH_HANDLERS[Authenticate](Authenticate(NOW), opened(), Wire())
    assert effects == (AwaitAnswer(10.0),)


def test_a_refused_credential_was_sent_again_without_limit() -> None:
    """The flow never sends it again by itself, and the second refusal ends the restarts."""
    wire = Wire()
    refused = handle_auth_response(REFUSAL, opened().authenticating()).state
    for seconds in range(0, 10_000, 100):
        refused = check_reauthentication(refused.at(NOW.later(seconds)), wire).state
    assert wire.sent == []

    message = AuthResponse(REFUSAL, NOW, 0.5)
    _, (effect,) = AUTH_HANDLERS[AuthResponse](message, opened().authenticating(), wire)
    assert isinstance(effect, Fail)
    first = decide(effect.cause, RestartHistory(), RestartPolicy(), 100.0, 0.5)
    second = decide(effect.cause, first.history, RestartPolicy(), 100.0, 0.5)
    assert isinstance(first, Restart)
    assert isinstance(second, Quarantine)


@pytest.mark.parametrize("auth", [HmacAuth(KEY, SECRET), TokenAuth(SECRET)])
def test_a_missing_threshold_crashed(auth: HmacAuth | TokenAuth) -> None:
    """Without a threshold, 60 seconds count."""
    state = AuthState(handler=auth, moment=NOW, threshold=None).authenticated(600.0)
    assert renewal_delay(state, 0.0) == 540.0
    assert not is_due(state.at(NOW.later(500.0)))
    assert is_due(state.at(NOW.later(540.0)))
    assert isinstance(check_reauthentication(state, Wire()), Ok)


def test_a_failure_of_sending_was_untested() -> None:
    result = authenticate(opened(), Wire(reason="the stream is closed"))
    assert isinstance(result, Failed)
    assert result.kind is FailureKind.UNSENT
    assert result.reason == "the stream is closed"


class Odd:
    """A user's auth handler whose credentials are whatever it was given."""

    def __init__(self, data: object) -> None:
        self.data = data

    def generate_auth_data(self, state: AuthState) -> object:
        """Offer it."""
        return AuthData(self.data, state)

    def handle_auth_response(self, _response: str | bytes, _state: AuthState) -> object:
        """Return it in place of a result."""
        return self.data

    def needs_reauthentication(self, _state: AuthState) -> object:
        """Return it in place of yes or no."""
        return self.data


def test_a_failure_of_encoding_was_untested() -> None:
    result = authenticate(opened(handler=Odd(object())), Wire())
    assert isinstance(result, Failed)
    assert result.kind is FailureKind.CRASHED
    assert result.reason.startswith(
        "generate_auth_data returned what cannot be sent: JSON cannot say this object: "
    )


def test_binary_payloads_were_quoted_as_json() -> None:
    wire = Wire()
    authenticate(opened(handler=Odd(b"\x01\x02")), wire)
    assert wire.sent == [b"\x01\x02"]


def test_an_unexpected_return_value_crashed() -> None:
    """It fails its own connection, with a cause, and raises nowhere."""
    state = opened(handler=Odd({"ok": True})).authenticating()
    after, (effect,) = AUTH_HANDLERS[AuthResponse](AuthResponse("x", NOW, 0.5), state, Wire())
    assert after.status is AuthStatus.FAILED
    assert isinstance(effect, Fail)
    assert (effect.cause.kind, effect.cause.name) == (CauseKind.CRASH, "auth_handler_crash")


@pytest.mark.parametrize("auth", [HmacAuth(KEY, SECRET), TokenAuth(SECRET)])
def test_credentials_were_logged(
    auth: HmacAuth | TokenAuth, caplog: pytest.LogCaptureFixture
) -> None:
    """Nothing that a log line could be given shows a key, a secret, a token or a signature."""
    wire, state = Wire(), opened(handler=auth)
    quoting = f'{{"type": "auth_error", "reason": "{SECRET} of {KEY} is invalid"}}'
    shown: list[object] = [auth, state]
    for message in (
        Authenticate(NOW),
        AuthResponse(SUCCESS, NOW, 0.5),
        Reauthenticate(NOW),
        AuthResponse('{"token": "t0k3n"}', NOW, 0.5),
        AuthResponse(quoting, NOW, 0.5),
    ):
        state, effects = AUTH_HANDLERS[type(message)](message, state, wire)
        shown += [message, state, *effects, auth.generate_auth_data(state)]
    caplog.set_level(logging.DEBUG)
    for value in shown:
        logging.getLogger("holdfast").info("%s %r", value, value)
    signature = HmacAuth(KEY, SECRET).sign(int(NOW.unix))
    hidden = [SECRET, "t0k3n", signature, *([KEY] if isinstance(auth, HmacAuth) else [])]
    assert [word for word in hidden if word in caplog.text] == []
    assert len(caplog.records) == len(shown)
