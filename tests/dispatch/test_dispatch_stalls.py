"""Which stalls are told, when, and what is said of them; with a clock of the test's own."""

import re
from functools import partial
from typing import Any, ClassVar

import pytest

from holdfast.actors.dispatch import DispatchedActor, Dispatcher
from holdfast.actors.dispatch.stall import Stall, handler_name
from holdfast.actors.dispatch.stall_limit import StallLimit
from holdfast.actors.dispatch.stalls import Stalls
from holdfast.actors.dispatch.workers import Term

LIMIT = 0.010
LOOK = 0.005


class Turner:
    """Stands for an actor, and notes what it is told."""

    slow = 0
    system: ClassVar[bool] = False
    label = "a turner"

    def __init__(self, handler: type = dict, *, raises: bool = False) -> None:
        self.mailbox = object()
        self.kind: object = handler
        self.told: list[tuple[str, float]] = []
        self.stalls: list[Stall] = []
        self._raises = raises

    def run(self) -> bool:
        return False

    def abandon(self) -> None: ...

    def blocked(self, stall: Stall) -> None:
        self._note("blocked", stall.seconds)
        self.stalls.append(stall)

    def stuck(self, stall: Stall) -> None:
        self._note("stuck", stall.seconds)

    def recovered(self, handler: str, seconds: float) -> None:
        assert handler
        self._note("recovered", seconds)

    def _note(self, what: str, seconds: float) -> None:
        self.told.append((what, round(seconds, 6)))
        if self._raises:
            raise ValueError(what)


class MachineTurner(Turner):
    """Is one of the machine's own actors."""

    system = True


def leads(turn: Turner) -> Term:
    """Return the term of a leader that is in its first turn."""
    term = Term()
    term.running, term.turns = turn, 1
    return term


@pytest.fixture
def stalls() -> Stalls:
    return Stalls(LIMIT, StallLimit())


def test_a_turn_that_lasts_is_told_once_and_when_it_is_over(stalls: Stalls) -> None:
    turn = Turner()
    term = leads(turn)
    for look in range(200):
        stalls.look([term], look * LOOK)
    assert turn.told == [("blocked", LIMIT)]
    term.running = None
    stalls.look([term], 1.0)
    stalls.look([term], 1.005)
    assert turn.told == [("blocked", LIMIT), ("recovered", 1.0)]


def test_turns_that_are_quick_are_not_told_however_many_come(stalls: Stalls) -> None:
    turn = Turner()
    term = leads(turn)
    for look in range(200):
        stalls.look([term], look * LOOK)
        term.turns += look % 2
    assert turn.told == []


def test_a_spare_s_turn_is_measured_from_its_begin_to_its_end(stalls: Stalls) -> None:
    turn = Turner()
    term = Term(turn)
    term.began = 5.0
    stalls.look([term], 5.2)
    term.ended = 7.0
    stalls.look([], 7.1)
    assert turn.told == [("blocked", 0.2), ("recovered", 2.0)]


def test_a_stall_that_was_refused_is_told_as_soon_as_it_may_be(stalls: Stalls) -> None:
    turn = Turner()
    first = leads(turn)
    for now in (0.0, LIMIT):
        stalls.look([first], now)
    second = leads(turn)
    first.ended = 0.5
    for now in (0.5, 0.6, 5.0, 10.0):
        stalls.look([second], now)
    assert turn.told == [("blocked", LIMIT), ("recovered", 0.5)]
    stalls.look([second], 10.5)
    assert turn.told[2:] == [("blocked", 10.0)]
    assert turn.stalls[1].suppressed == 0


def test_a_stall_that_was_never_told_is_counted_and_its_end_not_told(stalls: Stalls) -> None:
    turn = Turner()
    for number in range(4):
        term = leads(turn)
        for now in (number, number + 0.5):
            stalls.look([term], now)
        term.ended = number + 0.6
        stalls.look([], number + 0.7)
    late = leads(turn)
    for now in (20.0, 21.0):
        stalls.look([late], now)
    assert [what for what, _ in turn.told] == ["blocked", "recovered", "blocked"]
    assert [stall.suppressed for stall in turn.stalls] == [0, 3]


