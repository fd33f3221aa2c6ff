"""The check of a wheel's files finds what is missing and what is too much."""

import runpy
from pathlib import Path

import pytest

pytestmark = pytest.mark.source_tree

SCRIPT = Path(__file__).with_name("wheel_files.py")
GOOD = {
    "holdfast/actors/__init__.py",
    "holdfast/actors/py.typed",
    "holdfast/handlers/py.typed",
    "holdfast/testing/py.typed",
    "holdfast-0.1.0.dist-info/METADATA",
    "holdfast-0.1.0.dist-info/RECORD",
    "holdfast-0.1.0.dist-info/WHEEL",
    "holdfast-0.1.0.dist-info/entry_points.txt",
    "holdfast-0.1.0.dist-info/licenses/LICENSE",
    "holdfast-0.1.0.dist-info/top_level.txt",
}
SOURCE = {name for name in GOOD if name.startswith("holdfast/")}


def complaints(names: set[str]) -> list[str]:
    """Return what the script says of a wheel with these names, built from `SOURCE`."""
    check = runpy.run_path(str(SCRIPT))["complaints"]
    found: list[str] = check(names, SOURCE)
    return found


def test_a_wheel_of_exactly_the_sources_passes() -> None:
    assert complaints(GOOD) == []


@pytest.mark.parametrize("name", sorted(GOOD))
def test_each_file_that_is_missing_is_named(name: str) -> None:
    assert [line.rpartition(": ")[2] in name for line in complaints(GOOD - {name})] == [True]


@pytest.mark.parametrize(
    "name",
    [
        "actors/__init__.py",
        "holdfast/__init__.py",
        "holdfast/actors/stale.py",
        "tests/test_wheel_files.py",
        "holdfast/testing/test_kit.py",
    ],
)
def test_each_file_that_does_not_belong_is_named(name: str) -> None:
    assert complaints(GOOD | {name}) == [f"unexpected: {name}"]
