"""The governor of a file: how much each host bears, and what counts as its outage."""

import re
from collections.abc import Collection, Mapping
from typing import Any, Final

from holdfast.actors.console.config.place import Place, key_of
from holdfast.actors.console.config.schema import GovernorTable, HostTable, OutageTable
from holdfast.actors.nearest import did_you_mean
from holdfast.actors.wire.target import Target
from holdfast.handlers import Governor, HostLimits, OutagePolicy

__all__ = ["build_governor"]

_HOST: Final = re.compile(r"[^][:/?#@\s]+|\[[^][/?#@\s]+\]")


def build_governor(table: GovernorTable, hosts: Collection[str], place: Place) -> Governor:
    """Return the governor of a file.

    Args:
        table: `[governor]`; what a host leaves out is as it is here.
        hosts: all that connections go to.
        place: the file.

    Raises:
        ConfigProblem: a value is unusable, or no connection goes to a host that is named.
    """
    given = table.given()
    outage = given.pop("outage", True)
    named: Mapping[str, HostTable] = given.pop("hosts", {})
    with place.at():
        limits = HostLimits(**given)
    return Governor(
        limits=limits,
        hosts=_limits_by_host(named, given, hosts, place),
        outage=_outage(outage, place),
    )


def _limits_by_host(
    tables: Mapping[str, HostTable],
    general: Mapping[str, Any],
    hosts: Collection[str],
    place: Place,
) -> dict[str, HostLimits]:
    limits: dict[str, HostLimits] = {}
    for name, table in tables.items():
        with place.at(key_of("governor", "hosts", name)):
            host = _host(name, hosts)
            if host in limits:
                raise ValueError("this host has been named before, in other letters")
            limits[host] = HostLimits(**{**general, **table.given()})
    return limits


def _host(name: str, known: Collection[str]) -> str:
    """Return a host as `Target` has it: a limit that binds nobody is a mistake."""
    if not _HOST.fullmatch(name):
        raise ValueError("a host is named as in a URL, without scheme, port and path")
    host = Target.parse(f"ws://{name}").host
    if host not in known:
        raise ValueError(f"no connection goes to this host{did_you_mean(host, known)}")
    return host


def _outage(table: OutageTable | bool, place: Place) -> OutagePolicy | None:  # noqa: FBT001  # as TOML has it
    if isinstance(table, bool):
        return OutagePolicy() if table else None
    with place.at(key_of("governor", "outage")):
        return OutagePolicy(**table.given())
