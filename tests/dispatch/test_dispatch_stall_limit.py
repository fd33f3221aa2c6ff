"""What is told of stalls is bounded, and what isn't told is counted."""

import weakref
from typing import NamedTuple

from hypothesis import given
from hypothesis import strategies as st

from holdfast.actors.dispatch.stall_limit import StallLimit

PERIOD = 10.0


class Step(NamedTuple):
    """A stall that begins so many seconds after the one before."""

    pause: float
    mailbox: str
    handler: str


STEPS = st.lists(
    st.builds(
        Step,
        # Whole and half seconds meet the end of the period exactly.
        pause=st.sampled_from([0.0, 0.5, 1.0, 3.0, PERIOD]),
        mailbox=st.sampled_from("abcdef"),
        handler=st.sampled_from(["Prices", "Books"]),
    ),
    max_size=80,
)


class Naive:
    """Remembers everything, and counts it all anew for each question."""

    def __init__(self, each: int, alike: int) -> None:
        self.each = each
        self.alike = alike
        self.stalls: list[tuple[float, str, str, bool]] = []

    def offer(self, mailbox: str, handler: str, now: float) -> int | None:
        recent = [stall for stall in self.stalls if stall[3] and now - stall[0] < PERIOD]
        own = [stall for stall in recent if stall[1] == mailbox]
        alike = [stall for stall in recent if stall[2] == handler]
        told = len(own) < self.each and len(alike) < self.alike
        quiet = 0
        for _, _, other, was_told in self.stalls:
            if other == handler:
                quiet = 0 if was_told else quiet + 1
        self.stalls.append((now, mailbox, handler, told))
        return quiet if told else None


@given(steps=STEPS, each=st.integers(1, 3), alike=st.integers(1, 5))
def test_the_limit_says_what_a_naive_one_says(steps: list[Step], each: int, alike: int) -> None:
    limit, naive = StallLimit(PERIOD, each, alike), Naive(each, alike)
    now = 1_000.0
    for pause, mailbox, handler in steps:
        now += pause
        suppressed = limit.admit(mailbox, handler, now)
        assert suppressed == naive.offer(mailbox, handler, now)
        if suppressed is None:
            limit.suppress(handler)


@given(steps=STEPS)
def test_every_stall_is_told_or_counted_once(steps: list[Step]) -> None:
    limit = StallLimit(PERIOD)
    now, told = 0.0, 0
    for pause, mailbox, handler in steps:
        now += pause
        suppressed = limit.admit(mailbox, handler, now)
        if suppressed is None:
            limit.suppress(handler)
        else:
            told += 1 + suppressed
    for handler in ("Prices", "Books"):
        left = limit.admit("another", handler, now + PERIOD)
        assert left is not None
        told += left
        now += PERIOD
    assert told == len(steps)


def test_a_mailbox_is_told_of_once_in_ten_seconds() -> None:
    limit = StallLimit()
    told = [limit.admit("a", "Prices", second / 2) for second in range(60)]
    assert [at / 2 for at, each in enumerate(told) if each is not None] == [0.0, 10.0, 20.0]


def test_a_thousand_that_block_by_turns_are_ten_lines_in_ten_seconds() -> None:
    limit = StallLimit()
    told = 0
    for number in range(1_000):
        if limit.admit(str(number), "Prices", number / 100) is None:
            limit.suppress("Prices")
        else:
            told += 1
    assert told == 10
    assert limit.admit("another", "Books", 9.99) == 0
    assert limit.admit("another one", "Prices", 10.0) == 990


def test_a_stall_that_was_refused_may_ask_again_without_being_counted() -> None:
    limit = StallLimit()
    limit.admit("a", "Prices", 0.0)
    assert [limit.admit("a", "Prices", second) for second in (1.0, 5.0, 9.9)] == [None] * 3
    assert limit.admit("a", "Prices", 10.0) == 0


def test_a_limit_lets_go_of_what_is_older_than_a_period() -> None:
    class Box:
        """Stands for a mailbox whose connection is gone."""

    limit, box = StallLimit(), Box()
    limit.admit(box, "Prices", 0.0)
    gone = weakref.ref(box)
    del box
    limit.admit("another", "Prices", 10.0)
    assert gone() is None
