"""Authentication: what a handler of it is, what it returns, and the flow that asks it."""

from holdfast.handlers.auth.flow import (
    SendFrame,
    authenticate,
    check_reauthentication,
    handle_auth_response,
)
from holdfast.handlers.auth.hmac_auth import HmacAuth
from holdfast.handlers.auth.protocol import AuthHandler
from holdfast.handlers.auth.renewal import is_due, renewal_delay
from holdfast.handlers.auth.results import (
    AuthData,
    Failed,
    FailureKind,
    Ok,
    Reauthenticated,
    Unrelated,
)
from holdfast.handlers.auth.state import AuthState, AuthStatus
from holdfast.handlers.auth.token_auth import TokenAuth

__all__ = [
    "AuthData",
    "AuthHandler",
    "AuthState",
    "AuthStatus",
    "Failed",
    "FailureKind",
    "HmacAuth",
    "Ok",
    "Reauthenticated",
    "SendFrame",
    "TokenAuth",
    "Unrelated",
    "authenticate",
    "check_reauthentication",
    "handle_auth_response",
    "is_due",
    "renewal_delay",
]
