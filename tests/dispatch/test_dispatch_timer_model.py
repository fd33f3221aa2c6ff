"""Whatever is done to timers, those fire that a plain table says, in its order."""

from typing import Any

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from holdfast.actors.dispatch import DispatchedActor, Dispatcher
from holdfast.actors.timer import CancelAll, TimerActor, TimerFired
from holdfast.actors.timers import Timers
from holdfast.testing import ManualClock

WAIT = 20.0
KEYS = st.sampled_from("abcdef")
SECONDS = st.integers(0, 10).map(float)


class Owner(DispatchedActor):
    """Notes the timers that it heard and believed."""

    def __init__(self, timer: TimerActor) -> None:
        super().__init__(timer.dispatcher)
        self.timers = Timers(timer.mailbox, self.mailbox, timer.dispatcher.clock)
        self.believed: list[Any] = []
        self.heard = 0

    def on_receive(self, message: object) -> None:
        if isinstance(message, TimerFired):
            self.heard += 1
            if self.timers.accepts(message):
                self.believed.append(message.key)


class TimerMachine(RuleBasedStateMachine):
    """Does the same to real timers and to a table of deadlines."""

    def __init__(self) -> None:
        super().__init__()
        self.clock = ManualClock()
        self.dispatcher = Dispatcher(self.clock)
        self.dispatcher.start()
        self.timer = TimerActor(self.dispatcher)
        self.timer.launch()
        self.owner = Owner(self.timer)
        self.owner.launch()
        self.table: dict[str, tuple[float, int]] = {}
        self.started = 0
        self.expected: list[str] = []

    @rule(key=KEYS, seconds=SECONDS)
    def start(self, key: str, seconds: float) -> None:
        self.owner.timers.start(key, seconds)
        self.started += 1
        self.table[key] = (self.clock.now() + seconds, self.started)

    @rule(count=st.integers(300, 600))
    def start_many_that_are_void(self, count: int) -> None:
        for _ in range(count):
            self.owner.timers.start("void", 5.0)
        self.owner.timers.cancel("void")

    @rule(key=KEYS)
    def cancel(self, key: str) -> None:
        self.owner.timers.cancel(key)
        self.table.pop(key, None)

    @rule()
    def cancel_all(self) -> None:
        self.owner.timers.cancel_all()
        self.table.clear()

    @rule(seconds=SECONDS)
    def advance(self, seconds: float) -> None:
        self.clock.advance(seconds)

    @invariant()
    def what_is_due_has_fired(self) -> None:
        for _ in range(2):
            self.timer.actor_ref.ask(CancelAll(()), timeout=WAIT)
        self.owner.actor_ref.ask("has everything arrived?", timeout=WAIT)
        now = self.clock.now()
        due = sorted(key for key, (deadline, _) in self.table.items() if deadline <= now)
        for key in sorted(due, key=self.table.__getitem__):
            self.expected.append(key)
            del self.table[key]
        assert self.owner.believed == self.expected
        assert self.owner.heard == len(self.expected)

    def teardown(self) -> None:
        assert self.dispatcher.stop(timeout=WAIT) == []


TestTimerModel = TimerMachine.TestCase
TestTimerModel.settings = settings(max_examples=60, stateful_step_count=25)
