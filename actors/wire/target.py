"""Target: where a connection goes, taken from its URL."""

import functools
import ipaddress
import re
import string
from dataclasses import dataclass, field
from typing import Final
from urllib.parse import SplitResult, quote, urlsplit

__all__ = ["Target"]

# RFC 6455 section 3: the two schemes, and their default ports.
_DEFAULT_PORTS: Final = {"ws": 80, "wss": 443}
_UNPRINTABLE: Final = re.compile(r"[\x00-\x20\x7f]")
_HOST_NAME: Final = re.compile(r"[a-z0-9_-]+(\.[a-z0-9_-]+)*\.?")


@dataclass(frozen=True, slots=True)
class Target:
    """The place a URL names; its path and query are not shown, since they may hold a token.

    Args:
        host: a name in ASCII, or an IP address without brackets.
        port: 1 to 65535.
        secure: True for `wss`.
        resource: path and query as they are sent, beginning with "/".
    """

    host: str
    port: int
    secure: bool
    resource: str = field(default="/", repr=False)

    @staticmethod
    def parse(url: str) -> "Target":
        """Return what a `ws://` or `wss://` URL names (RFC 6455 section 3).

        Args:
            url: the URL; characters outside ASCII are encoded as RFC 3987 says.

        Raises:
            ValueError: one line that tells what is wrong and does not quote the URL.
        """
        # A query may hold a token, which no cache should keep.
        return _parse(url) if "?" in url else _parse_once(url)

    @property
    def authority(self) -> str:
        """Host and port as the Host header wants them (RFC 6455 section 4.1, requirement 4)."""
        default = _DEFAULT_PORTS["wss" if self.secure else "ws"]
        return self.bracketed if self.port == default else f"{self.bracketed}:{self.port}"

    @property
    def place(self) -> str:
        """Host and port, whatever the port."""
        return f"{self.bracketed}:{self.port}"

    @property
    def bracketed(self) -> str:
        """The host as URLs write it: IPv6 addresses in brackets."""
        return f"[{self.host}]" if ":" in self.host else self.host


def _parse(url: str) -> Target:
    if _UNPRINTABLE.search(url):
        raise ValueError("the URL holds a space or a control character")
    parts = _split(url)
    if parts.scheme not in _DEFAULT_PORTS:
        raise ValueError("the URL must begin with ws:// or wss://")
    if "@" in parts.netloc:
        raise ValueError(
            "the URL holds a user name or password; send credentials by auth or by headers"
        )
    if "#" in url:
        raise ValueError("the URL holds a fragment (#), which RFC 6455 section 3 forbids")
    port = _port(parts)
    return Target(_host(parts), port, parts.scheme == "wss", _resource(parts))


_parse_once = functools.lru_cache(maxsize=1024)(_parse)


def _split(url: str) -> SplitResult:
    try:
        return urlsplit(url)
    except ValueError:
        # `from None`, here and below: the standard library's messages quote the URL.
        raise ValueError("the URL's host is malformed") from None


def _port(parts: SplitResult) -> int:
    try:
        port = parts.port
    except ValueError:
        port = 0
    if port == 0:
        raise ValueError("the URL's port must be a number from 1 to 65535")
    return port or _DEFAULT_PORTS[parts.scheme]


def _host(parts: SplitResult) -> str:
    host = parts.hostname or ""
    if not host:
        raise ValueError("the URL names no host")
    if ":" in host:
        return _ipv6(host)
    try:
        # Also for ASCII: it checks that no label is longer than DNS allows.
        name = host.encode("idna").decode()
    except UnicodeError:
        name = ""
    if not _HOST_NAME.fullmatch(name):
        raise ValueError("the URL's host is malformed")
    return name


def _ipv6(host: str) -> str:
    try:
        return str(ipaddress.IPv6Address(host))
    except ValueError:
        raise ValueError("the URL's IPv6 address is malformed") from None


def _resource(parts: SplitResult) -> str:
    """Return path and query, percent-encoded where needed (RFC 6455 section 3, resource-name)."""
    resource = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    try:
        return quote(resource, safe=string.punctuation)
    except UnicodeEncodeError:
        raise ValueError("the URL holds characters that UTF-8 cannot encode") from None
