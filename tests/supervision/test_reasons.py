"""What is remembered of a failure says truly what it took along."""

import random

import pytest

from holdfast.actors import ConnectionSpec
from holdfast.actors.slots.slot import Slot
from holdfast.actors.supervision.reasons import reason_of
from holdfast.handlers import AuthState, Cause, CauseKind, Moment, Secret, TokenAuth
from holdfast.handlers.restart import decide

AUTH = TokenAuth("a token of old")
ISSUED = AuthState(handler=AUTH, moment=Moment(monotonic=0.0, unix=0.0)).authenticated(
    lifetime=10.0, token=Secret("a token of ten seconds")
)


@pytest.mark.parametrize(
    ("kind", "now", "fate"),
    [
        (CauseKind.NETWORK, 9.0, "kept"),
        (CauseKind.NETWORK, 10.0, "dropped"),
        (CauseKind.AUTH, 9.0, "dropped"),
    ],
)
def test_a_token_is_kept_if_the_failure_leaves_it_good_and_it_has_not_ended(
    kind: CauseKind, now: float, fate: str
) -> None:
    chance = random.Random(1)  # noqa: S311  # jitter, not a secret
    slot = Slot(ConnectionSpec(name="a", url="ws://a", auth=AUTH), 0.0, chance)
    slot.auth = ISSUED
    slot.cause = Cause(kind, "broken", "for a test")
    decision = decide(slot.cause, slot.history, slot.spec.restart, now, 0.5)

    assert reason_of(slot, decision, now).token == fate
