"""One run of the demo: a server, a fleet, a view of it, and what came of it."""

import contextlib
import os
import random
import sys
import time
from collections.abc import Generator
from pathlib import Path
from typing import Final, Protocol, TextIO

import click
from rich.console import Console

from holdfast.actors import Fleet
from holdfast.actors.console.demo_journal import Journal
from holdfast.actors.console.demo_plan import DemoPlan
from holdfast.actors.console.demo_report import Outcome
from holdfast.actors.console.ending import Ending, Reason
from holdfast.actors.console.gauges import rss_mib, thread_count
from holdfast.actors.console.open_files import allow_connections
from holdfast.actors.console.problem import Problem
from holdfast.actors.console.screen import Picture, Screen, phase_words, show_cursor
from holdfast.actors.console.tally import Rates, Tally
from holdfast.actors.logs import close_logs, configure_logging, register_secret
from holdfast.actors.status import ConnectionStatus
from holdfast.handlers import Phase
from holdfast.testing import ServerProcessError

__all__ = ["run_demo"]

GRACE: Final = 5.0
"""Seconds at the end in which the last ones may come back: faults don't wait for a slow machine."""

EXIT_CODES: Final = {Reason.INTERRUPTED: 130, Reason.TERMINATED: 143}


class Show(Protocol):
    """Where pictures go."""

    interval: float
    """Seconds between pictures."""

    def draw(self, picture: Picture) -> None:
        """Show a picture."""
        ...
