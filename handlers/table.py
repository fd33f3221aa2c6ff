"""Which message handler treats which message about authentication."""

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any, Final, TypeAlias

from holdfast.handlers import authenticate, reauth, response
from holdfast.handlers.auth.flow import SendFrame
from holdfast.handlers.auth.state import AuthState
from holdfast.handlers.effects import Effect
from holdfast.handlers.messages import (
    Authenticate,
    AuthResponse,
    CheckReauthentication,
    Reauthenticate,
)

MessageHandler: TypeAlias = Callable[
    [Any, AuthState, SendFrame], tuple[AuthState, tuple[Effect, ...]]
]
"""Given a message, the state and `send_frame`, returns the next state and what to do.

The message is Any, because a table by type cannot say which handler takes which type.
"""

AUTH_HANDLERS: Final[Mapping[type, MessageHandler]] = MappingProxyType(
    {
        Authenticate: authenticate.handle,
        AuthResponse: response.handle,
        CheckReauthentication: reauth.handle,
        Reauthenticate: authenticate.handle,
    }
)
