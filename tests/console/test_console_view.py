"""A fleet is read at a glance: trouble first, no line wraps, nothing of a peer's is raw."""

import io
import random
import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from rich.cells import cell_len
from rich.console import Console, RenderableType

from holdfast.actors.console.control.views import AuthPart, CausePart, ConnectionView
from holdfast.actors.console.view.columns import fit
from holdfast.actors.console.view.connections import CONNECTION_COLUMNS, trouble_first
from holdfast.actors.console.view.fleet_view import MANY, fleet_lines, fleet_picture
from holdfast.actors.console.view.hosts import host_rows
from holdfast.actors.console.view.phases import STYLES, WORST_FIRST
from holdfast.actors.console.view.snapshot import Snapshot
from holdfast.actors.console.view.words import rate_word, round_trip_word, span_word
from holdfast.handlers import Phase
from tests.console.views import NOW, REFUSED, a_connection, a_host, a_snapshot

SPANS = st.floats(min_value=-1e6, max_value=1e9)
PEERS_TEXT = st.text(max_size=40)
PHASES = st.sampled_from(Phase)
HOSTS = st.sampled_from(["a.example.com:443", "b.example.com:443", "広い:1"])


def login(status: str, expires_in: float | None = None) -> AuthPart:
    return AuthPart(status=status, expires_in=expires_in, accepted=1, renewed=0)


QUICK = settings(max_examples=30)
"""Drawing a fleet takes longer than drawing it on a terminal."""


@st.composite
def connections(draw: st.DrawFn) -> ConnectionView:
    """Draw a connection in any state that may be told of one."""
    detail = draw(st.none() | PEERS_TEXT)
    return a_connection(
        draw(st.text(min_size=1, max_size=30)),
        draw(PHASES),
        cause=None if detail is None else CausePart(kind="network", name="x", detail=detail),
        host=draw(HOSTS),
        group=draw(st.sampled_from(["", "trading"])),
        seconds=draw(SPANS),
        retry_in=draw(st.none() | SPANS),
        waits_for=draw(st.none() | PEERS_TEXT),
        last_data=draw(st.none() | SPANS),
        rate_in=draw(st.floats(0, 1e9)),
        auth=login(draw(st.sampled_from(["idle", "authenticated"])), draw(st.none() | SPANS)),
    )


def shown(picture: RenderableType, width: int = 200, *, colours: bool = False) -> str:
    out = io.StringIO()
    console = Console(file=out, width=width, force_terminal=colours, no_color=not colours)
    console.print(picture)
    return out.getvalue() if colours else re.sub(r"\x1b\[[0-9;]*m", "", out.getvalue())


def drawn(snapshot: Snapshot, width: int = 200, **options: bool | int) -> list[str]:
    picture = fleet_picture(snapshot, now=NOW, width=width, **options)  # type: ignore[arg-type]  # each is its own type
    return [line.rstrip() for line in shown(picture, width).splitlines()]


def of_many(number: int, down: int) -> Snapshot:
    """Return a fleet of so many connections, of which so many are down."""
    return a_snapshot(
        *(
            a_connection(f"feed-{place}", Phase.BACKOFF, cause=REFUSED, retry_in=5.0)
            if place < down
            else a_connection(f"feed-{place}", host="b.example.com:443")
            for place in range(number)
        ),
        hosts=(
            a_host("a.example.com:443", out_for=65.0, cause="connection_refused", held=3),
            a_host("b.example.com:443", queued=2),
        ),
    )


def test_a_row_tells_all_that_is_known_of_a_connection() -> None:
    down = a_connection(
        "deribit-1",
        Phase.BACKOFF,
        cause=REFUSED,
        retry_in=3.4,
        restarts_last_hour=2,
        group="trading",
        auth=login("idle"),
    )
    titles, row = fleet_lines(a_snapshot(down), now=NOW)[2:4]

    assert re.split(r" {2,}", row) == [
        "deribit-1",
        "backoff",
        "1h06m",
        "in 3s",
        "-",
        "0s",
        "12ms",
        "120",
        "0.50",
        "2",
        "trading",
        "a.example.com:443",
        "connection_refused: Connection refused",
    ]
    assert titles.split() == [column.title for column in CONNECTION_COLUMNS]


