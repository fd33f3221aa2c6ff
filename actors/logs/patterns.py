"""Secrets by their shape inside a text: URLs, headers, ``name=value``, bearer tokens, PEM keys.

Every expression is linear in the text's length, and when in doubt masks too much.
"""

import re
from typing import Final

from holdfast.actors.logs.sensitive import NAMES

__all__ = ["MASK", "STEMS", "mask_patterns"]

MASK: Final = "***"

# wss://user:password@host (RFC 3986 section 3.2.1); the last @ counts, as passwords contain some.
_USERINFO = re.compile(r"""://[^/\s?#"'<>]*@""")

# The names that are secret in a query string alone; the general names are found by _PAIR.
_QUERY = re.compile(
    r"""([?&;](?:key|auth|code|sid|session(?:_?id)?|ticket|access|sig)=)[^&#\s"'<>]+""",
    re.IGNORECASE,
)

# A header's value is all of its line, spaces and semicolons included.
_HEADER = re.compile(
    r"""((?:authorization|cookie)\s{0,4}[:=]\s{0,4})[^\s"'][^\r\n]*""", re.IGNORECASE
)

# name=value, "name": "value", name => 'value', also inside a JSON text that was quoted once more.
_PAIR = re.compile(
    rf"""
    ({NAMES} (?:\\*["'])? \s{{0,4}} (?:=>|[:=]) \s{{0,4}})      # the name's end and the separator
    (?! (?:None|null|true|false)\b | \*\*\* | Secret\(\*\*\*\) )
    (?:
        (\\+["']) .*? (?: (?<!\\)\2 | \Z )                      # \"value\"
      | [brBR]{{0,2}} (?: "(?:[^"\\]|\\.)*+(?:"|\Z) | '(?:[^'\\]|\\.)*+(?:'|\Z) )
      | (?:bearer|basic) \s+ [^\s&<>]+
      | [^\s&<>]+
    )
    """,
    re.IGNORECASE | re.VERBOSE | re.DOTALL,
)

# RFC 6750 and RFC 7617; a message about the scheme ("Basic authentication failed") stays readable.
_SCHEME = re.compile(
    r"""\b(bearer|basic)\s+(?!(?:token|authentication|authorization|scheme|credentials)(?![\w.~+/=-]))
    [^\s,;"'<>]+""",
    re.IGNORECASE | re.VERBOSE,
)
_JWT = re.compile(r"\beyJ[\w-]{5,}\.[\w-]+(?:\.[\w-]*)?")
_PEM = re.compile(
    r"-----BEGIN [A-Z ]*PRIVATE KEY-----.*?(?:-----END [A-Z ]*PRIVATE KEY-----|\Z)", re.DOTALL
)

# Every name and scheme has one of these in it. Most texts have none, and looking for them costs
# a tenth of what the expressions cost.
STEMS = (
    *("pass", "pwd", "secret", "token", "key", "sig", "auth", "cookie", "cred", "jwt", "otp"),
    *("hmac", "bearer", "basic"),
)


def mask_patterns(text: str) -> str:
    """Return the text without what looks like a credential.

    Args:
        text: a string of bounded length.
    """
    if "://" in text:
        text = _USERINFO.sub(f"://{MASK}@", text)
    if "=" in text:
        text = _QUERY.sub(rf"\1{MASK}", text)
    if "eyJ" in text:
        text = _JWT.sub(MASK, text)
    return _mask_named(text) if _has_stem(text.lower()) else text


def _mask_named(text: str) -> str:
    text = _PEM.sub(MASK, text)
    text = _HEADER.sub(rf"\1{MASK}", text)
    text = _PAIR.sub(rf"\1{MASK}", text)
    return _SCHEME.sub(rf"\1 {MASK}", text)


def _has_stem(lower: str) -> bool:
    for stem in STEMS:  # noqa: SIM110  # any() with a generator costs three times as much
        if stem in lower:
            return True
    return False
