"""What the pictures of the guides show: a night, made up, the same at each drawing."""

import random
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from holdfast.actors import Counts
from holdfast.actors.console.control.views import AuthPart, CausePart, ConnectionView, HostView
from holdfast.actors.console.doctor.finding import Finding, Users, Verdict
from holdfast.actors.console.logfile.record import Record
from holdfast.actors.console.view.snapshot import FleetView, Snapshot
from holdfast.handlers import Cause, CauseKind, Phase, Reason, Transition
from holdfast.handlers.story import Situation

__all__ = [
    "FINDINGS",
    "HISTORY",
    "NOW",
    "SITUATION",
    "a_big_fleet",
    "a_fleet_in_trouble",
    "records",
]

NOW: Final = datetime(2026, 1, 2, 3, 17, 7, tzinfo=UTC).timestamp()

SIGNATURE: Final = CausePart(
    kind="auth_rejected",
    name="auth_rejected",
    detail="the server refused the login: invalid signature",
)
TAKEN: Final = CausePart(
    kind="session_taken", name="closed_4009", detail="closed with 4009 (replaced by a new session)"
)
REFUSED: Final = CausePart(
    kind="network",
    name="connection_refused",
    detail="ConnectionRefusedError: [Errno 111] Connection refused (203.0.113.7 port 443)",
)
BUSY: Final = CausePart(kind="server_busy", name="http_503", detail="503 Service Unavailable")


_DOWN: Final[dict[str, Any]] = {
    "auth": AuthPart(status="idle", expires_in=None, accepted=3, renewed=2),
    "rate_in": 0.0,
    "rate_out": 0.0,
    "round_trip": None,
}
"""What is true of whatever has no stream."""


def a_fleet_in_trouble() -> Snapshot:
    """Return a fleet of ten, of which some are down, each for another reason."""
    return _snapshot(
        "fleet.toml",
        [
            _view(
                "deribit-1",
                phase=Phase.QUARANTINED,
                seconds=3780.0,
                cause=SIGNATURE,
                last_data=3781.0,
                **_DOWN,
            ),
            _view(
                "okx-orders",
                phase=Phase.QUARANTINED,
                seconds=312.0,
                cause=TAKEN,
                host="ws.okx.example:443",
                last_data=313.0,
                **_DOWN,
            ),
            _view(
                "kraken-2",
                phase=Phase.BACKOFF,
                seconds=21.0,
                cause=REFUSED,
                host="ws.kraken.example:443",
                retry_in=17.4,
                last_data=95.0,
                restarts_last_hour=6,
                **_DOWN,
            ),
            _view(
                "kraken-1",
                phase=Phase.CONNECTING,
                seconds=2.0,
                cause=BUSY,
                host="ws.kraken.example:443",
                last_data=64.0,
                restarts_last_hour=4,
                **_DOWN,
            ),
            *(
                _view(name, host=host, rate_in=rate, last_data=quiet, round_trip=far)
                for name, host, rate, quiet, far in (
                    ("bitmex-1", "ws.bitmex.example:443", 412.0, 0.1, 0.0113),
                    ("bitmex-2", "ws.bitmex.example:443", 380.0, 0.2, 0.0119),
                    ("deribit-2", "ws.deribit.example:443", 1240.0, 0.0, 0.0042),
                    ("deribit-3", "ws.deribit.example:443", 1190.0, 0.0, 0.0044),
                    ("okx-books", "ws.okx.example:443", 2310.0, 0.0, 0.231),
                    ("status-page", "status.example:443", 0.02, 41.0, 0.0871),
                )
            ),
        ],
    )


def a_big_fleet() -> Snapshot:
    """Return ten thousand connections, and a host that is out."""
    hosts = [f"edge-{number}.devices.example:443" for number in range(1, 7)]
    views = [_of_many(number, hosts[number % len(hosts)]) for number in range(10_000)]
    loads = {host: sum(view.host == host for view in views) for host in hosts}
    return _snapshot(
        "devices.toml",
        views,
        [
            _host(
                host,
                loads[host],
                out_for=194.0 if host == hosts[2] else None,
                cause="connection_refused" if host == hosts[2] else None,
                probe="device-02564" if host == hosts[2] else None,
                held=loads[host] - 3 if host == hosts[2] else 0,
                logins_queued=212 if host == hosts[4] else 0,
            )
            for host in hosts
        ],
    )


def _of_many(number: int, host: str) -> ConnectionView:
    name = f"device-{number:05}"
    if host.startswith("edge-3"):
        return _view(
            name,
            host=host,
            phase=Phase.BACKOFF,
            seconds=190.0 - number % 60,
            cause=REFUSED,
            waits_for="the outage of its host",
            last_data=200.0,
            **_DOWN,
        )
    if number % 1999 == 1:
        return _view(
            name,
            host=host,
            phase=Phase.QUARANTINED,
            seconds=9000.0,
            cause=SIGNATURE,
            last_data=9000.0,
            **_DOWN,
        )
    if host.startswith("edge-5") and number % 47 == 0:
        return _view(name, host=host, phase=Phase.AUTHENTICATING, seconds=3.0, rate_in=0.0)
    return _view(name, host=host, rate_in=0.2)


def _view(name: str, **fields: Any) -> ConnectionView:  # noqa: ANN401  # any field's
    """Return a connection that is well, but for what is said of it."""
    well: dict[str, Any] = {
        "name": name,
        "group": "",
        "host": "ws.deribit.example:443",
        "phase": Phase.READY,
        "since": 0.0,
        "seconds": 19_400.0,
        "cause": None,
        "rule": None,
        "auth": AuthPart(status="authenticated", expires_in=2530.0, accepted=6, renewed=5),
        "incarnation": 1,
        "restarts_last_hour": 0,
        "retry_in": None,
        "waits_for": None,
        "ends_with": None,
        "last_data": 0.3,
        "round_trip": 0.012,
        "rate_in": 100.0,
        "rate_out": 0.1,
        "counts": Counts(),
    }
    return ConnectionView(**(well | fields))


