"""The results as a page: `docs/benchmarks.md` keeps its prose, its measured part is replaced."""

from collections.abc import Mapping
from pathlib import Path
from typing import Final

from harness.plot import draw
from harness.scenario import Scenario
from harness.summary import Summary
from harness.table import scenario_section, target_table

__all__ = ["measured_part", "write_page"]

DOCS: Final = Path(__file__).parents[3] / "docs"
PICTURE: Final = "benchmarks.svg"
BEGIN: Final = "<!-- measured: tests/benchmarks/run.py --write replaces what follows -->\n"
END: Final = "<!-- end of what is measured -->\n"


def measured_part(
    summary: Summary, scenarios: Mapping[str, Scenario], machine: Mapping[str, str], minutes: float
) -> str:
    """Return Markdown of everything that was measured.

    Args:
        summary: the numbers.
        scenarios: what was run.
        machine: where and with what.
        minutes: how long it took.
    """
    facts = "".join(f"- {name}: {value}\n" for name, value in machine.items())
    sections = "\n".join(scenario_section(summary, each) for each in scenarios.values())
    return (
        f"{facts}- duration: {minutes:.0f} minutes\n\n### Targets\n\n"
        f"{target_table(summary, scenarios)}\n{sections}"
    )


def write_page(measured: str, summary: Summary) -> None:
    """Replace the measured part of the page, and draw the picture anew.

    Args:
        measured: the Markdown.
        summary: the numbers.
    """
    page = DOCS / "benchmarks.md"
    before, begin, rest = page.read_text(encoding="utf-8").partition(BEGIN)
    _, end, after = rest.partition(END)
    page.write_text(f"{before}{begin}\n{measured}\n{end}{after}", encoding="utf-8")
    (DOCS / PICTURE).write_text(draw(summary), encoding="utf-8")
