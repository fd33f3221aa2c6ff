"""The control actor: answers the requests of one client, in their order.

Each client has one of its own, so what the one waits for delays nobody else. It is a thread of its
own and not the dispatcher's: it answers even when handlers hold every thread of the fleet.
"""

from typing import Any

import pykka

from holdfast.actors.console.control.desk import Desk
from holdfast.actors.console.control.protocol import Request
from holdfast.actors.console.control.verbs import find_verb

__all__ = ["ControlActor"]


class ControlActor(pykka.ThreadingActor):
    """Carries out each `Request` that it is asked, and answers with its result.

    Args:
        desk: what the clients share.
    """

    # One that waits for a connection which never answers doesn't hold up the end of the process.
    use_daemon_thread = True

    def __init__(self, desk: Desk) -> None:
        super().__init__()
        self._desk = desk

    def on_receive(self, message: Any) -> Any:  # noqa: ANN401  # pykka's own
        """Carry out a request.

        Raises:
            Exception: whatever stands against it; `refused` makes an answer of it.
        """
        if not isinstance(message, Request):
            return super().on_receive(message)
        return find_verb(message.verb)(self._desk, message)
