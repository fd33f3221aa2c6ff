"""Payloads to messages and back, as the scripts and the ready-made servers speak them."""

import msgspec

__all__ = ["as_object", "encode"]


def encode(payload: object) -> str | bytes:
    """Return the message that says a payload.

    Args:
        payload: str (text), bytes (binary), or anything JSON can say (text).
    """
    if isinstance(payload, str | bytes):
        return payload
    return msgspec.json.encode(payload).decode()


def as_object(message: str | bytes) -> dict[str, object] | None:
    """Return the JSON object that a message says, None when it says none.

    Args:
        message: text or binary.
    """
    try:
        return msgspec.json.decode(message, type=dict[str, object])
    except (msgspec.DecodeError, UnicodeDecodeError):
        return None
