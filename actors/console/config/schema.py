"""What may be written in fleet.toml, as types; their metadata is the reference of each key.

A key that is left out is `UNSET`, so the defaults stay where they belong: in
`holdfast.actors.spec` and `holdfast.handlers`.
"""

from typing import Annotated, Any, TypeAlias, TypeVar

import msgspec
from msgspec import UNSET, Meta, UnsetType

from holdfast.actors.console.sinks.destination import MOST_KEPT
from holdfast.actors.dispatch import Overflow
from holdfast.actors.spec import CloseMeaning
from holdfast.handlers.policy import OnExcess, RestartKind
from holdfast.handlers.strategy import Strategy

__all__ = [
    "AuthTable",
    "ConnectionTable",
    "GovernorTable",
    "GroupTable",
    "HmacTable",
    "HostTable",
    "MessagesTable",
    "NoAuthTable",
    "OutageTable",
    "Settings",
    "SharedTables",
    "Table",
    "TlsTable",
    "TokenTable",
]

T = TypeVar("T")
Maybe: TypeAlias = T | UnsetType

Seconds: TypeAlias = Annotated[float, Meta(gt=0, description="seconds")]
Count: TypeAlias = Annotated[int, Meta(ge=1)]
Rate: TypeAlias = Annotated[float, Meta(gt=0, description="so many a second")]
Reference: TypeAlias = Annotated[str, Meta(description="a secret: env:NAME or file:PATH")]
Path: TypeAlias = Annotated[
    str, Meta(min_length=1, description="a path, relative to the file's folder")
]
CloseCode: TypeAlias = Annotated[int, Meta(ge=1000, le=4999)]  # RFC 6455 section 7.4
Name: TypeAlias = Annotated[str, Meta(min_length=1, max_length=200)]


class Table(msgspec.Struct, forbid_unknown_fields=True, kw_only=True, frozen=True):
    """A table of the file; keys that nobody knows are mistakes."""

    def given(self) -> dict[str, Any]:
        """Return the keys that were written, with their values."""
        values = {name: getattr(self, name) for name in self.__struct_fields__}
        return {name: value for name, value in values.items() if value is not UNSET}


class BackoffTable(Table, frozen=True, kw_only=True):
    """`restart.backoff`: how the delay before a restart grows."""

    base: Maybe[Annotated[float, Meta(gt=0, description="seconds, the first ceiling")]] = UNSET
    factor: Maybe[Annotated[float, Meta(ge=1, description="growth of the ceiling")]] = UNSET
    cap: Maybe[Annotated[float, Meta(gt=0, description="seconds, never exceeded")]] = UNSET
    jitter: Maybe[
        Annotated[float, Meta(ge=0, le=1, description="share of a delay that is drawn")]
    ] = UNSET


class RestartTable(Table, frozen=True, kw_only=True):
    """`restart`: what becomes of a connection that fails."""

    kind: Maybe[RestartKind] = UNSET
    backoff: Maybe[BackoffTable] = UNSET
    intensity: Maybe[Annotated[int, Meta(ge=0, description="crashes borne in a period")]] = UNSET
    period: Maybe[Seconds] = UNSET
    stable_after: Maybe[
        Annotated[float, Meta(ge=0, description="seconds of being ready that reset the backoff")]
    ] = UNSET
    on_excess: Maybe[OnExcess] = UNSET


class HeartbeatTable(Table, frozen=True, kw_only=True):
    """`heartbeat`: how a silent death is noticed."""

    interval: Maybe[Seconds] = UNSET
    timeout: Maybe[Seconds] = UNSET
    stale_after: Maybe[Seconds] = UNSET


class TimeoutsTable(Table, frozen=True, kw_only=True):
    """`timeouts`: the deadlines of a connection's steps."""

    dial: Maybe[Seconds] = UNSET
    auth: Maybe[Seconds] = UNSET
    flush: Maybe[Annotated[float, Meta(ge=0, description="seconds, 0 for none")]] = UNSET
    close: Maybe[Seconds] = UNSET
    stall: Maybe[Seconds] = UNSET


class LimitsTable(Table, frozen=True, kw_only=True):
    """`limits`: what a connection may hold."""

    max_message: Maybe[Annotated[int, Meta(ge=1, description="bytes")]] = UNSET
    window: Maybe[Annotated[int, Meta(ge=1, description="bytes")]] = UNSET
    outbox: Maybe[Count] = UNSET
    mailbox: Maybe[Count] = UNSET
    overflow: Maybe[Overflow] = UNSET


