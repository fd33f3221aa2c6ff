"""A followed file: what is added comes, whatever is done to the file; nothing twice."""

import os
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from holdfast.actors.console.logfile.follow import Follower


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """A log file with one line."""
    path = tmp_path / "log.jsonl"
    path.write_bytes(b"0\n")
    return path


def add(path: Path, content: bytes) -> None:
    with path.open("ab") as file:
        file.write(content)


def read(follower: Follower) -> bytes:
    return b"".join(follower.blocks())


def test_what_is_added_comes_once_and_in_whole_lines(path: Path) -> None:
    follower = Follower(str(path))
    assert read(follower) == b"0\n"
    add(path, b"1\n2")
    assert read(follower) == b"1\n"
    assert read(follower) == b""
    add(path, b"2\n")
    assert read(follower) == b"22\n"
    follower.close()


def test_a_rotated_file_is_read_to_its_end_before_its_successor(path: Path) -> None:
    follower = Follower(str(path))
    read(follower)
    add(path, b"1\nhalf")
    rotated = path.rename(f"{path}.1")
    assert read(follower) == b"1\n"  # there is no successor yet
    path.touch()
    add(rotated, b" of it\n")  # the writer hasn't noticed
    assert read(follower) == b"half of it\n"
    add(rotated, b"torn")
    add(path, b"2\n")
    assert read(follower) == b"torn\n2\n"
    add(rotated, b"never\n")
    add(path, b"3\n")
    assert read(follower) == b"3\n"
    follower.close()


def test_a_file_that_was_cut_short_is_read_anew(path: Path) -> None:
    follower = Follower(str(path))
    add(path, b"1\n")
    read(follower)
    os.truncate(path, 0)
    assert read(follower) == b""
    add(path, b"2\n")
    assert read(follower) == b"2\n"
    path.write_bytes(b"")
    add(path, b"3\n")
    assert read(follower) in {b"3\n", b""}  # as long as before, so it can't be told from it
    follower.close()


def test_a_file_that_is_gone_is_waited_for(path: Path) -> None:
    follower = Follower(str(path))
    read(follower)
    path.unlink()
    assert read(follower) == b""
    path.write_bytes(b"1\n")
    assert read(follower) == b"1\n"
    follower.close()


@given(
    st.lists(st.sampled_from(["add", "look", "rotate", "cut"])),
)
def test_no_line_is_lost_or_told_twice_if_it_looks_between_rotations(
    tmp_path_factory: pytest.TempPathFactory, steps: list[str]
) -> None:
    path = tmp_path_factory.mktemp("follow") / "log.jsonl"
    path.touch()
    follower = Follower(str(path))
    written, seen = b"", b""
    for number, step in enumerate(steps):
        if step == "add":
            line = b"%d\n" % number
            add(path, line)
            written += line
        elif step == "rotate":
            seen += read(follower)
            path.rename(f"{path}.1")
            path.touch()
        elif step == "cut":
            seen += read(follower)
            os.truncate(path, 0)
            seen += read(follower)
        else:
            seen += read(follower)
    assert seen + read(follower) == written
    follower.close()
