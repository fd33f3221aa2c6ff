"""The benchmark: holdfast and its peers in turn, and a table of what came out.

    python3 -m venv .venv && .venv/bin/pip install -q -e '.[bench]'
    .venv/bin/python tests/benchmarks/run.py

`docs/benchmarks.md` says what is measured and how to read it.
"""

import argparse
import json
import sys
import time
from collections.abc import Sequence
from dataclasses import asdict, replace
from pathlib import Path
from typing import Final

from clients.makers import PARTICIPANTS
from harness.limits import raise_file_limit
from harness.machine import describe
from harness.page import measured_part, write_page
from harness.rounds import Record, run_rounds, smaller
from harness.scenario import OFTEN, Scenario
from harness.summary import Summary
from scenarios.catalogue import SCENARIOS

OWN_FILES: Final = 100
"""Open files of a process besides its connections."""


def main(arguments: Sequence[str]) -> int:
    """Run what was asked for; return the exit code."""
    options = _parse(arguments)
    if options.list:
        sys.stdout.writelines(f"{key}: {each.title}\n" for key, each in SCENARIOS.items())
        return 0
    chosen = {key: SCENARIOS[key] for key in options.scenario or SCENARIOS}
    rounds = options.rounds
    if (options.everybody or not options.smoke) and _complain_of_missing(chosen):
        return 2
    if options.smoke:
        chosen, rounds = {key: _small(each) for key, each in chosen.items()}, 1
    elif _complain_of_limit(chosen):
        return 2
    began = time.monotonic()
    outcomes = list(run_rounds(list(chosen.values()), rounds, options.minutes))
    records = [outcome for outcome in outcomes if isinstance(outcome, Record)]
    summary = Summary(records)
    measured = measured_part(summary, chosen, describe(), (time.monotonic() - began) / 60)
    sys.stdout.write(measured)
    if options.json is not None:
        options.json.write_text(json.dumps([asdict(record) for record in records]))
    if options.write:
        write_page(measured, summary)
    return 0 if len(records) == len(outcomes) else 1


def _parse(arguments: Sequence[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(description="Measure holdfast beside its peers.")
    add = parser.add_argument
    add("scenario", nargs="*", choices=[*SCENARIOS, []], help="which; all by default")
    add("--list", action="store_true", help="print the names of the scenarios")
    add("--rounds", type=int, default=OFTEN, help="how often at most each is measured (5)")
    add("--write", action="store_true", help="write docs/benchmarks.md and its picture")
    add("--minutes", type=float, default=14.0, help="begin no round that would end later (14)")
    add("--json", type=Path, help="write every single result to this file")
    add("--smoke", action="store_true", help="run everything small and once: does it work?")
    add("--everybody", action="store_true", help="with --smoke: refuse if a peer isn't installed")
    options = parser.parse_args(arguments)
    if options.write and (options.scenario or options.smoke):
        parser.error("--write replaces the whole page, so it takes all scenarios as they are")
    return options


def _small(scenario: Scenario) -> Scenario:
    return replace(scenario, variants=tuple(smaller(scenario.variants)))


def _complain_of_limit(chosen: dict[str, Scenario]) -> bool:
    """Say that connections are more than this machine lets a process open, if they are."""
    wanted: int = OWN_FILES + max(
        variant.order.get("connections", 0)
        for scenario in chosen.values()
        for variant in scenario.variants
    )
    limit = raise_file_limit()
    if wanted > limit:
        sys.stderr.write(f"a process needs {wanted} open files, but may have {limit}: ulimit -n\n")
    return wanted > limit


def _complain_of_missing(chosen: dict[str, Scenario]) -> bool:
    wanted = {name for scenario in chosen.values() for name in scenario.participants}
    missing = sorted(name for name in wanted if not PARTICIPANTS[name].installed)
    if missing:
        names = ", ".join(missing)
        sys.stderr.write(f"not installed: {names}; do: pip install -e '.[bench]'\n")
    return bool(missing)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
