"""The file: read, and made into specs as far as it can be."""

from collections.abc import Callable, Collection, Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import msgspec
from msgspec import UNSET

from holdfast.actors import ConnectionSpec
from holdfast.actors.console.config import ConfigProblem
from holdfast.actors.console.config.build import Builder
from holdfast.actors.console.config.governor import build_governor
from holdfast.actors.console.config.groups import build_groups
from holdfast.actors.console.config.place import Place
from holdfast.actors.console.config.schema import ConnectionTable, GovernorTable
from holdfast.actors.console.config.tables import Tables, read_tables
from holdfast.actors.console.doctor.finding import Evidence, Finding, Users, Verdict, users_by
from holdfast.actors.console.doctor.secrets import look_at_secrets, references
from holdfast.actors.wire.target import Target
from holdfast.handlers import ConnectionHandler

__all__ = ["FileMistake", "FileRead", "Patient", "read_patient"]

REMEDY: Final = "put it right: `holdfast run` starts nothing before"


@dataclass(frozen=True, slots=True)
class FileRead:
    """A file without a mistake.

    Args:
        file: as the user named it.
        connections: how many it has.
        hosts: to how many different hosts they go.
    """

    file: str
    connections: int
    hosts: int

    def judge(self) -> Finding:
        """Be content."""
        what = f"connections: {self.connections:,}, hosts: {self.hosts:,}"
        return Finding("file", self.file, Verdict.OK, what)


@dataclass(frozen=True, slots=True)
class FileMistake:
    """A mistake in a file.

    Args:
        file: as the user named it.
        what: table, key, and what is wrong.
        users: the connections that have this mistake; None when none of them has it.
    """

    file: str
    what: str
    users: Users | None = None

    def judge(self) -> Finding:
        """Fail: a fleet starts as a whole or not at all."""
        return Finding("file", self.file, Verdict.FAIL, self.what, REMEDY, self.users)


@dataclass(frozen=True, slots=True)
class Patient:
    """All that a file says, as far as it can be understood.

    Args:
        evidence: of the file itself, and of its secrets.
        tables: of its connections.
        specs: of those that have no mistake, each with `ConnectionHandler` for its handler, and
            without auth where a secret for it can't be had. A header that can't be had is a
            reason to leave a connection out.
        folder: where the file lies.
    """

    evidence: tuple[Evidence, ...]
    tables: tuple[ConnectionTable, ...]
    specs: tuple[ConnectionSpec, ...]
    folder: Path


def read_patient(file: str) -> Patient:
    """Read a file, and go on after a mistake where that makes sense.

    Args:
        file: the path, as the user wrote it.
    """
    folder = Path(file).absolute().parent
    try:
        tables = read_tables(file)
    except ConfigProblem as problem:
        return Patient((FileMistake(file, _told(problem, Place(file))),), (), (), folder)
    secrets = tuple(look_at_secrets(tables.connections, folder))
    broken = {seen.reference for seen in secrets if seen.problem is not None}
    specs, mistakes = _build(file, tables, broken)
    hosts = _hosts(tables.connections)
    mistakes += _shared_mistakes(tables, hosts, Place(file))
    found: list[Evidence] = [*mistakes]
    if not found:
        found.append(FileRead(file, len(tables.connections), len(hosts)))
    return Patient((*found, *secrets), tables.connections, specs, folder)


def _build(
    file: str, tables: Tables, broken: set[str]
) -> tuple[tuple[ConnectionSpec, ...], list[FileMistake]]:
    """Return the specs that can be built, and each mistake once, however many have it."""
    build = Builder(Path(file).absolute().parent, ConnectionHandler).build
    specs: list[ConnectionSpec] = []
    mistakes: list[tuple[str, str]] = []
    for table, place in zip(tables.connections, tables.places, strict=True):
        if broken & set((table.headers or {}).values()):
            continue
        try:
            specs.append(build(_without_broken_auth(table, broken), place))
        except ConfigProblem as problem:
            mistakes.append((_told(problem, place), table.name))
    return tuple(specs), [FileMistake(file, *each) for each in users_by(mistakes).items()]


def _without_broken_auth(table: ConnectionTable, broken: set[str]) -> ConnectionTable:
    """Leave out the auth of a connection if need be: no check of the network needs it."""
    if not broken & set(references(table)):
        return table
    return msgspec.structs.replace(table, auth=UNSET)


def _shared_mistakes(tables: Tables, hosts: Collection[str], place: Place) -> list[FileMistake]:
    shared = tables.shared
    builds: tuple[Callable[[], object], ...] = (
        lambda: build_groups(shared.groups or {}, place),
        lambda: build_governor(shared.governor or GovernorTable(), hosts, place),
    )
    return [mistake for build in builds for mistake in _mistakes_of(build, place)]


def _mistakes_of(build: Callable[[], object], place: Place) -> Iterator[FileMistake]:
    try:
        build()
    except ConfigProblem as problem:
        yield FileMistake(place.file, _told(problem, place))


def _hosts(tables: Iterable[ConnectionTable]) -> set[str]:
    """Return the hosts that connections go to, as far as their URLs can be read."""
    hosts: set[str] = set()
    for url in {table.url for table in tables if table.url is not UNSET}:
        with suppress(ValueError):
            hosts.add(Target.parse(url).host)
    return hosts


def _told(problem: ConfigProblem, place: Place) -> str:
    """Return what is wrong, without the place in front of it."""
    text = str(problem).removeprefix(f"{place.file}: ")
    return text.removeprefix(f"{place.table}: ") if place.table else text
