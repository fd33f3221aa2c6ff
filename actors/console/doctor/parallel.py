"""Work in parallel on a bounded number of threads, results in order.

`concurrent.futures` waits for its threads when Python ends, so Ctrl-C would wait for the slowest
host; these are daemons.
"""

import queue
import threading
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future
from typing import Final, TypeVar

__all__ = ["THREADS", "in_parallel"]

T = TypeVar("T")
R = TypeVar("R")

THREADS: Final = 16


def in_parallel(work: Callable[[T], R], items: Sequence[T]) -> Iterator[R]:
    """Yield what `work` returns for each item, in the order of the items.

    Args:
        work: called on one of up to 16 threads; what it raises is raised here.
        items: to work on.
    """
    waiting: queue.SimpleQueue[tuple[T, Future[R]]] = queue.SimpleQueue()
    futures: list[Future[R]] = [Future() for _ in items]
    for pair in zip(items, futures, strict=True):
        waiting.put(pair)

    def run() -> None:
        while True:
            try:
                item, future = waiting.get_nowait()
            except queue.Empty:
                return
            try:
                future.set_result(work(item))
            except BaseException as error:  # noqa: BLE001  # raised where it is waited for
                future.set_exception(error)

    for number in range(min(THREADS, len(items))):
        threading.Thread(target=run, name=f"holdfast-doctor-{number}", daemon=True).start()
    for future in futures:
        yield future.result()