def test_a_handler_that_is_stuck_is_told_three_times_more(stalls: Stalls) -> None:
    turn = Turner()
    term = leads(turn)
    for second in range(1_000):
        stalls.look([term], float(second))
    seconds = {"blocked": [1.0], "stuck": [10.0, 60.0, 600.0]}
    assert turn.told == [(what, each) for what, several in seconds.items() for each in several]


def test_the_longest_stall_is_told_first_where_few_may_be(stalls: Stalls) -> None:
    waiting = [Turner() for _ in range(16)]
    terms = [leads(turn) for turn in waiting]
    for now in (0.0, 1.0, 2.0):
        stalls.look(terms[:12], now)
    for now in (3.0, 10.9, 11.0):
        stalls.look(terms, now)
    assert [len(turn.told) > 0 for turn in waiting] == [True] * 16
    assert [turn.stalls[0].seconds for turn in waiting] == [1.0] * 10 + [11.0] * 2 + [8.0] * 4


def test_one_handler_s_flood_does_not_silence_another_s(stalls: Stalls) -> None:
    flood, other = [Turner() for _ in range(15)], Turner(list)
    terms = [leads(turn) for turn in (*flood, other)]
    for now in (0.0, 1.0):
        stalls.look(terms, now)
    assert sum(bool(turn.told) for turn in flood) == 10
    assert [what for what, _ in other.told] == ["blocked"]


def test_an_actor_of_the_machine_is_not_told(stalls: Stalls) -> None:
    turn = MachineTurner()
    term = leads(turn)
    for now in (0.0, 1.0, 100.0):
        stalls.look([term], now)
    assert turn.told == []


def test_an_actor_that_raises_when_it_is_told_harms_nobody(stalls: Stalls) -> None:
    broken, turn = Turner(raises=True), Turner()
    terms = [leads(broken), leads(turn)]
    for now in (0.0, 1.0, 11.0):
        stalls.look(terms, now)
    for term in terms:
        term.ended = 12.0
    stalls.look([], 12.0)
    assert broken.told == turn.told == [("blocked", 1.0), ("stuck", 11.0), ("recovered", 12.0)]


def test_a_deep_stack_is_told_by_its_first_and_last_functions(stalls: Stalls) -> None:
    turn = Turner()
    term = leads(turn)  # of this very thread
    for now in (0.0, 1.0):
        stalls.look([term], now)
    stack = turn.stalls[0].stack
    assert len(stack) == 5 + 1 + 5
    assert re.fullmatch(r"… \d+ more", stack[5])
    assert re.fullmatch(r"(.+/)?actors/dispatch/stall\.py:\d+ stack_of", stack[-1])


class Odd:
    """A factory that answers nothing about itself."""

    def __getattr__(self, name: str) -> Any:  # nothing comes
        raise RuntimeError(name)


class Listener(DispatchedActor):
    """Is told what comes in."""


def a_factory() -> None: ...


ODD = Odd()
KINDS: list[tuple[object, str]] = [
    (Turner, "Turner"),
    (a_factory, "a_factory"),
    (partial(a_factory), "a_factory"),
    (partial(partial(Turner, dict), raises=True), "Turner"),
    (Turner().run, "Turner.run"),
    (ODD, "Odd"),
]


@pytest.mark.parametrize(("kind", "name"), KINDS, ids=lambda each: str(each)[:20])
def test_a_handler_is_called_by_its_module_and_qualified_name(kind: object, name: str) -> None:
    assert handler_name(kind) == f"{__name__}.{name}"


def test_a_handler_that_is_an_actor_is_called_by_its_class(dispatcher: Dispatcher) -> None:
    ref = Listener(dispatcher).actor_ref
    assert handler_name(ref) == f"{__name__}.Listener"
