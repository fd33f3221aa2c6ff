"""What is counted and drawn of a log: the histogram, the phases of a connection."""

from collections import Counter
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from holdfast.actors.console.logfile.histogram import Histogram
from holdfast.actors.console.logfile.phases import PHASES, Stretch, Stretches
from holdfast.actors.console.logfile.record import Record
from holdfast.actors.console.logfile.stats import MOST, OTHERS, Stats
from holdfast.actors.console.logfile.stats_view import bar_rows
from holdfast.actors.console.logfile.timeline import BLOCKS, bar
from holdfast.actors.logs import EVENTS
from holdfast.handlers import Phase

START = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)

changes = st.lists(st.tuples(st.integers(0, 50), st.sampled_from(list(PHASES))), min_size=1)
milliseconds = st.lists(st.integers(0, 10**12))


def at(seconds: float) -> datetime:
    return START + timedelta(seconds=seconds)


def record(seconds: float, event: str, **fields: str) -> Record:
    return Record(timestamp=at(seconds), event=event, connection="a", **fields)


def stretches_of(*records: Record) -> Sequence[tuple[Phase, float]]:
    stretches = Stretches()
    for each in records:
        stretches.add(each)
    return [(stretch.phase, stretch.seconds) for stretch in stretches.all(at(20))]


def test_a_failure_that_is_decided_upon_at_once_was_no_backoff() -> None:
    assert stretches_of(
        record(0, "connection.ready"),
        record(5, "connection.failed", cause="session_taken"),
        record(5.001, "connection.quarantined"),
    ) == [(Phase.READY, 5.001), (Phase.QUARANTINED, 14.999)]


@given(st.lists(milliseconds), st.integers(1, 20))
def test_a_histogram_counts_every_line_in_the_column_of_its_time(
    batches: list[list[int]], most: int
) -> None:
    histogram = Histogram(most=8)
    for batch in batches:
        moments = [number / 1000 for number in batch]
        histogram.add(moments, moments[::2])
    moments = [number / 1000 for batch in batches for number in batch]

    columns = histogram.columns(most)

    assert len(columns) <= most
    assert sum(column.trouble for column in columns) == sum(len(b[::2]) for b in batches)
    for column in columns:
        width = histogram.width
        first, end = round(column.start / width), round((column.start + column.seconds) / width)
        inside = [moment for moment in moments if first <= moment // width < end]
        assert column.lines == len(inside)
    assert sum(column.lines for column in columns) == len(moments)


@given(st.lists(st.integers(0, 10**6), min_size=1), st.integers(1, 5))
def test_bars_are_as_high_as_their_numbers_and_none_is_hidden(
    numbers: list[int], height: int
) -> None:
    rows = bar_rows(numbers, height)
    heights = [
        sum(" ▁▂▃▄▅▆▇█".index(row[column]) for row in rows) for column in range(len(numbers))
    ]

    assert len(rows) == height
    top = max(numbers)
    for number, steps in zip(numbers, heights, strict=True):
        assert (steps > 0) == (number > 0)
        assert not top or abs(steps - number * 8 * height / top) < 1


def test_every_event_that_begins_a_phase_is_one_that_is_logged() -> None:
    assert PHASES.keys() <= EVENTS.keys()
    assert set(PHASES.values()) == set(Phase) == set(BLOCKS)


def test_a_connections_phases_are_told_from_its_events() -> None:
    assert stretches_of(
        record(0, "connection.dialing"),
        record(1, "connection.opened"),
        record(1, "auth.sent"),
        record(3, "connection.ready"),
        record(7, "connection.failed", cause="pong_timeout"),
        record(7, "restart.scheduled"),
        record(9, "restart.held", waits_for="a probe"),
        record(12, "connection.dialing"),
        record(13, "connection.failed"),
        record(13, "connection.quarantined"),
    ) == [
        (Phase.CONNECTING, 1),
        (Phase.AUTHENTICATING, 2),
        (Phase.READY, 4),
        (Phase.BACKOFF, 5),
        (Phase.CONNECTING, 1),
        (Phase.QUARANTINED, 7),
    ]


def test_a_phase_has_the_cause_that_led_to_it() -> None:
    stretches = Stretches()
    stretches.add(record(0, "connection.failed", cause="http_401", detail="no such key"))
    stretches.add(record(0, "restart.scheduled", cause="http_401"))
    stretches.add(record(5, "connection.dialing"))

    assert stretches.all(at(20)) == [
        Stretch(Phase.BACKOFF, at(0), at(5), "http_401", "no such key"),
        Stretch(Phase.CONNECTING, at(5), at(20)),
    ]


def test_a_failure_is_told_even_if_it_is_restarted_at_once() -> None:
    assert stretches_of(
        record(0, "connection.ready"),
        record(5, "connection.failed", cause="handler_crash"),
        record(5, "restart.scheduled", cause="handler_crash"),
        record(5, "connection.dialing"),
        record(5, "connection.opened"),
    ) == [(Phase.READY, 5), (Phase.BACKOFF, 0), (Phase.AUTHENTICATING, 15)]


@given(changes)
def test_stretches_follow_each_other_without_a_gap(changes: list[tuple[int, str]]) -> None:
    stretches = Stretches()
    for seconds, event in changes:
        stretches.add(record(seconds, event))
    told = stretches.all(at(60))

    assert told[-1].end == at(60)
    for before, after in pairwise(told):
        assert before.end == after.start
        assert before.phase is not after.phase
        assert before.seconds > 0 or before.cause


def test_no_more_changes_are_kept_than_was_said() -> None:
    stretches = Stretches(most=2)
    for second in range(5):
        stretches.add(record(second, ("connection.dialing", "connection.opened")[second % 2]))

    assert stretches.left_out == 3
    assert [stretch.start for stretch in stretches.all(at(20))] == [at(3), at(4)]


@given(changes, st.integers(1, 30))
def test_each_column_of_the_bar_is_the_worst_phase_of_its_time(
    changes: list[tuple[int, str]], columns: int
) -> None:
    stretches = Stretches()
    for seconds, event in changes:
        stretches.add(record(seconds, event))
    told = stretches.all(at(20))

    drawn = bar(told, columns)

    assert len(drawn) == columns
    assert {stretch.phase for stretch in told} >= set(drawn)
    worst = max((stretch.phase for stretch in told), key=list(BLOCKS).index)
    assert worst in drawn


def test_the_memory_of_statistics_is_bounded_and_their_sums_are_right() -> None:
    stats = Stats()
    for start in range(0, MOST + 500, 1000):
        stats.add(
            [
                Record(timestamp=at(0), event="connection.failed", connection=f"c-{number}")
                for number in range(start, start + 1000)
            ]
        )

    assert stats.lines == stats.failures.total()
    assert len(stats.failures) == MOST + 1
    assert stats.failures[OTHERS] == stats.lines - MOST
    assert len(stats.latest) == MOST


@given(st.lists(st.sampled_from(["a", "b", "c"])), st.integers(1, 4))
def test_statistics_are_the_same_however_the_lines_come(events: list[str], size: int) -> None:
    stats = Stats()
    records = [record(number, event) for number, event in enumerate(events)]
    for start in range(0, len(records), size):
        stats.add(records[start : start + size])

    assert stats.events == Counter(events)
    assert (stats.first, stats.last) == ((at(0), at(len(events) - 1)) if events else (None, None))
