"""The reference of fleet.toml in docs/run.md is what its types say."""

import runpy
from pathlib import Path

import pytest

pytestmark = pytest.mark.source_tree

SCRIPT = runpy.run_path(str(Path(__file__).with_name("run_reference.py")))
PAGE = SCRIPT["PAGE"].read_text(encoding="utf-8")


def test_the_tables_of_the_page_are_what_the_types_say() -> None:
    assert SCRIPT["page"](PAGE) == PAGE, "run tests/house/run_reference.py"


def test_the_page_has_every_table() -> None:
    assert [found[1] for found in SCRIPT["MARKED"].findall(PAGE)] == list(SCRIPT["TABLES"])


@pytest.mark.parametrize("name", SCRIPT["TABLES"])
def test_every_key_is_described(name: str) -> None:
    rows = SCRIPT["reference"](name).splitlines()[2:]

    assert rows
    assert [row for row in rows if "|  |" in row] == []
