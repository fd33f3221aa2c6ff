"""The benchmark still works: each scenario, small and once, with whichever peers are installed.

With HOLDFAST_BENCH_EVERYBODY in the environment, a peer that isn't installed is a failure.
"""

import json
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path

import pytest

RUN = Path(__file__).with_name("run.py")
SMOKE = ("--smoke", "--everybody") if "HOLDFAST_BENCH_EVERYBODY" in os.environ else ("--smoke",)
PATIENCE = 110.0
PAGE = Path(__file__).parents[2] / "docs" / "benchmarks.md"
TITLES = {
    "feed": "Feed",
    "fan_in": "Fan-in",
    "echo": "Echo",
    "sends": "Sends from threads",
    "answers": "Sends from handlers",
    "connect": "Connect, cut, memory",
    "actor_core": "Actor core",
    "work": "Real work",
    "start": "Start",
}

pytestmark = [
    pytest.mark.timeout(120),  # a scenario is a dozen processes, several run at once
    pytest.mark.skipif(sys.platform != "linux", reason="it needs epoll and /proc"),
    pytest.mark.source_tree,
]


def run(*arguments: object) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, RUN, *map(str, arguments)],
        capture_output=True,
        text=True,
        timeout=PATIENCE,
        check=False,
    )


def test_every_scenario_is_listed_here() -> None:
    listed = dict(line.split(": ") for line in run("--list").stdout.splitlines())
    assert listed == TITLES


@pytest.fixture(scope="module")
def smoke() -> Iterator[dict[str, Future[subprocess.CompletedProcess[str]]]]:
    """Every scenario, small; most of its time is for processes to begin, so several run at once."""
    with ThreadPoolExecutor(max_workers=3) as pool:
        yield {scenario: pool.submit(run, *SMOKE, scenario) for scenario in TITLES}


@pytest.mark.parametrize("scenario", TITLES)
def test_a_scenario_runs_and_everybody_in_it_gives_a_result(
    scenario: str, smoke: dict[str, Future[subprocess.CompletedProcess[str]]]
) -> None:
    done = smoke[scenario].result()
    assert done.returncode == 0, done.stderr
    assert "FAILED" not in done.stderr
    assert f"### {TITLES[scenario]}\n" in done.stdout


def test_the_table_shows_the_results_and_their_ratio(tmp_path: Path) -> None:
    records = tmp_path / "records.json"
    done = run(*SMOKE, "--json", records, "sends")
    rates = {
        each["participant"]: each["result"]["rate"] for each in json.loads(records.read_text())
    }
    (row,) = re.findall(r"\*\*4 threads\*\*, thousand messages/s.*", done.stdout)
    own, peer = rates["holdfast"], rates["websocket-client"]
    assert f"| {own:,.0f} |" in row
    ratio = f"{own / peer:.0f}" if own >= 10 * peer else f"{own / peer:.2f}"
    assert f"| {peer:,.0f} ({ratio} ×) | 1 |" in row  # noqa: RUF001  # as in the table


def test_the_page_has_results_of_every_scenario() -> None:
    page = PAGE.read_text(encoding="utf-8")
    assert [title for title in TITLES.values() if f"### {title}\n" not in page] == []
