"""Who looks at a fleet holds nobody up, so what they look at may change under their eyes."""

import difflib
import random
from typing import Any, ClassVar

import pytest

from holdfast.actors import ConnectionSpec, UnknownConnection
from holdfast.actors.slots.ledger import Ledger
from holdfast.actors.slots.slot import Slot
from holdfast.actors.slots.vitals import Vitals
from holdfast.handlers import Moment, Phase

NOW = Moment(1.0, 1.0)


class Waiting:
    """An actor whose dial waits for its turn."""

    dialing = False


class Fleeting(Slot):
    """A slot whose actor ends between two looks at it."""

    looks: ClassVar[list[object]] = [Waiting(), None]

    def __getattribute__(self, name: str) -> Any:  # any of its attributes
        """Return what is left of the actor, and anything else as it is."""
        return self.looks.pop(0) if name == "actor" else super().__getattribute__(name)


def test_an_actor_may_end_while_its_status_is_read() -> None:
    spec = ConnectionSpec(name="a", url="ws://one.example")
    status = Fleeting(spec, 0.0, random.SystemRandom()).status(NOW)
    assert status.phase is Phase.CONNECTING
    assert status.waits_for == "its turn among the dials to one.example:80"


def test_a_stream_may_end_while_its_rates_are_read() -> None:
    vitals = Vitals(Ledger())
    vitals.begin(0.0)

    class Moving(float):
        def __gt__(self, other: object) -> bool:
            vitals.end()
            return True

    assert vitals.traffic(Moving(1.0)).rate_in == 0.0


def test_who_only_notices_that_one_is_unknown_pays_for_no_hint(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """A look at thousands meets with many that were stopped; to guess each name took seconds."""

    def guess(*_: object, **__: object) -> list[str]:
        raise AssertionError("nobody reads the hint")

    error = UnknownConnection("feed-l", ["feed-1", "other"])
    assert str(error) == "no connection is named 'feed-l'; did you mean 'feed-1'?"
    monkeypatch.setattr(difflib, "get_close_matches", guess)
    UnknownConnection("feed-l", ["feed-1", "other"])
