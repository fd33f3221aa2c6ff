"""`holdfast logs`: files, filters and ways to show what was found, through the command itself."""

import gzip
import os
import re
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import msgspec
import pytest

if TYPE_CHECKING:
    from tests.console.conftest import Call, Start

HOSTILE = "x\x1b[31m\n\u202ey"


def event(second: int, name: str, connection: str | None = None, **fields: Any) -> bytes:
    """Return a log line as holdfast writes it."""
    who = {} if connection is None else {"connection": connection, "incarnation": 1}
    stamp = f"2026-01-02T03:{second // 60:02}:{second % 60:02}.000Z"
    return msgspec.json.encode(
        {"timestamp": stamp, "level": "info", "event": name, **who, **fields}
    )


def failed(second: int, connection: str, cause: str = "connection_refused") -> bytes:
    return event(second, "connection.failed", connection, level="warning", cause=cause)


LINES = [
    event(0, "fleet.started"),
    event(1, "connection.dialing", "a-1", server="127.0.0.1:1"),
    event(2, "connection.dialing", "b-1", server="127.0.0.1:1"),
    event(3, "connection.ready", "a-1"),
    failed(4, "b-1"),
    event(5, "connection.quarantined", "b-1", level="error", cause="http_401"),
]


def save(path: Path, lines: Sequence[bytes] = LINES) -> str:
    """Write lines to a file, packed if its name says so."""
    content = b"".join(line + b"\n" for line in lines)
    path.write_bytes(gzip.compress(content) if path.suffix == ".gz" else content)
    return str(path)


@pytest.fixture
def log(tmp_path: Path) -> str:
    """A log of six lines."""
    return save(tmp_path / "log.jsonl")


def numbers(out: str) -> list[int]:
    """Return which of `LINES` stand in an output."""
    return [LINES.index(line) for line in out.encode().splitlines()]


@pytest.mark.parametrize(
    ("options", "expected"),
    [
        ([], [0, 1, 2, 3, 4, 5]),
        (["--connection", "a-*"], [1, 3]),
        (["--connection", "a-1", "--connection", "b-?"], [1, 2, 3, 4, 5]),
        (["--event", "connection.dialing"], [1, 2]),
        (["--event", "*.dialing", "--event", "fleet.*", "--connection", "b*"], [2]),
        (["--level", "warning"], [4, 5]),
        (["--level", "ERROR"], [5]),
        (["--cause", "http_4*"], [5]),
        (["--since", "2026-01-02T03:00:04"], [4, 5]),
        (["--until", "2026-01-02T03:00:02"], [0, 1]),
        (["--since", "2026-01-02T03:00:01", "--until", "2026-01-02T05:00:03+02:00"], [1, 2]),
    ],
)
def test_json_gives_the_lines_that_pass_every_filter_with_their_own_bytes(
    call: "Call", log: str, options: list[str], expected: list[int]
) -> None:
    code, out, err = call("logs", log, "--json", *options)

    assert (code, err) == (0, "")
    assert numbers(out) == expected


def test_lines_are_shown_as_the_live_log_shows_them(call: "Call", log: str) -> None:
    code, out, err = call("logs", log, "--event", "connection.failed")

    assert (code, err) == (0, "")
    assert out == (
        "2026-01-02T03:00:04.000Z [warning ] connection.failed          "
        "connection=b-1 incarnation=1 cause=connection_refused\n"
    )


@pytest.mark.parametrize("mode", [(), ("--stats",), ("--timeline", HOSTILE)])
def test_whatever_stands_in_a_log_is_escaped(
    call: "Call", tmp_path: Path, mode: tuple[str, ...]
) -> None:
    line = event(
        1,
        "connection.failed",
        HOSTILE,
        level=HOSTILE,
        cause=HOSTILE,
        detail=HOSTILE,
        **{HOSTILE: 1},
    )
    others = [event(2, HOSTILE), event(3, "a", stack=[HOSTILE], exception=HOSTILE)]
    unreadable = line[:-1] + b',"x":"\xff\x1b[31m\xc2\x9b"}'
    log = save(tmp_path / "log.jsonl", [line, *others, unreadable])

    code, out, _ = call("logs", log, *mode)

    assert code == 0
    assert all(text.isprintable() for text in out.split("\n"))
    assert r"x\x1b[31m" in out


