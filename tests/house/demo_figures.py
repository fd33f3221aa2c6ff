"""Check the figures that `holdfast demo --json` printed last: `demo_figures.py FILE`."""

import json
import sys
from pathlib import Path
from typing import Any

from holdfast.handlers import CauseKind

THREADS = 24
QUARANTINED = 0.03
"""The share of the fleet whose logins or handshakes are always refused, or whose session is taken.
"""

KINDS = set(CauseKind)

NAMES = {
    *("connection_refused", "connection_reset", "dial_timeout", "pong_timeout", "frame_stalled"),
    *("http_401", "http_403", "http_404", "http_429", "http_502", "http_503", "redirect_refused"),
    *("closed_1000", "closed_1012", "closed_1013", "closed_4009"),
    *("auth_rejected", "protocol_violation", "handler_crash", "sibling_restart"),
}
"""What each fault of the demo is known by; which actor of the machine crashes is left to the seed.
"""


def mistakes(figures: dict[str, Any]) -> list[str]:
    """Name what isn't as a demo with every fault should have it."""
    meant = round(QUARANTINED * figures["connections"])
    right = {
        "everybody logged in": figures["authentications"] >= figures["connections"],
        "logins were renewed": figures["reauthentications"] > 0,
        "connections were restarted": figures["restarts"] > 0,
        "those meant for quarantine are there": figures["quarantined"] == meant,
        "the others are ready": figures["ready"] == figures["connections"] - meant,
        "each kind of cause was met": set(figures["causes"]) == KINDS,
        "each fault was met": set(figures["cause_names"]) >= NAMES,
        "the ledger adds up": figures["ledger_balanced"] is True,
        f"{THREADS} threads were enough": figures["threads"] <= THREADS,
    }
    return [claim for claim, holds in right.items() if not holds]


if __name__ == "__main__":
    last = Path(sys.argv[1]).read_text(encoding="utf-8").splitlines()[-1]
    wrong = mistakes(json.loads(last))
    sys.exit(f"not true of the demo: {'; '.join(wrong)}" if wrong else 0)
