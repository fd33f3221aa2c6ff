"""One run of the demo: a server, a fleet, somebody who watches, and what came of it."""

import os
import random
import sys
import time
from collections import deque
from collections.abc import Generator
from contextlib import closing, contextmanager, suppress
from functools import partial
from pathlib import Path
from typing import Final

import click
import pykka

from holdfast.actors import ConnectionSpec, ConnectionStatus, UnknownConnection
from holdfast.actors.console.control.desk import Desk
from holdfast.actors.console.control.serve import serving
from holdfast.actors.console.demo.breakdown import BreakableFleet
from holdfast.actors.console.demo.causes import CauseCount, CauseCounter, GetCauses
from holdfast.actors.console.demo.journal import Journal
from holdfast.actors.console.demo.plan import DemoPlan
from holdfast.actors.console.demo.report import Outcome
from holdfast.actors.console.demo.show import Show, choose_show
from holdfast.actors.console.ending import Ending, Reason
from holdfast.actors.console.gauges import rss_mib, thread_count
from holdfast.actors.console.log_output import log_to
from holdfast.actors.console.open_files import allow_connections
from holdfast.actors.console.problem import Problem
from holdfast.actors.console.view.screen import Picture, show_cursor
from holdfast.actors.console.view.tally import Rates, Tally
from holdfast.actors.logs import escape, register_secret
from holdfast.handlers import Phase
from holdfast.testing import ServerProcessError

__all__ = ["run_demo"]

GRACE: Final = 5.0
"""Seconds at the end in which the last ones may come back: no fault waits for a slow machine."""

LOOK: Final = 0.1
"""Seconds between looks in that time."""

CLOSE: Final = 1.0
"""Seconds for the goodbyes; whoever pressed Ctrl-C waits no longer."""

A_SIGNAL_S_WAY: Final = 0.2
"""Seconds that a signal may take to be known as the reason for what it has ended elsewhere."""

HINT: Final = "in another terminal: holdfast status, explain NAME, resume NAME …"

SHARE: Final = 50
"""One of so many connections is sent a message from outside at every picture."""

EXIT_CODES: Final = {Reason.INTERRUPTED: 130, Reason.TERMINATED: 143, Reason.HUNG_UP: 129}


def run_demo(plan: DemoPlan, socket: Path | None, *, log_file: str | None, as_json: bool) -> int:
    """Run the demo and print what came of it; return the exit code.

    Args:
        plan: what happens.
        socket: of the fleet; None for the default one.
        log_file: where to log to; None for standard error.
        as_json: print the figures as the last line.

    Raises:
        Problem: the server can't be started, this process may not open enough files, or another
            fleet has the socket.
    """
    allow_connections(plan.connections)
    show = choose_show()
    for secret in plan.secrets.values():
        register_secret(secret)
    with Ending(show_cursor) as ending, _logs(log_file, show):
        try:
            outcome = _Run(plan, ending, show).run(socket)
        except ServerProcessError as error:
            # Ctrl-C reaches the server too, and ends it if it hasn't begun to ignore it.
            if (reason := ending.wait(A_SIGNAL_S_WAY)) is not None:
                return EXIT_CODES[reason]
            raise Problem(f"the demo's server: {error}") from None
    click.echo("\n".join(outcome.lines()))
    if as_json:
        click.echo(outcome.as_json())
    if ending.reason is not None:
        return EXIT_CODES[ending.reason]
    return 0 if outcome.good else 1


