"""Proxies: what the environment says of them, and for which hosts."""

import os
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Final

from holdfast.actors import ConnectionSpec
from holdfast.actors.console.doctor.finding import Finding, Users, Verdict, users_by
from holdfast.actors.wire.errors import WireError
from holdfast.actors.wire.proxy import proxy_for
from holdfast.actors.wire.target import Target

__all__ = ["ProxyNoticed", "ProxyRoute", "look_at_proxies"]

VARIABLES: Final = ("https_proxy", "http_proxy", "all_proxy", "no_proxy")


@dataclass(frozen=True, slots=True)
class ProxyNoticed:
    """The variables of the environment that speak of proxies.

    Args:
        variables: the names of those that are set; their values may hold a password.
    """

    variables: tuple[str, ...]

    def judge(self) -> Finding:
        """Say what is there: neither is wrong."""
        what = f"set: {', '.join(self.variables)}" if self.variables else "no proxy is set"
        return Finding("proxy", "environment", Verdict.OK, what)


@dataclass(frozen=True, slots=True)
class ProxyRoute:
    """The way to a host, where it isn't the straight one.

    Args:
        place: host and port that connections go to.
        users: these connections.
        proxy: host and port of the proxy on the way.
        problem: why it can't be used; None when it can.
    """

    place: str
    users: Users
    proxy: str = ""
    problem: str | None = None

    def judge(self) -> Finding:
        """Fail a proxy of a kind that can't be used."""
        if self.problem is None:
            what = f"reached through the proxy {self.proxy}"
            return Finding("proxy", self.place, Verdict.OK, what, "", self.users)
        advice = "name an http:// proxy, or name the host in no_proxy"
        return Finding("proxy", self.place, Verdict.FAIL, self.problem, advice, self.users)


def look_at_proxies(specs: Iterable[ConnectionSpec]) -> Iterator[ProxyNoticed | ProxyRoute]:
    """Read the environment, and ask for the way to each host.

    Args:
        specs: of the connections.
    """
    names = (name for lower in VARIABLES for name in (lower, lower.upper()))
    yield ProxyNoticed(tuple(name for name in names if os.environ.get(name)))
    hops = ((_place_of(spec), spec.name) for spec in specs)
    for (target, setting), users in users_by(hops).items():
        try:
            proxy = proxy_for(target, setting)
        except WireError as error:
            yield ProxyRoute(target.place, users, problem=error.cause.detail)
        else:
            if proxy is not None:
                yield ProxyRoute(target.place, users, f"{proxy.host}:{proxy.port}")


def _place_of(spec: ConnectionSpec) -> tuple[Target, str | None]:
    target = Target.parse(spec.url)
    return Target(target.host, target.port, target.secure), spec.dial_options().proxy
