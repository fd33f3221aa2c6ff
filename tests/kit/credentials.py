"""What the ready-made exchange asks of a login: the other side of `HmacAuth` and `TokenAuth`."""

import hashlib
import hmac
from collections.abc import Collection, Mapping

__all__ = ["sign", "verify"]


def sign(api_key: str, secret: str, timestamp: object) -> str:
    """Return the signature of a login.

    Args:
        api_key: the public half of the credentials.
        secret: the secret half.
        timestamp: Unix seconds, as the login says them.

    Returns:
        Lower-case hex of HMAC-SHA256 (RFC 2104) over the key followed by the timestamp.
    """
    message = f"{api_key}{timestamp}".encode()
    return hmac.new(secret.encode(), message, hashlib.sha256).hexdigest()


def verify(
    request: Mapping[str, object],
    secrets: Mapping[str, str] | None,
    tokens: Collection[str] | None,
) -> str | None:
    """Judge a login.

    Args:
        request: the login as a JSON object.
        secrets: secrets by API key.
        tokens: the tokens that are good as they are. With neither, every login is.

    Returns:
        None when it is good, else the reason why not, in one word.
    """
    if secrets is None and tokens is None:
        return None
    if "token" in request:
        return None if request["token"] in (tokens or ()) else "unknown_token"
    return _verify_signature(request, secrets or {})


def _verify_signature(request: Mapping[str, object], secrets: Mapping[str, str]) -> str | None:
    api_key, signature = request.get("api_key"), request.get("signature")
    timestamp = request.get("timestamp")
    if not isinstance(api_key, str) or not isinstance(signature, str) or timestamp is None:
        return "bad_request"
    if api_key not in secrets:
        return "unknown_key"
    good = sign(api_key, secrets[api_key], timestamp)
    return None if hmac.compare_digest(good.encode(), signature.encode()) else "bad_signature"