@pytest.mark.parametrize(
    ("view", "said"),
    [
        (a_connection("a"), "ok 8m20s"),
        (a_connection("a", Phase.QUARANTINED, cause=REFUSED), "when resumed"),
        (
            a_connection("a", Phase.BACKOFF, cause=REFUSED, waits_for="its host to be back"),
            "; waits for its host to be back",
        ),
        (a_connection("a", auth=login("failed")), "refused"),
        (a_connection("a", auth=login("authenticating")), "under way"),
        (a_connection("a", auth=login("of a later version")), "of a later version"),
    ],
)
def test_login_and_next_try_are_told_in_short_words(view: ConnectionView, said: str) -> None:
    assert any(said in line for line in drawn(a_snapshot(view)))
    assert any(said in line for line in fleet_lines(a_snapshot(view), now=NOW))


@pytest.mark.parametrize("phase", Phase)
def test_each_phase_has_its_colour_and_its_word(phase: Phase) -> None:
    picture = fleet_picture(a_snapshot(a_connection("a", phase)), now=NOW, width=100)

    assert phase in STYLES
    assert phase in WORST_FIRST
    assert re.search(rf"\x1b\[[0-9;]+m{phase.value}", shown(picture, colours=True))


def test_trouble_comes_first_then_what_is_not_ready_then_names_as_people_count() -> None:
    normal = CausePart(kind="normal_close", name="closed_1000", detail="bye")
    views = [
        a_connection("a-given-up", Phase.STOPPED, cause=REFUSED),
        *(a_connection(f"b-{phase}", phase, cause=normal) for phase in WORST_FIRST[:-1]),
        *(a_connection(name) for name in ("feed-1", "feed-2", "feed-10")),
    ]

    assert trouble_first(reversed(views)) == views


@QUICK
@given(st.lists(connections(), max_size=5, unique_by=lambda view: view.name), st.randoms())
def test_the_order_does_not_depend_on_how_the_fleet_told_them(
    views: list[ConnectionView], chance: random.Random
) -> None:
    mixed = views[:]
    chance.shuffle(mixed)

    assert trouble_first(mixed) == trouble_first(views)


@QUICK
@given(st.lists(connections(), max_size=4), st.integers(20, 200))
def test_no_line_is_wider_than_the_terminal_and_a_connection_is_one_line(
    views: list[ConnectionView], width: int
) -> None:
    lines = drawn(a_snapshot(*views), width)

    assert all(cell_len(line) <= width for line in lines)
    assert len(lines) == len(views) + (5 if views else 4)


@QUICK
@given(st.lists(connections(), max_size=4), st.booleans())
def test_nothing_that_a_peer_said_is_shown_raw(views: list[ConnectionView], pipe: bool) -> None:  # noqa: FBT001  # drawn
    snapshot = a_snapshot(*views)
    lines = fleet_lines(snapshot, now=NOW) if pipe else drawn(snapshot)

    assert all(line.isprintable() for line in lines)


@QUICK
@given(st.lists(connections(), min_size=1, max_size=4))
def test_a_pipe_gets_every_connection_in_full(views: list[ConnectionView]) -> None:
    titles, *rows = fleet_lines(a_snapshot(*views), now=NOW)[2 : 3 + len(views)]
    columns = len(CONNECTION_COLUMNS)

    assert len(titles.split()) == columns
    for row, view in zip(rows, trouble_first(views), strict=True):
        assert all(
            column.text(view).strip() in row
            for column in CONNECTION_COLUMNS
            if column.text(view).isprintable()
        )


@given(st.lists(st.tuples(st.integers(0, 20), st.integers(1, 30)), min_size=1), st.integers(1, 200))
def test_the_columns_that_are_chosen_fit_and_the_most_important_one_stays(
    needs: list[tuple[int, int]], room: int
) -> None:
    kept = fit(needs, room)

    assert kept == sorted(set(kept))
    assert min(needs[place][0] for place in kept) == min(rank for rank, _ in needs)
    assert len(kept) == 1 or sum(needs[place][1] + 2 for place in kept) - 2 <= room


def test_a_narrow_terminal_keeps_the_connection_its_phase_and_why() -> None:
    view = a_connection("deribit-1", Phase.BACKOFF, cause=REFUSED, retry_in=2.0)
    titles = [drawn(a_snapshot(view), width)[2].split() for width in (200, 80, 60, 26)]

    assert "HOST" in titles[0]
    assert titles[1] == ["CONNECTION", "PHASE", "FOR", "NEXT", "RESTARTS", "WHY"]
    assert titles[2] == ["CONNECTION", "PHASE", "FOR", "WHY"]
    assert titles[3] == ["CONNECTION", "PHASE", "FOR"]


