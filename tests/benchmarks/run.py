"""The benchmark: holdfast and its peers in turn, and a table of what came out.

    .venv/bin/python -m pip install -e '.[bench]' && .venv/bin/python tests/benchmarks/run.py

`docs/benchmarks.md` says what is measured and how to read it.
"""

import argparse
import json
import os
import sys
import time
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path

from clients.loop import UVLOOP
from clients.makers import PARTICIPANTS
from harness.machine import describe
from harness.page import measured_part, write_page
from harness.rounds import Record, run_scenario, smaller
from harness.scenario import Scenario
from harness.summary import Summary
from scenarios.catalogue import SCENARIOS


def main(arguments: Sequence[str]) -> int:
    """Run what was asked for; return the exit code."""
    options = _parse(arguments)
    if options.list:
        sys.stdout.writelines(f"{key}: {each.title}\n" for key, each in SCENARIOS.items())
        return 0
    if options.uvloop:
        os.environ[UVLOOP] = "1"
    chosen = {key: SCENARIOS[key] for key in options.scenario or SCENARIOS}
    if not options.smoke and _complain_of_missing(chosen):
        return 2
    began = time.monotonic()
    records = _run(chosen, rounds=1 if options.smoke else options.rounds, smoke=options.smoke)
    summary = Summary(records)
    measured = measured_part(summary, chosen, describe(), (time.monotonic() - began) / 60)
    sys.stdout.write(measured)
    if options.json is not None:
        options.json.write_text(json.dumps([asdict(record) for record in records]))
    if options.write:
        write_page(measured, summary)
    return 0 if records else 1


def _parse(arguments: Sequence[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(description="Measure holdfast beside its peers.")
    add = parser.add_argument
    add("scenario", nargs="*", choices=[*SCENARIOS, []], help="which; all by default")
    add("--list", action="store_true", help="print the names of the scenarios")
    add("--rounds", type=int, default=3, help="how often each participant runs (3)")
    add("--write", action="store_true", help="write docs/benchmarks.md and its picture")
    add("--json", type=Path, help="write every single result to this file")
    add("--smoke", action="store_true", help="run everything small and once: does it work?")
    add("--uvloop", action="store_true", help="run the peers that need a loop on uvloop")
    return parser.parse_args(arguments)


def _run(chosen: dict[str, Scenario], *, rounds: int, smoke: bool) -> list[Record]:
    records: list[Record] = []
    for scenario in chosen.values():
        variants = [smaller(each) if smoke else each for each in scenario.variants]
        records.extend(run_scenario(scenario, variants, rounds))
    return records


def _complain_of_missing(chosen: dict[str, Scenario]) -> bool:
    wanted = {name for scenario in chosen.values() for name in scenario.participants}
    missing = sorted(name for name in wanted if not PARTICIPANTS[name].installed)
    if missing:
        names = ", ".join(missing)
        sys.stderr.write(f"not installed: {names}; do: pip install -e '.[bench]'\n")
    return bool(missing)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
