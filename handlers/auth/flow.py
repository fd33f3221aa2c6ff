"""The flow of authentication, usable with and without actors.

After `WebsockexNova.Auth.AuthFlow`: the same three functions, each of them total.
Whatever the auth handler or `send_frame` does, they return a result and never raise.
"""

from collections.abc import Callable
from typing import TypeAlias

from holdfast.handlers.auth.results import (
    AuthData,
    Failed,
    FailureKind,
    Ok,
    Reauthenticated,
    Unrelated,
)
from holdfast.handlers.auth.state import AuthState, AuthStatus
from holdfast.handlers.one_line import one_line
from holdfast.handlers.payload import EncodeError, Frame, FrameType, encode

SendFrame: TypeAlias = Callable[[object, FrameType, bytes, int], str | None]
"""Sends one frame: `send_frame(connection, frame_type, data, stream_ref)`.

Returns None when it was sent, or one line that says why it was not.
"""


def authenticate(state: AuthState, send_frame: SendFrame) -> Ok | Failed:
    """Send credentials, unless an attempt is in flight already.

    Args:
        state: the state before the attempt.
        send_frame: sends the frame.

    Returns:
        `Ok` with the attempt in flight, or `Failed`.
    """
    if state.status is AuthStatus.AUTHENTICATING:
        return Ok(state)
    try:
        made = state.handler.generate_auth_data(state)
    except Exception as error:  # noqa: BLE001 whatever a handler raises is a result here
        return _raised("generate_auth_data", error, state)
    match made:
        case AuthData(data=data, state=AuthState() as prepared):
            return _send(data, prepared.on_behalf_of(state), send_frame)
        case Failed(reason=str(), state=AuthState(), kind=FailureKind()):
            return _failed(made, state)
        case _:
            return _nonsense("generate_auth_data", made, state)


def handle_auth_response(response: str | bytes, state: AuthState) -> Ok | Unrelated | Failed:
    """Read a message as the answer to the attempt in flight.

    Args:
        response: str for text, bytes for binary.
        state: the state in the attempt.

    Returns:
        `Ok` when the credentials were accepted, `Failed` when they were not, and
        `Unrelated` when the message is no answer or no attempt is in flight.
    """
    if state.status is not AuthStatus.AUTHENTICATING:
        return Unrelated(state)
    try:
        read = state.handler.handle_auth_response(response, state)
    except Exception as error:  # noqa: BLE001 whatever a handler raises is a result here
        return _raised("handle_auth_response", error, state)
    match read:
        case Ok(state=AuthState() as after):
            return Ok(_accepted(after.on_behalf_of(state)))
        case Unrelated(state=AuthState(status=AuthStatus.AUTHENTICATING) as after):
            return Unrelated(after.on_behalf_of(state))
        case Failed(reason=str(), state=AuthState(), kind=FailureKind()):
            return _failed(read, state)
        case _:
            return _nonsense("handle_auth_response", read, state)


def is_answer(response: str | bytes, state: AuthState) -> bool:
    """Say whether a message answers an attempt, whatever it says.

    Args:
        response: str for text, bytes for binary.
        state: a state in an attempt.
    """
    match handle_auth_response(response, state):
        case Ok() | Failed(kind=FailureKind.REFUSED):
            return True
        case _:
            return False


def check_reauthentication(
    state: AuthState, send_frame: SendFrame
) -> Ok | Reauthenticated | Failed:
    """Renew accepted credentials when their handler says that it is time.

    A failed attempt is never repeated here: that is for a restart to decide.

    Args:
        state: the state, at the present moment.
        send_frame: sends the frame.

    Returns:
        `Ok` when nothing was to be done, `Reauthenticated` with the renewal in flight,
        or `Failed`.
    """
    if state.status is not AuthStatus.AUTHENTICATED:
        return Ok(state)
    try:
        needed = state.handler.needs_reauthentication(state)
    except Exception as error:  # noqa: BLE001 whatever a handler raises is a result here
        return _raised("needs_reauthentication", error, state)
    match needed:
        case False:
            return Ok(state)
        case True:
            return _renew(state, send_frame)
        case _:
            return _nonsense("needs_reauthentication", needed, state)


def _renew(state: AuthState, send_frame: SendFrame) -> Reauthenticated | Failed:
    match authenticate(state, send_frame):
        case Ok(state=renewing):
            return Reauthenticated(renewing)
        case failed:
            return failed


def _send(data: object, state: AuthState, send_frame: SendFrame) -> Ok | Failed:
    try:
        frame = encode(data)
    except EncodeError as error:
        fault = f"generate_auth_data returned what cannot be sent: {error}"
        return _fail(fault, state, FailureKind.CRASHED)
    reason = _reason_unsent(frame, state, send_frame)
    if reason is None:
        return Ok(state.authenticating())
    return _fail(reason, state, FailureKind.UNSENT)


def _reason_unsent(frame: Frame, state: AuthState, send_frame: SendFrame) -> str | None:
    try:
        said: object = send_frame(state.connection, frame.type, frame.data, state.stream_ref)
    except Exception as error:  # noqa: BLE001 whatever it raises, the frame wasn't sent
        return f"send_frame raised {type(error).__name__}"
    match said:
        case None | str():
            return said
        case _:
            return f"send_frame returned {type(said).__name__}"


def _accepted(state: AuthState) -> AuthState:
    """Take a handler at its word, also one that returns the state as it was."""
    if state.status is AuthStatus.AUTHENTICATED:
        return state
    return state.authenticated(lifetime=None)


def _failed(failed: Failed, asked: AuthState) -> Failed:
    return _fail(failed.reason, failed.state.on_behalf_of(asked), failed.kind)


def _raised(question: str, error: Exception, state: AuthState) -> Failed:
    # The exception's own text may quote the credentials, so only its class is named.
    return _fail(f"{question} raised {type(error).__name__}", state, FailureKind.CRASHED)


def _nonsense(question: str, returned: object, state: AuthState) -> Failed:
    return _fail(f"{question} returned {type(returned).__name__}", state, FailureKind.CRASHED)


def _fail(reason: str, state: AuthState, kind: FailureKind) -> Failed:
    line = one_line(reason)
    return Failed(line, state.failed(line), kind)
