"""Markdown of a run: a table of targets, and one of each scenario."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import partial

from harness.scenario import PEERS, Metric, Scenario, Variant
from harness.summary import Summary, Verdict

__all__ = ["scenario_section", "target_table"]

NONE = "–"


def target_table(summary: Summary, scenarios: Mapping[str, Scenario]) -> str:
    """Return what became of the targets."""
    rows = [_target_row(verdict) for verdict in summary.verdicts(scenarios)]
    return _table(("target", "measured", "rounds", "met"), rows)


def scenario_section(summary: Summary, scenario: Scenario) -> str:
    """Return a heading, what happens, and the numbers.

    Args:
        summary: of a run in which the scenario was measured.
        scenario: which.
    """
    shown = [
        name
        for name in scenario.participants
        if any(
            summary.median(scenario.key, variant.name, name, scenario.metrics[-1].key) is not None
            for variant in scenario.variants
        )
    ]
    rows = [
        _row(summary, scenario, metric, variant, shown)
        for metric in scenario.metrics
        for variant in scenario.variants
    ]
    head = ("", *shown, "rounds")
    return f"### {scenario.title}\n\n{scenario.about}\n\n{_table(head, filter(None, rows))}"


def _target_row(verdict: Verdict) -> Sequence[str]:
    target, scenario = verdict.target, verdict.scenario
    metric = next(each for each in scenario.metrics if each.key == target.metric)
    bound = f"{'≥' if metric.more else '≤'} {target.bound:,g}"
    spread = min(verdict.rounds), max(verdict.rounds)
    if target.against is None:
        wanted = f"{bound} {metric.title}"
        measured = _with_spread(verdict.measured, spread, partial(_number, metric))
    else:
        wanted = f"{metric.title}: {bound} × {target.against}"
        measured = f"{_with_spread(verdict.measured, spread, _ratio)} ×"
    title = f"{scenario.title}, {target.variant}: {wanted}"
    return title, measured, str(len(verdict.rounds)), _met(verdict)


def _met(verdict: Verdict) -> str:
    return ("yes" if verdict.met else "**no**") + ("" if verdict.certain else ", uncertain")


def _row(
    summary: Summary, scenario: Scenario, metric: Metric, variant: Variant, shown: Iterable[str]
) -> Sequence[str] | None:
    rounds = summary.rounds(scenario.key, variant.name, metric.key)
    if not rounds:
        return None
    cells = [_cell(summary, scenario, metric, variant, name) for name in shown]
    return f"**{variant.name}**, {metric.heading}", *cells, str(rounds)


def _cell(summary: Summary, scenario: Scenario, metric: Metric, variant: Variant, name: str) -> str:
    value = summary.median(scenario.key, variant.name, name, metric.key)
    spread = summary.spread(scenario.key, variant.name, name, metric.key)
    if value is None or spread is None:
        return variant.absent.get(name, NONE)
    text = _with_spread(value, spread, partial(_number, metric))
    ratio = summary.ratio(scenario.key, variant.name, metric.key, name)
    if name not in PEERS or ratio is None or not metric.ratios:
        return text
    return f"{text} ({_ratio(ratio)} ×)"


def _with_spread(value: float, spread: tuple[float, float], write: Callable[[float], str]) -> str:
    """Return a number, and the least and the most of it where these differ as they are written."""
    least, most = map(write, spread)
    return write(value) if least == most else f"{write(value)} [{least}–{most}]"


def _number(metric: Metric, value: float) -> str:
    return f"{value:,.{metric.digits}f}"


def _ratio(value: float) -> str:
    """Return two decimals, and whole numbers from 10."""
    if value < 0.01:  # noqa: PLR2004  # what two decimals can't show
        return "< 0.01"
    return f"{value:,.0f}" if value >= 10 else f"{value:.2f}"  # noqa: PLR2004  # as it says


def _table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    lines = [head, ["---"] * len(head), *rows]
    return "".join(f"| {' | '.join(line)} |\n" for line in lines)
