"""Sites: the connections of a fleet by where they go, so that nothing is asked twice."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final, TypeAlias

from holdfast.actors import ConnectionSpec, TlsOptions
from holdfast.actors.console.doctor.finding import Users, users_by
from holdfast.actors.wire.options import DialOptions
from holdfast.actors.wire.target import Target

__all__ = ["ASKED", "Ask", "Site", "sites_of"]

ASKED: Final = 5
"""Handshakes with one site at most: a host is not to be stormed by who wants to know how it is."""


@dataclass(frozen=True, slots=True)
class Ask:
    """A handshake: a path, headers and subprotocols.

    Args:
        target: where to, with the path.
        options: headers, subprotocols and TLS.
        users: the connections that ask so.
    """

    target: Target
    options: DialOptions
    users: Users


@dataclass(frozen=True, slots=True)
class Site:
    """A host and port, trusted in one way.

    Args:
        target: host and port.
        options: says how it is trusted.
        users: the connections that go there.
        asks: the handshakes to try, at most `ASKED`.
        left_out: what else would have been asked.
        secrets: whether these connections send credentials.
    """

    target: Target
    options: DialOptions
    users: Users
    asks: tuple[Ask, ...]
    left_out: int
    secrets: bool

    @property
    def place(self) -> str:
        """Host and port, for people."""
        return self.target.place


_Place: TypeAlias = tuple[str, int, bool, TlsOptions]
_Said: TypeAlias = tuple[str, tuple[tuple[str, str], ...], tuple[str, ...]]


def sites_of(specs: Iterable[ConnectionSpec]) -> list[Site]:
    """Return the sites of these connections, in the order of their first connection.

    Args:
        specs: of the connections.
    """
    members: dict[_Place, list[ConnectionSpec]] = {}
    for spec in specs:
        target = Target.parse(spec.url)
        members.setdefault((target.host, target.port, target.secure, spec.tls), []).append(spec)
    return [_site(each) for each in members.values()]


def _site(specs: list[ConnectionSpec]) -> Site:
    asks = _asks(specs)
    return Site(
        target=asks[0].target,
        options=asks[0].options,
        users=Users(specs[0].name, len(specs)),
        asks=tuple(asks[:ASKED]),
        left_out=len(asks[ASKED:]),
        secrets=any(spec.auth is not None or spec.headers for spec in specs),
    )


def _asks(specs: list[ConnectionSpec]) -> list[Ask]:
    by_name = {spec.name: spec for spec in specs}
    users = users_by((_said(spec), spec.name) for spec in specs).values()
    firsts = [(by_name[each.first], each) for each in users]
    return [Ask(Target.parse(spec.url), spec.dial_options(), each) for spec, each in firsts]


def _said(spec: ConnectionSpec) -> _Said:
    """Return what makes one handshake with a site differ from another."""
    resource = Target.parse(spec.url).resource
    return resource, tuple(sorted(spec.headers.items())), tuple(spec.subprotocols)
