"""What the tests of the views share: connections and hosts, made up."""

from typing import Any

from holdfast.actors import Counts
from holdfast.actors.console.control.views import AuthPart, CausePart, ConnectionView, HostView
from holdfast.actors.console.view.snapshot import FleetView, Snapshot
from holdfast.handlers import Phase

__all__ = ["NOW", "REFUSED", "a_connection", "a_host", "a_snapshot"]

NOW = 1_767_320_047.0
"""Unix seconds: 2026-01-02 02:14:07 UTC."""

REFUSED = CausePart(kind="network", name="connection_refused", detail="Connection refused")


def a_connection(name: str, phase: Phase = Phase.READY, **fields: Any) -> ConnectionView:  # noqa: ANN401  # any field's
    """Return a connection that is well, but for what is said of it."""
    well: dict[str, Any] = {
        "name": name,
        "group": "",
        "host": "a.example.com:443",
        "phase": phase,
        "since": NOW - 4000.0,
        "seconds": 4000.0,
        "cause": None,
        "rule": None,
        "auth": AuthPart(status="authenticated", expires_in=500.0, accepted=1, renewed=0),
        "incarnation": 1,
        "restarts_last_hour": 0,
        "retry_in": None,
        "waits_for": None,
        "ends_with": None,
        "last_data": 0.5,
        "round_trip": 0.0123,
        "rate_in": 120.3,
        "rate_out": 0.5,
        "counts": Counts(),
    }
    return ConnectionView(**(well | fields))


def a_host(host: str, **fields: Any) -> HostView:  # noqa: ANN401  # any field's
    """Return a host that is well, but for what is said of it."""
    well: dict[str, Any] = {
        "host": host,
        "connections": 1,
        "down": 0,
        "dialing": 0,
        "queued": 0,
        "logins_queued": 0,
        "out_for": None,
        "cause": None,
        "probe": None,
        "held": 0,
    }
    return HostView(**(well | fields))


def a_snapshot(*connections: ConnectionView, hosts: tuple[HostView, ...] = ()) -> Snapshot:
    """Return a fleet of these connections."""
    fleet = FleetView(
        pid=4242,
        version="0.1.0",
        file="fleet.toml",
        started=NOW - 11_530.0,
        threads=7,
        rss_mib=47.6,
    )
    return Snapshot(connections=list(connections), hosts=list(hosts), fleet=fleet)
