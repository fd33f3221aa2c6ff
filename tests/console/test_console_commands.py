"""The commands that speak to a running fleet, through its real socket: what they do and say."""

import io
import json
import socket
import sys
import threading
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from holdfast.actors.logs import close_logs, configure_logging
from holdfast.handlers import Phase
from tests.console.running_fleet import BAD, CRASH, GOOD, RunningFleet

if TYPE_CHECKING:
    from tests.console.conftest import Call, Start

ASKS = [
    ["explain", "prices"],
    ["dead-letters"],
    ["send", "prices", "hello"],
    ["start", "prices"],
    ["stop", "prices"],
    ["restart", "prices"],
    ["resume", "prices"],
    ["reauth", "prices"],
    ["reload"],
    ["log-level"],
    ["shutdown"],
]
NAMED = [ask for ask in ASKS if len(ask) > 1]


@contextmanager
def answering(path: Path, result: object) -> Generator[None]:
    """Answer one request at a socket: what a fleet says that no test can bring about at will."""

    def answer() -> None:
        client, _ = listener.accept()
        with client, client.makefile("rwb") as lines:
            lines.readline()
            lines.write(json.dumps({"v": 1, "result": result}).encode() + b"\n")

    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(str(path))
        listener.listen()
        thread = threading.Thread(target=answer)
        thread.start()
        yield
        thread.join()


def typed(monkeypatch: pytest.MonkeyPatch, content: bytes) -> None:
    """Give this process these bytes as its standard input."""
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(content)))


class TestLevers:
    def test_restart_dials_anew_and_says_so_of_each(
        self, call: "Call", running: RunningFleet
    ) -> None:
        code, out, err = call("restart", "@trading")

        assert (code, out, err) == (0, "prices: restarting\norders: restarting\n", "")
        running.logs.wait("connection.ready", connection="prices", incarnation=2)
        running.logs.wait("connection.ready", connection="orders", incarnation=2)

    def test_stop_ends_a_connection_and_start_brings_it_back(
        self, call: "Call", running: RunningFleet
    ) -> None:
        assert call("stop", "orders") == (0, "orders: stopped\n", "")
        assert [each.name for each in running.fleet.status()] == ["prices", "deribit-1"]

        assert call("start", "orders") == (0, "orders: starting\n", "")
        running.fleet.wait_ready("orders", timeout=8)

    def test_resume_dials_what_was_quarantined(self, call: "Call", running: RunningFleet) -> None:
        assert call("resume", "deribit-*") == (0, "deribit-1: resumed\n", "")
        running.logs.wait("connection.quarantined", times=2, connection="deribit-1")

    def test_reauth_logs_in_on_the_open_stream(self, call: "Call", running: RunningFleet) -> None:
        assert call("reauth", "prices") == (0, "prices: logging in anew\n", "")
        running.logs.wait("auth.accepted", times=2, connection="prices")
        assert running.fleet.status("prices").incarnation == 1

    @pytest.mark.parametrize(
        ("lever", "name", "why"),
        [
            ("resume", "prices", "not resumed: it is ready"),
            ("start", "prices", "not starting: it is ready"),
            ("reauth", "orders", "not logging in anew: it has no login"),
        ],
    )
    @pytest.mark.usefixtures("running")
    def test_what_is_left_alone_is_said_with_its_reason_and_exits_with_1(
        self, call: "Call", lever: str, name: str, why: str
    ) -> None:
        assert call(lever, name) == (1, f"{name}: {why}\n", "")

    def test_a_stop_that_one_has_not_followed_exits_with_1(
        self, call: "Call", tmp_path: Path
    ) -> None:
        left = {"name": "orders", "why": "it hasn't ended yet, and still will"}
        with answering(tmp_path / "s", {"done": ["prices"], "left": [left]}):
            told = call("stop", "*", "--socket", str(tmp_path / "s"))
        assert told == (
            1,
            "prices: stopped\norders: not stopped: it hasn't ended yet, and still will\n",
            "",
        )

    def test_whatever_answers_reaches_a_terminal_escaped(
        self, call: "Call", tmp_path: Path
    ) -> None:
        with answering(tmp_path / "s", {"done": ["a\x1b[2J\n\u202e"], "left": []}):
            _, out, _ = call("restart", "*", "--socket", str(tmp_path / "s"))
        assert out == r"a\x1b[2J\n\u202e: restarting" + "\n"

    @pytest.mark.usefixtures("running")
    def test_one_that_is_done_is_enough_where_others_needed_nothing(self, call: "Call") -> None:
        code, out, _ = call("resume", "*")

        assert code == 0
        assert out.splitlines() == [
            "deribit-1: resumed",
            "prices: not resumed: it is ready",
            "orders: not resumed: it is ready",
        ]


