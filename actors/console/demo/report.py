"""What a newcomer reads at the end of the demo, and the same figures for a program."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import msgspec

from holdfast.actors.console.demo.causes import CauseCount
from holdfast.actors.console.demo.plan import DemoPlan
from holdfast.actors.console.view.screen import phase_words
from holdfast.actors.console.view.tally import Tally
from holdfast.testing import Fault

__all__ = ["Outcome"]

SHOWN: Final = 5
"""Connections astray that are named."""

_LEADS_TO_QUARANTINE: Final[Mapping[Fault, str]] = {
    Fault.DOOMED: "every login is refused of",
    Fault.FORBIDDEN: "every handshake of",
    Fault.TAKEN: "the session is taken from",
}
"""What the server does to the connections that end there; their number follows."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """How a run of the demo ended."""

    plan: DemoPlan
    elapsed: float
    """Seconds from the first dial to the last look."""
    before: Tally
    """The fleet at the end, before it was stopped."""
    after: Tally
    """The same fleet after it was stopped: every message has an outcome by now."""
    astray: Sequence[str]
    """Connections that weren't left as they should have been, each with its reason."""
    causes: Sequence[CauseCount]
    """What connections went down for, the most frequent first."""
    threads: int
    """The most that were seen."""
    rss_mib: float
    interrupted: bool

    @property
    def ledger_balanced(self) -> bool:
        """Whether every message that was accepted has exactly one outcome."""
        return self.after.balanced and not self.after.waiting

    @property
    def good(self) -> bool:
        """Whether the demo showed what it promises."""
        return not self.astray and self.ledger_balanced

    def as_json(self) -> str:
        """Return the figures as one line of JSON."""
        figures = {
            "connections": self.plan.connections,
            "ready": self.before.ready,
            "authentications": self.after.logins,
            "reauthentications": self.after.renewals,
            "restarts": self.after.restarts,
            "quarantined": self.before.quarantined,
            "messages_in": self.after.received,
            "messages_out": self.after.sent,
            "dead_letters": self.after.dead_letters,
            "threads": self.threads,
            "rss_mib": round(self.rss_mib, 1),
            "ledger_balanced": self.ledger_balanced,
            "causes": self._kinds(),
            "cause_names": {cause.name: cause.number for cause in self.causes},
        }
        return msgspec.json.encode(figures).decode()

    def lines(self) -> list[str]:
        """Return the summary."""
        return [
            "",
            self._headline(),
            "",
            *self._failures(),
            *self._figures(),
            "",
            self._verdict(),
        ]

    def _headline(self) -> str:
        how = "interrupted after" if self.interrupted else "ran for"
        return (
            f"{_count(self.plan.connections, 'connection')} {how} {self.elapsed:.0f} s "
            f"with seed {self.plan.seed}; at the end: {phase_words(self.before)}."
        )

    def _kinds(self) -> dict[str, int]:
        """Return how often connections went down for each kind of cause."""
        kinds = Counter[str]()
        for cause in self.causes:
            kinds[cause.kind.value] += cause.number
        return dict(kinds)

    def _failures(self) -> list[str]:
        if not self.causes:
            return []
        total = sum(cause.number for cause in self.causes)
        rows = [
            f"  {cause.number:>6,}  {cause.kind:<16} {cause.name:<19} {cause.example}"
            for cause in self.causes
        ]
        return [
            f"Connections went down {_count(total, 'time')}, each for a known cause:",
            f"  {'times':>6}  {'kind':<16} {'cause':<19} for example",
            *rows,
            "",
        ]

    def _figures(self) -> list[str]:
        after = self.after
        rows = (
            ("started again", f"{after.restarts:,}", "by the rule for their cause"),
            ("logged in", f"{after.logins:,}", f"{after.renewals:,} of them renewals"),
            ("quarantined", f"{self.before.quarantined:,}", self._quarantined()),
            ("messages in", f"{after.received:,}", f"{after.dead_letters:,} of them dead letters"),
            ("messages out", f"{after.sent:,}", self._outbound()),
            ("threads", f"{self.threads}", f"and {self.rss_mib:.0f} MiB for all of it"),
        )
        return [f"  {name:<14} {number:>8}  {more}" for name, number, more in rows]

    def _quarantined(self) -> str:
        meant = Counter(self.plan.end_in_quarantine.values())
        if not meant:
            return "and none was meant to be"
        told = [f"{why} {meant[fault]:,}" for fault, why in _LEADS_TO_QUARANTINE.items()]
        return f"{meant.total():,} meant to be: {', '.join(told)}"

    def _outbound(self) -> str:
        after = self.after
        return (
            f"of {after.accepted:,} accepted: {after.expired:,} expired, "
            f"{after.dropped:,} dropped at the end, {after.unknown:,} unknown"
        )

    def _verdict(self) -> str:
        if self.astray and not self.interrupted:
            return f"NOT as it should be: {_some(self.astray)}"
        if not self.ledger_balanced:
            return "NOT as it should be: the outcomes of messages don't add up"
        if self.interrupted:
            return "Interrupted; every message has exactly one outcome."
        meant = self.plan.connections - len(self.plan.end_in_quarantine)
        return (
            "All is well: every connection but those meant for quarantine is ready "
            f"({meant:,}), and every message has exactly one outcome."
        )


def _some(lines: Sequence[str]) -> str:
    more = f"; and {len(lines) - SHOWN:,} more" if len(lines) > SHOWN else ""
    return "; ".join(lines[:SHOWN]) + more


def _count(number: int, noun: str) -> str:
    return f"{number:,} {noun}" if number == 1 else f"{number:,} {noun}s"
