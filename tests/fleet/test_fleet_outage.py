"""A whole server goes and comes back, with many connections on it."""

import threading

import pytest

from holdfast.actors import Backoff, Fleet, RestartPolicy
from holdfast.handlers import HmacAuth, Phase
from holdfast.testing import ServerProcess

EXCHANGE = {"secrets": {"key": "secret"}, "tick_seconds": None}
SOON = RestartPolicy(backoff=Backoff(base=0.5, cap=2.0))
FEED = {"op": "subscribe", "channel": "btc"}


@pytest.mark.timeout(120)
def test_a_thousand_connections_come_back_after_their_server_was_killed() -> None:
    names = [f"c{number}" for number in range(1000)]
    with ServerProcess("exchange", EXCHANGE) as server, Fleet(seed=1) as fleet:
        for name in names:
            auth = HmacAuth("key", "secret")
            fleet.connect(name, server.url, auth=auth, subscriptions=[FEED], restart=SOON)
        fleet.wait_ready(timeout=40)
        assert _holdfast_threads() <= 24

        server.kill()
        server.start()
        server.wait_ready()
        fleet.wait_ready(timeout=60)

        statuses = fleet.status()
        assert {status.phase for status in statuses} == {Phase.READY}
        assert {status.name for status in statuses} == set(names)
        assert all(status.restarts >= 1 for status in statuses)
        assert all(status.auth.accepted >= 2 for status in statuses)


def _holdfast_threads() -> int:
    return sum(thread.name.startswith("holdfast") for thread in threading.enumerate())
