"""Which names say that their value is a secret.

One list serves both uses: a key of a mapping (`is_sensitive`) and a ``name: value`` inside a text
(`NAMES`, a piece of a regular expression for `holdfast.actors.logs.patterns`).
"""

import re
from functools import lru_cache

__all__ = ["NAMES", "is_sensitive"]

# Long enough to count wherever a name ends in them: x-api-key, refreshToken, CLIENT_SECRET.
_LONG = (
    "passwords?|passwd|passphrase|passcode|secrets?|token|signature|authorization|cookies?"
    "|credentials?|bearer|(?:api|access|private|secret|signing|auth|session|listen|shared|master"
    "|encryption)[_-]?key"
)
# Endings of harmless words too (design, bypass), so only as a word of their own: CB-ACCESS-SIGN.
_SHORT = "(?<![a-z])(?:sig|sign|pwd|pass|jwt|otp|hmac)"
NAMES = f"(?:{_LONG}|{_SHORT})"

_SEPARATOR = re.compile(r"[-. ]")
_HUMP = re.compile(r"(?<=[a-z0-9])(?=[A-Z])")
_KEY = re.compile(f"{NAMES}(?:_?(?:value|header|string|text|hash|hex|b(?:ase)?64))?$")
_PLURAL = re.compile(r"(?:tokens|keys)$")


def is_sensitive(name: str, value: object) -> bool:
    """Say whether the value under this name must not be shown.

    Args:
        name: a key, a field or a header, in any case and with any separators.
        value: what stands under it; None, True and False tell nothing (`has_token`), nor does a
            number under a plural (`max_tokens`).
    """
    if value is None or isinstance(value, bool):
        return False
    secret, countable = _judge(name)
    return secret and not (countable and isinstance(value, int | float))


@lru_cache(maxsize=1024)
def _judge(name: str) -> tuple[bool, bool]:
    """Whether it names a secret, and whether a number under it is a count of secrets."""
    plain = _SEPARATOR.sub("_", _HUMP.sub("_", name).lower())
    if _KEY.search(plain):
        return True, False
    if _PLURAL.search(plain):
        return _KEY.search(plain.removesuffix("s")) is not None, True
    return False, False