def test_rotated_and_packed_files_are_read_from_the_oldest_to_the_newest(
    call: "Call", tmp_path: Path
) -> None:
    oldest = save(tmp_path / "log.jsonl.2.gz", LINES[:2])
    older = save(tmp_path / "log.jsonl.1", [b"torn", *LINES[2:4]])
    newest = save(tmp_path / "log.jsonl", LINES[4:])
    empty = save(tmp_path / "log.jsonl.3", [])

    code, out, err = call("logs", "--json", newest, older, empty, oldest)

    assert (code, err) == (0, "holdfast: 1 line was no log line\n")
    assert numbers(out) == [0, 1, 2, 3, 4, 5]


def test_broken_lines_are_counted_and_the_others_are_shown(call: "Call", tmp_path: Path) -> None:
    broken = [
        b"Traceback:",
        LINES[1][:-9],
        b"",
        b'{"connection":"a","message":"hi"}',
        b"[" * 99_999,
    ]
    log = save(tmp_path / "log.jsonl", [*broken, *LINES])
    with Path(log).open("ab") as file:
        file.write(LINES[0])  # no line feed yet

    code, out, err = call("logs", log, "--json")

    assert (code, err) == (0, "holdfast: 4 lines were no log lines\n")
    assert numbers(out) == [0, 1, 2, 3, 4, 5, 0]


def test_a_line_without_an_end_costs_no_more_than_a_block(call: "Call", tmp_path: Path) -> None:
    log = save(tmp_path / "log.jsonl.gz", [LINES[0], b"x" * 9_000_000, LINES[1]])

    code, out, err = call("logs", log, "--json")

    assert (code, err) == (0, "holdfast: 1 line was no log line\n")
    assert numbers(out) == [0, 1]


@pytest.mark.parametrize("mode", ["--json", "--stats", "--timeline=nobody"])
def test_nothing_found_is_1_and_says_of_how_many_lines(call: "Call", log: str, mode: str) -> None:
    code, out, err = call("logs", log, "--since", "2027-01-01", mode)

    assert (code, err) == (1, "holdfast: none of 6 lines matched\n")
    assert "event" not in out


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["nothing"], "nothing: it can't be read: No such file or directory"),
        (["."], ".: it can't be read: Is a directory"),
        (["--follow", "nothing"], "nothing: it can't be read: No such file or directory"),
        (["--follow", "."], ".: it can't be read: Is a directory"),
        (["--follow", "log.gz"], "log.gz: it is compressed, so nothing is added to it"),
        (["--follow", "a", "b"], "--follow takes one file"),
        (["--follow", "--stats", "a"], "--follow has no end"),
        (["--follow", "--until", "1m", "a"], "--follow has no end"),
        (["--timeline", "a", "--event", "b", "c"], "--timeline goes with --since, --until"),
        (["--timeline", "a", "--stats", "c"], "--timeline goes with --since, --until"),
        (["--since", "yesterday", "a"], "'--since': 'yesterday' is no time: write 90s, 10m"),
        (["--since", "1h", "--until", "2h", "a"], "isn't after --since"),
        (["--level", "loud", "a"], "loud"),
    ],
)
def test_a_mistake_is_one_line_and_nothing_is_shown(
    call: "Call",
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    arguments: list[str],
    said: str,
) -> None:
    monkeypatch.chdir(tmp_path)
    save(tmp_path / "log.gz")

    code, out, err = call("logs", *arguments)

    assert (code, out, err.count("\n")) == (2, "", 1)
    assert err.startswith("holdfast: ")
    assert said in err


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read anything")
def test_a_file_without_rights_is_one_line(call: "Call", log: str) -> None:
    Path(log).chmod(0)

    assert call("logs", log) == (2, "", f"holdfast: {log}: it can't be read: Permission denied\n")


