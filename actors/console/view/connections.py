"""Connections as rows: what is told of each, and which come first."""

import re
from collections.abc import Iterable, Mapping
from typing import Final

from holdfast.actors.console.control.views import ConnectionView
from holdfast.actors.console.view.columns import Column
from holdfast.actors.console.view.phases import STYLES, WORST_FIRST
from holdfast.actors.console.view.words import NOTHING, rate_word, round_trip_word, span_word
from holdfast.handlers import AuthStatus, CauseKind, Phase

__all__ = ["CONNECTION_COLUMNS", "in_trouble", "trouble_first"]

SOON: Final = 60.0
"""Seconds to the end of a login that are worth a colour."""

DIM: Final = "dim"
WARN: Final = "yellow"
BAD: Final = "red"

_LOGINS: Final[Mapping[str, str]] = {
    AuthStatus.IDLE: NOTHING,
    AuthStatus.AUTHENTICATING: "under way",
    AuthStatus.AUTHENTICATED: "ok",
    AuthStatus.FAILED: "refused",
}

_Key = tuple[int, list[tuple[int, str]], str]


def trouble_first(views: Iterable[ConnectionView]) -> list[ConnectionView]:
    """Return connections with those in trouble first, then those not ready, then by name."""
    return sorted(views, key=_key)


def in_trouble(view: ConnectionView) -> bool:
    """Tell whether a connection is down for a reason that somebody may have to mend."""
    return view.phase in {Phase.QUARANTINED, Phase.BACKOFF} or _given_up(view)


def _key(view: ConnectionView) -> _Key:
    rank = -1 if _given_up(view) else WORST_FIRST.index(view.phase)
    return rank, _natural(view.name), view.name


def _natural(name: str) -> list[tuple[int, str]]:
    """Return what sorts `feed-2` before `feed-10`."""
    digits = (part.lstrip("0") for part in re.findall(r"[0-9]+|[^0-9]+", name))
    return [(len(part) if part.isdecimal() else 0, part) for part in digits]


def _given_up(view: ConnectionView) -> bool:
    return (
        view.phase is Phase.STOPPED
        and view.cause is not None
        and view.cause.kind != CauseKind.NORMAL
    )


def _phase_style(view: ConnectionView) -> str:
    return BAD if _given_up(view) else STYLES[view.phase]


def _login(view: ConnectionView) -> str:
    status = _LOGINS.get(view.auth.status, view.auth.status)
    if view.auth.status == AuthStatus.AUTHENTICATED and view.auth.expires_in is not None:
        return f"{status} {span_word(view.auth.expires_in)}"
    return status


def _login_style(view: ConnectionView) -> str:
    if view.auth.status == AuthStatus.FAILED:
        return BAD
    left = view.auth.expires_in
    ends_soon = view.phase is Phase.READY and left is not None and left < SOON
    return WARN if ends_soon else ""


def _next(view: ConnectionView) -> str:
    if view.phase is Phase.QUARANTINED:
        return "when resumed"
    if view.waits_for is not None:
        return "waits"
    return NOTHING if view.retry_in is None else f"in {span_word(view.retry_in)}"


def _why(view: ConnectionView) -> str:
    told: list[str] = []
    if view.cause is not None and view.phase is not Phase.READY:
        told.append(f"{view.cause.name}: {view.cause.detail}")
    if view.waits_for is not None:
        told.append(f"waits for {view.waits_for}")
    return "; ".join(told) or NOTHING


def _restarts_style(view: ConnectionView) -> str:
    return WARN if view.restarts_last_hour else DIM


CONNECTION_COLUMNS: Final[tuple[Column[ConnectionView], ...]] = (
    Column(title="CONNECTION", rank=0, text=lambda view: view.name, least=24),
    Column(title="PHASE", rank=1, text=lambda view: view.phase.value, style=_phase_style),
    Column(title="FOR", rank=2, text=lambda view: span_word(view.seconds), right=True),
    Column(title="NEXT", rank=4, text=_next),
    Column(title="LOGIN", rank=7, text=_login, style=_login_style),
    Column(title="DATA", rank=6, text=lambda view: span_word(view.last_data), right=True),
    Column(title="RTT", rank=9, text=lambda view: round_trip_word(view.round_trip), right=True),
    Column(title="IN/S", rank=8, text=lambda view: rate_word(view.rate_in), right=True),
    Column(title="OUT/S", rank=10, text=lambda view: rate_word(view.rate_out), right=True),
    Column(
        title="RESTARTS",
        rank=5,
        text=lambda view: str(view.restarts_last_hour),
        style=_restarts_style,
        right=True,
    ),
    Column(title="GROUP", rank=11, text=lambda view: view.group or NOTHING),
    Column(title="HOST", rank=12, text=lambda view: view.host, style=lambda _: DIM),
    Column(title="WHY", rank=3, text=_why, least=30),
)
"""What is told of a connection; the docs say what each is."""
