"""`holdfast config`: what a file amounts to, whether it is right, and what may stand in it."""

import dataclasses
import json
import re
import shutil
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from holdfast.actors import ConnectionSpec, Governor, HostLimits
from holdfast.actors.console.config import load_fleet
from holdfast.actors.console.config.example import example
from holdfast.handlers import ConnectionHandler

if TYPE_CHECKING:
    from tests.console.conftest import Call, Start

DOCS = Path(__file__).resolve().parents[2] / "docs"
ONE = '[[connection]]\nname = "a"\nurl = "ws://h"\n'


@pytest.fixture
def docs_file(fleet_file: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The example of the docs, with its secrets at hand."""
    for name in ("EXAMPLE_KEY", "EXAMPLE_SECRET", "STATUS_KEY"):
        monkeypatch.setenv(name, "hunter2-hunter2")
    (fleet_file.parent / "news.token").write_text("hunter2-hunter2")
    shutil.copy(DOCS / "examples" / "fleet.toml", fleet_file)
    return fleet_file


def shown(call: "Call", file: Path, *arguments: str) -> dict[str, Any]:
    """Return what `show --json` says."""
    code, out, err = call("config", "show", str(file), "--json", *arguments)
    assert (code, err) == (0, "")
    found: dict[str, Any] = json.loads(out)
    return found


def test_check_counts_what_is_right(call: "Call", docs_file: Path) -> None:
    assert call("config", "check", docs_file.name) == (
        0,
        "fleet.toml: all is well: 5 connections on 3 hosts\n",
        "",
    )
    docs_file.write_text(ONE)
    assert call("config", "check", "fleet.toml", "--set", "defaults.heartbeat.interval=5") == (
        0,
        "fleet.toml: all is well: 1 connection on 1 host\n",
        "",
    )


def test_check_tells_scripts_in_one_json_object_what_it_tells_people(
    call: "Call", fleet_file: Path
) -> None:
    def checked(*arguments: str) -> tuple[int, dict[str, Any], str]:
        code, out, err = call("config", "check", "fleet.toml", "--json", *arguments)
        return code, json.loads(out), err

    fleet_file.write_text(ONE)
    well = {"file": "fleet.toml", "ok": True, "connections": 1, "hosts": 1}
    assert checked() == (0, well, "")
    wrong = (
        "--set defaults.x\x1b: that is no key; write it as TOML does, such as defaults.KEY=VALUE"
    )
    ill = {"file": "fleet.toml", "ok": False, "error": wrong}
    assert checked("--set", "defaults.x\x1b=1") == (2, ill, "")


def test_check_says_what_run_would_say(call: "Call", fleet_file: Path) -> None:
    fleet_file.write_text(f'{ONE}handler = "no_such_module:X"')
    assert call("config", "check", "fleet.toml") == call("run", "fleet.toml")
    assert call("config", "check", "fleet.toml")[0] == 2


def test_check_of_the_file_alone_needs_no_secret_certificate_or_handler(
    call: "Call", fleet_file: Path
) -> None:
    outside = 'tls.ca_file = "none.pem"\nhandler = "no_such_module:X"'
    token = 'auth = {kind = "token", token = "env:HOLDFAST_TEST_NONE"}'
    fleet_file.write_text(f"{ONE}{outside}\n{token}")
    assert call("config", "check", "fleet.toml", "--file-only")[0] == 0

    fleet_file.write_text(f"{ONE}{token.replace('env:', '')}")
    assert (
        "auth.token: a secret is given as a reference"
        in (call("config", "check", "fleet.toml", "--file-only")[2])
    )


def test_the_real_command_checks_and_complains(start: "Start", fleet_file: Path) -> None:
    fleet_file.write_text(ONE)
    code, out, err = start("config", "check", "fleet.toml", "--set", "defaults.x=1").finish()

    assert (code, out) == (2, "")
    assert err.startswith("holdfast: --set defaults.x: there is no such key; ")


def test_what_show_writes_is_a_file_that_makes_the_same_fleet(
    call: "Call", docs_file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HOLDFAST_GOVERNOR__OUTAGE", "false")
    before = load_fleet(str(docs_file), ConnectionHandler)
    code, out, err = call("config", "show", "fleet.toml", "--set", "defaults.limits.outbox=7")
    assert (code, err) == (0, "")

    monkeypatch.delenv("HOLDFAST_GOVERNOR__OUTAGE")
    docs_file.write_text(out)
    after = load_fleet(str(docs_file), ConnectionHandler)
    with_outbox = [
        dataclasses.replace(spec, limits=dataclasses.replace(spec.limits, outbox=7))
        for spec in before.specs
    ]
    assert after == dataclasses.replace(before, specs=tuple(with_outbox))


@pytest.mark.parametrize("way", ['file = "m.jsonl"\nkeep = 3', 'exec = ["cat"]', 'shell = "cat"'])
def test_show_says_where_messages_go_and_no_key_that_says_nothing_there(
    call: "Call", fleet_file: Path, way: str
) -> None:
    fleet_file.write_text(f"[messages]\n{way}\n{ONE}")
    before = load_fleet(str(fleet_file), ConnectionHandler)
    code, out, _ = call("config", "show", "fleet.toml")
    assert code == 0

    fleet_file.write_text(out)
    assert load_fleet(str(fleet_file), ConnectionHandler) == before
    assert ("gzip" in shown(call, fleet_file)["messages"]) == way.startswith("file")


def test_show_fills_in_the_defaults_of_the_library(call: "Call", fleet_file: Path) -> None:
    fleet_file.write_text(ONE)
    (connection,) = shown(call, fleet_file)["connection"]
    spec = ConnectionSpec(name="a", url="ws://h")

    for part in ("heartbeat", "timeouts", "limits", "restart", "tls"):
        assert connection[part] == dataclasses.asdict(getattr(spec, part))
    assert shown(call, fleet_file)["governor"] == {
        **dataclasses.asdict(HostLimits()),
        "outage": dataclasses.asdict(Governor())["outage"],
        "hosts": {},
    }


def test_show_says_who_overrides_a_connection_and_a_group(
    call: "Call", fleet_file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HOLDFAST_CONNECTION__A__LIMITS__OUTBOX", "5")
    fleet_file.write_text(f"[groups.g]\n{ONE}limits = {{outbox = 3, mailbox = 4}}")
    settings = ("--set", "groups.g.strategy=one_for_all", "--set", "connection.a.url=ws://other")
    found = shown(call, fleet_file, *settings)

    (connection,) = found["connection"]
    assert (connection["url"], connection["limits"]["outbox"]) == ("ws://other", 5)
    origins = found["origins"]["connection"]["a"]
    assert origins["url"] == "--set connection.a.url"
    assert origins["limits.outbox"] == "environment HOLDFAST_CONNECTION__A__LIMITS__OUTBOX"
    assert origins["limits.mailbox"] == "file"
    assert found["groups"]["g"]["strategy"] == "one_for_all"
    assert found["origins"]["groups"]["g"]["strategy"] == "--set groups.g.strategy"


def test_show_says_where_each_value_is_from(
    call: "Call", fleet_file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HOLDFAST_DEFAULTS__HEARTBEAT__TIMEOUT", "5")
    monkeypatch.setenv("HOLDFAST_GOVERNOR__DIALS_AT_ONCE", "6")
    monkeypatch.setenv("HOLDFAST_TEST_KEY", "hunter2-hunter2")
    auth = 'auth = {kind = "token", token = "env:HOLDFAST_TEST_KEY", threshold = 1}'
    fleet_file.write_text(f"""
        [defaults]
        limits.outbox = 3
        limits.mailbox = 3
        {auth}
        [governor]
        dials_per_second = 3
        [groups.g]
        {ONE}
        limits.mailbox = 4
        [[connection]]
        name = "b"
        url = "ws://h"
        {auth.replace(", threshold = 1", "")}
    """)
    setting = "defaults.heartbeat.interval=4"
    origins = shown(call, fleet_file, "--set", setting)["origins"]

    expected = {
        "name": "file",
        "limits.mailbox": "file",
        "limits.outbox": "[defaults]",
        "limits.window": "default",
        "heartbeat.interval": "--set defaults.heartbeat.interval",
        "heartbeat.timeout": "environment HOLDFAST_DEFAULTS__HEARTBEAT__TIMEOUT",
        "auth.kind": "[defaults]",
        "auth.threshold": "[defaults]",
    }
    assert {key: origins["connection"]["a"][key] for key in expected} == expected
    over = shown(call, fleet_file, "--set", "defaults.auth.threshold=2")["origins"]["connection"][
        "a"
    ]
    assert over["auth.kind"] == "[defaults]"
    assert over["auth.threshold"] == "--set defaults.auth.threshold"
    assert origins["connection"]["b"]["auth.kind"] == "file"
    assert origins["connection"]["b"]["auth.threshold"] == "default"
    assert origins["groups"] == {"g": {"strategy": "default"}}
    assert origins["governor"]["dials_per_second"] == "file"
    assert origins["governor"]["dials_at_once"] == "environment HOLDFAST_GOVERNOR__DIALS_AT_ONCE"
    assert origins["governor"]["outage.share"] == "default"


def test_show_never_shows_a_secret(call: "Call", docs_file: Path) -> None:
    """References are shown as they are written; a URL and a subscription may hold a secret too."""
    with docs_file.open("a") as file:
        file.write("""
            [[connection]]
            name = "leaky"
            url = "wss://h/v1?listenKey=hunter2"
            subscriptions = [{ op = "login", args = [{ token = "hunter2" }] }, "token=hunter2"]
        """)
    texts = [call("config", "show", "fleet.toml", *more)[1] for more in ((), ("--json",))]

    for text in texts:
        assert "hunter2" not in text
        assert '"env:EXAMPLE_SECRET"' in text
        assert '"file:news.token"' in text
        assert '"env:STATUS_KEY"' in text
        assert '"wss://h/v1?***"' in text


def test_show_needs_no_secret_and_imports_no_handler(call: "Call", fleet_file: Path) -> None:
    fleet_file.write_text(
        f'{ONE}handler = "no_such_module:X"\nheaders = {{Authorization = "env:HOLDFAST_TEST_NONE"}}'
    )
    assert shown(call, fleet_file)["connection"][0]["handler"] == "no_such_module:X"


def test_show_may_be_asked_for_some_connections_alone(call: "Call", docs_file: Path) -> None:
    found = shown(call, docs_file, "n*", "prices")

    assert [each["name"] for each in found["connection"]] == ["prices", "news"]
    assert (found["groups"], found["governor"]) == ({}, {})
    assert call("config", "show", "fleet.toml", "newz") == (
        2,
        "",
        "holdfast: no connection is named newz; did you mean news?\n",
    )


def test_show_writes_printable_characters(call: "Call", fleet_file: Path) -> None:
    fleet_file.write_text(f'{ONE}subscriptions = ["\\u001b[31m\\u202e"]')
    for more in ((), ("--json",)):
        out = call("config", "show", "fleet.toml", *more)[1]
        assert "u001b[31m" in out
        assert all(line.isprintable() for line in out.splitlines())


def test_the_example_is_a_good_file(call: "Call", fleet_file: Path) -> None:
    code, out, err = call("config", "example")
    assert (code, err) == (0, "")
    fleet_file.write_text(out)

    assert call("config", "check", "fleet.toml") == (
        0,
        "fleet.toml: all is well: 1 connection on 1 host\n",
        "",
    )
    assert all(len(line) <= 100 for line in out.splitlines())


def test_the_example_with_every_key_in_it_is_a_good_file_and_shows_the_defaults(
    call: "Call", fleet_file: Path
) -> None:
    fleet_file.write_text(example())
    left_out = shown(call, fleet_file)
    fleet_file.write_text(with_every_key())
    written = shown(call, fleet_file)

    for table in ("restart", "timeouts", "limits"):
        assert written["connection"][0][table] == left_out["connection"][0][table]
    assert written["governor"]["outage"] == left_out["governor"]["outage"]
    origins = written["origins"]["connection"]["prices"]
    assert [key for key, origin in origins.items() if origin == "default"] == ["auth.threshold"]


def with_every_key() -> str:
    """Return the example with the # taken away from each key."""
    return re.sub(r"^#(?! )", "", example(), flags=re.MULTILINE)