class TlsTable(Table, frozen=True, kw_only=True):
    """`tls`: how the server is trusted, and how it may trust us."""

    ca_file: Maybe[Path] = UNSET
    cert_file: Maybe[Path] = UNSET
    key_file: Maybe[Path] = UNSET
    verify: Maybe[bool] = UNSET


class HmacTable(Table, frozen=True, kw_only=True, tag_field="kind", tag="hmac"):
    """`auth` with `kind = "hmac"`: a signature over the key and the time."""

    api_key: Reference
    secret: Reference
    threshold: Maybe[Annotated[float, Meta(ge=0, description="seconds before expiry")]] = UNSET


class TokenTable(Table, frozen=True, kw_only=True, tag_field="kind", tag="token"):
    """`auth` with `kind = "token"`: a token that one has already."""

    token: Reference
    threshold: Maybe[Annotated[float, Meta(ge=0, description="seconds before expiry")]] = UNSET


class NoAuthTable(Table, frozen=True, kw_only=True, tag_field="kind", tag="none"):
    """`auth` with `kind = "none"`: no login, whatever the defaults say."""


AuthTable: TypeAlias = HmacTable | TokenTable | NoAuthTable


class Settings(Table, frozen=True, kw_only=True):
    """`[defaults]`: what every connection has unless it says otherwise."""

    url: Maybe[Annotated[str, Meta(description="ws:// or wss://, without credentials")]] = UNSET
    auth: Maybe[AuthTable] = UNSET
    subscriptions: Maybe[list[Any]] = UNSET
    group: Maybe[Annotated[str, Meta(description="one of [groups]; empty for none")]] = UNSET
    restart: Maybe[RestartTable] = UNSET
    heartbeat: Maybe[HeartbeatTable] = UNSET
    timeouts: Maybe[TimeoutsTable] = UNSET
    limits: Maybe[LimitsTable] = UNSET
    headers: Maybe[dict[str, str]] = UNSET
    subprotocols: Maybe[list[str]] = UNSET
    tls: Maybe[TlsTable] = UNSET
    close_codes: Maybe[dict[CloseCode, CloseMeaning]] = UNSET
    handler: Maybe[Annotated[str, Meta(min_length=1, description="module:Class")]] = UNSET


class ConnectionTable(Settings, frozen=True, kw_only=True):
    """`[[connection]]`: one connection of the fleet."""

    name: Name


class GroupTable(Table, frozen=True, kw_only=True):
    """`[groups.NAME]`: connections that share a fate."""

    strategy: Maybe[Strategy] = UNSET


class HostTable(Table, frozen=True, kw_only=True):
    """`[governor.hosts.NAME]`: what one host is spared."""

    dials_at_once: Maybe[Count] = UNSET
    dials_per_second: Maybe[Rate] = UNSET
    logins_per_second: Maybe[Rate] = UNSET


class OutageTable(Table, frozen=True, kw_only=True):
    """`governor.outage`: when failures are the outage of a host, and how it is come back from."""

    connections: Maybe[Count] = UNSET
    share: Maybe[Annotated[float, Meta(gt=0, lt=1, description="of them, down alike")]] = UNSET
    returns_per_second: Maybe[Rate] = UNSET


class GovernorTable(HostTable, frozen=True, kw_only=True):
    """`[governor]`: what every host is spared that isn't named, and the outages."""

    outage: Maybe[OutageTable | bool] = UNSET
    hosts: Maybe[dict[str, HostTable]] = UNSET


class MessagesTable(Table, frozen=True, kw_only=True):
    """`[messages]`: where the messages of connections go that have no handler of their own."""

    file: Maybe[Path] = UNSET
    size: Maybe[
        Annotated[int, Meta(ge=1, description="bytes")]
        | Annotated[str, Meta(description='as in "64MB"')]
    ] = UNSET
    keep: Maybe[Annotated[int, Meta(ge=1, le=MOST_KEPT)]] = UNSET
    gzip: Maybe[bool] = UNSET
    exec: Maybe[Annotated[list[str], Meta(description="a program and its arguments")]] = UNSET
    shell: Maybe[Annotated[str, Meta(min_length=1, description="a line for /bin/sh")]] = UNSET
    handler: Maybe[Annotated[str, Meta(min_length=1, description="module:Class")]] = UNSET


class SharedTables(Table, frozen=True, kw_only=True):
    """What connections share: the tables beside theirs."""

    groups: Maybe[dict[str, GroupTable]] = UNSET
    governor: Maybe[GovernorTable] = UNSET
    messages: Maybe[MessagesTable] = UNSET
