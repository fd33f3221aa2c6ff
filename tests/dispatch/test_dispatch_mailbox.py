"""A mailbox keeps every message in its place, or says what became of it."""

from dataclasses import dataclass
from typing import Any

import pykka
import pytest
from pykka._envelope import Envelope
from pykka.messages import _ActorStop  # pyright: ignore[reportPrivateUsage]  # pykka's only stop

from holdfast.actors.dispatch import (
    Control,
    DispatchedFuture,
    Mailbox,
    MailboxFull,
    Ordered,
    Overflow,
)


@dataclass(frozen=True, slots=True)
class Urgent(Control):
    number: int


@dataclass(frozen=True, slots=True)
class Batch(Ordered):
    number: int


def is_batch(message: object) -> bool:
    return isinstance(message, Batch)


def is_text(message: object) -> bool:
    return isinstance(message, str)


class Reader:
    """Owns a mailbox and counts how often it is woken."""

    def __init__(self) -> None:
        self.wakes = 0

    def schedule(self) -> None:
        self.wakes += 1


def put(mailbox: Mailbox, *messages: object) -> None:
    for message in messages:
        mailbox.put(Envelope[Any](message))


def drain(mailbox: Mailbox, reader: Reader) -> list[object]:
    taken: list[object] = []
    while (envelope := mailbox.take(reader)) is not None:
        taken.append(envelope.message)
    return taken


@pytest.fixture
def reader() -> Reader:
    return Reader()


def test_each_lane_keeps_its_order_and_control_overtakes_data(reader: Reader) -> None:
    mailbox = Mailbox()
    mailbox.attach(reader)
    put(mailbox, "a", Urgent(1), Batch(1), "b", Urgent(2))
    assert drain(mailbox, reader) == [Urgent(1), Urgent(2), "a", Batch(1), "b"]


def test_a_stop_overtakes_the_data_that_came_before_it(reader: Reader) -> None:
    mailbox = Mailbox()
    mailbox.attach(reader)
    put(mailbox, "a", _ActorStop())
    assert drain(mailbox, reader) == [_ActorStop(), "a"]


def test_control_that_comes_while_data_is_read_is_the_next_to_be_read(reader: Reader) -> None:
    mailbox = Mailbox()
    mailbox.attach(reader)
    put(mailbox, "a", "b")
    first = mailbox.take(reader)
    put(mailbox, Urgent(1))
    assert first is not None
    assert [first.message, *drain(mailbox, reader)] == ["a", Urgent(1), "b"]


def test_a_full_mailbox_refuses_data_and_still_takes_control_and_ordered(reader: Reader) -> None:
    mailbox = Mailbox(capacity=2)
    mailbox.attach(reader)
    put(mailbox, "a", "b", Batch(1), Urgent(1))
    with pytest.raises(MailboxFull, match="2 messages wait"):
        put(mailbox, "c")
    assert drain(mailbox, reader) == [Urgent(1), "a", "b", Batch(1)]


def test_a_refused_message_leaves_room_for_later_ones(reader: Reader) -> None:
    mailbox = Mailbox(capacity=1)
    mailbox.attach(reader)
    put(mailbox, "a")
    with pytest.raises(MailboxFull):
        put(mailbox, "b")
    assert drain(mailbox, reader) == ["a"]
    put(mailbox, "c")
    assert drain(mailbox, reader) == ["c"]


def test_drop_oldest_makes_room_and_tells_what_it_dropped(reader: Reader) -> None:
    dropped: list[object] = []
    mailbox = Mailbox(2, Overflow.DROP_OLDEST, dropped.append)
    mailbox.attach(reader)
    put(mailbox, "a", "b", "c")
    assert dropped == ["a"]
    assert drain(mailbox, reader) == ["b", "c"]


def test_drop_oldest_spares_what_is_never_refused(reader: Reader) -> None:
    dropped: list[object] = []
    mailbox = Mailbox(2, Overflow.DROP_OLDEST, dropped.append)
    mailbox.attach(reader)
    put(mailbox, Batch(1), "a", "b", Batch(2), "c")
    assert dropped == ["a", "b"]
    assert drain(mailbox, reader) == [Batch(1), Batch(2), "c"]


def test_drop_oldest_drops_the_new_one_when_nothing_else_may_go(reader: Reader) -> None:
    dropped: list[object] = []
    mailbox = Mailbox(1, Overflow.DROP_OLDEST, dropped.append)
    mailbox.attach(reader)
    put(mailbox, Batch(1), "a", "b")
    assert dropped == ["a", "b"]
    assert drain(mailbox, reader) == [Batch(1)]


def test_drop_newest_discards_what_does_not_fit_and_tells_so(reader: Reader) -> None:
    dropped: list[object] = []
    mailbox = Mailbox(2, Overflow.DROP_NEWEST, dropped.append)
    mailbox.attach(reader)
    put(mailbox, "a", "b", "c")
    assert dropped == ["c"]
    assert drain(mailbox, reader) == ["a", "b"]


