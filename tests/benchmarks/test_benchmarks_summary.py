"""What the tables say of several rounds: medians, how far they lie apart, and what is certain."""

import pytest

from harness.rounds import Record
from harness.scenario import Metric, Scenario, Target, Variant
from harness.summary import Summary
from harness.table import scenario_section, target_table

SCENARIO = Scenario(
    key="feed",
    title="Feed",
    about="One connection.",
    participants=("holdfast", "picows"),
    variants=(Variant("120 B", {}),),
    metrics=(Metric("rate", "messages/s", more=True), Metric("cpu", "µs", more=False)),
    measure=lambda _participant, _order: {},
    targets=(
        Target(variant="120 B", metric="rate", against="picows", bound=1.0),
        Target(variant="120 B", metric="cpu", bound=5.0),
    ),
)


def summary(**rounds: tuple[list[float], list[float]]) -> Summary:
    """Return the summary of rates and of microseconds by participant, a round each."""
    return Summary(
        Record("feed", "120 B", participant, number, {"rate": rate, "cpu": cpu})
        for participant, (rates, cpus) in rounds.items()
        for number, (rate, cpu) in enumerate(zip(rates, cpus, strict=True))
    )


def test_a_cell_has_the_median_the_least_and_the_most_and_the_ratio() -> None:
    section = scenario_section(
        summary(holdfast=([100, 300, 200], [1, 1, 1]), picows=([80, 120, 100], [2, 2, 2])), SCENARIO
    )
    assert "| **120 B**, messages/s ↑ | 200 [100–300] | 100 [80–120] (2.00 ×) | 3 |\n" in section  # noqa: RUF001
    assert "| **120 B**, µs ↓ | 1 | 2 (0.50 ×) | 3 |\n" in section  # noqa: RUF001  # as in the table


@pytest.mark.parametrize(
    ("own", "microseconds", "ratio", "number"),
    [
        ([2, 3], [4, 5], "2.50 [2.00–3.00] × | 2 | yes", "4 [4–5] | 2 | yes"),  # noqa: RUF001
        ([0.5, 3], [4, 8], "1.75 [0.50–3.00] × | 2 | yes, uncertain", "6 [4–8] | 2 | **no**, un"),  # noqa: RUF001
        ([0.5, 0.7], [6, 6], "0.60 [0.50–0.70] × | 2 | **no**", "6 | 2 | **no**"),  # noqa: RUF001
        ([1], [5], "1.00 × | 1 | yes", "5 | 1 | yes"),  # noqa: RUF001
    ],
)
def test_a_target_is_uncertain_where_one_round_by_itself_says_otherwise(
    own: list[float], microseconds: list[float], ratio: str, number: str
) -> None:
    peers = [1.0] * len(own)
    table = target_table(
        summary(holdfast=(own, microseconds), picows=(peers, peers)), {"feed": SCENARIO}
    )
    against, alone = table.splitlines()[2:]
    assert f"picows | {ratio} |" in f"{against}"
    assert f"µs | {number}" in alone


def test_a_round_is_compared_with_the_peers_of_the_same_round() -> None:
    """A busy minute of the machine slows both: the ratio of each round is the same."""
    table = target_table(
        summary(holdfast=([100, 10], [1, 1]), picows=([50, 5], [1, 1])), {"feed": SCENARIO}
    )
    assert "| 2.00 × | 2 | yes |" in table  # noqa: RUF001  # as in the table
