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

    def add(self, slot: Slot) -> None:
        """Open an account for a slot, unless it has one."""
        if slot.number not in self.slots:
            self.slots[slot.number] = slot
            self.accounts[slot.number] = Account(slot.spec.name)

    def account_of(self, stream: StreamRef) -> Account:
        """Return the account of the slot that a stream belongs to."""
        return self.accounts[stream[2]]

    def hears(self, stream: StreamRef) -> bool:
        """Tell whether a ready incarnation has this stream, so that what it gets can't be lost."""
        slot = self.slots[stream[2]]
        actor = slot.actor
        present = actor is not None and slot.mailbox.owned_by(actor) and slot.stream == stream
        return present and actor is not None and actor.phase is Phase.READY
