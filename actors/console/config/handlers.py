"""Handlers by name: `module:Class`."""

import importlib
import inspect
import sys
from functools import reduce
from pathlib import Path

from holdfast.handlers import ConnectionHandler

__all__ = ["find_handler", "look_in"]


def look_in(folder: Path) -> None:
    """Let handlers be found in the folder of the file that names them.

    Args:
        folder: comes before everything else that is imported from.
    """
    if str(folder) not in sys.path:
        sys.path.insert(0, str(folder))


def find_handler(name: str) -> type[ConnectionHandler]:
    """Import a handler's class.

    Args:
        name: `module:Class`.

    Raises:
        ValueError: one line that says why there is none.
    """
    module_name, _, path = name.partition(":")
    if not module_name or not path:
        raise ValueError(f"a handler is named module:Class, not {name!r}")
    module = _import(module_name)
    try:
        found: object = reduce(getattr, path.split("."), module)
    except AttributeError:
        raise ValueError(f"the module {module_name} has no {path}") from None
    if not (inspect.isclass(found) and issubclass(found, ConnectionHandler)):
        raise ValueError(f"{name} is no class of holdfast.handlers.ConnectionHandler")
    return found


def _import(name: str) -> object:
    try:
        return importlib.import_module(name)
    except ModuleNotFoundError as error:
        if error.name is None or f"{name}.".startswith(f"{error.name}."):
            raise ValueError(f"there is no module named {error.name or name}") from None
        raise ValueError(f"{name} imports {error.name}, which isn't there") from None
    except (Exception, SystemExit) as error:  # noqa: BLE001  # a user's module may raise anything
        raise ValueError(f"importing {name} raised {type(error).__name__}: {error}") from None
