"""What the tests of `holdfast doctor` share: how connections are examined, and what is found."""

from collections.abc import Callable
from typing import Any, TypeAlias

from holdfast.testing import (
    RawServer,
    ScriptedServer,
)

Findings: TypeAlias = list[dict[str, Any]]
Examine: TypeAlias = Callable[..., Findings]


def of(findings: Findings, check: str) -> dict[str, Any]:
    """Return the one finding of a check."""
    (found,) = [each for each in findings if each["check"] == check]
    return found


def verdicts(findings: Findings) -> list[tuple[str, str]]:
    """Return each check with its verdict, in their order."""
    return [(each["check"], each["verdict"]) for each in findings]


def url(server: ScriptedServer | RawServer, path: str = "/") -> str:
    """Return the line of a connection to a server."""
    return f'url = "{server.url}{path}"'
