"""Whatever is done to a mailbox, it does what two plain lists would do."""

from dataclasses import dataclass, field
from typing import Any

import pykka
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule
from pykka._envelope import Envelope

from holdfast.actors.dispatch import Control, Mailbox, MailboxFull, Ordered, Overflow


@dataclass(frozen=True, slots=True)
class Urgent(Control):
    number: int


@dataclass(frozen=True, slots=True)
class Batch(Ordered):
    number: int


def is_batch(message: object) -> bool:
    return isinstance(message, Batch)


@dataclass(eq=False)
class Reader:
    """An owner that is awake from `schedule` until it finds the mailbox empty."""

    awake: bool = False

    def schedule(self) -> None:
        assert not self.awake, "woken twice"
        self.awake = True


@dataclass
class Model:
    """A mailbox without locks, lanes that come and go, or counters."""

    capacity: int
    overflow: Overflow
    control: list[object] = field(default_factory=list[object])
    data: list[object] = field(default_factory=list[object])
    dropped: list[object] = field(default_factory=list[object])

    def put(self, message: object) -> bool:
        """Return whether it was taken, if only to be dropped."""
        if isinstance(message, Control):
            self.control.append(message)
        elif isinstance(message, Ordered) or len(self.data) < self.capacity:
            self.data.append(message)
        elif self.overflow is Overflow.REFUSE:
            return False
        else:
            self.data.append(message)
            droppable = [each for each in self.data if not isinstance(each, Ordered)]
            oldest = self.overflow is Overflow.DROP_OLDEST
            self.dropped.append(droppable[0] if oldest else message)
            self.data.remove(self.dropped[-1])
        return True

    def take(self) -> object:
        for lane in (self.control, self.data):
            if lane:
                return lane.pop(0)
        return None


class MailboxMachine(RuleBasedStateMachine):
    """Does the same to a mailbox and to its model."""

    def __init__(self) -> None:
        super().__init__()
        self.number = 0
        self.former: list[Reader] = []
        self.reader: Reader | None = None
        self.dropped: list[object] = []

    @initialize(capacity=st.integers(1, 4), overflow=st.sampled_from(Overflow))
    def begin(self, capacity: int, overflow: Overflow) -> None:
        self.model = Model(capacity, overflow)
        self.mailbox = Mailbox(capacity, overflow, self.dropped.append)

    @rule(kind=st.sampled_from([Urgent, Batch, int]))
    def put(self, kind: type[Any]) -> None:
        self.number += 1
        message = kind(self.number)
        if self.mailbox.closed:
            assert not self.mailbox.tell(message)
            return
        try:
            self.mailbox.put(Envelope[Any](message))
        except MailboxFull:
            assert not self.model.put(message)
        else:
            assert self.model.put(message)

    @precondition(lambda self: self.reader is not None and self.reader.awake)
    @rule()
    def take(self) -> None:
        assert self.reader is not None
        envelope = self.mailbox.take(self.reader)
        expected = None if self.mailbox.closed else self.model.take()
        assert (None if envelope is None else envelope.message) == expected
        self.reader.awake = envelope is not None

    @precondition(lambda self: self.former)
    @rule(data=st.data())
    def former_owner_finds_nothing(self, data: st.DataObject) -> None:
        assert self.mailbox.take(data.draw(st.sampled_from(self.former))) is None

    @precondition(lambda self: self.reader is None)
    @rule()
    def attach(self) -> None:
        self.reader = Reader()
        self.mailbox.attach(self.reader)

    @precondition(lambda self: self.reader is not None)
    @rule()
    def detach(self) -> None:
        assert self.reader is not None
        self.mailbox.detach(self.reader)
        self.former.append(self.reader)
        self.reader = None

    # An owner that ends puts back what it was reading; one that sleeps reads nothing.
    @precondition(lambda self: self.reader is None or self.reader.awake)
    @precondition(lambda self: not self.mailbox.closed)
    @rule(kind=st.sampled_from([Batch, int]))
    def put_back(self, kind: type[Any]) -> None:
        self.number += 1
        self.mailbox.put_back(kind(self.number))
        self.model.data.insert(0, kind(self.number))

    @rule(odd=st.booleans())
    def replace_data(self, odd: bool) -> None:  # noqa: FBT001  # Hypothesis passes it by name
        def change(message: object) -> object:
            number = message.number if isinstance(message, Batch) else message
            assert isinstance(number, int)
            return Batch(number) if number % 2 == odd else None

        self.mailbox.replace_data(change)
        self.model.data = [new for each in self.model.data if (new := change(each)) is not None]

    @precondition(lambda self: not self.mailbox.closed)
    @rule()
    def close(self) -> None:
        left = [envelope.message for envelope in self.mailbox.close()]
        assert left == [*self.model.control, *self.model.data]
        self.model.control, self.model.data = [], []
        if self.reader is not None:
            self.former.append(self.reader)
            self.reader = None

    @precondition(lambda self: self.mailbox.closed)
    @rule()
    def a_question_to_a_closed_mailbox_fails(self) -> None:
        future = pykka.ThreadingFuture[None]()
        self.mailbox.put(Envelope[Any](0, reply_to=future))
        try:
            future.get(timeout=0)
        except pykka.ActorDeadError:
            return
        raise AssertionError

    @invariant()
    def they_agree(self) -> None:
        if not hasattr(self, "mailbox"):
            return
        assert len(self.mailbox) == len(self.model.control) + len(self.model.data)
        assert self.mailbox.empty() == (len(self.mailbox) == 0)
        assert self.dropped == self.model.dropped
        batches = sum(isinstance(each, Batch) for each in self.model.data)
        assert self.mailbox.backlog == self.mailbox.weigh(is_batch) == batches

    @invariant()
    def an_owner_with_mail_is_awake(self) -> None:
        if self.reader is not None and len(self.mailbox):
            assert self.reader.awake


TestMailboxModel = MailboxMachine.TestCase
