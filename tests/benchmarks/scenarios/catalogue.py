"""All scenarios, in the order in which they are run and shown."""

from collections.abc import Mapping
from typing import Final

from harness.scenario import Scenario
from scenarios.actor_core import ACTOR_CORE
from scenarios.connect import CONNECT
from scenarios.echo import ECHO
from scenarios.fan_in import FAN_IN
from scenarios.feed import FEED
from scenarios.sends import ANSWERS, SENDS
from scenarios.start import START
from scenarios.work import WORK

__all__ = ["SCENARIOS"]

SCENARIOS: Final[Mapping[str, Scenario]] = {
    each.key: each
    for each in (FEED, FAN_IN, ECHO, SENDS, ANSWERS, CONNECT, ACTOR_CORE, WORK, START)
}
