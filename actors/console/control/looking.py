"""The verbs that only look: they ask as few actors as they can, so that they answer at any time."""

import os
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from dataclasses import asdict
from functools import partial
from importlib.metadata import version
from typing import Annotated, Final, TypeVar

import msgspec
import pykka

from holdfast.actors.console.control.desk import Desk
from holdfast.actors.console.control.verb import NoOptions, Options
from holdfast.actors.console.control.views import (
    BY_AN_OPERATOR,
    CausePart,
    ConnectionView,
    HostView,
)
from holdfast.actors.console.gauges import rss_mib, thread_count
from holdfast.actors.errors import FleetStopped, UnknownConnection
from holdfast.actors.logs import redact
from holdfast.actors.logs.escape import well_formed
from holdfast.actors.slots.dead_letter import DEAD_LETTERS_KEPT, DeadLetter
from holdfast.handlers import Moment, Phase, Transition
from holdfast.handlers.story import Situation, tell_story

__all__ = ["LetterOptions", "dead_letters", "explain", "names", "status"]

Seen = TypeVar("Seen")

PATIENCE: Final = 1.0
"""Seconds for the supervisor to say how hosts are, which a table can do without."""


class LetterOptions(Options, frozen=True, kw_only=True):
    """Of `dead-letters`."""

    limit: Annotated[int, msgspec.Meta(ge=1)] = DEAD_LETTERS_KEPT
    """How many of the newest."""


def status(desk: Desk, patterns: list[str], _options: NoOptions) -> object:
    """Return how connections, their hosts and this process are."""
    now = Moment(time.monotonic(), time.time())
    return {
        "connections": list(_each(desk.visible(patterns), partial(_view, desk, now))),
        "hosts": _hosts(desk, now),
        "fleet": {
            "pid": os.getpid(),
            "version": version("holdfast"),
            "file": None if desk.source is None else well_formed(desk.source.file),
            "started": desk.started,
            "threads": thread_count(),
            "rss_mib": rss_mib(),
        },
    }


def names(desk: Desk, _patterns: list[str], _options: NoOptions) -> object:
    """Return what a request may be about, for the completion of a command line."""
    known = desk.known()
    return {"names": list(known), "groups": sorted({*known.values()} - {""})}


def explain(desk: Desk, patterns: list[str], _options: NoOptions) -> object:
    """Return the stories of connections, for people and step by step."""
    return {"stories": list(_each(desk.visible(patterns), partial(_story, desk)))}


def dead_letters(desk: Desk, patterns: list[str], options: LetterOptions) -> object:
    """Return the newest messages that crashed a handler, oldest first."""
    letters = desk.fleet.dead_letters()
    if patterns:
        chosen = set(desk.visible(patterns))
        letters = [letter for letter in letters if letter.connection in chosen]
    return {"letters": list(map(_letter, letters[-options.limit :]))}


def _each(names: Iterable[str], look: Callable[[str], Seen]) -> Iterator[Seen]:
    """Look at connections, but for those that have gone since they were chosen."""
    for name in names:
        with suppress(UnknownConnection):
            yield look(name)


def _view(desk: Desk, now: Moment, name: str) -> ConnectionView:
    since, spec = desk.parked.get(name), desk.roster.get(name)
    try:
        return ConnectionView.of(desk.fleet.look([name])[0], now)
    except UnknownConnection:
        if since is None or spec is None:
            raise
        return ConnectionView.parked(spec, since, now)


def _story(desk: Desk, name: str) -> dict[str, object]:
    since = desk.parked.get(name)
    try:
        text = desk.fleet.explain(name)
        history = list(map(_step, desk.fleet.recall(name)))
    except UnknownConnection:
        if since is None:
            raise
        now = Situation(
            name=name, phase=Phase.STOPPED, since=since, now=time.time(), cause=BY_AN_OPERATOR
        )
        text, history = tell_story(now, []), []
    return {"name": name, "text": text, "history": history}


def _hosts(desk: Desk, now: Moment) -> list[HostView]:
    try:
        return [HostView.of(each, now) for each in desk.fleet.hosts(PATIENCE)]
    except (FleetStopped, pykka.Timeout):
        return []


def _step(step: Transition) -> dict[str, object]:
    reason = step.reason
    return {
        "time": step.time,
        "before": step.before,
        "after": step.after,
        **asdict(reason),
        "cause": None if reason.cause is None else CausePart.of(reason.cause),
    }


def _letter(letter: DeadLetter) -> dict[str, object]:
    return {
        "time": letter.time,
        "connection": letter.connection,
        "incarnation": letter.incarnation,
        "type": type(letter.message).__name__,
        # As a log line would show it: bounded, and without any secret.
        "shown": redact(letter.message),
        "cause": CausePart.of(letter.cause),
    }
