"""The way to a host: what DNS, TCP and a proxy showed."""

import ipaddress
from dataclasses import dataclass
from typing import Final

from holdfast.actors.console.doctor.advice import advice_for
from holdfast.actors.console.doctor.finding import Finding, Users, Verdict
from holdfast.handlers import Cause

__all__ = ["Connected", "Resolved", "Tunnelled", "milliseconds"]

SLOW: Final = 1.0
"""Seconds of a lookup, which every dial begins with."""
SHOWN: Final = 4
"""Addresses."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Resolved:
    """What DNS said.

    Args:
        host: that was looked up: the site's, or that of the proxy before it.
        users: the connections that need it.
        seconds: how long it took.
        addresses: in the order in which they are tried.
        cause: why there are none; None when there are.
    """

    host: str
    users: Users
    seconds: float
    addresses: tuple[str, ...] = ()
    cause: Cause | None = None

    def judge(self) -> Finding:
        """Fail a name without addresses; warn of a slow answer."""
        verdict, what, advice = self._verdict()
        return Finding("dns", self.host, verdict, what, advice, self.users)

    def _verdict(self) -> tuple[Verdict, str, str]:
        if self.cause is not None:
            return Verdict.FAIL, self.cause.detail, advice_for("dns", self.cause)
        if _is_address(self.host):
            return Verdict.OK, "an address: nothing to look up", ""
        found = f"{_listed(self.addresses)} in {milliseconds(self.seconds)}"
        if self.seconds > SLOW:
            return (
                Verdict.WARN,
                f"slow: {found}",
                "every dial waits for it: use a nearer resolver",
            )
        return Verdict.OK, found, ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Connected:
    """Which of a host's addresses takes connections.

    Args:
        place: host and port.
        users: the connections that go there.
        address: the first one that took a connection; None when none did.
        seconds: how long that took.
        failed: those before it, each with why it didn't.
    """

    place: str
    users: Users
    address: str | None
    seconds: float
    failed: tuple[tuple[str, Cause], ...] = ()

    def judge(self) -> Finding:
        """Fail when there is no address that works; warn when some don't."""
        verdict, what, advice = self._verdict()
        return Finding("tcp", self.place, verdict, what, advice, self.users)

    def _verdict(self) -> tuple[Verdict, str, str]:
        dead = "; ".join(_told(address, cause.detail) for address, cause in self.failed)
        advice = advice_for("tcp", self.failed[-1][1]) if self.failed else ""
        if self.address is None:
            return Verdict.FAIL, dead or "the host has no address", advice
        open_ = f"{self.address} in {milliseconds(self.seconds)}"
        if dead:
            return Verdict.WARN, f"{open_}, but not {dead}", f"of these addresses: {advice}"
        return Verdict.OK, open_, ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Tunnelled:
    """What a proxy said when it was asked for a tunnel.

    Args:
        place: where the tunnel leads.
        users: the connections that go there.
        seconds: how long it took.
        cause: why there is none; None when there is.
    """

    place: str
    users: Users
    seconds: float
    cause: Cause | None = None

    def judge(self) -> Finding:
        """Fail without a tunnel."""
        if self.cause is None:
            what = f"it opened a tunnel in {milliseconds(self.seconds)}"
            return Finding("proxy", self.place, Verdict.OK, what, "", self.users)
        advice = advice_for("proxy", self.cause)
        return Finding("proxy", self.place, Verdict.FAIL, self.cause.detail, advice, self.users)


def milliseconds(seconds: float) -> str:
    """Return a duration as people read it."""
    return f"{seconds * 1000:,.0f} ms"


def _told(address: str, detail: str) -> str:
    return detail if address in detail else f"{address}: {detail}"


def _is_address(host: str) -> bool:
    try:
        ipaddress.ip_address(host)
    except ValueError:
        return False
    return True


def _listed(addresses: tuple[str, ...]) -> str:
    more = f" and {len(addresses) - SHOWN} more" if len(addresses) > SHOWN else ""
    return ", ".join(addresses[:SHOWN]) + more
