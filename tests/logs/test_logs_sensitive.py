"""Names that say that their value is a secret."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from holdfast.actors.logs.patterns import STEMS
from holdfast.actors.logs.sensitive import NAMES, is_sensitive

SECRET = [
    "password",
    "PASSWORD",
    "db_passwd",
    "passphrase",
    "OK-ACCESS-PASSPHRASE",
    "secret",
    "clientSecret",
    "client_secret",
    "token",
    "refresh_token",
    "accesstoken",
    "X-Auth-Token",
    "token_value",
    "api_key",
    "apiKey",
    "X-MBX-APIKEY",
    "x-api-key",
    "access.key",
    "CB-ACCESS-SIGN",
    "sign",
    "mySig",
    "signature",
    "authorization",
    "Proxy-Authorization",
    "cookie",
    "Set-Cookie",
    "cookies",
    "access_key",
    "AWS_SECRET_ACCESS_KEY",
    "private key",
    "credential",
    "credentials",
    "listenKey",
    "jwt",
    "pwd",
    "password_hash",
    "tokens",
    "api_keys",
]
HARMLESS = [
    "key",
    "author",
    "design",
    "bypass",
    "signal",
    "token_type",
    "secret_name",
    "token_count",
    "keys",
    "monkeys",
    "cookie_jar_path",
    "connection",
    "cause",
    "renewal",
    "expires_in",
]


@pytest.mark.parametrize("name", SECRET)
def test_a_value_under_a_secret_name_is_hidden(name: str) -> None:
    assert is_sensitive(name, "value")


@pytest.mark.parametrize("name", HARMLESS)
def test_a_value_under_a_harmless_name_is_shown(name: str) -> None:
    assert not is_sensitive(name, "value")


@pytest.mark.parametrize("value", [None, True, False])
def test_what_tells_nothing_is_shown(value: object) -> None:
    assert not is_sensitive("token", value)


def test_a_number_is_a_secret_but_a_count_is_not() -> None:
    assert is_sensitive("password", 12345)
    assert not is_sensitive("max_tokens", 12345)


@given(st.from_regex(re.compile(NAMES, re.ASCII), fullmatch=True))
def test_every_name_that_is_looked_for_in_texts_has_a_stem(name: str) -> None:
    """The stems decide whether a text is searched at all, so none may be missing."""
    assert any(stem in name.lower() for stem in STEMS)
