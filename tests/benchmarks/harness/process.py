"""The processes of one run: a load server, and the participant that is measured."""

import json
import subprocess
import sys
from pathlib import Path
from types import TracebackType
from typing import IO, Final, Self, cast

from harness.scenario import Order, Result

__all__ = ["LoadServer", "RunFailed", "measure"]

FOLDER: Final = Path(__file__).parents[1]
PATIENCE: Final = 120.0
"""Seconds that one run may take."""


class RunFailed(Exception):  # noqa: N818  # what happened, told to the person who ran it
    """A measured process ended without a result."""


class LoadServer:
    """A load server for one run; it is killed at the end.

    Args:
        kind: which load.
        order: what it needs to know.
    """

    def __init__(self, kind: str, order: Order) -> None:
        self._kind = kind
        self._order = order

    def __enter__(self) -> Self:
        """Start it."""
        self._process = subprocess.Popen(
            [sys.executable, str(FOLDER / "serve.py"), self._kind, json.dumps(self._order)],
            stdout=subprocess.PIPE,
        )
        hello = cast("IO[bytes]", self._process.stdout).readline()
        if not hello:
            raise RunFailed(f"the load server {self._kind} didn't start")
        self.hello: dict[str, int] = json.loads(hello)
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        """Kill it."""
        self._process.kill()
        self._process.communicate()


def measure(scenario: str, participant: str, order: Order) -> Result:
    """Run one participant once, in a process of its own.

    Args:
        scenario: the scenario's key.
        participant: its name.
        order: what it needs to know, the load server's ports included.

    Raises:
        RunFailed: it gave no result.
    """
    command = [sys.executable, str(FOLDER / "measure.py"), scenario, participant, json.dumps(order)]
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=PATIENCE, check=True)
        result: Result = json.loads(done.stdout.splitlines()[-1])
    except (subprocess.SubprocessError, IndexError, ValueError) as error:
        said = getattr(error, "stderr", None) or error
        raise RunFailed(f"{participant} in {scenario}: {said}") from None
    return result
