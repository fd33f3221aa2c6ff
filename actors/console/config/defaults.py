"""What a key that is left out amounts to, taken from the types that a fleet is made of."""

from collections.abc import Mapping, Sequence
from dataclasses import MISSING, fields
from enum import Enum
from inspect import Parameter, signature
from typing import Any, Final, cast

from holdfast.actors import ConnectionSpec, Heartbeat, Limits, Timeouts, TlsOptions
from holdfast.actors.console.config.parts import (
    BackoffTable,
    HeartbeatTable,
    HmacTable,
    LimitsTable,
    RestartTable,
    Table,
    TimeoutsTable,
    TlsTable,
    TokenTable,
)
from holdfast.actors.console.config.schema import (
    GovernorTable,
    GroupTable,
    HostTable,
    MessagesTable,
    OutageTable,
    Settings,
)
from holdfast.actors.console.sinks.destination import ToFile
from holdfast.handlers import (
    Backoff,
    Governor,
    Group,
    HmacAuth,
    HostLimits,
    OutagePolicy,
    RestartPolicy,
    TokenAuth,
)

__all__ = ["default_of"]

_MADE_INTO: Final[Mapping[type[Table], type[Any]]] = {
    BackoffTable: Backoff,
    GovernorTable: Governor,
    GroupTable: Group,
    HeartbeatTable: Heartbeat,
    HmacTable: HmacAuth,
    HostTable: HostLimits,
    LimitsTable: Limits,
    MessagesTable: ToFile,
    OutageTable: OutagePolicy,
    RestartTable: RestartPolicy,
    Settings: ConnectionSpec,
    TimeoutsTable: Timeouts,
    TlsTable: TlsOptions,
    TokenTable: TokenAuth,
}


def default_of(kind: type[Table], name: str) -> object:
    """Return what a key is when nobody writes it, as TOML would have it.

    Args:
        kind: the table.
        name: one of its keys.

    Returns:
        None when no value of TOML says it, or when the key must be there.
    """
    for made_into in (_MADE_INTO[each] for each in kind.__mro__ if each in _MADE_INTO):
        for field in fields(made_into):
            if field.name == name:
                if field.default_factory is not MISSING:
                    return _plain(field.default_factory())
                # Not the field's: a class may have an __init__ of its own.
                return _plain(signature(made_into).parameters[name].default)
    return None


def _plain(value: object) -> object:
    if isinstance(value, Enum):
        return value.value
    if value is Parameter.empty or isinstance(value, str | bool | int | float):
        return None if value is Parameter.empty else value
    if isinstance(value, Mapping):
        return dict(cast("Mapping[str, object]", value))
    return list(cast("Sequence[object]", value)) if isinstance(value, Sequence) else None
