"""One load server, in a process of its own: `python serve.py KIND ORDER`.

It writes one line of JSON, with its ports and its process id, and serves until the measured
process goes.
"""

import json
import os
import sys
from collections.abc import Callable, Mapping
from typing import Any, Final

from harness.limits import raise_file_limit
from servers.control import ControlPort
from servers.desk import desk
from servers.push import fan_in, feed
from servers.reply import echo, sink
from servers.wire import listen

LOADS: Final[Mapping[str, Callable[..., None]]] = {
    "desk": desk,
    "echo": echo,
    "fan_in": fan_in,
    "feed": feed,
    "sink": sink,
}


def main(kind: str, order: Mapping[str, Any]) -> None:
    """Serve one run."""
    raise_file_limit()
    listener, control = listen(), ControlPort()
    hello = {"port": listener.getsockname()[1], "control": control.port, "pid": os.getpid()}
    sys.stdout.write(json.dumps(hello) + "\n")
    sys.stdout.flush()
    LOADS[kind](order, listener, control)


if __name__ == "__main__":
    main(sys.argv[1], json.loads(sys.argv[2]))