def test_a_big_fleet_is_summed_by_phase_and_host_and_its_worst_are_named() -> None:
    lines = drawn(of_many(1000, 324))
    text = "\n".join(lines)

    assert re.search(r"^ready +676 ", text, re.MULTILINE)
    assert re.search(
        r"^a\.example\.com:443 +324 .*out for 1m05s: connection_refused.*3 held", text, re.MULTILINE
    )
    assert "2 dials in line" in text
    assert "and 312 more in trouble; every connection: holdfast status '*'" in lines
    assert len(lines) < 40


def test_in_a_pipe_a_big_fleet_is_summed_too_and_everything_in_trouble_is_named() -> None:
    lines = fleet_lines(of_many(1000, 324), now=NOW)

    assert sum("backoff  " in line for line in lines) == 324
    assert not any("feed-999" in line for line in lines)
    assert lines[-1] == "every connection: holdfast status '*'"


def test_connections_that_were_named_are_listed_however_many() -> None:
    snapshot = of_many(1000, 0)

    assert sum("feed-" in line for line in drawn(snapshot, named=True)) == 1000
    assert sum("feed-" in line for line in fleet_lines(snapshot, now=NOW, named=True)) == 1000


@pytest.mark.parametrize("number", [0, 1, MANY, 1000])
@pytest.mark.parametrize("height", [12, 24, 60])
def test_a_live_picture_is_no_higher_than_the_terminal(number: int, height: int) -> None:
    lines = drawn(of_many(number, number // 3), height=height)

    assert len(lines) <= max(height, 24)


def test_what_does_not_fit_is_told_by_phase() -> None:
    assert "and 26 more: 26 ready" in drawn(of_many(40, 5), height=20)


def test_hosts_that_are_out_come_first_then_those_with_the_most_down() -> None:
    views = [
        a_connection("a", host="well:1"),
        a_connection("b", Phase.BACKOFF, host="half:1"),
        a_connection("c", Phase.QUARANTINED, host="worse:1"),
        a_connection("d", Phase.BACKOFF, host="worse:1"),
    ]
    hosts = [a_host("gone:1", out_for=1.0), *(a_host(f"{name}:1") for name in ("well", "half"))]

    rows = host_rows(views, hosts)

    assert [row.host for row in rows] == ["gone:1", "worse:1", "half:1", "well:1"]
    assert [row.connections for row in rows] == [0, 2, 1, 1]


@pytest.mark.parametrize(
    ("seconds", "word"),
    [
        (None, "-"),
        (-3.0, "0s"),
        (59.9, "59s"),
        (60.0, "1m00s"),
        (3599.9, "59m59s"),
        (8040.0, "2h14m"),
        (442_800.0, "5d03h"),
    ],
)
def test_a_span_is_told_in_its_two_largest_units(seconds: float | None, word: str) -> None:
    assert span_word(seconds) == word


@given(SPANS)
def test_a_span_is_never_negative_and_never_more_than_it_was(seconds: float) -> None:
    units = {"s": 1, "m": 60, "h": 3600, "d": 86_400}
    told = sum(int(n) * units[unit] for n, unit in re.findall(r"(\d+)([smhd])", span_word(seconds)))

    assert 0 <= told <= max(0.0, seconds)
    assert max(0.0, seconds) - told <= max(1.0, seconds / 24)


@pytest.mark.parametrize(
    ("rate", "word"),
    [
        (0, "0"),
        (0.001, "<0.01"),
        (0.02, "0.02"),
        (0.996, "1.0"),
        (9.96, "10"),
        (999.6, "1.0k"),
        (99_960, "100k"),
        (999_600, "1.0M"),
        (2e9, "2,000M"),
    ],
)
def test_a_rate_has_two_or_three_digits(rate: float, word: str) -> None:
    assert rate_word(rate) == word


@pytest.mark.parametrize(
    ("seconds", "word"),
    [(None, "-"), (0.0004, "0.4ms"), (0.00996, "10ms"), (0.9996, "1.0s"), (2.34, "2.3s")],
)
def test_a_round_trip_is_told_in_milliseconds(seconds: float | None, word: str) -> None:
    assert round_trip_word(seconds) == word
