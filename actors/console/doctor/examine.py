"""All checks of a fleet's file, in their order."""

from collections.abc import Callable, Iterable, Iterator
from functools import partial
from typing import Final

from holdfast.actors.console.doctor.clock import look_at_clock
from holdfast.actors.console.doctor.finding import Evidence, Finding
from holdfast.actors.console.doctor.fleet_file import Patient, read_patient
from holdfast.actors.console.doctor.imports import look_at_handlers
from holdfast.actors.console.doctor.parallel import in_parallel
from holdfast.actors.console.doctor.proxies import look_at_proxies
from holdfast.actors.console.doctor.room import look_at_room
from holdfast.actors.console.doctor.secrets import look_at_keys
from holdfast.actors.console.doctor.sites import Site, sites_of
from holdfast.actors.console.doctor.visit import visit
from holdfast.actors.wire.resolver import Resolver

__all__ = ["examine"]

LOOKUPS: Final = 256
"""Lookups that may hang at once; a thread each, so that they don't hold up those that don't."""


def examine(file: str, *, offline: bool, timeout: float) -> Iterator[Finding]:
    """Yield what is found, as it is found.

    Args:
        file: the path, as the user wrote it.
        offline: whether to leave out what needs the network.
        timeout: seconds for each host.
    """
    patient = read_patient(file)
    for look in OFFLINE:
        yield from _judged(look(patient))
    if not offline:
        yield from _judged(_look_at_sites(patient, timeout))


OFFLINE: Final[tuple[Callable[[Patient], Iterable[Evidence]], ...]] = (
    lambda patient: patient.evidence,
    lambda patient: look_at_keys(_keys(patient)),
    lambda patient: look_at_handlers(patient.tables, patient.folder),
    lambda patient: look_at_room(len(patient.tables)),
    lambda patient: look_at_clock(),  # noqa: ARG005  # one shape for all
    lambda patient: look_at_proxies(patient.specs),
)
"""What gathers evidence without the network, in the order it is shown."""


def _judged(evidence: Iterable[Evidence]) -> Iterator[Finding]:
    for each in evidence:
        yield each.judge()


def _look_at_sites(patient: Patient, timeout: float) -> Iterator[Evidence]:
    """Visit all hosts at once, as far as threads go; a dead one costs its own timeout."""
    resolver = Resolver(max_threads=LOOKUPS)
    try:
        visits = in_parallel(partial(_visit, resolver, timeout), sites_of(patient.specs))
        for evidence in visits:
            yield from evidence
    finally:
        resolver.stop()


def _visit(resolver: Resolver, timeout: float, site: Site) -> list[Evidence]:
    return list(visit(site, resolver, timeout))


def _keys(patient: Patient) -> Iterator[tuple[str, str]]:
    """Yield the files that hold the keys of our own certificates."""
    for spec in patient.specs:
        path = spec.tls.key_file or spec.tls.cert_file
        if path is not None:
            yield path, spec.name