def _host(host: str, connections: int, **fields: Any) -> HostView:  # noqa: ANN401  # any field's
    well: dict[str, Any] = {"down": 0, "dialing": 0, "queued": 0}
    return HostView(host=host, connections=connections, **(well | fields))


def _snapshot(
    file: str, connections: list[ConnectionView], hosts: list[HostView] | None = None
) -> Snapshot:
    fleet = FleetView(
        pid=4242,
        version="0.1.0",
        file=file,
        started=NOW - 19_405.0,
        threads=7,
        rss_mib=52.0 if hosts is None else 164.0,
    )
    return Snapshot(connections=connections, hosts=hosts or [], fleet=fleet)


_REJECTED: Final = Cause(CauseKind.AUTH, SIGNATURE.name, SIGNATURE.detail)
_RESET: Final = Cause(CauseKind.NETWORK, "connection_reset", "reset by the peer")

SITUATION: Final = Situation(
    name="deribit-1",
    phase=Phase.QUARANTINED,
    since=NOW - 3780.0,
    now=NOW,
    cause=_REJECTED,
    rule="auth_rejected_twice",
)


def _steps(*steps: tuple[float, Phase, Reason]) -> list[Transition]:
    """Return steps, each with the seconds since the one before, from `connecting` on."""
    told: list[Transition] = []
    time, before = SITUATION.since - sum(step[0] for step in steps), Phase.CONNECTING
    for seconds, after, reason in steps:
        time += seconds
        told.append(
            Transition(
                connection=SITUATION.name,
                incarnation=1,
                time=time,
                before=before,
                after=after,
                reason=reason,
            )
        )
        before = after
    return told


_NONE: Final = Reason()

HISTORY: Final = _steps(
    (0.0, Phase.AUTHENTICATING, _NONE),
    (0.2, Phase.READY, _NONE),
    (
        13_200.0,
        Phase.BACKOFF,
        Reason(cause=_RESET, rule="network_backoff", delay=0.7, attempt=1, token="kept", kept=3),  # noqa: S106  # its fate
    ),
    (0.7, Phase.CONNECTING, _NONE),
    (0.3, Phase.AUTHENTICATING, _NONE),
    (
        0.2,
        Phase.BACKOFF,
        Reason(cause=_REJECTED, rule="auth_retry_once", delay=0.4, attempt=1, token="dropped"),  # noqa: S106  # its fate
    ),
    (0.4, Phase.CONNECTING, _NONE),
    (0.3, Phase.AUTHENTICATING, _NONE),
    (0.2, Phase.QUARANTINED, Reason(cause=_REJECTED, rule="auth_rejected_twice", kept=3)),
)
"""How it came there."""


def records() -> list[Record]:
    """Return the log of an hour with an outage in it."""
    chance = random.Random(7)  # noqa: S311  # the same picture again
    began = datetime(2026, 1, 2, 2, 15, tzinfo=UTC)
    names = [f"feed-{number}" for number in range(1, 21)]
    lines = [
        Record(began + timedelta(seconds=3 * number), event, "info", chance.choice(names))
        for number in range(1200)
        for event in ("auth.renewal_scheduled", "auth.accepted")[: 1 + number % 2]
    ]
    for number in range(420):
        at = began + timedelta(seconds=1500 + chance.gauss(300, 140))
        name = names[min(number % 23, 19)]
        cause = "connection_refused" if number % 9 else "dial_timeout"
        lines.append(Record(at, "connection.failed", "warning", name, cause, "no answer"))
        lines.append(Record(at, "restart.scheduled", "info", name, cause))
    lines.append(
        Record(
            began + timedelta(seconds=500),
            "connection.quarantined",
            "error",
            "feed-7",
            "closed_4009",
        )
    )
    return sorted(lines, key=lambda line: line.timestamp)


_DERIBIT: Final = Users("deribit-1", 3)

FINDINGS: Final = (
    Finding("file", "fleet.toml", Verdict.OK, "connections: 10, hosts: 5"),
    Finding(
        "secret",
        "env:OKX_SECRET",
        Verdict.FAIL,
        "the environment variable OKX_SECRET is not set",
        "set OKX_SECRET where the fleet is started (export OKX_SECRET=…)",
        Users("okx-orders", 2),
    ),
    Finding("files", "open files", Verdict.OK, "room for 19,900 connections, 10 are wanted"),
    Finding("clock", "this machine", Verdict.OK, "2026-01-02 03:17:07 UTC"),
    Finding("dns", "ws.deribit.example", Verdict.OK, "192.0.2.7 in 12 ms", "", _DERIBIT),
    Finding("tcp", "ws.deribit.example:443", Verdict.OK, "192.0.2.7 in 9 ms", "", _DERIBIT),
    Finding(
        "tls",
        "ws.deribit.example:443",
        Verdict.WARN,
        "TLSv1.3 in 21 ms, verified, but the certificate expires in 6 days",
        "have the service renew it",
        _DERIBIT,
    ),
    Finding("handshake", "ws.deribit.example:443", Verdict.OK, "opened in 31 ms", users=_DERIBIT),
    Finding(
        "dns",
        "status.example.con",
        Verdict.FAIL,
        "gaierror: [Errno -2] Name or service not known",
        "check the host's spelling in `url`, then this machine's name servers",
        Users("status-page"),
    ),
)
"""What doctor may find."""
