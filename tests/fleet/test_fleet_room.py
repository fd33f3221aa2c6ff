"""A fleet raises the limit of open files by itself, and says so where it can't fit."""

import subprocess
import sys

import pytest

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="there are no such limits")

SCRIPT = """
import os, resource, sys
from holdfast.actors import Fleet, TooManyConnections

soft, hard, count, files, most = map(int, sys.argv[1:])
resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
held = [open(os.devnull) for _ in range(files)]

def grant_less(event, arguments):
    if event == "resource.setrlimit" and arguments[1][0] > most:
        raise ValueError("the system grants less than it says")

sys.addaudithook(grant_less)
with Fleet() as fleet:
    for number in range(count):
        try:
            fleet.connect(f"c{number}", "ws://127.0.0.1:9/")
        except TooManyConnections as error:
            print(error)
            break
    print(len(fleet.status()), resource.getrlimit(resource.RLIMIT_NOFILE)[0] >= count)
"""


def run(soft: int, hard: int, count: int, *, files: int = 0, most: int = 1 << 30) -> list[str]:
    """Open files, then connections, under limits; the system grants no more than `most`."""
    command = [sys.executable, "-c", SCRIPT, *map(str, (soft, hard, count, files, most))]
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


def test_a_limit_that_the_system_grants_only_as_needed_is_asked_for_as_needed() -> None:
    assert run(120, 1_000, 40, most=150) == ["40 True"]


def test_a_limit_that_the_system_does_not_grant_is_told_like_one_that_is_too_low() -> None:
    complaint, left = run(120, 1_000, 40, most=130)
    assert complaint.startswith("31 connections need 131 open files, but this process may have 130")
    assert left == "30 True"


def test_files_that_the_program_has_open_are_no_room_for_connections() -> None:
    complaint, left = run(400, 400, 300, files=300)
    assert "connections need 401 open files, but this process may have 400" in complaint
    assert 50 <= int(left.split()[0]) <= 80
