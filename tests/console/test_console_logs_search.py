"""What `holdfast logs` finds is what decoding every line and testing it would find."""

from datetime import UTC, datetime, timedelta
from fnmatch import fnmatchcase
from typing import Any

import msgspec
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from holdfast.actors.console.logfile.blocks import LineBlocks
from holdfast.actors.console.logfile.filters import Filters
from holdfast.actors.console.logfile.moments import parse_moment
from holdfast.actors.console.logfile.search import Search
from holdfast.actors.logs.levels import LEVELS

START = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)

names = st.text(st.sampled_from('ab-é"\\\n[*😀'), min_size=1, max_size=4)
globs = names | st.text(st.sampled_from('ab-é"\\*?[]!😀'), min_size=1, max_size=5)
moments = st.integers(0, 9).map(lambda seconds: START + timedelta(seconds=seconds))
events = st.fixed_dictionaries(
    {"timestamp": moments, "event": names},
    optional={
        "level": st.sampled_from([*LEVELS, "loud"]),
        "connection": st.none() | names,
        "cause": names,
        "noise": names,
    },
)
filters = st.builds(
    Filters,
    connections=st.lists(globs, max_size=2),
    events=st.lists(globs, max_size=2),
    causes=st.lists(globs, max_size=2),
    level=st.none() | st.sampled_from(list(LEVELS)),
    since=st.none() | moments,
    until=st.none() | moments,
)


def written(event: dict[str, Any], how: int) -> bytes:
    """Return an event as one of the ways there are to write it in JSON."""
    plain = msgspec.json.encode(event)
    ways = (plain, msgspec.json.format(plain, indent=0), as_escapes(plain))
    return ways[how]


def as_escapes(line: bytes) -> bytes:
    """Write every character beyond ASCII as JSON can escape it."""
    return b"".join(char.encode() if char.isascii() else escaped(char) for char in line.decode())


def escaped(char: str) -> bytes:
    units = char.encode("utf-16-be").hex()
    return "".join(f"\\u{units[at : at + 4]}" for at in range(0, len(units), 4)).encode()


lines = st.builds(written, events, st.integers(0, 2)) | st.sampled_from(
    [b"", b"{", b"no json", b"[]", b'{"event":"a"}', b'{"timestamp":1,"event":"a"}', b"\xff\\"]
)


def wanted(line: bytes, filters: Filters) -> bool | None:
    """Decode a line and test it, in the plainest way; None if it is no log line."""
    try:
        event = msgspec.json.decode(line)
        moment = datetime.fromisoformat(event["timestamp"])
        level = LEVELS.get(event.get("level", ""), 0)
    except (ValueError, KeyError, TypeError):
        return None
    fields = (
        (event["event"], filters.events),
        (event.get("connection"), filters.connections),
        (event.get("cause"), filters.causes),
    )
    return (
        (filters.since is None or moment >= filters.since)
        and (filters.until is None or moment < filters.until)
        and (filters.level is None or level >= LEVELS[filters.level])
        and all(
            not globs or (value is not None and any(fnmatchcase(value, glob) for glob in globs))
            for value, globs in fields
        )
    )


@given(st.lists(lines, max_size=6), filters)
def test_the_lines_found_are_those_that_a_full_decode_of_each_finds(
    lines: list[bytes], filters: Filters
) -> None:
    search = Search(filters)
    block = b"".join(line + b"\n" for line in lines)
    verdicts = [wanted(line, filters) for line in lines]

    found = [line for line, _ in search.matches(block)] if block else []

    assert found == [line for line, verdict in zip(lines, verdicts, strict=True) if verdict]
    assert (search.lines, search.matched) == (len(lines), len(found))
    broken = [
        line for line, verdict in zip(lines, verdicts, strict=True) if verdict is None and line
    ]
    assert search.broken <= len(broken)
    if not filters.needles():
        assert search.broken == len(broken)


@given(st.lists(st.binary(max_size=12)), st.data())
def test_blocks_are_the_lines_of_the_file_however_it_is_read(
    lines: list[bytes], data: st.DataObject
) -> None:
    content = b"\n".join(lines)
    joined = LineBlocks()
    blocks: list[bytes] = []
    while content:
        size = data.draw(st.integers(1, len(content)))
        blocks.append(joined.add(content[:size]))
        content = content[size:]
    blocks.append(joined.end())

    assert all(block.endswith(b"\n") for block in blocks if block)
    assert b"".join(blocks).removesuffix(b"\n") == b"\n".join(lines).removesuffix(b"\n")


@given(st.lists(st.text("ab", max_size=9)), st.integers(1, 4))
def test_no_more_than_the_longest_line_is_kept_and_the_others_are_whole(
    texts: list[str], size: int
) -> None:
    longest = 4
    content = "".join(f"{text}\n" for text in texts).encode()
    joined = LineBlocks(longest)
    chunks = [content[at : at + size] for at in range(0, len(content), size)]

    kept = b"".join(map(joined.add, chunks)).decode().splitlines()

    assert len(kept) + joined.too_long == len(texts)
    assert [text for text in texts if len(text) <= longest] == [
        text for text in kept if len(text) <= longest
    ]
    assert all(len(text) < longest + size for text in kept)


NOW = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)


@pytest.mark.parametrize(
    ("text", "moment"),
    [
        ("90s", "2026-01-02T03:02:35Z"),
        ("10m", "2026-01-02T02:54:05Z"),
        ("2h", "2026-01-02T01:04:05Z"),
        ("1h30m", "2026-01-02T01:34:05Z"),
        ("1.5d", "2025-12-31T15:04:05Z"),
        ("02:14", "2026-01-02T02:14:00Z"),
        ("03:04:05", "2026-01-02T03:04:05Z"),
        ("03:05", "2026-01-01T03:05:00Z"),
        ("2026-01-01", "2026-01-01T00:00:00Z"),
        ("2026-01-01T02:14", "2026-01-01T02:14:00Z"),
        ("2026-01-01 02:14:00.5", "2026-01-01T02:14:00.500000Z"),
        ("2026-01-01T02:14+02:00", "2026-01-01T00:14:00Z"),
        ("2026-01-01T02:14:00.123Z", "2026-01-01T02:14:00.123000Z"),
    ],
)
def test_a_moment_is_read_as_people_mean_it(text: str, moment: str) -> None:
    assert parse_moment(text, NOW) == datetime.fromisoformat(moment)


@given(st.text() | st.text("0123456789smhd:-T.Z", max_size=12))
@example("999999999d")
@example("25:00")
@example("0001-01-01T00:00+14:00")
@example("10")
def test_any_text_is_a_moment_with_a_zone_or_a_mistake_that_says_what_to_write(text: str) -> None:
    try:
        moment = parse_moment(text, NOW)
    except ValueError as error:
        assert "02:14" in str(error)  # noqa: PT017  # either way is right
    else:
        assert moment.tzinfo is not None


@given(st.integers(0, 10**9), st.sampled_from("smhd"))
def test_a_time_ago_is_so_much_before_now(number: int, unit: str) -> None:
    seconds = number * {"s": 1, "m": 60, "h": 3600, "d": 86_400}[unit]
    if seconds < 10**10:
        assert NOW - parse_moment(f"{number}{unit}", NOW) == timedelta(seconds=seconds)


@given(st.times())
def test_a_time_of_day_is_the_last_one(clock: Any) -> None:
    moment = parse_moment(clock.isoformat(), NOW)

    assert moment.time() == clock
    assert timedelta(0) <= NOW - moment < timedelta(days=1)
