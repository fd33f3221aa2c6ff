"""DialOptions: what a handshake says besides the URL."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

from holdfast.actors.wire.proxy import ENVIRONMENT, Proxy
from holdfast.actors.wire.tls import TlsOptions

__all__ = ["DialOptions"]

# RFC 9110 sections 5.6.2 (token) and 5.5 (field values: no CR, LF or NUL).
_TOKEN: Final = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")
_FIELD_VALUE: Final = re.compile(r"[^\x00-\x08\x0a-\x1f\x7f]*")

# What the handshake itself says (RFC 6455 section 4.1), or what the body it doesn't have would.
_RESERVED: Final = frozenset(
    {
        "connection",
        "content-length",
        "host",
        "origin",
        "sec-websocket-accept",
        "sec-websocket-extensions",
        "sec-websocket-key",
        "sec-websocket-protocol",
        "sec-websocket-version",
        "transfer-encoding",
        "upgrade",
    }
)


@dataclass(frozen=True, slots=True)
class DialOptions:
    """How to dial. Headers and the proxy's URL are not shown, since they may hold credentials.

    Args:
        headers: sent with the handshake.
        subprotocols: offered to the server, the preferred one first (RFC 6455 section 1.9).
        origin: value of the Origin header; None sends none, as programs do that are no browser.
        tls: whom to trust; of no use for `ws`.
        proxy: "environment", the URL of an HTTP proxy, or None for none.

    Raises:
        ValueError: one line that names the option, and the header but not its value.
    """

    headers: Mapping[str, str] = field(default_factory=dict[str, str], repr=False)
    subprotocols: tuple[str, ...] = ()
    origin: str | None = None
    tls: TlsOptions = TlsOptions()
    proxy: str | None = field(default=ENVIRONMENT, repr=False)

    def __post_init__(self) -> None:
        """Refuse what would break the handshake apart."""
        for name, value in self.headers.items():
            _check_header(name, value)
        for name in self.subprotocols:
            if not _TOKEN.fullmatch(name):
                raise ValueError(f"subprotocol {name!r} is no token")
        # RFC 6455 section 4.1, requirement 10.
        if len(set(self.subprotocols)) < len(self.subprotocols):
            raise ValueError("subprotocols: one is named twice")
        if self.origin is not None and not _FIELD_VALUE.fullmatch(self.origin):
            raise ValueError("origin holds a line break or a control character")
        if self.proxy is not None and self.proxy != ENVIRONMENT:
            Proxy.parse(self.proxy)


def _check_header(name: str, value: str) -> None:
    if not _TOKEN.fullmatch(name):
        raise ValueError(f"header {name!r} is no name of a header")
    if name.lower() in _RESERVED:
        raise ValueError(f"header {name!r} belongs to the handshake itself")
    if not _FIELD_VALUE.fullmatch(value):
        raise ValueError(f"the value of header {name!r} holds a line break or a control character")
