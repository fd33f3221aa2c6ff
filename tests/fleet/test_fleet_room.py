"""A fleet raises the limit of open files by itself, and says so where it can't fit."""

import subprocess
import sys

import pytest

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="there are no such limits")

SCRIPT = """
import resource, sys
from holdfast.actors import Fleet, TooManyConnections

soft, hard, count = map(int, sys.argv[1:])
resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
with Fleet() as fleet:
    for number in range(count):
        try:
            fleet.connect(f"c{number}", "ws://127.0.0.1:9/")
        except TooManyConnections as error:
            print(error)
            break
    print(len(fleet.status()), resource.getrlimit(resource.RLIMIT_NOFILE)[0] >= count)
"""


def run(soft: int, hard: int, count: int) -> list[str]:
    command = [sys.executable, "-c", SCRIPT, str(soft), str(hard), str(count)]
    done = subprocess.run(command, check=True, capture_output=True, text=True, timeout=50)
    return done.stdout.splitlines()


def test_the_soft_limit_is_raised_where_the_hard_one_allows_it() -> None:
    assert run(120, 1_000, 200) == ["200 True"]


def test_a_connection_that_does_not_fit_is_refused_and_the_others_stay() -> None:
    complaint, left = run(120, 130, 40)
    assert complaint == (
        "31 connections need 131 open files, but this process may have 130: "
        "raise the limit with `ulimit -n`, or run fewer"
    )
    assert left == "30 True"
