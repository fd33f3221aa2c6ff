"""`reload`: a fleet made what its file says by now, and only what has changed is touched.

Everything is read and checked before anything is done. Those that are gone are stopped first: one
that takes their place may need the account that they hold.
"""

import time
from dataclasses import dataclass
from typing import Final

import pykka

from holdfast.actors import ConnectionSpec
from holdfast.actors.console.config import FleetConfig
from holdfast.actors.console.control.desk import Desk, Source
from holdfast.actors.console.control.difference import changed_keys
from holdfast.actors.console.control.refusal import Refusal
from holdfast.actors.console.control.verb import Options
from holdfast.actors.console.open_files import allow_connections
from holdfast.actors.console.problem import Problem
from holdfast.actors.errors import UnknownConnection

__all__ = ["ReloadOptions", "reload"]

PATIENCE: Final = 10.0
"""Seconds for connections to end; the default deadlines fit in."""


class ReloadOptions(Options, frozen=True, kw_only=True):
    """Of `reload`."""

    dry_run: bool = False
    """Only say what would be done."""


@dataclass(frozen=True, slots=True)
class _Plan:
    """What is to be done."""

    removed: list[str]
    changed: dict[str, list[str]]
    """By name, the keys."""
    added: list[str]
    unchanged: int


def reload(desk: Desk, _patterns: list[str], options: ReloadOptions) -> object:
    """Read the file again, and apply what has changed."""
    with desk.composing:
        source = _source(desk)
        config = _load(source, held=len(desk.fleet.specs()))
        wanted = {spec.name: spec for spec in config.specs}
        plan = _compare(desk.roster, wanted)
        _check_gone(desk, plan.added)
        if not options.dry_run:
            _apply(desk, plan, wanted)
            source.config = config
    return {
        "added": plan.added,
        "removed": plan.removed,
        "changed": [{"name": name, "keys": keys} for name, keys in plan.changed.items()],
        "unchanged": plan.unchanged,
        "applied": not options.dry_run,
    }


def _source(desk: Desk) -> Source:
    if desk.source is None:
        raise Refusal("not_possible", "this fleet was read from no file: nothing can be reloaded")
    if not desk.begun:
        raise Refusal("busy", "this fleet is just starting: reload it in a moment")
    return desk.source


def _load(source: Source, *, held: int) -> FleetConfig:
    try:
        config = source.load()
        allow_connections(len(config.specs), held)
    except Problem as problem:
        raise Refusal("bad_file", str(problem)) from None
    for table, before, after in (
        ("groups", source.config.groups, config.groups),
        ("governor", source.config.governor, config.governor),
        ("messages", source.config.messages, config.messages),
    ):
        if before != after:
            text = f"{source.file}: {table}: it can't change while the fleet runs: start it anew"
            raise Refusal("not_possible", text)
    return config


def _compare(before: dict[str, ConnectionSpec], after: dict[str, ConnectionSpec]) -> _Plan:
    both = [name for name in after if name in before]
    changed = {name: changed_keys(before[name], after[name]) for name in both}
    return _Plan(
        removed=[name for name in before if name not in after],
        changed={name: keys for name, keys in changed.items() if keys},
        added=[name for name in after if name not in before],
        unchanged=sum(not keys for keys in changed.values()),
    )


def _check_gone(desk: Desk, names: list[str]) -> None:
    """Refuse to add one that was removed a moment ago and hasn't ended yet."""
    held = {spec.name for spec in desk.fleet.specs()}
    ending = [name for name in names if name in held]
    if ending:
        raise Refusal("stopping", f"{ending[0]!r} is at its end: reload again once it has gone")


def _apply(desk: Desk, plan: _Plan, wanted: dict[str, ConnectionSpec]) -> None:
    _remove(desk, plan.removed)
    for name in plan.changed:
        _change(desk, wanted[name])
    for name in plan.added:
        desk.add(wanted[name])
    desk.touched.update(plan.removed, plan.changed, plan.added)


def _remove(desk: Desk, names: list[str]) -> None:
    ends = [end for name in names if (end := desk.remove(name)) is not None]
    deadline = time.monotonic() + PATIENCE
    for end in ends:
        try:
            end.get(timeout=max(0.0, deadline - time.monotonic()))
        except UnknownConnection:
            continue  # it went by itself meanwhile
        except pykka.Timeout:
            return  # they still will end, and the others needn't wait for that


def _change(desk: Desk, spec: ConnectionSpec) -> None:
    desk.roster[spec.name] = spec
    if spec.name not in desk.parked:
        try:
            desk.fleet.reconfigure(spec)
        except (UnknownConnection, pykka.ActorDeadError):
            # Its own handler has closed it: it is what the file says when somebody starts it again.
            return
