"""The answers that `HmacAuth` and `TokenAuth` understand.

    {"type": "auth_success", "expires_at": 1767225600, "token": "…"}
    {"type": "auth_success", "expires_in": 900}
    {"type": "auth_error", "reason": "unknown key"}

Anything else is no answer. The server is a stranger: what it says is checked before it
is believed, and trimmed before it is repeated.
"""

from collections.abc import Mapping
from typing import Final, cast

from holdfast.handlers.auth.results import Failed, Ok, Unrelated
from holdfast.handlers.auth.state import DEFAULT_LIFETIME, AuthState
from holdfast.handlers.one_line import one_line
from holdfast.handlers.payload import decode_json
from holdfast.handlers.secret import Secret

END_OF_TIME: Final = 253_402_300_799
"""Unix seconds of the end of the year 9999; today in milliseconds lies beyond it."""


class _NonsenseError(ValueError):
    """The server accepted the credentials on terms that make no sense."""


def read_answer(
    response: str | bytes, state: AuthState, secrets: tuple[Secret, ...] = ()
) -> Ok | Unrelated | Failed:
    """Return what a message means for the attempt in flight.

    Args:
        response: the message; only text can be an answer.
        state: the state in the attempt, at the present moment.
        secrets: what must not appear in the reason, should the server quote it; the
            token that it issued before never does.
    """
    fields = _fields(response)
    match fields.get("type"):
        case "auth_success":
            return _accepted(fields, state)
        case "auth_error":
            issued = () if state.token is None else (state.token,)
            return Failed(_reason(fields, (*secrets, *issued)), state)
        case _:
            return Unrelated(state)


def _fields(response: str | bytes) -> Mapping[str, object]:
    said = decode_json(response) if isinstance(response, str) else None
    return cast("dict[str, object]", said) if isinstance(said, dict) else {}


def _accepted(fields: Mapping[str, object], state: AuthState) -> Ok | Failed:
    try:
        lifetime = _lifetime(fields, state.moment.unix)
    except _NonsenseError as error:
        return Failed(one_line(f"the server accepted, but {error}"), state)
    return Ok(state.authenticated(lifetime, token=_token(fields)))


def _lifetime(fields: Mapping[str, object], unix: float) -> float:
    match fields:
        case {"expires_at": ends} if ends is not None:
            lifetime = _seconds("expires_at", ends) - unix
        case {"expires_in": lasts} if lasts is not None:
            lifetime = _seconds("expires_in", lasts)
        case _:
            return DEFAULT_LIFETIME
    if lifetime <= 0:
        raise _NonsenseError(f"on terms that ended {abs(lifetime):.0f} s ago by our clock")
    return lifetime


def _seconds(field: str, value: object) -> float:
    match value:
        # The comparison is false for NaN too, and exact for integers of any size.
        case int() | float() if not isinstance(value, bool) and abs(value) <= END_OF_TIME:
            return float(value)
        case _:
            raise _NonsenseError(f"{field} is {value!r}, which is no time in seconds")


def _token(fields: Mapping[str, object]) -> Secret | None:
    match fields.get("token"):
        case str(token) if token:
            return Secret(token)
        case _:
            return None


def _reason(fields: Mapping[str, object], secrets: tuple[Secret, ...]) -> str:
    said = _first_said(fields.get("reason"), fields.get("message"))
    for secret in secrets:
        said = secret.hide_in(said)
    return one_line(said)


def _first_said(*candidates: object) -> str:
    for candidate in candidates:
        match candidate:
            case str() if candidate.strip():
                return candidate
            case int() | float():
                return str(candidate)
            case _:
                continue
    return "no reason given"
