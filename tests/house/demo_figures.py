"""Check the figures that `holdfast demo --json` printed last: `demo_figures.py FILE`."""

import json
import sys
from pathlib import Path
from typing import Any

from holdfast.handlers import CauseKind

THREADS = 24
QUARANTINED = 0.02
"""The share of the fleet whose logins are always refused, or whose session is taken."""

KINDS = set(CauseKind) - {CauseKind.MACHINE}
"""All that a server can bring about."""


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
        "the ledger adds up": figures["ledger_balanced"] is True,
        f"{THREADS} threads were enough": figures["threads"] <= THREADS,
    }
    return [claim for claim, holds in right.items() if not holds]


if __name__ == "__main__":
    last = Path(sys.argv[1]).read_text(encoding="utf-8").splitlines()[-1]
    wrong = mistakes(json.loads(last))
    sys.exit(f"not true of the demo: {'; '.join(wrong)}" if wrong else 0)
