"""The simulation's failures are commanded by the thousand: nobody reads what is logged of them."""

import logging
from collections.abc import Iterator

import pytest


@pytest.fixture(autouse=True, scope="module")
def no_logs() -> Iterator[None]:
    """Keep the fallback logger quiet; sinks still hear everything."""
    logger = logging.getLogger("holdfast")
    before = logger.level
    logger.setLevel(logging.CRITICAL + 1)
    yield
    logger.setLevel(before)
