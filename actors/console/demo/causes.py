"""Why the demo's connections went down: an actor that is told every transition counts it."""

from collections import Counter
from dataclasses import dataclass

import pykka

from holdfast.actors.logs import escape
from holdfast.handlers import Cause, CauseKind, Reason, Transition

__all__ = ["CauseCount", "CauseCounter", "GetCauses"]


@dataclass(frozen=True, slots=True)
class CauseCount:
    """How often connections went down for one cause.

    Attributes:
        number: of times.
        kind: of the cause.
        name: of the cause.
        example: how the first one was told.
    """

    number: int
    kind: CauseKind
    name: str
    example: str


@dataclass(frozen=True, slots=True)
class GetCauses:
    """Asks a `CauseCounter` for a list of `CauseCount`, the most frequent cause first."""


class CauseCounter(pykka.ThreadingActor):
    """Counts; `Fleet.subscribe` has it told what to count."""

    use_daemon_thread = True

    def __init__(self) -> None:
        super().__init__()
        self._numbers: Counter[tuple[CauseKind, str]] = Counter()
        self._examples: dict[tuple[CauseKind, str], str] = {}

    def on_receive(self, message: object) -> list[CauseCount] | None:
        """Count a transition that a cause led to, or tell what was counted.

        Args:
            message: a `Transition` or `GetCauses`.
        """
        match message:
            case Transition(reason=Reason(cause=Cause() as cause)):
                self._count(cause)
            case GetCauses():
                return self._counted()
            case _:
                pass
        return None

    def _count(self, cause: Cause) -> None:
        key = (cause.kind, cause.name)
        self._numbers[key] += 1
        self._examples.setdefault(key, escape(cause.detail))

    def _counted(self) -> list[CauseCount]:
        return [
            CauseCount(number, kind, name, self._examples[kind, name])
            for (kind, name), number in self._numbers.most_common()
        ]
