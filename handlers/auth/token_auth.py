"""Authentication by a token that one has already."""

from dataclasses import dataclass, replace

from holdfast.handlers.auth.answer import read_answer
from holdfast.handlers.auth.renewal import is_due
from holdfast.handlers.auth.results import AuthData, Failed, Ok, Unrelated
from holdfast.handlers.auth.state import DEFAULT_THRESHOLD, AuthState
from holdfast.handlers.check import not_negative
from holdfast.handlers.secret import Secret


@dataclass(frozen=True, slots=True, init=False)
class TokenAuth:
    """Show a token.

        {"type": "auth", "token": "…"}

    A token that the server issues in its answer is shown from then on, for as long as
    it is good: a rejoin with the old one would be refused.

    Attributes:
        token: shown at first, and whenever the server's own is no longer good; kept out
            of the repr.
        threshold: seconds before the end of the credentials at which they are renewed.

    Raises:
        ValueError: the token is empty, or `threshold` no sensible number.
    """

    token: Secret
    threshold: float

    def __init__(self, token: str | Secret, threshold: float = DEFAULT_THRESHOLD) -> None:
        """Take the token of one account."""
        not_negative("threshold", threshold)
        object.__setattr__(self, "token", Secret.of(token))
        object.__setattr__(self, "threshold", threshold)

    def generate_auth_data(self, state: AuthState) -> AuthData | Failed:
        """Return a payload with the newest token that is still good.

        Args:
            state: the state before the attempt.
        """
        payload = {"type": "auth", "token": self._newest(state).reveal()}
        return AuthData(payload, replace(state, threshold=self.threshold))

    def handle_auth_response(
        self, response: str | bytes, state: AuthState
    ) -> Ok | Unrelated | Failed:
        """Read `auth_success` and `auth_error`; see `holdfast.handlers.auth.answer`.

        Args:
            response: one message.
            state: the state in the attempt.
        """
        return read_answer(response, state, (self.token,))

    def needs_reauthentication(self, state: AuthState) -> bool:
        """Say whether the credentials come to their end.

        Args:
            state: an authenticated state.
        """
        return is_due(state)

    def _newest(self, state: AuthState) -> Secret:
        left = state.time_left()
        if state.token is None or (left is not None and left <= 0):
            return self.token
        return state.token
