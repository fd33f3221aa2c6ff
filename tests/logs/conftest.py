"""What the tests of logs share: a hub of their own on a clock that stands still, and real pipes."""

import logging
import os
import threading
from collections.abc import Iterator
from typing import BinaryIO, TextIO

import pytest

from holdfast.actors.logs import close_logs
from holdfast.actors.logs.hub import Hub
from holdfast.actors.logs.known import KnownSecrets
from holdfast.actors.logs.redaction import Redactor


@pytest.fixture
def known() -> KnownSecrets:
    return KnownSecrets()


@pytest.fixture
def hub(known: KnownSecrets) -> Hub:
    """A hub of the test's own, at 2026-01-02T03:04:05.678Z, with a fallback nobody listens to."""
    fallback = logging.Logger("apart")  # noqa: LOG001  # not in the registry, so nobody else has it
    fallback.setLevel(logging.CRITICAL + 1)
    return Hub(Redactor(known), now=lambda: 1_767_323_045.678, fallback=fallback)


@pytest.fixture
def events(hub: Hub) -> list[dict[str, object]]:
    """Every event of the hub, from debug on."""
    told: list[dict[str, object]] = []
    hub.add_sink(told.append, "debug")
    return told


@pytest.fixture
def process_logs() -> Iterator[None]:
    """Whatever a test did to the pipeline of the process is undone, and its thread has ended."""
    yield
    close_logs()
    assert "holdfast-log" not in {thread.name for thread in threading.enumerate()}


@pytest.fixture
def pipe() -> Iterator[tuple[BinaryIO, TextIO]]:
    """A real pipe: the end to read, and the end to write."""
    reader, writer = os.pipe()
    with os.fdopen(reader, "rb") as read, os.fdopen(writer, "w") as write:
        yield read, write