def test_a_damaged_file_is_read_as_far_as_it_goes_and_the_others_too(
    call: "Call", tmp_path: Path
) -> None:
    save(tmp_path / "whole.gz", LINES[:3])
    content = (tmp_path / "whole.gz").read_bytes()
    half = tmp_path / "half.gz"
    half.write_bytes(content[:-4])
    other = save(tmp_path / "log.jsonl", LINES[3:])

    code, out, err = call("logs", "--json", other, str(half))

    assert code == 2
    assert numbers(out) == [0, 1, 2, 3, 4, 5]
    assert err == (
        f"holdfast: {half}: it can't be read to its end: the compressed data ends too soon\n"
    )


def test_statistics_count_by_event_cause_and_connection(call: "Call", tmp_path: Path) -> None:
    log = save(tmp_path / "log.jsonl", [*LINES, failed(9, "a-1", "http_503"), failed(10, "b-1")])

    code, out, err = call("logs", log, "--stats")

    assert (code, err) == (0, "")
    assert out.startswith(
        "8 lines from 2026-01-02 03:00:00 to 2026-01-02 03:00:10 UTC (10 s)\n"
        "4 info, 3 warning, 1 error\n"
    )
    rows = [" ".join(row.split()) for row in out.splitlines()]
    assert "connection.failed 3" in rows
    assert "connection_refused 2" in rows
    assert rows[-2:] == ["b-1 2 connection_refused", "a-1 1 http_503"]
    assert "█" in out
    assert max(map(len, out.splitlines())) <= 80


def test_a_row_is_one_line_in_a_pipe_however_long_it_is(call: "Call", tmp_path: Path) -> None:
    log = save(tmp_path / "log.jsonl", [failed(number, "c" * 90, "x" * 90) for number in (1, 2)])

    for mode in (["--stats"], ["--timeline", "c" * 90]):
        _, out, _ = call("logs", log, *mode)
        assert any(row.rstrip().endswith("x" * 90) for row in out.splitlines()), out


def test_statistics_for_a_program_are_one_json_object(call: "Call", log: str) -> None:
    code, out, _ = call("logs", log, "--stats", "--json")
    figures = msgspec.json.decode(out)

    assert (code, out.count("\n")) == (0, 1)
    assert figures["lines"] == 6
    assert figures["events"]["connection.dialing"] == 2
    assert figures["causes"] == {"connection_refused": 1}
    assert figures["failures"] == {"b-1": 1}
    assert sum(figures["over_time"]["lines"]) == 6
    assert sum(figures["over_time"]["trouble"]) == 2


def test_a_timeline_of_a_log_with_failures_alone_says_so(call: "Call", tmp_path: Path) -> None:
    """Without the lines of the level info nobody can tell when a connection was back."""
    failures = [line for line in LINES if b'"info"' not in line]
    log = save(tmp_path / "log.jsonl", failures)

    _, out, _ = call("logs", log, "--timeline", "b-1")
    assert "only the failures" in out
    _, out, _ = call("logs", save(tmp_path / "all.jsonl", LINES), "--timeline", "b-1")
    assert "only the failures" not in out


def test_a_timeline_shows_the_phases_of_one_connection(call: "Call", tmp_path: Path) -> None:
    other = event(65, "connection.ready", "b-11")
    log = save(tmp_path / "log.jsonl", [*LINES, other])

    code, out, err = call("logs", log, "--timeline", "b-1")

    assert (code, err) == (0, "")  # it is quarantined until the end of the log, not of its lines
    head, bar, *rest = out.splitlines()
    assert head == "b-1 from 2026-01-02 03:00:02 to 2026-01-02 03:01:05 UTC (1 min 3 s)"
    assert bar[0] == "▒"
    assert bar[2] == "░"
    assert set(bar[6:]) == {"x"}
    rows = [" ".join(row.split()) for row in rest]
    assert "x quarantined 1 min 95.2% once" in rows
    assert "2026-01-02 03:00:05 x quarantined 1 min http_401" in rows


