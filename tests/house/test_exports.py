"""What users import is there, is listed, and is documented."""

import importlib
import inspect
import subprocess
import sys
import types

import pytest

PACKAGES = ("holdfast.actors", "holdfast.handlers", "holdfast.testing")

# The names that the README and the guides rely on. A name may join a list; none leaves one
# before the next major version.
PROMISED = {
    "holdfast.actors": {"ConnectionSpec", "Fleet", "RestartPolicy"},
    "holdfast.handlers": {
        "ConnectionHandler",
        "Failed",
        "HmacAuth",
        "Ok",
        "Reauthenticated",
        "TokenAuth",
    },
    # The message handlers of the same names stand one room up.
    "holdfast.handlers.auth": {
        "authenticate",
        "check_reauthentication",
        "handle_auth_response",
    },
    "holdfast.testing": {"ManualClock", "ScriptedServer"},
}


def listed(package: str) -> list[str]:
    """Return the export list of `package`."""
    names: list[str] = importlib.import_module(package).__all__
    return names


@pytest.mark.parametrize("package", PACKAGES)
def test_every_promised_name_is_exported(package: str) -> None:
    assert PROMISED[package] - set(listed(package)) == set()


def test_the_console_s_help_needs_neither_the_fleet_nor_the_wire() -> None:
    code = (
        "import sys; from holdfast.actors.console.main import main; main(['--help']);"
        "print(sorted({'structlog', 'websocket', 'holdfast.actors.fleet'} & sys.modules.keys()))"
    )
    run = subprocess.run(
        [sys.executable, "-c", code], check=True, capture_output=True, text=True, timeout=30
    )
    assert run.stdout.splitlines()[-1] == "[]"


@pytest.mark.parametrize("package", PACKAGES)
def test_every_listed_name_exists_once(package: str) -> None:
    module = importlib.import_module(package)
    names = listed(package)
    assert [name for name in names if not hasattr(module, name)] == []
    assert len(names) == len(set(names))


@pytest.mark.parametrize("package", PACKAGES)
def test_every_public_name_bound_in_a_package_is_listed(package: str) -> None:
    """A name that can be imported but isn't listed is a promise nobody meant to give."""
    module = importlib.import_module(package)
    bound = {
        name
        for name, value in vars(module).items()
        if not name.startswith("_") and not isinstance(value, types.ModuleType)
    }
    assert bound - set(listed(package)) == set()


@pytest.mark.parametrize("package", PACKAGES)
def test_every_listed_class_and_function_is_documented(package: str) -> None:
    module = importlib.import_module(package)
    values = {name: getattr(module, name) for name in listed(package)}
    undocumented = {
        name
        for name, value in values.items()
        if inspect.isclass(value) or inspect.isfunction(value)
        if not own_docstring(value)
    }
    assert undocumented == set()


def own_docstring(value: type | types.FunctionType) -> str | None:
    """Return the docstring written for `value`, not one inherited or made by dataclass."""
    text = value.__doc__
    return None if text is None or text.startswith(f"{value.__name__}(") else text
