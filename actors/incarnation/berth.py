"""What an incarnation of a connection is born with: its place in the fleet."""

import random
from collections.abc import Sequence
from dataclasses import dataclass

from holdfast.actors.dispatch import Mailbox
from holdfast.actors.messages import StreamRef
from holdfast.actors.slots.hidden import Hidden
from holdfast.actors.slots.ledger import Ledger
from holdfast.actors.slots.outbox import Outbox
from holdfast.actors.slots.vitals import Vitals
from holdfast.actors.spec import ConnectionSpec
from holdfast.handlers import AuthState, Cause, Transition

__all__ = ["Berth"]


@dataclass(frozen=True, slots=True)
class Berth:
    """What an incarnation takes over from its child slot."""

    spec: ConnectionSpec
    mailbox: Mailbox
    outbox: Outbox
    ledger: Ledger
    vitals: Vitals
    life: Sequence[Transition]
    """The last steps of the connection, the slot's own list."""
    host: str
    """The host and port that it goes to."""
    hidden: Hidden
    """Its secrets, which grow with every login."""
    incarnation: int
    """Also the generation of its one stream."""
    stream: StreamRef
    """The name of that stream, which no other one of the process has."""
    auth: AuthState | None
    """What is known of the authentication, ready for a new stream; None without auth."""
    cause: Cause | None
    """Why the incarnation before it ended."""
    rule: str | None
    """The rule that let this one begin."""
    random: random.Random
    """The source of jitter; a seeded one makes a fleet repeatable."""
