"""The documentation says what the code does: its examples run, its pictures are drawn from it."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

from holdfast.actors.console.main import COMMANDS
from holdfast.handlers import CauseKind, Rule
from holdfast.handlers.lifecycle import mermaid

ROOT = Path(__file__).resolve().parents[2]
README = (ROOT / "README.md").read_text(encoding="utf-8")
DOCS = ROOT / "docs"


def blocks(text: str, language: str) -> list[str]:
    return re.findall(rf"^```{language}\n(.*?)^```", text, re.MULTILINE | re.DOTALL)


def run(code: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, timeout=50, check=False
    )


def test_the_example_of_the_readme_is_the_file_it_names_and_has_15_lines() -> None:
    quickstart = (DOCS / "examples" / "quickstart.py").read_text(encoding="utf-8")
    assert blocks(README, "python")[0] == quickstart
    assert len(quickstart.splitlines()) <= 15


def test_the_example_of_the_readme_logs_in_subscribes_and_sends() -> None:
    done = run(blocks(README, "python")[0])
    assert done.returncode == 0, done.stderr
    # Two threads print, so their lines may run into each other.
    for said in ("sent", "ready", '{"type":"subscribed","channel":"btc"}'):
        assert said in done.stdout


def test_the_picture_of_the_readme_is_drawn_from_the_table() -> None:
    assert blocks(README, "mermaid") == [mermaid()]


@pytest.mark.parametrize("page", ["authentication.md", "testing.md"])
def test_the_code_of_a_guide_runs_as_it_stands(page: str) -> None:
    for code in blocks((DOCS / page).read_text(encoding="utf-8"), "python"):
        done = run(code)
        assert done.returncode == 0, done.stderr


def test_every_kind_of_cause_and_every_rule_is_told_in_the_guide_to_failures() -> None:
    page = (DOCS / "failures.md").read_text(encoding="utf-8")
    told = set(re.findall(r"`([a-z_]+)`", page))
    assert {kind.value for kind in CauseKind} <= told
    assert {rule.value for rule in Rule} <= told


def test_every_command_stands_in_a_guide() -> None:
    guides = README + "".join(page.read_text(encoding="utf-8") for page in DOCS.glob("*.md"))
    assert {name for name in COMMANDS if f"holdfast {name}" not in guides} == set()


@pytest.mark.source_tree
def test_every_link_between_the_pages_leads_somewhere() -> None:
    for page in [ROOT / "README.md", *DOCS.glob("*.md")]:
        for target in re.findall(r"\]\(([^)#:]+)\)", page.read_text(encoding="utf-8")):
            assert (page.parent / target).exists(), f"{page.name} links to {target}"
