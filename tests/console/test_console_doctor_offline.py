"""`holdfast doctor --offline`: the file, its secrets and handlers, the machine; no network."""

import json
import re
import resource
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeAlias

import pytest
import trustme

if TYPE_CHECKING:
    from tests.console.conftest import Call, Start

Report: TypeAlias = tuple[int, list[dict[str, Any]]]
ONE = '[[connection]]\nname = "one"\nurl = "ws://one.example"\n'
TWO = '[[connection]]\nname = "two"\nurl = "ws://two.example"\n'


@pytest.fixture
def examine(call: "Call", fleet_file: Path) -> Callable[..., Report]:
    """Examine a text as fleet.toml; return the exit code and the findings."""

    def run(text: str, *options: str) -> Report:
        fleet_file.write_text(text)
        code, out, _ = call("doctor", fleet_file.name, "--offline", "--json", *options)
        report = json.loads(out)
        findings: list[dict[str, Any]] = report["findings"]
        for verdict in ("ok", "warn", "fail"):
            assert report[verdict] == sum(each["verdict"] == verdict for each in findings)
        assert code == int(report["fail"] > 0)
        return code, findings

    return run


def of(report: Report, check: str, subject: str = "") -> list[tuple[str, str]]:
    """Return the verdicts and texts of one kind of check."""
    return [
        (each["verdict"], each["what"])
        for each in report[1]
        if each["check"] == check and subject in each["subject"]
    ]


def test_a_sound_file_has_no_complaint(examine: Callable[..., Report]) -> None:
    report = examine(ONE + TWO)

    assert report[0] == 0
    assert of(report, "file") == [("ok", "connections: 2, hosts: 2")]
    assert {each["verdict"] for each in report[1]} == {"ok"}


def test_what_needs_the_network_is_left_out(examine: Callable[..., Report]) -> None:
    checks = [each["check"] for each in examine(ONE)[1]]
    assert checks == ["file", "files", "clock", "proxy"]


def test_a_file_that_cannot_be_read_as_toml_fails_with_its_first_mistake(
    examine: Callable[..., Report],
) -> None:
    report = examine("x = ")
    assert of(report, "file") == [("fail", "it is no TOML: Invalid value (at end of document)")]


def test_every_connection_with_a_mistake_is_told(examine: Callable[..., Report]) -> None:
    """`run` tells the first one alone; here everything that can be seen is."""
    bad = '[[connection]]\nname = "{}"\nurl = "{}"\n'
    report = examine(
        bad.format("a", "http://h")
        + bad.format("b", "http://h")
        + bad.format("c", "ws://h#x")
        + '[groups.""]\n[governor.hosts."nobody.example"]\n'
    )

    told = [(each["connections"], each["first"], each["what"]) for each in report[1][:4]]
    assert told == [
        (2, "a", "url: the URL must begin with ws:// or wss://"),
        (1, "c", "url: the URL holds a fragment (#), which RFC 6455 section 3 forbids"),
        (None, None, """groups."": a group's name must be 1 to 200 printable characters"""),
        (None, None, 'governor.hosts."nobody.example": no connection goes to this host'),
    ]


