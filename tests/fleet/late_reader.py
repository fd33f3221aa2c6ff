"""A server that lets everything lie until a test wants it read."""

import threading
from collections.abc import Generator
from contextlib import contextmanager

from holdfast.testing import RawFrame, RawPeer, RawServer

__all__ = ["CLOSING_FRAME", "TEXT", "LateReader"]

TEXT, CLOSING_FRAME = 1, 8


class LateReader:
    """Reads nothing until it is told to, then everything; answers the close frame, or doesn't."""

    def __init__(self, *, polite: bool = True) -> None:
        self.begin = threading.Event()
        self.done = threading.Event()
        self.frames: list[RawFrame] = []
        self.peers: list[RawPeer] = []
        self._polite = polite

    @contextmanager
    def listen(self) -> Generator[RawServer]:
        """Listen until the end, at which everything is read."""
        with RawServer(self._serve) as server:
            try:
                yield server
            finally:
                self.begin.set()

    def _serve(self, peer: RawPeer) -> None:
        self.peers.append(peer)
        peer.accept_handshake()
        self.begin.wait(30)
        while not self.frames or self.frames[-1].opcode != CLOSING_FRAME:
            self.frames.append(peer.receive_frame())
        self.done.set()
        if self._polite:
            peer.send_frame(CLOSING_FRAME, self.frames[-1].payload)
        peer.hold()

    @property
    def texts(self) -> list[str]:
        """What it read."""
        return [frame.payload.decode() for frame in self.frames if frame.opcode == TEXT]

    @property
    def code(self) -> int:
        """The code of the close frame, which came last."""
        return int.from_bytes(self.frames[-1].payload[:2])
