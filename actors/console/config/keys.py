"""The keys of each table of fleet.toml as its types tell them: the reference, as data."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, cast

from msgspec import inspect

from holdfast.actors.console.config.defaults import default_of
from holdfast.actors.console.config.parts import Table

__all__ = ["Key", "keys_of", "tag_of"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Key:
    """One key of a table."""

    name: str
    description: str
    options: tuple[inspect.Type, ...]
    """The types that its value may have."""
    required: bool
    default: object
    """What it is when it is left out; None when no value says it."""
    example: object
    """A value that shows how it is written; None where the default does."""
    extra: Mapping[str, str]
    """`absent`, `unit` and `see`, as `schema` describes them."""

    @property
    def told(self) -> str:
        """What it means, and what it means to leave it out where no value says that."""
        nothing = "" if self.example is None or self.required else "none"
        absent = self.extra.get("absent", "") if self.default is None else nothing
        return f"{self.description}; left out: {absent}" if absent else self.description

    @property
    def table(self) -> type[Table] | None:
        """The table that it is when it is left out; None when it is something else."""
        tables = [each.cls for each in self.options if isinstance(each, inspect.StructType)]
        return cast("type[Table]", tables[0]) if len(tables) == 1 else None


@lru_cache
def keys_of(kind: type[Table]) -> tuple[Key, ...]:
    """Return the keys of a table, those that must be there first.

    Args:
        kind: the table.
    """
    described = cast("inspect.StructType", inspect.type_info(kind))
    keys = (_key(kind, field) for field in described.fields)
    return tuple(sorted(keys, key=lambda key: not key.required))


def tag_of(kind: type[Table]) -> dict[str, str]:
    """Return the key that tells a table from others in its place, with its value.

    Args:
        kind: the table; most have no such key.
    """
    config = kind.__struct_config__
    return {} if config.tag_field is None else {config.tag_field: str(config.tag)}


def _key(kind: type[Table], field: inspect.Field) -> Key:
    told: dict[str, Any] = {}
    extra: dict[str, str] = {}
    type_ = field.type
    while isinstance(type_, inspect.Metadata):
        metadata = cast("Any", type_)  # msgspec leaves the types of both mappings open
        told |= metadata.extra_json_schema or {}
        extra |= metadata.extra or {}
        type_ = type_.type
    return Key(
        name=field.name,
        description=told.get("description", ""),
        options=type_.types if isinstance(type_, inspect.UnionType) else (type_,),
        required=field.required,
        default=default_of(kind, field.name),
        example=next(iter(told.get("examples", ())), None),
        extra=extra,
    )
