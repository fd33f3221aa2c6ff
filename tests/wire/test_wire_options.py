"""DialOptions and TlsOptions: what is refused before anything is dialled, and what is shown."""

import pytest

from holdfast.actors.wire.dial import DialOptions
from holdfast.actors.wire.tls import TlsOptions


@pytest.mark.parametrize("value", ["hunter2\r\nX-Evil: 1", "hunter2\n", "hunter2\r", "hunter2\0"])
def test_a_header_cannot_smuggle_another_one(value: str) -> None:
    """RFC 9110 section 5.5: CR, LF and NUL are refused, by a line that does not show the value."""
    with pytest.raises(ValueError, match="'Authorization' holds a line break") as refusal:
        DialOptions(headers={"Authorization": value})
    assert "hunter2" not in str(refusal.value)


@pytest.mark.parametrize("name", ["", "X Y", "X:Y", "X\r\n", "X\n", "Ü"])
def test_a_header_has_to_have_a_name(name: str) -> None:
    """RFC 9110 section 5.1: a field name is a token."""
    with pytest.raises(ValueError, match="no name of a header"):
        DialOptions(headers={name: "x"})


@pytest.mark.parametrize("name", ["Host", "upgrade", "SEC-WEBSOCKET-KEY", "Content-Length"])
def test_the_handshakes_own_headers_cannot_be_replaced(name: str) -> None:
    """RFC 6455 section 4.1: a second key or length would break the handshake apart."""
    with pytest.raises(ValueError, match="belongs to the handshake itself"):
        DialOptions(headers={name: "x"})


@pytest.mark.parametrize("names", [("",), ("a b",), ("a,b",), ("a\r\nb",), ("a", "a")])
def test_subprotocols_are_tokens_and_differ(names: tuple[str, ...]) -> None:
    """RFC 6455 section 4.1, requirement 10."""
    with pytest.raises(ValueError, match="subprotocol"):
        DialOptions(subprotocols=names)


def test_an_origin_is_one_line() -> None:
    """It is sent as a header too."""
    with pytest.raises(ValueError, match="origin"):
        DialOptions(origin="https://h\r\nX-Evil: 1")


@pytest.mark.parametrize(
    ("url", "line"),
    [
        ("socks5://u:hunter2@h:1080", "only http:// proxies can be used, not socks5://"),
        ("http://u:hunter2@h:x", "malformed"),
        ("http://u:hunter2@", "names no host"),
        ("http://u:hunter2@h:0", "names no host, or port 0"),
    ],
)
def test_an_unusable_proxy_is_refused_without_its_password(url: str, line: str) -> None:
    """The URL of a proxy holds its credentials."""
    with pytest.raises(ValueError, match=line) as refusal:
        DialOptions(proxy=url)
    assert "hunter2" not in str(refusal.value)


def test_credentials_are_not_shown() -> None:
    """Options are part of a spec, and specs are logged."""
    options = DialOptions(headers={"Authorization": "hunter2"}, proxy="http://u:hunter2@h:1")
    assert "hunter2" not in repr(options)


def test_a_key_needs_a_certificate() -> None:
    """It could only fail at the first dial."""
    with pytest.raises(ValueError, match="key_file needs cert_file"):
        TlsOptions(key_file="key.pem")
