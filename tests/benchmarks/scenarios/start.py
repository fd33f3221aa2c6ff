"""Scenario 9: how long it takes to begin."""

import subprocess
import sys
import time
from statistics import median
from typing import Final

from harness.scenario import CLIENTS, Metric, Order, Result, Scenario, Target, Variant

__all__ = ["START"]

IMPORTS: Final = {
    "holdfast": "from holdfast.actors import Fleet",
    "aiohttp": "import aiohttp",
    "picows": "import picows",
    "websockets": "import websockets.asyncio.client",
    "websocket-client": "import websocket",
    "Python alone": "pass",
}
HELP: Final = {
    "holdfast": (
        "import sys; sys.argv = ['holdfast', '--help'];"
        "from holdfast.actors.console.main import main; main()"
    )
}


def measure(participant: str, order: Order) -> Result:
    """Run a fresh interpreter a few times.

    Args:
        participant: who.
        order: the `code` of each participant, and how many `times`.
    """
    code: str = order["code"][participant]
    _run(code)  # the first may read files from the disk, and write bytecode
    return {"ms": median(_run(code) for _ in range(order["times"])) * 1e3}


def _run(code: str) -> float:
    began = time.perf_counter()
    subprocess.run([sys.executable, "-c", code], check=True, stdout=subprocess.DEVNULL)
    return time.perf_counter() - began


START: Final = Scenario(
    key="start",
    title="Start",
    about=(
        "A fresh interpreter, from its start to its end; the median of 5, after a first that isn't "
        f"counted. “Import” is `{IMPORTS['holdfast']}`, `{IMPORTS['aiohttp']}` and so on."
    ),
    participants=(*CLIENTS, "Python alone"),
    variants=(
        Variant("import", {"code": IMPORTS, "times": 5}, rounds=1),
        Variant(
            "--help",
            {"code": HELP, "times": 5},
            dict.fromkeys((*CLIENTS[1:], "Python alone"), "no command"),
            rounds=1,
        ),
    ),
    metrics=(Metric("ms", "ms", more=False),),
    measure=measure,
    targets=(Target(variant="--help", metric="ms", bound=300),),
)
