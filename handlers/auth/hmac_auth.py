"""Authentication by a signature over the key and the time, as many exchanges do it."""

import hmac
from dataclasses import dataclass, replace

from holdfast.handlers.auth.answer import read_answer
from holdfast.handlers.auth.renewal import is_due
from holdfast.handlers.auth.results import AuthData, Failed, Ok, Unrelated
from holdfast.handlers.auth.state import DEFAULT_THRESHOLD, AuthState
from holdfast.handlers.check import not_negative
from holdfast.handlers.secret import Secret


@dataclass(frozen=True, slots=True, init=False)
class HmacAuth:
    """Sign the key and the time with the secret; the secret itself is never sent.

        {"type": "auth", "timestamp": 1767225600, "api_key": "…", "signature": "…"}

    The signature is HMAC-SHA256 (RFC 2104) in lower-case hex, keyed by the secret, over
    the API key followed by the timestamp.

    Attributes:
        api_key: which account; kept out of the repr.
        secret: the key of the signature; kept out of the repr.
        threshold: seconds before the end of the credentials at which they are renewed.

    Raises:
        ValueError: the key or the secret is empty, or `threshold` no sensible number.
    """

    api_key: Secret
    secret: Secret
    threshold: float

    def __init__(
        self,
        api_key: str | Secret,
        secret: str | Secret,
        threshold: float = DEFAULT_THRESHOLD,
    ) -> None:
        """Take the credentials of one account."""
        not_negative("threshold", threshold)
        object.__setattr__(self, "api_key", Secret.of(api_key))
        object.__setattr__(self, "secret", Secret.of(secret))
        object.__setattr__(self, "threshold", threshold)

    def generate_auth_data(self, state: AuthState) -> AuthData | Failed:
        """Return a payload signed now.

        Args:
            state: the state before the attempt.
        """
        timestamp = int(state.moment.unix)
        payload = {
            "type": "auth",
            "timestamp": timestamp,
            "api_key": self.api_key.reveal(),
            "signature": self.sign(timestamp),
        }
        return AuthData(payload, replace(state, threshold=self.threshold))

    def handle_auth_response(
        self, response: str | bytes, state: AuthState
    ) -> Ok | Unrelated | Failed:
        """Read `auth_success` and `auth_error`; see `holdfast.handlers.auth.answer`.

        Args:
            response: one message.
            state: the state in the attempt.
        """
        return read_answer(response, state, (self.secret, self.api_key))

    def needs_reauthentication(self, state: AuthState) -> bool:
        """Say whether the credentials come to their end.

        Args:
            state: an authenticated state.
        """
        return is_due(state)

    def sign(self, timestamp: int) -> str:
        """Return the signature for a time, in lower-case hex.

        Args:
            timestamp: unix seconds.
        """
        signed = f"{self.api_key.reveal()}{timestamp}"
        return hmac.new(self.secret.reveal().encode(), signed.encode(), "sha256").hexdigest()
