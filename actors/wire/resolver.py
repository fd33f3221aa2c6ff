"""DNS on a few threads, because `getaddrinfo` blocks and knows no deadline."""

import functools
import itertools
import logging
import socket
import threading
from collections import deque
from collections.abc import Callable
from typing import Any, Final

__all__ = ["Address", "Answer", "Resolver", "look_up"]

Address = tuple[int, int, int, str, Any]
"""One answer of `getaddrinfo`: family, type, protocol, canonical name, socket address."""

Answer = list[Address] | Exception
"""The addresses of a host, or why there are none (a `socket.gaierror` as a rule)."""

_Place = tuple[str, int]
_Done = Callable[[Answer], None]

_log: Final = logging.getLogger(__name__)


def look_up(host: str, port: int, flags: int = 0) -> list[Address]:
    """Return the addresses of a host for TCP; blocks.

    Args:
        host: a name or an IP address.
        port: 1 to 65535.
        flags: of `getaddrinfo`.

    Raises:
        OSError: there are none, or DNS doesn't answer.
    """
    try:
        return list(
            socket.getaddrinfo(
                host, port, type=socket.SOCK_STREAM, proto=socket.IPPROTO_TCP, flags=flags
            )
        )
    except UnicodeError:
        # Python's own check of a name's form, which is stricter than the resolver's.
        raise socket.gaierror(socket.EAI_NONAME, "not a host name") from None


class Resolver:
    """Looks up hosts, one lookup at a time for each host and port, and shares the answers.

    Args:
        max_threads: most lookups at once. Threads start when they are needed, and are daemons,
            because one that hangs in `getaddrinfo` cannot be ended.
        look_up: what finds the addresses, blocking; raises when there are none.
    """

    def __init__(
        self, max_threads: int = 4, look_up: Callable[[str, int], list[Address]] = look_up
    ) -> None:
        self._max_threads = max_threads
        self._look_up = look_up
        self._changed = threading.Condition()
        self._tokens = itertools.count(1)
        self._queue: deque[_Place] = deque()
        self._waiting: dict[_Place, dict[int, _Done]] = {}
        self._threads: list[threading.Thread] = []
        self._busy: set[threading.Thread] = set()
        self._stopped = False

    def resolve(self, host: str, port: int, done: Callable[[Answer], None]) -> int:
        """Find the addresses of a host.

        Args:
            host: a name or an IP address.
            port: 1 to 65535.
            done: called once with the answer: on a resolver's thread, or, when `host` is an IP
                address, on this one before `resolve` returns. It must not block.

        Returns:
            A token for `forget`.

        Raises:
            RuntimeError: the resolver has been stopped, or no thread can be started.
        """
        token = next(self._tokens)
        literal = _literal(host, port)
        if literal is not None:
            done(literal)
            return token
        with self._changed:
            if self._stopped:
                raise RuntimeError("the resolver has been stopped")
            self._add((host, port), token, done)
        return token

    def forget(self, token: int) -> bool:
        """Drop one who waits; a lookup that nobody waits for any more is not begun.

        Args:
            token: from `resolve`.

        Returns:
            False when the answer was given, or is on its way and can't be held back.
        """
        with self._changed:
            for place, waiting in self._waiting.items():
                if waiting.pop(token, None) is not None:
                    if not waiting and place in self._queue:
                        self._queue.remove(place)
                        del self._waiting[place]
                    return True
        return False

    def stop(self) -> None:
        """Drop all who wait and join the threads, but for those that are inside a lookup.

        Those end after it. Nobody is called who waited, unless the call is under way already.
        """
        with self._changed:
            self._stopped = True
            self._queue.clear()
            self._waiting.clear()
            self._changed.notify_all()
            ending = set(self._threads) - self._busy - {threading.current_thread()}
        for thread in ending:
            thread.join()

    def _add(self, place: _Place, token: int, done: _Done) -> None:
        if place in self._waiting:
            self._waiting[place][token] = done
            return
        idle = len(self._threads) - len(self._busy)
        if len(self._queue) >= idle and len(self._threads) < self._max_threads:
            self._start_thread()
        self._waiting[place] = {token: done}
        self._queue.append(place)
        self._changed.notify()

    def _start_thread(self) -> None:
        name = f"holdfast-resolver-{len(self._threads)}"
        thread = threading.Thread(target=self._run, name=name, daemon=True)
        thread.start()
        self._threads.append(thread)

    def _run(self) -> None:
        while (place := self._next()) is not None:
            try:
                answer: Answer = self._look_up(*place)
            except Exception as error:  # noqa: BLE001 - whoever waits has to hear of any failure
                answer = error
            self._answer(place, answer)

    def _next(self) -> _Place | None:
        with self._changed:
            while not self._queue and not self._stopped:
                self._changed.wait()
            if self._stopped:
                return None
            self._busy.add(threading.current_thread())
            return self._queue.popleft()

    def _answer(self, place: _Place, answer: Answer) -> None:
        with self._changed:
            self._busy.discard(threading.current_thread())
            waiting = self._waiting.pop(place, {})
        for done in waiting.values():
            try:
                done(answer)
            except Exception:  # noqa: BLE001 - the others still wait, and the thread is needed
                _log.exception("resolver.callback_failed")


@functools.lru_cache(maxsize=256)
def _literal(host: str, port: int) -> list[Address] | None:
    """Return the address when the host is one already; a fleet asks it again at each dial."""
    try:
        return look_up(host, port, socket.AI_NUMERICHOST | socket.AI_NUMERICSERV)
    except OSError:
        return None
