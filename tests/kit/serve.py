"""The child's side of `ServerProcess`: `python -m holdfast.testing.serve`.

It reads one line of JSON from stdin, serves, writes one line of JSON to stdout, and ends when
stdin does; so it ends with its parent, however that ends. The order comes by stdin because a
command line, which may hold secrets, is shown to everybody.
"""

import contextlib
import importlib
import json
import os
import resource
import signal
import sys
from collections.abc import Callable, Mapping
from typing import Any, cast

from holdfast.testing.engine import Script
from holdfast.testing.server import ScriptedServer

__all__ = ["find_script", "main"]

_READY_MADE = {
    "echo": "holdfast.testing.scripts:echo",
    "silent": "holdfast.testing.scripts:silent",
    "refuse_auth": "holdfast.testing.scripts:refuse_auth",
    "exchange": "holdfast.testing.desk:exchange",
    "demo": "holdfast.testing.demo:demo_exchange_of",
}
_RETURN_SCRIPTS = frozenset({"exchange", "demo"})


def find_script(name: str, options: Mapping[str, object] | None = None) -> Script:
    """Return a script by its name.

    Args:
        name: a ready-made one's, or "module:function".
        options: keyword arguments for a function that returns a script; None when the function
            is the script.

    Raises:
        ValueError: when the name has no colon and no ready-made script has it.
        ImportError: when there is no such module.
        AttributeError: when the module has no such function.
    """
    module, colon, attribute = _READY_MADE.get(name, name).partition(":")
    if not colon:
        known = ", ".join(_READY_MADE)
        raise ValueError(f"no script is called {name!r}: take {known} or module:function")
    function: Callable[..., Any] = getattr(importlib.import_module(module), attribute)
    if options is None and name not in _RETURN_SCRIPTS:
        return cast("Script", function)
    return cast("Script", function(**(options or {})))


def _allow_files() -> None:
    """Raise the limit of open files as far as it goes: each connection is one."""
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    with contextlib.suppress(ValueError):  # macOS says infinity and grants less
        resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))


def main() -> None:
    """Serve as one line of stdin says, until stdin ends."""
    # Ctrl-C reaches the whole group; the parent decides when its server ends.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    _allow_files()
    order = json.loads(sys.stdin.readline())
    script = find_script(order["script"], order["options"])
    with ScriptedServer(script, port=order["port"]) as server:
        sys.stdout.write(json.dumps({"port": server.port, "pid": os.getpid()}) + "\n")
        sys.stdout.flush()
        sys.stdin.read()


if __name__ == "__main__":
    main()