class _Run:
    def __init__(self, plan: DemoPlan, ending: Ending, show: Show) -> None:
        self._plan = plan
        self._ending = ending
        self._show = show
        self._fleet = BreakableFleet(seed=plan.seed, groups=plan.groups)
        self._desk = Desk(self._fleet, partial(ending.ask, Reason.TERMINATED))
        self._journal = Journal()
        self._rates = Rates()
        self._hint = HINT
        self._threads = 0
        self._began = self._ended = 0.0
        self._breakdown = plan.breakdown
        # Not a secret: the same seed sends to the same connections.
        self._chance = random.Random(plan.seed)  # noqa: S311

    def run(self, socket: Path | None) -> Outcome:
        if socket is not None:
            self._hint = escape(f"{HINT} --socket {socket}")
        with closing(self._fleet), serving(self._desk, socket):
            return self._run(self._fleet)

    def _run(self, fleet: BreakableFleet) -> Outcome:
        counter = CauseCounter.start()
        stop_listening = self._journal.listen()
        try:
            with self._plan.server() as server:
                fleet.open()
                try:
                    fleet.subscribe(counter)
                    last = self._watch(fleet, server.url)
                finally:
                    fleet.close(CLOSE)
                if self._ending.reason is not None:
                    server.kill()
            causes: list[CauseCount] = counter.ask(GetCauses(), block=True)
            return self._outcome(last, fleet.status(), causes)
        finally:
            stop_listening()
            counter.stop()

    def _watch(self, fleet: BreakableFleet, url: str) -> list[ConnectionStatus]:
        """Start the fleet, show it until its time is over, and return how it was left."""
        self._began = time.monotonic()
        end = self._began + self._plan.seconds
        specs = deque(self._plan.specs(url))
        self._show.start()
        try:
            while specs or time.monotonic() < end:
                pause = time.monotonic() + self._show.interval * self._plan.pace
                self._start_some(specs, pause)
                statuses = fleet.status()
                self._draw(statuses)
                self._send(fleet, statuses)
                self._break(fleet)
                if self._ending.wait_until(pause if specs else min(pause, end)) is not None:
                    break
            return self._settle(fleet)
        finally:
            self._ended = time.monotonic()
            self._show.stop()

    def _start_some(self, specs: deque[ConnectionSpec], until: float) -> None:
        """Start connections, as many as there is time for before the next picture."""
        while specs and time.monotonic() < until:
            self._desk.start([specs.popleft()])

    def _settle(self, fleet: BreakableFleet) -> list[ConnectionStatus]:
        """Give the last ones a little time to be back, and return how all are left."""
        deadline = time.monotonic() + GRACE
        while True:
            self._count_threads()
            statuses = fleet.status()
            if not self._astray(statuses) or time.monotonic() > deadline:
                return statuses
            if self._ending.wait(LOOK) is not None:
                return statuses

    def _count_threads(self) -> None:
        self._threads = max(self._threads, thread_count())

    def _draw(self, statuses: list[ConnectionStatus]) -> None:
        self._count_threads()
        tally = Tally.of(statuses)
        now = time.monotonic()
        rate_in, rate_out = self._rates.add(now, tally)
        self._show.draw(
            Picture(
                title=f"holdfast demo: {self._plan.connections} connections, "
                f"{self._plan.seconds:g} s, seed {self._plan.seed}",
                elapsed=now - self._began,
                tally=tally,
                rate_in=rate_in,
                rate_out=rate_out,
                threads=self._threads,
                rss_mib=rss_mib(),
                latest=self._journal.latest(),
                hint=self._hint,
            )
        )

    def _send(self, fleet: BreakableFleet, statuses: list[ConnectionStatus]) -> None:
        """Send to some connections from outside, whatever their phase is."""
        started = [status.name for status in statuses]
        for name in self._chance.sample(started, -(-len(started) // SHARE)):
            # An operator may have stopped it since.
            with suppress(UnknownConnection, pykka.ActorDeadError):
                fleet.send(name, {"op": "ping", "from": "outside"}, ttl=5.0)

    def _break(self, fleet: BreakableFleet) -> None:
        """Have the machine crash, once, when the time for it has come."""
        due = self._breakdown
        if due is not None and time.monotonic() >= self._began + due.at:
            fleet.break_machine(due.role)
            self._breakdown = None

    def _astray(self, statuses: list[ConnectionStatus]) -> list[str]:
        return [
            f"{status.name} is {status.phase}"
            + (f" ({status.cause.detail})" if status.cause else "")
            for status in statuses
            if status.phase is not self._meant(status.name)
            and status.name not in self._desk.touched
        ]

    def _meant(self, name: str) -> Phase:
        """Return the phase in which a connection should be at the end."""
        return Phase.QUARANTINED if name in self._plan.end_in_quarantine else Phase.READY

    def _outcome(
        self,
        last: list[ConnectionStatus],
        after: list[ConnectionStatus],
        causes: list[CauseCount],
    ) -> Outcome:
        return Outcome(
            plan=self._plan,
            elapsed=self._ended - self._began,
            before=Tally.of(last),
            after=Tally.of(after),
            astray=self._astray(last),
            causes=causes,
            threads=self._threads,
            rss_mib=rss_mib(),
            interrupted=self._ending.reason is not None,
        )


@contextmanager
def _logs(file: str | None, show: Show) -> Generator[None]:
    """Log warnings, but not into the picture: the picture shows them itself."""
    if file is not None:
        level = "info"
    elif show.live and sys.stderr.isatty():
        file, level = os.devnull, "critical"
    else:
        level = "warning"
    with log_to(file, level):
        yield
