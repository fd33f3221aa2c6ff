"""The verbs that only look: they ask as few actors as they can, so that they always answer."""

import os
import time
from importlib.metadata import version

import pykka

from holdfast.actors.console.control.desk import Desk
from holdfast.actors.console.control.verb import NoOptions
from holdfast.actors.console.control.views import ConnectionView, HostView
from holdfast.actors.console.gauges import rss_mib, thread_count
from holdfast.actors.errors import FleetStopped
from holdfast.handlers import Moment

__all__ = ["names", "status"]

PATIENCE = 1.0
"""Seconds for the supervisor to say how hosts are, which a table can do without."""


def status(desk: Desk, patterns: list[str], _options: NoOptions) -> object:
    """Return how connections, their hosts and this process are."""
    chosen = desk.present(patterns)
    now = _now()
    return {
        "connections": [ConnectionView.of(each, now) for each in desk.fleet.look(chosen)],
        "hosts": _hosts(desk, now),
        "fleet": {
            "pid": os.getpid(),
            "version": version("holdfast"),
            "file": None if desk.file is None else str(desk.file),
            "started": desk.started,
            "threads": thread_count(),
            "rss_mib": rss_mib(),
        },
    }


def names(desk: Desk, _patterns: list[str], _options: NoOptions) -> object:
    """Return what a request may be about, for the completion of a command line."""
    specs = {**desk.roster, **{spec.name: spec for spec in desk.fleet.specs()}}
    groups = {spec.group for spec in specs.values() if spec.group}
    return {"names": list(specs), "groups": sorted(groups)}


def _now() -> Moment:
    return Moment(time.monotonic(), time.time())


def _hosts(desk: Desk, now: Moment) -> list[HostView]:
    try:
        return [HostView.of(each, now) for each in desk.fleet.hosts(PATIENCE)]
    except (FleetStopped, pykka.Timeout):
        return []
