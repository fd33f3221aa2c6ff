"""Target: which URLs are taken, and how the others are refused."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from holdfast.actors.wire.target import Target


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("ws://example.org", Target("example.org", 80, secure=False, resource="/")),
        ("wss://example.org", Target("example.org", 443, secure=True, resource="/")),
        ("WSS://EXAMPLE.org:8443/a/b", Target("example.org", 8443, secure=True, resource="/a/b")),
        ("ws://h?x=1&y=%20", Target("h", 80, secure=False, resource="/?x=1&y=%20")),
        ("ws://h/a;b=c;d?e;f", Target("h", 80, secure=False, resource="/a;b=c;d?e;f")),
        ("ws://h/ü?☃", Target("h", 80, secure=False, resource="/%C3%BC?%E2%98%83")),
        ("ws://bücher.example/", Target("xn--bcher-kva.example", 80, secure=False)),
        ("ws://my_service:1/", Target("my_service", 1, secure=False)),
        ("ws://127.0.0.1:65535/", Target("127.0.0.1", 65535, secure=False)),
        ("wss://[::1]:8443/", Target("::1", 8443, secure=True)),
        ("ws://example.org:", Target("example.org", 80, secure=False)),
    ],
)
def test_a_websocket_url_is_taken_apart(url: str, expected: Target) -> None:
    """RFC 6455 section 3: scheme, host, port with its default, resource name."""
    assert Target.parse(url) == expected


@pytest.mark.parametrize(
    ("url", "line"),
    [
        ("http://hunter2/", "must begin with ws:// or wss://"),
        ("hunter2", "must begin with ws:// or wss://"),
        ("", "must begin with ws:// or wss://"),
        ("hunter2.example:80/x", "must begin with ws:// or wss://"),
        ("ws://", "names no host"),
        ("ws:///hunter2", "names no host"),
        ("ws://:80/hunter2", "names no host"),
        ("ws://h:0/hunter2", "port must be a number from 1 to 65535"),
        ("ws://h:65536/hunter2", "port must be a number from 1 to 65535"),
        ("ws://h:hunter2/", "port must be a number from 1 to 65535"),
        ("wss://user:hunter2@h/", "user name or password"),
        ("wss://hunter2@h/", "user name or password"),
        ("wss://user:hunter2/x@h/", "port must be a number from 1 to 65535"),
        ("ws://h/#hunter2", "fragment"),
        ("ws://h/hunter2#", "fragment"),
        ("ws://h/ hunter2", "space or a control character"),
        ("ws://h/\r\nX-Evil: hunter2", "space or a control character"),
        ("\tws://h/hunter2", "space or a control character"),
        ("ws://[::1/hunter2", "host is malformed"),
        ("ws://[::hunter2]/", "malformed"),
        ("ws://hun%74er2/", "host is malformed"),
        ("ws://a..hunter2/", "host is malformed"),
        (f"ws://{'hunter2' * 10}.example/", "host is malformed"),
        ("ws://h/hunter2\ud800", "UTF-8 cannot encode"),
    ],
)
def test_any_other_url_is_refused_in_one_line(url: str, line: str) -> None:
    """The refusal tells what is wrong and never quotes the URL, which may hold a credential."""
    with pytest.raises(ValueError, match=line) as refusal:
        Target.parse(url)
    assert "hunter2" not in str(refusal.value)
    assert "\n" not in str(refusal.value)
    # What a traceback would print next to it.
    assert refusal.value.__cause__ is None
    assert refusal.value.__context__ is None or refusal.value.__suppress_context__


@given(url=st.text().map("ws://{}".format))
def test_no_url_has_another_outcome(url: str) -> None:
    """Anything is either a target that can be sent as it is, or a ValueError."""
    try:
        target = Target.parse(url)
    except ValueError:
        return
    assert target.host
    assert 1 <= target.port <= 65535
    assert target.resource.startswith("/")
    assert target.resource.isascii()
    assert target.resource.isprintable()
    assert " " not in target.resource


@pytest.mark.parametrize(
    ("url", "authority"),
    [
        ("ws://h", "h"),
        ("ws://h:443", "h:443"),
        ("wss://h:443", "h"),
        ("wss://h:80", "h:80"),
        ("wss://[::1]", "[::1]"),
        ("wss://[::1]:1", "[::1]:1"),
    ],
)
def test_the_host_header_names_a_port_that_is_not_the_schemes_own(url: str, authority: str) -> None:
    """RFC 6455 section 4.1, requirement 4."""
    assert Target.parse(url).authority == authority


def test_path_and_query_are_not_shown() -> None:
    """Many services take their token in the query."""
    assert "hunter2" not in repr(Target.parse("wss://h/hunter2?token=hunter2"))
