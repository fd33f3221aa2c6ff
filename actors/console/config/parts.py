"""The tables of a connection in fleet.toml, as types; `schema` says what the metadata is for."""

from typing import Annotated, Any, TypeAlias, TypeVar

import msgspec
from msgspec import UNSET, Meta, UnsetType

from holdfast.actors.dispatch import Overflow
from holdfast.handlers.policy import OnExcess, RestartKind

__all__ = [
    "AuthTable",
    "BackoffTable",
    "Count",
    "HeartbeatTable",
    "HmacTable",
    "LimitsTable",
    "Maybe",
    "NoAuthTable",
    "RestartTable",
    "Table",
    "TimeoutsTable",
    "TlsTable",
    "TokenTable",
]

T = TypeVar("T")
Maybe: TypeAlias = T | UnsetType

Seconds: TypeAlias = Annotated[float, Meta(gt=0)]
Bytes: TypeAlias = Annotated[int, Meta(ge=1, extra={"unit": "bytes"})]
Count: TypeAlias = Annotated[int, Meta(ge=1)]
Path: TypeAlias = Annotated[str, Meta(min_length=1)]
Threshold: TypeAlias = Annotated[
    float,
    Meta(
        ge=0,
        description="seconds before the end of the login at which it is renewed; never more than "
        "half of its life",
    ),
]


class Table(msgspec.Struct, forbid_unknown_fields=True, kw_only=True, frozen=True):
    """A table of the file; keys that nobody knows are mistakes."""

    def given(self) -> dict[str, Any]:
        """Return the keys that were written, with their values."""
        values = {name: getattr(self, name) for name in self.__struct_fields__}
        return {name: value for name, value in values.items() if value is not UNSET}


class BackoffTable(Table, frozen=True, kw_only=True):
    """How the delay before a restart grows."""

    base: Maybe[Annotated[Seconds, Meta(description="seconds, the ceiling of the first delay")]] = (
        UNSET
    )
    factor: Maybe[
        Annotated[float, Meta(ge=1, description="growth of the ceiling from one delay to the next")]
    ] = UNSET
    cap: Maybe[Annotated[Seconds, Meta(description="seconds that no delay exceeds")]] = UNSET
    jitter: Maybe[
        Annotated[float, Meta(ge=0, le=1, description="share of a delay that is drawn by chance")]
    ] = UNSET


class RestartTable(Table, frozen=True, kw_only=True):
    """What becomes of a connection that fails."""

    kind: Maybe[
        Annotated[
            RestartKind,
            Meta(
                description="`permanent` is always restarted, `transient` not after a normal "
                "close, `temporary` never"
            ),
        ]
    ] = UNSET
    backoff: Maybe[
        Annotated[BackoffTable, Meta(description="how the delay before a restart grows")]
    ] = UNSET
    intensity: Maybe[
        Annotated[
            int,
            Meta(
                ge=0,
                description="so many crashes and protocol errors within `period` are borne, one "
                "more is not",
            ),
        ]
    ] = UNSET
    period: Maybe[Annotated[Seconds, Meta(description="seconds, the window of `intensity`")]] = (
        UNSET
    )
    on_excess: Maybe[
        Annotated[
            OnExcess,
            Meta(
                description="what one too many leads to: `quarantine` leaves the siblings alone, "
                "`stop_group` stops the group (the connection alone without one), `stop_fleet` "
                "the fleet"
            ),
        ]
    ] = UNSET
    stable_after: Maybe[
        Annotated[
            float, Meta(ge=0, description="seconds of being ready, then the backoff starts anew")
        ]
    ] = UNSET


class HeartbeatTable(Table, frozen=True, kw_only=True):
    """How a silent death is noticed."""

    interval: Maybe[Annotated[Seconds, Meta(description="seconds between pings")]] = UNSET
    timeout: Maybe[
        Annotated[
            Seconds, Meta(description="seconds after a ping in which the server must be heard")
        ]
    ] = UNSET
    stale_after: Maybe[
        Annotated[
            Seconds,
            Meta(
                description="so many seconds without a message are a failure",
                extra={"absent": "never"},
                examples=[30],
            ),
        ]
    ] = UNSET


class TimeoutsTable(Table, frozen=True, kw_only=True):
    """The deadlines of a connection's steps."""

    dial: Maybe[
        Annotated[Seconds, Meta(description="seconds from DNS to the end of the handshake")]
    ] = UNSET
    auth: Maybe[
        Annotated[Seconds, Meta(description="seconds from the login to the server's answer")]
    ] = UNSET
    flush: Maybe[
        Annotated[
            float,
            Meta(
                ge=0,
                description="seconds to write what was accepted before a stop; 0 drops it",
                extra={"see": "failures.md#how-a-fleet-ends"},
            ),
        ]
    ] = UNSET
    close: Maybe[
        Annotated[
            Seconds,
            Meta(
                description="seconds from our close frame to the server's",
                extra={"see": "failures.md#how-a-fleet-ends"},
            ),
        ]
    ] = UNSET
    stall: Maybe[
        Annotated[Seconds, Meta(description="seconds without a byte in the middle of a frame")]
    ] = UNSET


class LimitsTable(Table, frozen=True, kw_only=True):
    """What a connection may hold."""

    max_message: Maybe[
        Annotated[
            Bytes,
            Meta(description="bytes of the largest message; a larger one closes with 1009"),
        ]
    ] = UNSET
    window: Maybe[Annotated[Bytes, Meta(description="bytes written and not yet sent")]] = UNSET
    outbox: Maybe[Annotated[Count, Meta(description="messages that wait to be sent")]] = UNSET
    mailbox: Maybe[Annotated[Count, Meta(description="messages that wait for the handler")]] = UNSET
    overflow: Maybe[
        Annotated[Overflow, Meta(description="what becomes of a message that finds it full")]
    ] = UNSET


class TlsTable(Table, frozen=True, kw_only=True):
    """How the server is trusted, and how it may trust us; paths start from the file's folder."""

    ca_file: Maybe[
        Annotated[
            Path,
            Meta(
                description="certificates to trust, PEM",
                extra={"absent": "the system's"},
                examples=["ca.pem"],
            ),
        ]
    ] = UNSET
    cert_file: Maybe[
        Annotated[
            Path,
            Meta(
                description="our own certificate and its chain, PEM",
                extra={"absent": "none"},
                examples=["client.pem"],
            ),
        ]
    ] = UNSET
    key_file: Maybe[
        Annotated[
            Path,
            Meta(
                description="its key, PEM, without a password",
                extra={"absent": "in cert_file"},
                examples=["client.key"],
            ),
        ]
    ] = UNSET
    verify: Maybe[
        Annotated[bool, Meta(description="`false` accepts any certificate for any host")]
    ] = UNSET


class HmacTable(Table, frozen=True, kw_only=True, tag_field="kind", tag="hmac"):
    """Signs the key and the time with the secret, which is never sent."""

    api_key: Annotated[str, Meta(description="which account it is; a reference")]
    secret: Annotated[str, Meta(description="the key of the signature; a reference")]
    threshold: Maybe[Threshold] = UNSET


class TokenTable(Table, frozen=True, kw_only=True, tag_field="kind", tag="token"):
    """Shows a token that one has already."""

    token: Annotated[str, Meta(description="the token; a reference")]
    threshold: Maybe[Threshold] = UNSET


class NoAuthTable(Table, frozen=True, kw_only=True, tag_field="kind", tag="none"):
    """No login, whatever the defaults say."""


AuthTable: TypeAlias = HmacTable | TokenTable | NoAuthTable
