"""fleet.toml as what a fleet is made of; whatever is wrong is told before anything starts."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from holdfast.actors import ConnectionSpec
from holdfast.actors.console.config.build import Builder
from holdfast.actors.console.config.governor import build_governor
from holdfast.actors.console.config.groups import build_groups
from holdfast.actors.console.config.handlers import find_handler, look_in
from holdfast.actors.console.config.messages import build_messages
from holdfast.actors.console.config.overrides import Override
from holdfast.actors.console.config.place import Place
from holdfast.actors.console.config.schema import ConnectionTable, GovernorTable, MessagesTable
from holdfast.actors.console.config.tables import Tables, read_tables
from holdfast.actors.console.sinks.destination import Destination
from holdfast.actors.spec import HandlerFactory
from holdfast.actors.wire.target import Target
from holdfast.handlers import ConnectionHandler, Governor, Group

__all__ = ["FleetConfig", "build_fleet", "check_file", "load_fleet"]


@dataclass(frozen=True, slots=True)
class FleetConfig:
    """All that a file says of a fleet."""

    specs: tuple[ConnectionSpec, ...]
    """Its connections, in the order of the file."""
    groups: tuple[Group, ...]
    """Those whose connections share a fate."""
    governor: Governor
    """How much a host bears."""
    messages: Destination | None = None
    """Where messages go that no connection's own handler gets; None where it says nothing."""

    def with_handler(self, handler: HandlerFactory, instead_of: HandlerFactory) -> "FleetConfig":
        """Return the same fleet with another handler for the connections that had the one."""
        specs = (
            replace(spec, handler=handler) if spec.handler is instead_of else spec
            for spec in self.specs
        )
        return replace(self, specs=tuple(specs))


def load_fleet(
    file: str, default_handler: HandlerFactory, given: Sequence[Override] | None = None
) -> FleetConfig:
    """Read a file and return what it says.

    Secrets are resolved and masked in the logs from then on; handlers are imported, last of all,
    with the file's folder to look in first.

    Args:
        file: the path, as the user wrote it.
        default_handler: the handler of connections that name none.
        given: what overrides the file; None for what the environment has.

    Raises:
        ConfigProblem: the first mistake in it, in one line with file, table and key.
    """
    tables = read_tables(file, given)
    folder = Path(file).absolute().parent
    config = build_fleet(tables, Builder(folder, default_handler))
    look_in(folder)
    with_handlers = map(_with_handler, config.specs, tables.connections, tables.places)
    written = tables.shared.messages or MessagesTable()
    messages = build_messages(written, folder, tables.place)
    return replace(config, specs=tuple(with_handlers), messages=messages)


def check_file(file: str, given: Sequence[Override] | None = None) -> tuple[Tables, FleetConfig]:
    """Read a file and nothing else: no secret, no certificate, no handler.

    Args:
        file: the path, as the user wrote it.
        given: what overrides the file; None for what the environment has.

    Returns:
        Its tables, and a fleet that can't be run, since its secrets are missing.

    Raises:
        ConfigProblem: the first mistake in it, in one line with file, table and key.
    """
    tables = read_tables(file, given)
    folder = Path(file).absolute().parent
    return tables, build_fleet(tables, Builder(folder, ConnectionHandler, file_only=True))


def build_fleet(tables: Tables, builder: Builder) -> FleetConfig:
    """Return what tables say, with the default handler for every connection.

    Args:
        tables: of a file.
        builder: of its connections.

    Raises:
        ConfigProblem: the first mistake in them.
    """
    groups = build_groups(tables.shared.groups or {}, tables.place)
    specs = tuple(map(builder.build, tables.connections, tables.places))
    hosts = {Target.parse(spec.url).host for spec in specs}
    governor = build_governor(tables.shared.governor or GovernorTable(), hosts, tables.place)
    return FleetConfig(specs, groups, governor)


def _with_handler(spec: ConnectionSpec, table: ConnectionTable, place: Place) -> ConnectionSpec:
    if not table.handler:
        return spec
    with place.at("handler"):
        return replace(spec, handler=find_handler(table.handler))
