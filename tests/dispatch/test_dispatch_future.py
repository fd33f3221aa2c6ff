"""A future is set once, and everybody who waits for it gets the same."""

import threading
import traceback
from concurrent.futures import ThreadPoolExecutor
from queue import Full

import pykka
import pytest

from holdfast.actors.dispatch import DispatchedFuture

WAIT = 20.0


def test_a_value_can_be_read_again_and_again() -> None:
    future = DispatchedFuture[int]()
    future.set(1)
    assert [future.get(), future.get(timeout=0)] == [1, 1]


def test_a_future_may_be_set_to_nothing() -> None:
    future = DispatchedFuture[None]()
    future.set()
    assert future.get(timeout=0) is None
    assert future.done()


def test_an_exception_is_raised_each_time_and_its_traceback_does_not_grow() -> None:
    future = DispatchedFuture[int]()
    try:
        raise ZeroDivisionError  # noqa: TRY301  # what is being handled is what is set
    except ZeroDivisionError:
        future.set_exception()
    lengths: list[int] = []
    for _ in range(3):
        with pytest.raises(ZeroDivisionError) as raised:
            future.get(timeout=0)
        lengths.append(len(traceback.extract_tb(raised.tb)))
    assert len(set(lengths)) == 1


@pytest.mark.parametrize("first", ["set", "set_exception"])
@pytest.mark.parametrize("second", ["set", "set_exception", "set_get_hook"])
def test_a_future_is_set_only_once(first: str, second: str) -> None:
    future = DispatchedFuture[object]()
    error = ZeroDivisionError()
    values: dict[str, object] = {
        "set": "value",
        "set_exception": (type(error), error, None),
        "set_get_hook": str,
    }
    getattr(future, first)(values[first])
    with pytest.raises(Full):
        getattr(future, second)(values[second])


def test_a_future_that_is_made_of_others_can_not_be_set() -> None:
    future = DispatchedFuture[int]().map(str)
    with pytest.raises(Full):
        future.set("value")


def test_a_future_that_is_not_set_in_time_is_a_timeout_and_may_still_be_set() -> None:
    future = DispatchedFuture[int]()
    for seconds in (-1.0, 0.0, 0.001):
        with pytest.raises(pykka.Timeout):
            future.get(timeout=seconds)
    assert not future.done()
    future.set(1)
    assert future.get(timeout=0) == 1


def test_a_set_wakes_everybody_who_waits(restless: None) -> None:
    del restless
    with ThreadPoolExecutor(8) as pool:
        for number in range(200):
            future = DispatchedFuture[int]()
            ready = threading.Barrier(9)

            def wait(
                future: DispatchedFuture[int] = future, ready: threading.Barrier = ready
            ) -> object:
                ready.wait(WAIT)
                return future.get(timeout=WAIT)

            waiting = [pool.submit(wait) for _ in range(8)]
            ready.wait(WAIT)
            future.set(number)
            assert [each.result(WAIT) for each in waiting] == [number] * 8


def test_of_many_who_set_at_once_one_succeeds(restless: None) -> None:
    del restless
    with ThreadPoolExecutor(8) as pool:
        for _ in range(200):
            future = DispatchedFuture[int]()
            ready = threading.Barrier(8)

            def settle(
                number: int,
                future: DispatchedFuture[int] = future,
                ready: threading.Barrier = ready,
            ) -> int | None:
                ready.wait(WAIT)
                try:
                    future.set(number)
                except Full:
                    return None
                return number

            setting = [pool.submit(settle, number) for number in range(8)]
            succeeded = [each.result(WAIT) for each in setting]
            assert [each for each in succeeded if each is not None] == [future.get(timeout=0)]


def test_a_future_can_be_awaited() -> None:
    future = DispatchedFuture[int]()
    future.set(1)

    async def wait() -> int:
        return await future

    steps = wait().__await__()
    assert next(steps) is None
    with pytest.raises(StopIteration) as end:
        next(steps)
    assert end.value.value == 1