@pytest.mark.parametrize("policy", [Overflow.DROP_OLDEST, Overflow.DROP_NEWEST])
def test_who_asked_with_a_message_that_is_dropped_hears_of_it(policy: Overflow) -> None:
    mailbox = Mailbox(1, policy)
    futures = [DispatchedFuture[None]() for _ in range(2)]
    for future in futures:
        mailbox.put(Envelope[Any]("question", reply_to=future))
    dropped = futures[policy is Overflow.DROP_NEWEST]
    with pytest.raises(MailboxFull, match="was dropped"):
        dropped.get(timeout=0)
    assert len(mailbox) == 1


def test_a_closed_mailbox_takes_nothing_and_hands_out_what_was_left() -> None:
    mailbox = Mailbox()
    put(mailbox, "a", Urgent(1), Batch(1))
    assert [envelope.message for envelope in mailbox.close()] == [Urgent(1), "a", Batch(1)]
    for message in ("b", Urgent(2), Batch(2)):
        with pytest.raises(pykka.ActorDeadError):
            put(mailbox, message)
    assert (len(mailbox), mailbox.backlog, mailbox.close()) == (0, 0, [])


def test_a_question_to_a_closed_mailbox_is_answered_with_the_error() -> None:
    mailbox = Mailbox()
    mailbox.close()
    future = DispatchedFuture[None]()
    mailbox.put(Envelope[Any]("question", reply_to=future))
    with pytest.raises(pykka.ActorDeadError):
        future.get(timeout=0)


def test_telling_a_closed_mailbox_returns_false() -> None:
    mailbox = Mailbox()
    assert mailbox.tell(Urgent(1))
    mailbox.close()
    assert not mailbox.tell(Urgent(2))


def test_what_comes_while_nobody_owns_the_mailbox_waits_for_the_next_owner(reader: Reader) -> None:
    mailbox = Mailbox()
    mailbox.attach(reader)
    put(mailbox, "a", "b")
    taken = mailbox.take(reader)
    assert taken is not None
    mailbox.detach(reader)
    put(mailbox, "c", Urgent(1))
    successor = Reader()
    mailbox.attach(successor)
    assert mailbox.take(reader) is None
    assert [taken.message, *drain(mailbox, successor)] == ["a", Urgent(1), "b", "c"]
    assert (mailbox.owned_by(reader), mailbox.owned_by(successor)) == (False, True)


def test_a_former_owner_can_not_detach_its_successor(reader: Reader) -> None:
    mailbox = Mailbox()
    mailbox.attach(reader)
    successor = Reader()
    mailbox.attach(successor)
    mailbox.detach(reader)
    put(mailbox, "a")
    assert drain(mailbox, successor) == ["a"]


def test_an_owner_is_woken_once_until_it_has_found_the_mailbox_empty(reader: Reader) -> None:
    mailbox = Mailbox()
    mailbox.attach(reader)
    put(mailbox, "a", "b")
    assert reader.wakes == 1
    drain(mailbox, reader)
    put(mailbox, "c", "d")
    assert reader.wakes == 2


def test_nobody_is_woken_by_what_comes_for_a_mailbox_without_owner(reader: Reader) -> None:
    mailbox = Mailbox()
    mailbox.attach(reader)
    drain(mailbox, reader)
    mailbox.detach(reader)
    put(mailbox, "a")
    assert reader.wakes == 1


def test_what_is_put_back_is_read_before_all_other_data(reader: Reader) -> None:
    mailbox = Mailbox()
    put(mailbox, "b", Urgent(1))
    mailbox.put_back("a")
    mailbox.put_back(Batch(0))
    mailbox.attach(reader)
    assert mailbox.backlog == 1
    assert drain(mailbox, reader) == [Urgent(1), Batch(0), "a", "b"]


def test_replacing_data_keeps_order_answers_and_control(reader: Reader) -> None:
    mailbox = Mailbox()
    future = DispatchedFuture[None]()
    put(mailbox, Batch(1), Urgent(1), "a")
    mailbox.put(Envelope[Any]("b", reply_to=future))

    def change(message: object) -> object:
        table: dict[object, object] = {Batch(1): "was a batch", "a": None}
        return table.get(message, message)

    mailbox.replace_data(change)
    assert mailbox.backlog == 0
    mailbox.attach(reader)
    envelopes = [mailbox.take(reader) for _ in range(3)]
    assert [(each.message, each.reply_to) for each in envelopes if each] == [
        (Urgent(1), None),
        ("was a batch", None),
        ("b", future),
    ]


def test_backlog_counts_what_is_ordered_and_waits(reader: Reader) -> None:
    mailbox = Mailbox()
    mailbox.attach(reader)
    put(mailbox, Batch(1), "a", Batch(2))
    assert (mailbox.backlog, mailbox.weigh(is_batch), mailbox.weigh(is_text)) == (2, 2, 1)
    mailbox.take(reader)
    assert (mailbox.backlog, mailbox.weigh(is_batch)) == (1, 1)


def test_pykkas_own_way_of_reading_follows_the_same_order() -> None:
    mailbox = Mailbox()
    assert mailbox.empty()
    put(mailbox, Batch(1), "a", Urgent(1))
    assert not mailbox.empty()
    assert [mailbox.get().message for _ in range(3)] == [Urgent(1), Batch(1), "a"]
    assert (mailbox.backlog, mailbox.empty()) == (0, True)
    with pytest.raises(IndexError):
        mailbox.get()
