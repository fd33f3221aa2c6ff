"""HTTP proxies: which one a dial goes through, and the tunnel through it."""

import base64
import functools
import re
import socket
import urllib.request
from dataclasses import dataclass, field
from typing import Final, Self
from urllib.parse import unquote, urlsplit

from holdfast.actors.wire.errors import BadHandshakeError, ProxyRefusedError, UnusableOptionError
from holdfast.actors.wire.steps import Steps, read_head, send_all
from holdfast.actors.wire.target import Target

__all__ = ["ENVIRONMENT", "Proxy", "open_tunnel", "proxy_for"]

ENVIRONMENT: Final = "environment"
"""The setting for what https_proxy, http_proxy, all_proxy and no_proxy say."""

_STATUS: Final = re.compile(rb"HTTP/\d\.\d (\d{3})\b")


@dataclass(frozen=True, slots=True)
class Proxy:
    """An HTTP proxy that is asked for a tunnel.

    Args:
        host: name or address.
        port: 1 to 65535.
        authorization: what the Proxy-Authorization header holds, None for no header.
    """

    host: str
    port: int
    authorization: str | None = field(default=None, repr=False)

    @classmethod
    def parse(cls, url: str) -> Self:
        """Return the proxy that a URL names: `http://[user:password@]host[:port]`.

        Raises:
            ValueError: one line that tells what is wrong and does not quote the URL.
        """
        try:
            parts = urlsplit(url if "://" in url else f"http://{url}")
            host, port = parts.hostname, parts.port
        except ValueError:
            raise ValueError("the proxy's URL is malformed") from None
        if parts.scheme != "http":
            raise ValueError(f"only http:// proxies can be used, not {parts.scheme}://")
        if not host or port == 0:
            raise ValueError("the proxy's URL names no host, or port 0")
        return cls(host, port or 80, _basic(parts.username, parts.password))


def proxy_for(target: Target, setting: str | None) -> Proxy | None:
    """Return the proxy on the way to a target, None when there is none.

    Args:
        target: where the connection goes.
        setting: "environment", the URL of a proxy, or None to use none.

    Raises:
        UnusableOptionError: the environment names a proxy of a kind that can't be used.
    """
    if setting is None:
        return None
    if setting == ENVIRONMENT:
        return _from_environment(target.host, target.port, secure=target.secure)
    return Proxy.parse(setting)


def open_tunnel(sock: socket.socket, target: Target, proxy: Proxy) -> Steps[None]:
    """Ask a proxy for a tunnel to the target (RFC 6455 section 4.1, RFC 9110 section 9.3.6).

    Args:
        sock: connected to the proxy, non-blocking.
        target: where the tunnel leads.
        proxy: for its credentials.

    Raises:
        ProxyRefusedError: it answered with another status than 2xx.
        BadHandshakeError: its answer is not HTTP.
        StreamEndedError: it gave no answer.
    """
    place = f"{target.bracketed}:{target.port}"
    lines = [f"CONNECT {place} HTTP/1.1", f"Host: {place}"]
    if proxy.authorization is not None:
        lines.append(f"Proxy-Authorization: {proxy.authorization}")
    yield from send_all(sock, "\r\n".join([*lines, "", ""]).encode())
    head, behind = yield from read_head(sock)
    found = _STATUS.match(head)
    if found is None:
        raise BadHandshakeError("the proxy's answer has no HTTP status")
    status = int(found[1])
    if status not in range(200, 300):
        raise ProxyRefusedError(status)
    if behind:
        raise BadHandshakeError("the proxy sent bytes before the tunnel was used")


# Reading the environment takes 80 us, a fifth of a whole dial, and it changes for nobody.
@functools.lru_cache(maxsize=1024)
def _from_environment(host: str, port: int, *, secure: bool) -> Proxy | None:
    proxies = urllib.request.getproxies()
    url = proxies.get("https" if secure else "http") or proxies.get("all")
    if not url or urllib.request.proxy_bypass(f"{host}:{port}" if ":" not in host else host):
        return None
    try:
        return Proxy.parse(url)
    except ValueError as error:
        reason = f"proxy of the environment: {error}"
        raise UnusableOptionError("proxy_configuration", reason) from None


def _basic(user: str | None, password: str | None) -> str | None:
    """Return the credentials of the Basic scheme (RFC 7617 section 2)."""
    if user is None:
        return None
    pair = f"{unquote(user)}:{unquote(password or '')}"
    return "Basic " + base64.b64encode(pair.encode()).decode()