def test_a_secret_that_is_not_there_fails_once_for_all_who_need_it(
    examine: Callable[..., Report], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HOLDFAST_TEST_KEY", "a good key")
    auth = '{ kind = "hmac", api_key = "env:HOLDFAST_TEST_KEY", secret = "file:none.txt" }'
    report = examine(f"[defaults]\nauth = {auth}\n{ONE}{TWO}")

    assert of(report, "secret", "env:HOLDFAST_TEST_KEY") == [("ok", "it resolves")]
    (missing,) = [each for each in report[1] if each["subject"] == "file:none.txt"]
    assert missing["verdict"] == "fail"
    assert missing["what"] == "can't be read: No such file or directory"
    assert missing["connections"] == 2
    assert of(report, "file") == [("ok", "connections: 2, hosts: 2")]


def test_an_environment_variable_that_is_not_set_is_named_with_what_to_do(
    examine: Callable[..., Report],
) -> None:
    report = examine(ONE + 'headers = { X-Key = "env:HOLDFAST_TEST_NONE" }')
    (secret,) = [each for each in report[1] if each["check"] == "secret"]
    assert secret["verdict"] == "fail"
    assert secret["what"] == "the environment variable HOLDFAST_TEST_NONE is not set"
    assert "export HOLDFAST_TEST_NONE=" in secret["advice"]


@pytest.mark.parametrize(("mode", "verdict"), [(0o600, "ok"), (0o640, "ok"), (0o644, "warn")])
def test_a_secret_that_everybody_may_read_is_warned_of(
    examine: Callable[..., Report], fleet_file: Path, mode: int, verdict: str
) -> None:
    token = fleet_file.with_name("token.txt")
    token.write_text("a good token\n")
    token.chmod(mode)
    report = examine(ONE + 'auth = { kind = "token", token = "file:token.txt" }')

    (secret,) = [each for each in report[1] if each["check"] == "secret"]
    assert secret["verdict"] == verdict
    assert (secret["advice"] or "").startswith("chmod 600") == (verdict == "warn")


def test_white_space_around_a_secret_is_warned_of(
    examine: Callable[..., Report], fleet_file: Path
) -> None:
    """A line feed at the end is no part of the secret, a blank before it is."""
    token = fleet_file.with_name("token.txt")
    token.write_text("a good token \n")
    token.chmod(0o600)
    report = examine(ONE + 'auth = { kind = "token", token = "file:token.txt" }')
    assert of(report, "secret") == [
        ("warn", "it begins or ends with white space, which is sent too")
    ]


def test_a_key_of_ours_that_everybody_may_read_is_warned_of(
    examine: Callable[..., Report], fleet_file: Path
) -> None:
    path = fleet_file.with_name("client.pem")
    trustme.CA().issue_cert("client").private_key_and_cert_chain_pem.write_to_path(str(path))
    text = f'{ONE}tls.cert_file = "client.pem"\n'
    path.chmod(0o644)
    assert [verdict for verdict, _ in of(examine(text), "secret", "client.pem")] == ["warn"]
    path.chmod(0o600)
    assert of(examine(text), "secret") == []


def test_a_secret_is_never_shown(
    call: "Call", fleet_file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HOLDFAST_TEST_SECRET", "hunter2hunter2 ")
    fleet_file.write_text(f'{ONE}headers = {{ X-Key = "env:HOLDFAST_TEST_SECRET" }}')
    for options in ((), ("--json",)):
        assert "hunter2" not in "".join(
            map(str, call("doctor", fleet_file.name, "--offline", *options))
        )


def test_a_handler_that_cannot_be_imported_fails(
    examine: Callable[..., Report], fleet_file: Path
) -> None:
    """One that can doesn't: the file's folder is looked in. What it prints is no finding."""
    fleet_file.with_name("doctor_ours.py").write_text(
        "from holdfast.handlers import ConnectionHandler\n"
        "print('imported')\n"
        "class Good(ConnectionHandler): pass\n"
    )
    report = examine(f'{ONE}handler = "doctor_ours:Good"\n{TWO}handler = "doctor_ours:Bad"\n')
    assert of(report, "handler", "Good") == [("ok", "it can be imported")]
    assert of(report, "handler", "Bad") == [("fail", "the module doctor_ours has no Bad")]


def test_a_proxy_of_the_environment_is_noticed_without_its_password(
    examine: Callable[..., Report], monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("https_proxy", "http_proxy", "all_proxy", "no_proxy"):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.upper(), raising=False)
    monkeypatch.setenv("https_proxy", "http://me:hunter2hunter2@proxy.example:3128")
    monkeypatch.setenv("http_proxy", "socks5://proxy.example")
    report = examine(
        '[[connection]]\nname = "a"\nurl = "wss://noticed.example"\n'
        '[[connection]]\nname = "b"\nurl = "ws://noticed.example"\n'
    )

    assert of(report, "proxy", "environment") == [("ok", "set: https_proxy, http_proxy")]
    assert of(report, "proxy", ":443") == [("ok", "reached through the proxy proxy.example:3128")]
    ((verdict, what),) = of(report, "proxy", ":80")
    assert verdict == "fail"
    assert "only http:// proxies can be used" in what
    assert "hunter2" not in str(report)


def test_too_few_open_files_for_the_fleet_fail(fleet_file: Path) -> None:
    """The hard limit decides, in a process of its own because it can't be raised again."""
    fleet_file.write_text(
        "".join(f'[[connection]]\nname = "{n}"\nurl = "ws://h"\n' for n in range(500))
    )
    code = (
        "import resource, sys; resource.setrlimit(resource.RLIMIT_NOFILE, (256, 256));"
        "from holdfast.actors.console.main import main;"
        "sys.exit(main(['doctor', 'fleet.toml', '--offline']))"
    )
    assert resource.getrlimit(resource.RLIMIT_NOFILE)[1] > 600
    run = subprocess.run(
        [sys.executable, "-c", code], check=False, capture_output=True, text=True, timeout=30
    )
    assert run.returncode == 1
    (line,) = [line for line in run.stdout.splitlines() if line.startswith("fail")]
    assert line.startswith("fail  files     open files: 500 connections need 6")
    assert "ulimit -Hn" in line


def test_names_of_a_file_reach_no_terminal_unescaped(call: "Call", fleet_file: Path) -> None:
    fleet_file.write_text(f'{ONE}handler = "x\\u001b[31m\\u202ey:Z"\n')
    for options in ((), ("--json",)):
        _, out, _ = call("doctor", fleet_file.name, "--offline", *options)
        assert "\x1b" not in out
        assert "\u202e" not in out


@pytest.mark.parametrize(
    ("arguments", "named"),
    [
        ([], "FILE"),
        (["nowhere.toml"], "nowhere.toml"),
        (["."], "'.'"),
        (["nowhere\x1b.toml"], r"nowhere\x1b.toml"),
        (["fleet.toml", "--timeout", "0"], "--timeout"),
        (["fleet.toml", "--timeout", "nan"], "--timeout"),
        (["fleet.toml", "--nonsense"], "--nonsense"),
    ],
)
def test_a_mistake_on_the_command_line_ends_with_2(
    call: "Call", fleet_file: Path, arguments: list[str], named: str
) -> None:
    fleet_file.write_text(ONE)
    code, out, err = call("doctor", *arguments)

    assert (code, out) == (2, "")
    assert err.count("\n") == 1
    assert named in err


def test_a_pipe_gets_a_line_for_each_finding_and_the_sum(start: "Start", fleet_file: Path) -> None:
    """The real command, as a script sees it: a verdict in front, no colour, exit code 1."""
    fleet_file.write_text(f'{ONE}handler = "nothing_of_this_name:Z"\n')
    code, out, err = start("doctor", "fleet.toml", "--offline").finish()

    *lines, total = out.splitlines()
    assert (code, err) == (1, "")
    assert [line.split()[:2] for line in lines] == [
        ["ok", "file"],
        ["fail", "handler"],
        ["ok", "files"],
        ["ok", "clock"],
        ["ok", "proxy"],
    ]
    assert lines[1].startswith(
        "fail  handler   nothing_of_this_name:Z (one): there is no module named "
        "nothing_of_this_name -> install its package"
    )
    assert total == "4 ok, 0 warn, 1 fail. The network was left out."


def test_a_terminal_gets_colours_and_lines_that_fit(
    call: "Call", fleet_file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("FORCE_COLOR", "1")
    monkeypatch.setenv("COLUMNS", "60")
    monkeypatch.setenv("TERM", "xterm")
    fleet_file.write_text(f'{ONE}handler = "nothing_of_this_name:Z"\n')
    _, out, _ = call("doctor", "fleet.toml", "--offline")

    assert "\x1b[32mok" in out
    assert "\x1b[1;31mfail" in out
    plain = re.sub(r"\x1b\[[0-9;]*m", "", out)
    assert max(map(len, plain.splitlines())) <= 60
    assert "\n                → install its package" in plain
