"""What an auth handler is: three questions."""

from typing import Protocol, runtime_checkable

from holdfast.handlers.auth.results import AuthData, Failed, Ok, Unrelated
from holdfast.handlers.auth.state import AuthState


@runtime_checkable
class AuthHandler(Protocol):
    """Makes credentials, reads the answers, and says when to renew.

    Write your own for a scheme that is not here. It should keep nothing of its own:
    what an attempt leaves behind belongs in the state. It may take its time (fetch a
    token over HTTP). If it raises, its connection fails with a handler crash.
    """

    def generate_auth_data(self, state: AuthState, /) -> AuthData | Failed:
        """Return the credentials to send.

        Args:
            state: the state before the attempt; `state.moment` is now.

        Returns:
            `AuthData(data, state)`, or `Failed(reason, state)` when there are none.
        """
        ...

    def handle_auth_response(
        self, response: str | bytes, state: AuthState, /
    ) -> Ok | Unrelated | Failed:
        """Return what a message means for the attempt in flight.

        Args:
            response: str for text, bytes for binary; not always an answer.
            state: the state in the attempt; `state.moment` is now.

        Returns:
            `Ok(state.authenticated(...))`, `Failed(reason, state)`, or
            `Unrelated(state)` for a message that is no answer.
        """
        ...

    def needs_reauthentication(self, state: AuthState, /) -> bool:
        """Say whether accepted credentials are to be renewed now.

        Args:
            state: an authenticated state; `state.moment` is now.
        """
        ...