def test_a_timeline_for_a_program_is_a_json_array(call: "Call", log: str) -> None:
    _, out, _ = call("logs", log, "--timeline", "b-1", "--json")

    assert [stretch["phase"] for stretch in msgspec.json.decode(out)] == [
        "connecting",
        "backoff",
        "quarantined",
    ]


@pytest.mark.parametrize("mode", ["--json", "--level=info"])
def test_no_line_steers_a_terminal(start: "Start", tmp_path: Path, mode: str) -> None:
    """In a pipe the bytes of a line are kept; a terminal gets no character that acts."""
    line = event(0, "a", detail="del\x7f c1\x9b mark\u202e") + b"\r"
    terminal, end = os.openpty()
    command = start("logs", save(tmp_path / "log.jsonl", [line]), mode, stdout=end)
    os.close(end)
    shown = os.read(terminal, 4096).decode()
    os.close(terminal)

    assert command.process.wait(30) == 0
    assert "202e" in shown
    assert re.sub(r"\x1b\[\d+m", "", shown).removesuffix("\r\n").isprintable()


def test_standard_input_is_read_when_no_file_is_named(start: "Start", log: str) -> None:
    code, out, err = start("logs", "--json", after=f"exec <{log}").finish()

    assert (code, err) == (0, "")
    assert numbers(out) == [0, 1, 2, 3, 4, 5]


def test_lines_of_a_pipe_are_shown_as_they_come(start: "Start", tmp_path: Path) -> None:
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    command = start("logs", "--json", "-", after=f"exec <{pipe}")
    with pipe.open("wb", buffering=0) as file:
        for line in LINES[:3]:
            file.write(line + b"\n")
            assert command.out.readline().encode() == line + b"\n"
    assert command.finish() == (0, "", "")


def test_a_reader_that_goes_away_ends_it_quietly(start: "Start", tmp_path: Path) -> None:
    log = save(tmp_path / "log.jsonl", [*LINES, b"broken"] * 20_000)
    command = start("logs", log, "--json")
    command.out.readline()
    command.out.close()
    command.process.stdout = None

    assert command.process.wait(30) == 0
    assert command.err.read() == ""


def test_following_shows_what_is_added_until_ctrl_c(start: "Start", log: str) -> None:
    command = start("logs", "--follow", "--json", log, "--connection", "*-1")
    shown = [command.out.readline() for _ in range(5)]
    with Path(log).open("ab", buffering=0) as file:
        file.write(LINES[0] + b"\n" + LINES[4][:9])
        file.write(LINES[4][9:] + b"\nbroken *-1 \\\n")
    shown.append(command.out.readline())
    Path(log).rename(f"{log}.1")
    save(Path(log), LINES[1:2])
    shown.append(command.out.readline())
    command.interrupt()

    assert numbers("".join(shown)) == [1, 2, 3, 4, 5, 4, 1]
    assert command.finish() == (130, "", "\nholdfast: 1 line was no log line\n")


def test_following_ends_when_its_reader_goes_away_though_nothing_is_added(
    start: "Start", log: str
) -> None:
    command = start("logs", "--follow", log)
    command.out.readline()
    command.out.close()
    command.process.stdout = None

    assert command.process.wait(30) == 0
    assert command.err.read() == ""


def test_ctrl_c_ends_a_read_that_waits(start: "Start", tmp_path: Path) -> None:
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    command = start("logs", "--json", "-", after=f"exec <{pipe}")
    with pipe.open("wb", buffering=0) as file:
        file.write(LINES[0] + b"\n")
        command.out.readline()
        command.interrupt()
        assert command.finish() == (130, "", "\n")
