"""The public names of the kit, with and without its optional dependency."""

import os
import subprocess
import sys

import pytest

import holdfast.testing
from holdfast.testing import desk


def test_every_public_name_is_there() -> None:
    missing = [name for name in holdfast.testing.__all__ if not hasattr(holdfast.testing, name)]

    assert missing == []


def test_a_public_name_isnt_hidden_by_the_module_it_comes_from() -> None:
    assert holdfast.testing.exchange is desk.exchange
    assert all(
        not isinstance(getattr(holdfast.testing, name), type(sys))
        for name in holdfast.testing.__all__
    )


def test_an_unknown_name_is_an_attribute_error() -> None:
    with pytest.raises(AttributeError, match="no attribute 'Nothing'"):
        holdfast.testing.Nothing  # noqa: B018 - the access is the test


def without_websockets(statement: str) -> subprocess.CompletedProcess[str]:
    """Run a statement in a Python where websockets can't be imported."""
    code = f"import sys; sys.modules['websockets'] = None; {statement}"
    return subprocess.run(
        [sys.executable, "-c", code],
        check=False,
        capture_output=True,
        text=True,
        env={**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, sys.path))},
    )


def test_without_websockets_the_server_says_in_one_line_what_to_install() -> None:
    done = without_websockets("from holdfast.testing import ScriptedServer")

    assert done.returncode == 1
    assert done.stderr.splitlines()[-1] == (
        "ImportError: holdfast.testing.ScriptedServer needs websockets: "
        'pip install "holdfast[demo]"'
    )


def test_without_websockets_the_rest_is_there() -> None:
    done = without_websockets(
        "from holdfast.testing import FullBacklog, ManualClock, RawServer, Faults; ManualClock()"
    )

    assert (done.returncode, done.stderr) == (0, "")
