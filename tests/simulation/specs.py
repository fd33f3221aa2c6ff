"""The connections of the simulated fleet: few, and each with another corner to run into."""

from collections.abc import Callable
from typing import Final

from holdfast.actors import ConnectionSpec, Heartbeat, Limits
from holdfast.actors.dispatch import Overflow
from holdfast.handlers import (
    CauseKind,
    ConnectionHandler,
    Governor,
    Group,
    HostLimits,
    OutagePolicy,
    RestartPolicy,
    TokenAuth,
)

__all__ = ["GOVERNOR", "GROUPS", "LIMITS", "NAMES", "TAKEN", "make_specs"]

LIMITS: Final = HostLimits(dials_at_once=2, dials_per_second=20.0, logins_per_second=50.0)
"""Of each host: fewer dials at once than its connections, so that some have to wait."""

GOVERNOR: Final = Governor(limits=LIMITS, outage=OutagePolicy(connections=3))

GROUPS: Final = (Group("pair", "rest_for_one"), Group("twins", "one_for_all"))

TAKEN: Final = 4001
"""The close code by which the servers say that somebody else has the account."""

NAMES: Final = ("plain", "tight", "open", "brief", "lossy", "once")


def make_specs(handler: Callable[[str], ConnectionHandler]) -> dict[str, ConnectionSpec]:
    """Return the specs by their names.

    Args:
        handler: makes the handler of the connection that it is given the name of.
    """
    options: dict[str, dict[str, object]] = {
        "plain": {"subscriptions": ("sub:1", "sub:2"), "group": "pair"},
        "tight": {
            "subscriptions": ("sub:1",),
            "group": "pair",
            "limits": Limits(outbox=4, mailbox=6, window=24),
            "restart": RestartPolicy(on_excess="stop_group"),
        },
        "open": {"auth": None, "restart": RestartPolicy(kind="transient"), "group": "twins"},
        "brief": {"restart": RestartPolicy(stable_after=5.0, intensity=0), "group": "twins"},
        "lossy": {
            "limits": Limits(mailbox=3, overflow=Overflow.DROP_OLDEST),
            "heartbeat": Heartbeat(interval=5.0, timeout=2.0, stale_after=40.0),
        },
        "once": {"restart": RestartPolicy(kind="temporary")},
    }
    return {name: _spec(name, handler, options[name]) for name in NAMES}


def _spec(
    name: str, handler: Callable[[str], ConnectionHandler], options: dict[str, object]
) -> ConnectionSpec:
    host = "one" if name in NAMES[:4] else "two"
    fields: dict[str, object] = {
        "name": name,
        "url": f"ws://{host}/{name}",
        "handler": lambda: handler(name),
        "auth": TokenAuth("made-up"),
        "close_codes": {TAKEN: CauseKind.TAKEN},
    }
    return ConnectionSpec(**{**fields, **options})  # type: ignore[arg-type]  # checked by the spec itself
