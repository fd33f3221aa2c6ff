"""When a connection is restarted, and when no longer: what the user may choose."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Literal, TypeAlias, get_args

from holdfast.handlers.backoff import Backoff
from holdfast.handlers.check import not_negative, one_of, positive

RestartKind: TypeAlias = Literal["permanent", "transient", "temporary"]
OnExcess: TypeAlias = Literal["quarantine", "stop_group", "stop_fleet"]


class Scope(StrEnum):
    """How much ends with a connection that is stopped."""

    CONNECTION = "connection"
    """The connection alone."""
    GROUP = "group"
    """Every connection of its group."""
    FLEET = "fleet"
    """Every connection of the fleet."""


@dataclass(frozen=True, slots=True)
class RestartPolicy:
    """When a connection is restarted, and when no longer.

    Attributes:
        kind: `permanent` is always restarted, `transient` unless it closed normally,
            `temporary` never.
        backoff: the delays.
        intensity: so many crashes and protocol errors within `period` are borne, one
            more is not (Erlang/OTP's MaxR and MaxT).
        period: seconds, the window of `intensity`.
        stable_after: seconds of being ready after which the backoff starts anew.
        on_excess: what one failure too many leads to: `quarantine` leaves the connection to a
            person and its siblings alone, `stop_group` stops its group, `stop_fleet` the fleet.

    Raises:
        ValueError: a value is not as described.
    """

    kind: RestartKind = "permanent"
    backoff: Backoff = Backoff()
    intensity: int = 3
    period: float = 60.0
    stable_after: float = 30.0
    on_excess: OnExcess = "quarantine"

    def __post_init__(self) -> None:
        """Refuse what cannot be meant."""
        one_of("restart kind", self.kind, get_args(RestartKind))
        one_of("restart on_excess", self.on_excess, get_args(OnExcess))
        # Not every user has a type checker, and a supervisor must never meet this.
        if not isinstance(self.backoff, Backoff):  # pyright: ignore[reportUnnecessaryIsInstance]
            raise ValueError(f"restart backoff must be a Backoff, not {self.backoff!r}")  # noqa: TRY004  # whatever is wrong with a policy is one exception to catch
        not_negative("restart intensity", self.intensity)
        positive("restart period", self.period)
        not_negative("restart stable_after", self.stable_after)
