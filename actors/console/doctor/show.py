"""How findings are shown: in colour on a terminal, as plain lines in a pipe, or as JSON."""

from collections import Counter
from typing import Final, Protocol

import click
import msgspec
from rich.console import Console
from rich.text import Text

from holdfast.actors.console.doctor.finding import Finding, Verdict
from holdfast.actors.logs import escape, redact
from holdfast.actors.logs.escape import escape_json

__all__ = ["Show", "choose_show"]

STYLES: Final = {Verdict.OK: "green", Verdict.WARN: "yellow", Verdict.FAIL: "bold red"}
"""By colour and by word."""

MARGIN: Final = 16
"""Columns before a finding's text: its verdict and the longest name of a check."""


class Show(Protocol):
    """Where findings go."""

    def add(self, finding: Finding) -> None:
        """Take a finding."""
        ...

    def end(self, counts: Counter[Verdict], *, offline: bool) -> None:
        """Show what is left to show."""
        ...


def choose_show(*, as_json: bool) -> Show:
    """Return what suits standard output.

    Args:
        as_json: whether JSON was asked for.
    """
    if as_json:
        return JsonShow()
    console = Console()
    return TerminalShow(console) if console.is_terminal else PlainShow()


class TerminalShow:
    """Writes each finding with its verdict in colour, and the advice below it.

    Args:
        console: the terminal.
    """

    def __init__(self, console: Console) -> None:
        self._console = console

    def add(self, finding: Finding) -> None:
        """Write it."""
        head = Text.assemble(
            (f"{finding.verdict:<4}", STYLES[finding.verdict]), f"  {finding.check:<9} "
        )
        body = Text.assemble((_subject(finding), "bold"), "  ", _safe(finding.what))
        self._write(head, body)
        if finding.advice:
            self._write(Text(" " * MARGIN), Text(f"→ {_safe(finding.advice)}", "cyan"))

    def end(self, counts: Counter[Verdict], *, offline: bool) -> None:
        """Write the sum."""
        parts = [Text(f"{counts[each]} {each}", STYLES[each]) for each in Verdict]
        self._console.print()
        self._console.print(Text(", ").join(parts) + Text(f". {_scope(offline=offline)}", "dim"))

    def _write(self, head: Text, body: Text) -> None:
        """Write lines that hang below the first one's text."""
        wrapped = body.wrap(self._console, max(20, self._console.width - MARGIN))
        for number, line in enumerate(wrapped):
            start = head if number == 0 else Text(" " * MARGIN)
            self._console.print(start + line, no_wrap=True, overflow="ignore", crop=False)


class PlainShow:
    """Prints each finding as one line."""

    def add(self, finding: Finding) -> None:
        """Print it."""
        head = f"{finding.verdict:<4}  {finding.check:<9} {_subject(finding)}"
        advice = f" -> {_safe(finding.advice)}" if finding.advice else ""
        click.echo(f"{head}: {_safe(finding.what)}{advice}")

    def end(self, counts: Counter[Verdict], *, offline: bool) -> None:
        """Print the sum."""
        sums = ", ".join(f"{counts[each]} {each}" for each in Verdict)
        click.echo(f"{sums}. {_scope(offline=offline)}")


class JsonShow:
    """Prints all findings as one line of JSON."""

    def __init__(self) -> None:
        self._findings: list[dict[str, object]] = []

    def add(self, finding: Finding) -> None:
        """Keep it."""
        users = finding.users
        self._findings.append(
            {
                "check": finding.check,
                "subject": _redacted(finding.subject),
                "verdict": finding.verdict.value,
                "what": _redacted(finding.what),
                "advice": _redacted(finding.advice) or None,
                "connections": users.count if users else None,
                "first": _redacted(users.first) if users else None,
            }
        )

    def end(self, counts: Counter[Verdict], *, offline: bool) -> None:
        """Print them."""
        sums = {each.value: counts[each] for each in Verdict}
        report = {**sums, "offline": offline, "findings": self._findings}
        click.echo(escape_json(msgspec.json.encode(report).decode()))


def _subject(finding: Finding) -> str:
    users = f" ({_safe(str(finding.users))})" if finding.users else ""
    return _safe(finding.subject) + users


def _scope(*, offline: bool) -> str:
    return "The network was left out." if offline else "No login was sent."


def _safe(text: str) -> str:
    return escape(_redacted(text))


def _redacted(text: str) -> str:
    """Mask secrets: nothing here should quote one, and a peer may all the same."""
    return str(redact(text))
