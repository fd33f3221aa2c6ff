"""What may be written in fleet.toml, as types; their metadata is the reference of each key.

The pages of docs/, `holdfast config example` and `holdfast config schema` are made of it. In the
extra metadata, `absent` says what it means that a key without a default is left out, `unit` that a
number counts bytes, `see` where docs/ tells more, and `instead` which key it can't stand beside.

A key that is left out is `UNSET`, so the defaults stay where they belong: in
`holdfast.actors.spec` and `holdfast.handlers`; `defaults` finds them there.
"""

from typing import Annotated, Any, TypeAlias

from msgspec import UNSET, Meta

from holdfast.actors.console.config.parts import (
    AuthTable,
    Count,
    HeartbeatTable,
    LimitsTable,
    Maybe,
    RestartTable,
    Table,
    TimeoutsTable,
    TlsTable,
)
from holdfast.actors.console.sinks.destination import MOST_KEPT
from holdfast.actors.spec import CloseMeaning
from holdfast.handlers.strategy import Strategy

__all__ = [
    "ConnectionTable",
    "FleetTable",
    "GovernorTable",
    "GroupTable",
    "HostTable",
    "MessagesTable",
    "OutageTable",
    "Overridable",
    "Settings",
    "SharedTables",
]

Rate: TypeAlias = Annotated[float, Meta(gt=0, extra={"absent": "any number"})]
CloseCode: TypeAlias = Annotated[int, Meta(ge=1000, le=4999)]  # RFC 6455 section 7.4


class Settings(Table, frozen=True, kw_only=True):
    """What every connection has unless it says otherwise."""

    url: Maybe[
        Annotated[
            str,
            Meta(
                description="`ws://` or `wss://`, without credentials in it",
                examples=["wss://stream.example.com/v1"],
            ),
        ]
    ] = UNSET
    auth: Maybe[
        Annotated[
            AuthTable,
            Meta(
                description="how it logs in",
                extra={"absent": "no login"},
                examples=[
                    {"kind": "hmac", "api_key": "env:EXAMPLE_KEY", "secret": "env:EXAMPLE_SECRET"}
                ],
            ),
        ]
    ] = UNSET
    subscriptions: Maybe[
        Annotated[
            list[Any],
            Meta(
                description="sent after every login, in order; text as it is, anything else as "
                "JSON",
                examples=[[{"op": "subscribe", "channel": "btc"}]],
            ),
        ]
    ] = UNSET
    group: Maybe[
        Annotated[
            str,
            Meta(
                description='the group whose fate it shares, one of `[groups]`; `""` for none, '
                "whatever the defaults say"
            ),
        ]
    ] = UNSET
    restart: Maybe[
        Annotated[RestartTable, Meta(description="what becomes of it when it fails")]
    ] = UNSET
    heartbeat: Maybe[
        Annotated[HeartbeatTable, Meta(description="how a silent death is noticed")]
    ] = UNSET
    timeouts: Maybe[Annotated[TimeoutsTable, Meta(description="the deadlines of its steps")]] = (
        UNSET
    )
    limits: Maybe[Annotated[LimitsTable, Meta(description="what it may hold")]] = UNSET
    headers: Maybe[
        Annotated[
            dict[str, str],
            Meta(
                description="sent with the handshake; a value may be a reference, and must be one "
                "where the header's name says that it is a credential (the whole value then, "
                "`Bearer …` included)",
                examples=[{"X-Api-Key": "env:EXAMPLE_KEY"}],
            ),
        ]
    ] = UNSET
    subprotocols: Maybe[
        Annotated[
            list[str],
            Meta(
                description="offered to the server, the preferred one first",
                examples=[["v2", "v1"]],
            ),
        ]
    ] = UNSET
    tls: Maybe[
        Annotated[TlsTable, Meta(description="how the server is trusted, and how it may trust us")]
    ] = UNSET
    close_codes: Maybe[
        Annotated[
            dict[CloseCode, CloseMeaning],
            Meta(
                description="what this service means by a close code, where it differs from RFC "
                "6455",
                examples=[{"4009": "session_taken"}],
            ),
        ]
    ] = UNSET
    handler: Maybe[
        Annotated[
            str,
            Meta(
                min_length=1,
                description="`module:Class`, a `ConnectionHandler` that gets the messages; the "
                "file's folder is looked in first",
                extra={"absent": "they go where all messages go"},
                examples=["feeds:Prices"],
            ),
        ]
    ] = UNSET


class ConnectionTable(Settings, frozen=True, kw_only=True):
    """One connection of the fleet."""

    name: Annotated[
        str,
        Meta(
            min_length=1,
            max_length=200,
            description="what it is called in messages, logs and commands; unique",
            examples=["prices"],
        ),
    ]