class TestSend:
    def test_a_text_goes_out_and_its_outcome_is_told(
        self, call: "Call", running: RunningFleet
    ) -> None:
        assert call("send", "orders", '{"op": "ping"}') == (0, "orders: sent\n", "")
        running.server.wait_for(lambda _: running.received("orders") == ['{"op": "ping"}'])

    def test_a_file_is_sent_without_the_line_feed_at_its_end(
        self, call: "Call", running: RunningFleet, tmp_path: Path
    ) -> None:
        (tmp_path / "message.json").write_bytes('{"name": "Jürgen"}\n'.encode())

        assert call("send", "orders", "@message.json")[0] == 0
        running.server.wait_for(lambda _: running.received("orders") == ['{"name": "Jürgen"}'])

    def test_standard_input_is_sent(
        self, call: "Call", running: RunningFleet, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        typed(monkeypatch, b"two\nlines\n")

        assert call("send", "orders", "-")[0] == 0
        running.server.wait_for(lambda _: running.received("orders") == ["two\nlines"])

    def test_binary_sends_every_byte_in_a_binary_message(
        self, call: "Call", running: RunningFleet, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        typed(monkeypatch, b"\xff\x00\n")

        assert call("send", "--binary", "orders", "-")[0] == 0
        running.server.wait_for(lambda _: running.received("orders") == [b"\xff\x00\n"])

    def test_a_group_has_an_outcome_each(self, call: "Call", running: RunningFleet) -> None:
        assert call("send", "@trading", "hello") == (0, "prices: sent\norders: sent\n", "")
        running.server.wait_for(lambda _: "hello" in running.received("prices"))

    @pytest.mark.usefixtures("running")
    def test_what_still_waits_when_the_wait_is_over_exits_with_1(self, call: "Call") -> None:
        assert call("send", "deribit-1", "hello", "--wait", "0") == (
            1,
            "deribit-1: no outcome yet: it is sent as soon as the connection is ready\n",
            "",
        )

    @pytest.mark.usefixtures("running")
    def test_what_can_not_be_sent_in_its_time_has_expired(self, call: "Call") -> None:
        assert call("send", "deribit-1", "hello", "--ttl", "0") == (
            1,
            "deribit-1: expired: it could not be sent within --ttl\n",
            "",
        )

    @pytest.mark.parametrize(
        ("arguments", "complaint"),
        [
            (["@nowhere.json"], "nowhere.json: it can't be read: No such file or directory"),
            (["@."], ".: it can't be read: Is a directory"),
            (["@latin.txt"], "latin.txt: byte 1 is no UTF-8, so this is no text: --binary"),
            (["\udcff"], "TEXT: byte 0 is no UTF-8"),
            (["@large.txt"], "large.txt: a message may have 8,388,608 bytes on this way"),
            (
                ["@control.txt"],
                "control.txt: a message may have 16,711,680 bytes on this way as JSON writes it",
            ),
        ],
    )
    def test_what_can_not_be_a_message_is_one_line(
        self, call: "Call", fleet_file: Path, arguments: list[str], complaint: str
    ) -> None:
        fleet_file.with_name("latin.txt").write_bytes(b"J\xfcrgen")
        fleet_file.with_name("control.txt").write_bytes(b"\x01" * 3_000_000)
        with fleet_file.with_name("large.txt").open("wb") as large:
            large.truncate(8 * 1024 * 1024 + 1)

        code, out, err = call("send", "orders", *arguments)

        assert (code, out) == (2, "")
        assert err.startswith(f"holdfast: {complaint}")
        assert err.count("\n") == 1


class TestReload:
    def test_a_dry_run_shows_what_would_change_and_changes_nothing(
        self, call: "Call", running: RunningFleet
    ) -> None:
        running.rewrite('name = "orders"', 'name = "fills"')
        running.rewrite("[defaults]", "[defaults]\nheartbeat.interval = 5")

        code, out, _ = call("reload", "--dry-run")

        assert code == 0
        assert out.splitlines() == [
            "fills: would be added",
            "orders: would be removed",
            "prices: would be changed (heartbeat.interval)",
            "deribit-1: would be changed (heartbeat.interval)",
            "0 unchanged",
        ]
        assert running.fleet.status("orders").incarnation == 1

    def test_new_credentials_end_a_quarantine_and_leave_the_others_alone(
        self, call: "Call", running: RunningFleet
    ) -> None:
        running.file.with_name("deribit.token").write_text(GOOD, encoding="utf-8")

        code, out, _ = call("reload")

        assert code == 0
        assert out.splitlines() == ["deribit-1: changed (auth)", "2 unchanged"]
        running.fleet.wait_ready("deribit-1", timeout=8)
        assert running.fleet.status("prices").incarnation == 1

    def test_a_file_with_a_mistake_changes_nothing(
        self, call: "Call", running: RunningFleet
    ) -> None:
        running.rewrite('name = "orders"', 'nome = "fills"')

        code, out, err = call("reload")

        assert (code, out) == (2, "")
        assert "nome" in err
        assert running.fleet.status("orders").phase is Phase.READY


class TestLooking:
    @pytest.mark.usefixtures("running")
    def test_a_story_says_why_and_the_command_that_helps(self, call: "Call") -> None:
        code, out, _ = call("explain", "deribit-1")

        headline, cause, following, *_ = out.splitlines()
        assert code == 0
        assert headline.startswith("deribit-1: quarantined since ")
        assert headline.endswith(r") after 2 refused logins (`invalid \x1b[31msignature`).")
        assert cause == "Cause: auth_rejected. Rule: auth_rejected_twice."
        assert "until `holdfast resume deribit-1` or new credentials" in following
        assert "\x1b" not in out
        assert BAD not in out

    @pytest.mark.usefixtures("running")
    def test_stories_of_several_have_a_line_between_them(self, call: "Call") -> None:
        _, out, _ = call("explain", "@trading")

        prices, orders = out.split("\n\n")
        assert prices.startswith("prices: ready since ")
        assert orders.startswith("orders: ready since ")

    def test_dead_letters_show_the_message_and_its_crash(
        self, call: "Call", running: RunningFleet
    ) -> None:
        assert call("dead-letters") == (0, "no dead letters\n", "")
        call("send", "orders", CRASH)
        running.logs.wait("connection.ready", connection="orders", incarnation=2)

        code, out, _ = call("dead-letters", "orders")

        message, cause = out.splitlines()
        assert code == 0
        assert message.endswith("  orders  str: crash \\x1b[2J")
        assert cause.startswith("  handler_crash: ValueError in on_message (running_fleet.py:")
        assert cause.endswith(") (incarnation 1)")
        assert call("dead-letters", "prices")[1] == "no dead letters\n"

    @pytest.mark.usefixtures("running")
    def test_the_log_level_is_shown_and_set(self, call: "Call") -> None:
        configure_logging(io.StringIO(), "warning")
        try:
            assert call("log-level") == (0, "warning\n", "")
            assert call("log-level", "ERROR") == (0, "error (it was warning)\n", "")
            assert call("log-level") == (0, "error\n", "")
        finally:
            close_logs()


def test_shutdown_asks_for_the_end(call: "Call", running: RunningFleet) -> None:
    assert call("shutdown") == (0, "the fleet is shutting down\n", "")
    assert running.shut_down.wait(8)


@pytest.mark.usefixtures("running")
@pytest.mark.parametrize("arguments", ASKS, ids=lambda arguments: arguments[0])
def test_with_json_every_answer_is_one_line_of_plain_json(
    call: "Call", arguments: list[str]
) -> None:
    code, out, err = call(*arguments, "--json")

    answer: dict[str, Any] = json.loads(out)
    assert code in {0, 1}
    assert err == ""
    assert isinstance(answer, dict)
    assert out.count("\n") == 1
    assert out.strip().isprintable()


@pytest.mark.usefixtures("fleet_file")
@pytest.mark.parametrize("arguments", ASKS, ids=lambda arguments: arguments[0])
def test_without_a_fleet_every_command_says_where_it_looked(
    call: "Call", arguments: list[str], tmp_path: Path
) -> None:
    nowhere = tmp_path / "no.sock"

    code, out, err = call(*arguments, "--socket", str(nowhere))

    assert (code, out) == (2, "")
    assert err.startswith(f"holdfast: no fleet answers at {nowhere}: ")
    assert err.count("\n") == 1


@pytest.mark.usefixtures("running")
@pytest.mark.parametrize("arguments", NAMED, ids=lambda arguments: arguments[0])
def test_a_name_that_nobody_has_is_one_line_with_the_nearest(
    call: "Call", arguments: list[str]
) -> None:
    code, out, err = call(arguments[0], "pricse", *arguments[2:])

    assert (code, out) == (2, "")
    assert err == "holdfast: no connection is named 'pricse'; did you mean 'prices'?\n"


def test_the_real_command_pulls_the_lever_of_a_fleet_in_another_process(
    start: "Start", running: RunningFleet
) -> None:
    code, out, err = start("restart", "orders").finish()

    assert (code, out, err) == (0, "orders: restarting\n", "")
    running.logs.wait("connection.ready", connection="orders", incarnation=2)
