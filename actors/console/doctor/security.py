"""TLS: is the server who it says it is, and for how long."""

import ipaddress
from dataclasses import dataclass
from typing import Final

from holdfast.actors.console.doctor.advice import advice_for, advice_for_certificate
from holdfast.actors.console.doctor.finding import Finding, Users, Verdict
from holdfast.actors.console.doctor.way import milliseconds
from holdfast.handlers import Cause

__all__ = ["InTheClear", "Secured"]

SOON: Final = 21.0
"""Days: most certificates that are renewed by machines are renewed 30 days before their end."""
DAY: Final = 86_400.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Secured:
    """How a TLS handshake ended.

    Args:
        place: host and port.
        users: the connections that go there.
        seconds: how long it took.
        now: Unix seconds.
        version: of the protocol, such as `TLSv1.3`.
        verified: whether the file wants the certificate verified.
        expires: Unix seconds; None when the certificate wasn't looked at.
        cause: why it failed; None when it didn't.
        verify_code: OpenSSL's reason not to trust the certificate; 0 when that isn't why.
        verify_message: the same in words.
    """

    place: str
    users: Users
    seconds: float
    now: float
    version: str = ""
    verified: bool = True
    expires: float | None = None
    cause: Cause | None = None
    verify_code: int = 0
    verify_message: str = ""

    def judge(self) -> Finding:
        """Fail without trust; warn when it will end soon, or when there is none on purpose."""
        verdict, what, advice = self._failure() if self.cause else self._success()
        return Finding("tls", self.place, verdict, what, advice, self.users)

    def _failure(self) -> tuple[Verdict, str, str]:
        if self.verify_code:
            advice = advice_for_certificate(self.verify_code)
            return Verdict.FAIL, f"not to be trusted: {self.verify_message}", advice
        detail = self.cause.detail if self.cause else ""
        return Verdict.FAIL, detail, advice_for("tls", self.cause) if self.cause else ""

    def _success(self) -> tuple[Verdict, str, str]:
        spoken = f"{self.version} in {milliseconds(self.seconds)}"
        if not self.verified:
            what = f"{spoken}, but nobody knows with whom: `tls.verify` is false"
            return Verdict.WARN, what, "name the server's authority as `tls.ca_file` instead"
        if self.expires is None:
            return Verdict.OK, f"{spoken}, verified", ""
        days = (self.expires - self.now) / DAY
        if days < SOON:
            what = f"{spoken}, verified, but the certificate expires in {days:.0f} days"
            return Verdict.WARN, what, "have the service renew it"
        return Verdict.OK, f"{spoken}, verified; {days:,.0f} days to expiry", ""


@dataclass(frozen=True, slots=True, kw_only=True)
class InTheClear:
    """A connection without TLS.

    Args:
        place: host and port.
        users: the connections that go there.
        address: of the host, or of the proxy before it.
        secrets: whether these connections send credentials.
    """

    place: str
    users: Users
    address: str
    secrets: bool

    def judge(self) -> Finding:
        """Warn of credentials that others can read on their way."""
        if not self.secrets or ipaddress.ip_address(self.address).is_loopback:
            return Finding("tls", self.place, Verdict.OK, "none: ws://", "", self.users)
        what = "none: ws:// shows credentials to everybody on the way"
        return Finding("tls", self.place, Verdict.WARN, what, "write wss:// in `url`", self.users)
