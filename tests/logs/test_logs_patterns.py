"""Credentials by their shape: masked in any text, while what explains a failure stays readable."""

import pytest

from holdfast.actors.logs.patterns import mask_patterns

MASKED = [
    # URLs
    ("wss://user:hunter2@host:8443/ws", "wss://***@host:8443/ws"),
    ("wss://user:p@ss@host/ws", "wss://***@host/ws"),
    ("wss://token-as-user@host", "wss://***@host"),
    ("wss://h/ws?token=abc&channel=btc", "wss://h/ws?token=***&channel=btc"),
    ("wss://h/ws?a=1&listenKey=abc#x", "wss://h/ws?a=1&listenKey=***"),
    ("/ws?key=abc&v=2 refused", "/ws?key=***&v=2 refused"),
    ("/ws?auth=abc", "/ws?auth=***"),
    ("v=1&key=abc", "v=1&key=***"),
    # headers
    ("Authorization: Bearer abc.def-ghi", "Authorization: ***"),
    ("Authorization: Digest a=1, b=2", "Authorization: ***"),
    ("Host: h\r\nCookie: a=b; c=d\r\nOrigin: o", "Host: h\r\nCookie: ***\r\nOrigin: o"),
    ("Set-Cookie: sid=1; Path=/", "Set-Cookie: ***"),
    ("X-Api-Key: abc\r\nHost: h", "X-Api-Key: ***\r\nHost: h"),
    ("CB-ACCESS-SIGN: abc=", "CB-ACCESS-SIGN: ***"),
    # names and values
    ("password=hunter2 retry=3", "password=*** retry=3"),
    ("passphrase = hunter2", "passphrase = ***"),
    ("password=a,b;c", "password=***"),
    ('{"api_key":"abc","ok":1}', '{"api_key":***,"ok":1}'),
    ('{"token": "a\\"b c", "ok": 1}', '{"token": ***, "ok": 1}'),
    ('"{\\"token\\":\\"abc\\",\\"ok\\":1}"', '"{\\"token\\":***,\\"ok\\":1}"'),
    ('"{\\"token\\":\\"a\\\\\\"b\\",\\"ok\\":1}"', '"{\\"token\\":***,\\"ok\\":1}"'),
    ("{'Authorization': 'Bearer abc', 'b': 1}", "{'Authorization': ***, 'b': 1}"),
    ("AuthData(signature='abc', n=1)", "AuthData(signature=***, n=1)"),
    ("token=b'abc def'", "token=***"),
    ("secret => abc", "secret => ***"),
    ('"token": "never closed', '"token": ***'),
    # schemes and shapes
    ("got Bearer abc.def", "got Bearer ***"),
    ("Basic dXNlcjpwYXNz refused", "Basic *** refused"),
    ("jwt eyJhbGciOi.eyJzdWIi.c2ln end", "jwt *** end"),
    ("x -----BEGIN EC PRIVATE KEY-----\nabc\n-----END EC PRIVATE KEY----- y", "x *** y"),
    ("-----BEGIN PRIVATE KEY-----\nabc cut off", "***"),
]
READABLE = [
    "invalid signature",
    "token expired",
    "401 Unauthorized: invalid api key",
    "Basic authentication failed",
    "Bearer token required",
    "[Errno 111] Connection refused: 127.0.0.1:8443",
    "closed 1012: service restart at 12:30",
    "token=None, secret=Secret(***)",
    "wss://host/ws?channel=btc&depth=5",
    "key: value",
    "design: blue",
    '{"type":"subscribe","channel":"btc"}',
]


@pytest.mark.parametrize(("text", "shown"), MASKED)
def test_a_credential_is_masked(text: str, shown: str) -> None:
    assert mask_patterns(text) == shown


@pytest.mark.parametrize("text", READABLE)
def test_an_explanation_stays_readable(text: str) -> None:
    assert mask_patterns(text) == text


@pytest.mark.parametrize("shown", [shown for _, shown in MASKED])
def test_masking_again_changes_nothing(shown: str) -> None:
    assert mask_patterns(shown) == shown
