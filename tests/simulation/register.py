"""Every slot that there ever was, and the simulation's own account of each."""

from holdfast.actors.messages import StreamRef
from holdfast.actors.slots.slot import Slot
from holdfast.handlers import Phase
from tests.simulation.account import Account

__all__ = ["Register"]


class Register:
    """Slots and accounts by the slot's number, which is never used twice."""

    def __init__(self) -> None:
        self.slots: dict[int, Slot] = {}
        self.accounts: dict[int, Account] = {}
        self.succeeded = set[int]()
        """Slots whose counts go on in another one."""

    def add(self, slot: Slot) -> None:
        """Open an account for a slot, unless it has one."""
        if slot.number in self.slots:
            return
        for former in self.slots.values():
            if former.ledger is slot.ledger:
                self.succeeded.add(former.number)
        self.slots[slot.number] = slot
        account = self.accounts[slot.number] = Account(slot.spec.name)
        counts = slot.ledger.counts(0)
        account.attempts = counts.accepted + counts.refused

    def account_of(self, stream: StreamRef) -> Account:
        """Return the account of the slot that a stream belongs to."""
        return self.accounts[stream[2]]

    def hears(self, stream: StreamRef) -> bool:
        """Tell whether a ready incarnation has this stream, so that what it gets can't be lost."""
        slot = self.slots[stream[2]]
        actor = slot.actor
        present = actor is not None and slot.mailbox.owned_by(actor) and slot.stream == stream
        return present and actor is not None and actor.phase is Phase.READY
