"""`holdfast config`: whether a fleet.toml is right, what it amounts to, what may stand in it."""

import json
from collections.abc import Sequence
from typing import Final

import click

from holdfast.actors.console.config.effective import effective
from holdfast.actors.console.config.example import example
from holdfast.actors.console.config.json_schema import json_schema
from holdfast.actors.console.config.load import FleetConfig, check_file, load_fleet
from holdfast.actors.console.config.options import set_option
from holdfast.actors.console.config.overrides import overrides
from holdfast.actors.console.config.place import ConfigProblem
from holdfast.actors.console.config.show import as_json, as_toml, chosen
from holdfast.actors.console.config.tables import read_tables
from holdfast.actors.logs.escape import escape
from holdfast.actors.wire.target import Target
from holdfast.handlers import ConnectionHandler

__all__ = ["config"]

MISTAKE: Final = 2
"""The exit code of a file that `run` would not take."""


@click.group(invoke_without_command=True, epilog="Example: holdfast config check fleet.toml")
@click.pass_context
def config(context: click.Context) -> None:
    """Check, show and write the file of a fleet."""
    if context.invoked_subcommand is None:
        click.echo(context.get_help())


@config.command(epilog="Example: holdfast config check fleet.toml --file-only")
@click.argument("file", type=click.Path())
@click.option(
    "--file-only",
    is_flag=True,
    help="Leave secrets, certificates and handlers aside, such as where they aren't at hand.",
)
@click.option("--json", "as_one_object", is_flag=True, help="Write one JSON object.")
@set_option
def check(file: str, settings: Sequence[str], *, file_only: bool, as_one_object: bool) -> int:
    """Say whether `run` would take a file, or what is wrong with it.

    Reads what `run` reads before it starts anything: the file, what overrides it, secrets,
    certificates, and the modules of handlers. Exits with 0 when all is well, else with 2.
    """
    try:
        fleet = _read(file, settings, file_only=file_only)
    except ConfigProblem as problem:
        if not as_one_object:
            raise
        _echo_json(file=file, ok=False, error=str(problem))
        return MISTAKE
    hosts = len({Target.parse(spec.url).host for spec in fleet.specs})
    connections = len(fleet.specs)
    if as_one_object:
        _echo_json(file=file, ok=True, connections=connections, hosts=hosts)
    else:
        counted = f"{_plural(connections, 'connection')} on {_plural(hosts, 'host')}"
        click.echo(f"{escape(file)}: all is well: {counted}")
    return 0


def _read(file: str, settings: Sequence[str], *, file_only: bool) -> FleetConfig:
    given = overrides(settings)
    if file_only:
        return check_file(file, given)[1]
    return load_fleet(file, ConnectionHandler, given)


def _echo_json(**told: object) -> None:
    click.echo(json.dumps(told))


def _plural(number: int, noun: str) -> str:
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"


def _complete_names(context: click.Context, parameter: click.Parameter, begun: str) -> list[str]:
    """Return the file's names that begin so; a file with a mistake completes nothing."""
    given = context.params.get(parameter.name or "") or ()
    try:
        tables = read_tables(context.params.get("file") or "")
    except ConfigProblem:
        return []
    names = (table.name for table in tables.connections)
    return [name for name in names if name.startswith(begun) and name not in given]


@config.command(epilog="Example: holdfast config show fleet.toml 'deribit-*'")
@click.argument("file", type=click.Path())
@click.argument("names", nargs=-1, metavar="[NAME]...", shell_complete=_complete_names)
@click.option("--json", "as_one_object", is_flag=True, help="Write one JSON object.")
@set_option
def show(file: str, names: Sequence[str], settings: Sequence[str], *, as_one_object: bool) -> None:
    """Show what a file amounts to, and where each value is from.

    Writes each connection with its defaults filled in, or those of the NAMEs alone, which may be
    globs. No secret is read: a reference is shown as it is written.
    """
    tables, _ = check_file(file, overrides(settings))
    known = [table.name for table in tables.connections]
    shown = effective(tables, chosen(known, names) if names else None)
    click.echo(as_json(shown) if as_one_object else as_toml(shown).rstrip("\n"))


@config.command("example", epilog="Example: holdfast config example > fleet.toml")
def write_example() -> None:
    """Write a file to begin with, which explains every key."""
    click.echo(example(), nl=False)


@config.command(epilog="Example: holdfast config schema > fleet.schema.json")
def schema() -> None:
    """Write the JSON Schema of the file, for editors.

    They find it by the first line of a fleet.toml: #:schema ./fleet.schema.json
    """
    click.echo(json.dumps(json_schema(), indent=2))
