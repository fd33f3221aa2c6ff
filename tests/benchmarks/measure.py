"""One participant, once, in a process of its own: `python measure.py SCENARIO PARTICIPANT ORDER`.

It writes one line of JSON, and leaves without tidying up: that is not measured.
"""

import json
import os
import sys
from collections.abc import Mapping
from typing import Any

from harness.limits import raise_file_limit
from scenarios.catalogue import SCENARIOS


def main(scenario: str, participant: str, order: Mapping[str, Any]) -> None:
    """Measure and tell."""
    raise_file_limit()
    result = SCENARIOS[scenario].measure(participant, order)
    sys.stdout.write(json.dumps(result) + "\n")
    sys.stdout.flush()
    os._exit(0)


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2], json.loads(sys.argv[3]))