class GroupTable(Table, frozen=True, kw_only=True):
    """Connections that share a fate."""

    strategy: Maybe[
        Annotated[
            Strategy,
            Meta(
                description="who is restarted with a connection of the group that fails: "
                "`one_for_one`: nobody; `one_for_all`: all of its group; `rest_for_one`: those of "
                "its group that come after it in the file"
            ),
        ]
    ] = UNSET


class HostTable(Table, frozen=True, kw_only=True):
    """What one host is spared; what is left out is as in `[governor]`."""

    dials_at_once: Maybe[
        Annotated[Count, Meta(description="dials to one host that may be under way")]
    ] = UNSET
    dials_per_second: Maybe[
        Annotated[Rate, Meta(description="dials to one host that may begin, evenly", examples=[10])]
    ] = UNSET
    logins_per_second: Maybe[
        Annotated[
            Rate,
            Meta(
                description="logins and renewals that may be sent to one host, evenly", examples=[5]
            ),
        ]
    ] = UNSET


class OutageTable(Table, frozen=True, kw_only=True):
    """When failures are the outage of a host, and how it is come back from."""

    connections: Maybe[
        Annotated[Count, Meta(description="fewer than these on a host are never an outage")]
    ] = UNSET
    share: Maybe[
        Annotated[
            float,
            Meta(gt=0, lt=1, description="more than this part must be down for the same cause"),
        ]
    ] = UNSET
    returns_per_second: Maybe[
        Annotated[Rate, Meta(description="so many return on average, once the host is back")]
    ] = UNSET


class GovernorTable(HostTable, frozen=True, kw_only=True):
    """How much of the fleet a host has to bear."""

    outage: Maybe[
        Annotated[
            OutageTable | bool,
            Meta(
                description="when failures are the outage of a host: then one connection probes "
                "and the others wait; `false`: never",
                extra={"absent": "what its keys say"},
            ),
        ]
    ] = UNSET
    hosts: Maybe[
        Annotated[
            dict[str, HostTable],
            Meta(
                description="the three limits for one host, by its name as in its URL, without "
                "scheme, port and path; what it leaves out is as in `[governor]`",
                examples=[{"stream.example.com": {"dials_per_second": 1}}],
            ),
        ]
    ] = UNSET


class MessagesTable(Table, frozen=True, kw_only=True):
    """Where the messages of connections go that have no handler of their own: one way of these."""

    file: Maybe[
        Annotated[
            str,
            Meta(
                min_length=1,
                description="lines are appended to it; relative to the folder of the fleet's file",
                extra={"absent": "none"},
                examples=["messages.jsonl"],
            ),
        ]
    ] = UNSET
    size: Maybe[
        Annotated[
            Annotated[int, Meta(ge=1)] | str,
            Meta(description='bytes, or as in `"64MB"`: a `file` of that size makes room'),
        ]
    ] = UNSET
    keep: Maybe[
        Annotated[
            Annotated[int, Meta(ge=1, le=MOST_KEPT)],
            Meta(description="so many full files stay"),
        ]
    ] = UNSET
    gzip: Maybe[Annotated[bool, Meta(description="whether the full ones are compressed")]] = UNSET
    exec: Maybe[
        Annotated[
            list[str],
            Meta(
                description="a program and its arguments, which gets the lines on its standard "
                "input",
                extra={"absent": "none", "instead": "file"},
                examples=[["jq", "-c", ".message"]],
            ),
        ]
    ] = UNSET
    shell: Maybe[
        Annotated[
            str,
            Meta(
                min_length=1,
                description="the same as a line that `/bin/sh` runs",
                extra={"absent": "none", "instead": "file"},
                examples=["jq -c .message >texts"],
            ),
        ]
    ] = UNSET
    handler: Maybe[
        Annotated[
            str,
            Meta(
                min_length=1,
                description="`module:Class`, a `ConnectionHandler`; the file's folder is looked "
                "in first",
                extra={"absent": "none", "instead": "file"},
                examples=["feeds:Prices"],
            ),
        ]
    ] = UNSET


class SharedTables(Table, frozen=True, kw_only=True):
    """What connections share: the tables beside theirs."""

    groups: Maybe[
        Annotated[dict[str, GroupTable], Meta(description="connections that share a fate, by name")]
    ] = UNSET
    governor: Maybe[
        Annotated[GovernorTable, Meta(description="how much of the fleet a host has to bear")]
    ] = UNSET
    messages: Maybe[
        Annotated[MessagesTable, Meta(description="where messages go, one way for all")]
    ] = UNSET


class Overridable(SharedTables, frozen=True, kw_only=True):
    """What the environment and the options may speak of."""

    defaults: Maybe[
        Annotated[Settings, Meta(description="what every connection has unless it says otherwise")]
    ] = UNSET


class FleetTable(Overridable, frozen=True, kw_only=True):
    """A fleet of connections, as `holdfast run` reads it."""

    connection: Annotated[
        list[ConnectionTable],
        Meta(min_length=1, description="the connections: a `[[connection]]` table each"),
    ]
