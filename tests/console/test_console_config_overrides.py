"""The environment overrides the file, and `--set` both; a mistake is told with who made it."""

import os
import re
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from holdfast.actors import Heartbeat, Limits
from holdfast.actors.console.config import ConfigProblem, load_fleet
from holdfast.actors.console.config.overrides import overrides
from holdfast.actors.console.sinks.destination import ToFile
from holdfast.handlers import ConnectionHandler, Group, HostLimits, OutagePolicy, TokenAuth

if TYPE_CHECKING:
    from tests.console.conftest import Call

ONE = '[[connection]]\nname = "a"\nurl = "ws://h"\n'
INTERVAL = "HOLDFAST_DEFAULTS__HEARTBEAT__INTERVAL"

VARIABLES = {
    ("HEARTBEAT__INTERVALL", "5"): "there is no such key; did you mean interval?",
    ("HEARTBEAT__INTERVAL", "fast"): "it must be a number, not text",
    ("HEARTBEAT__INTERVAL", ""): "it must be a number, not text",
    ("HEARTBEAT__INTERVAL", "-1"): "it must be a number above 0, not -1",
    ("HEARTBEAT__INTERVAL", "inf"): (
        "heartbeat.interval must be a finite number above zero, not inf"
    ),
    ("HEARTBEAT", "{intervall = 5}"): "intervall: there is no such key; did you mean interval?",
    ("HEARTBEAT", "[" * 3000): "it is nested too deeply",
    ("AUTH__KIND", "token"): "defaults.auth.token: this key is missing",
    ("AUTH", "hunter2"): "it must be a table, not text",
    ("AUTH", '{kind = "token", token = "hunter2"}'): (
        'token: a secret is given as a reference, "env:NAME" or "file:PATH", not written out'
    ),
    ("URL", "http://h"): "the URL must begin with ws:// or wss://",
    ("GROUP", "feeds"): "no group is named feeds; write [groups.feeds]",
    ("X\udcff", "1"): "it is no UTF-8 text",
    ("URL", "\udcff"): "it is no UTF-8 text",
}
"""What a variable of `[defaults]` may be wrong about, and what is said."""

SETTINGS = {
    "defaults.heartbeat.intervall=5": (
        "defaults.heartbeat.intervall: there is no such key; did you mean interval?"
    ),
    "heartbeat.interval=5": (
        "heartbeat.interval: there is no such key; did you mean defaults.heartbeat.interval?"
    ),
    "default.url=x": "default.url: there is no such key; did you mean defaults.url?",
    "x.url=x": (
        "x.url: there is no such key; it begins with defaults, governor, messages, groups or "
        "connection"
    ),
    "connections.a.url=x": (
        "connections.a.url: there is no such key; did you mean connection.a.url?"
    ),
    "connection.url=x": ("connection.url: it names a whole table; write connection.NAME.KEY=VALUE"),
    "connection.aa.url=x": "connection.aa.url: no connection is named aa; did you mean a?",
    "connection.a.urll=x": "connection.a.urll: there is no such key; did you mean url?",
    "connection.a.url=http://h": "connection.a.url: the URL must begin with ws:// or wss://",
    "connection.a.heartbeat.interval=-1": (
        "connection.a.heartbeat.interval: it must be a number above 0, not -1"
    ),
    "connection.a.auth.kind=token": (
        "connection.a.auth.kind: connection.a.auth.token: this key is missing"
    ),
    "connection.a.group=feeds": (
        "connection.a.group: no group is named feeds; write [groups.feeds]"
    ),
    "connection.a.name=b": (
        "connection.a.name: a name is what a connection is found by, and stays as it is"
    ),
    "groups.feeds.strategy=one_for_all": "groups.feeds.strategy: no group is named feeds",
    "messages.keep=0": "messages.keep: it must be a whole number of 1 or more, not 0",
    "defaults.url": "defaults.url: it says no value; write KEY=VALUE",
    "defaults={}": "defaults: it names a whole table; write defaults.KEY=VALUE",
    "defaults..url=x": (
        "defaults..url: that is no key; write it as TOML does, such as defaults.KEY=VALUE"
    ),
    f"defaults.{'a.' * 20}b=1": f"defaults.{'a.' * 20}b: there is no such key",
    "governor.outage.share=1": "governor.outage.share: it must be a number below 1, not 1",
    "governor.dials_per_second=inf": (
        "governor.dials_per_second: "
        "governor dials_per_second must be a finite number above zero, not inf"
    ),
}
"""What a setting may be wrong about, and what is said."""


@pytest.fixture
def file(fleet_file: Path) -> Path:
    """A file with one connection."""
    fleet_file.write_text(ONE)
    return fleet_file


def heartbeat(file: Path, *settings: str) -> Heartbeat:
    """Return the heartbeat of the only connection."""
    (spec,) = load_fleet(str(file), ConnectionHandler, overrides(settings)).specs
    return spec.heartbeat


def test_the_environment_goes_before_the_file_and_an_option_before_both(
    file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file.write_text(f"{ONE}[defaults]\nheartbeat = {{interval = 1, timeout = 2}}")
    assert heartbeat(file) == Heartbeat(interval=1, timeout=2)

    monkeypatch.setenv(INTERVAL, "3")
    assert heartbeat(file) == Heartbeat(interval=3, timeout=2)
    assert heartbeat(file, "defaults.heartbeat.interval=4") == Heartbeat(interval=4, timeout=2)
    assert heartbeat(file, "defaults.heartbeat.interval=4", "defaults.heartbeat.interval=5") == (
        Heartbeat(interval=5, timeout=2)
    )


def test_what_a_connection_says_itself_goes_before_whatever_overrides_the_defaults(
    file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file.write_text(f"{ONE}heartbeat.interval = 1")
    monkeypatch.setenv(INTERVAL, "3")

    assert heartbeat(file, "defaults.heartbeat.timeout=4") == Heartbeat(interval=1, timeout=4)


def test_what_a_connection_says_itself_is_overridden_by_its_name(
    file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file.write_text(f"{ONE}heartbeat.interval = 1\n[defaults]\nheartbeat.timeout = 2")
    monkeypatch.setenv("HOLDFAST_CONNECTION__A__HEARTBEAT__INTERVAL", "3")
    assert heartbeat(file) == Heartbeat(interval=3, timeout=2)

    option = "connection.a.heartbeat.interval=4"
    assert heartbeat(file, option, "defaults.heartbeat={interval=5, timeout=6}") == (
        Heartbeat(interval=4, timeout=6)
    )


@pytest.mark.parametrize(
    ("name", "spelt"),
    [("deribit-1", "DERIBIT_1"), ("a.b:c", "A_B_C"), ("é", "_"), ("a--b", "A__B"), ("Ab", "AB")],
)
def test_a_name_is_written_in_capitals_in_a_variable_and_quoted_in_an_option(
    file: Path, monkeypatch: pytest.MonkeyPatch, name: str, spelt: str
) -> None:
    file.write_text(f'[[connection]]\nname = "{name}"\nurl = "ws://h"\n', encoding="utf-8")
    monkeypatch.setenv(f"HOLDFAST_CONNECTION__{spelt}__HEARTBEAT__INTERVAL", "3")

    assert heartbeat(file, f'connection."{name}".heartbeat.timeout=2') == (
        Heartbeat(interval=3, timeout=2)
    )


def test_only_the_connection_that_is_named_is_overridden(file: Path) -> None:
    file.write_text(ONE + ONE.replace('"a"', '"b"'))
    fleet = load_fleet(str(file), ConnectionHandler, overrides(["connection.a.limits.outbox=7"]))

    assert {spec.name: spec.limits.outbox for spec in fleet.specs} == {
        "a": 7,
        "b": Limits().outbox,
    }


def test_one_key_of_auth_is_overridden_also_where_the_defaults_say_the_rest(
    file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HOLDFAST_TEST_KEY", "the-key")
    file.write_text(f'{ONE}[defaults]\nauth = {{kind = "token", token = "env:HOLDFAST_TEST_KEY"}}')
    given = overrides(["connection.a.auth.threshold=9"])
    (spec,) = load_fleet(str(file), ConnectionHandler, given).specs

    assert spec.auth == TokenAuth("the-key", threshold=9)


CONNECTIONS = {
    "DERBIT_1__URL": "no connection is named so; did you mean deribit-1, written DERIBIT_1?",
    "XYZ__URL": "no connection is named so",
    "X_1__URL": "it may mean x-1 or x.1; write --set connection.NAME.KEY=VALUE",
    "DERIBIT_1": "it names a whole table; write HOLDFAST_CONNECTION__DERIBIT_1__KEY",
    "DERIBIT_1__": "there is no such key; known are ",
    "DERIBIT_1__URLL": "there is no such key; did you mean url?",
    "DERIBIT_1__NAME": "a name is what a connection is found by, and stays as it is",
}
"""What a variable of a connection may be wrong about, and what is said."""


@pytest.mark.parametrize("variable", CONNECTIONS)
def test_a_variable_that_means_no_connection_or_several_is_told_in_one_line(
    call: "Call", file: Path, monkeypatch: pytest.MonkeyPatch, variable: str
) -> None:
    monkeypatch.setenv(f"HOLDFAST_CONNECTION__{variable}", "5")
    names = ("deribit-1", "x-1", "x.1")
    file.write_text("".join(ONE.replace('"a"', f'"{name}"') for name in names))
    code, out, err = call("config", "check", str(file))

    said = f"holdfast: environment: HOLDFAST_CONNECTION__{variable}: {CONNECTIONS[variable]}"
    assert (code, out, err[: len(said)]) == (2, "", said)
    assert err.count("\n") == 1


def test_groups_and_messages_are_overridden_too(
    file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file.write_text(f'{ONE}[groups.Feeds]\n[groups.b]\n[messages]\nfile = "m"\nkeep = 3')
    monkeypatch.setenv("HOLDFAST_GROUPS__FEEDS__STRATEGY", "one_for_all")
    monkeypatch.setenv("HOLDFAST_MESSAGES__KEEP", "4")
    given = overrides(["groups.b.strategy=rest_for_one", "messages.file=n"])
    fleet = load_fleet(str(file), ConnectionHandler, given)

    assert fleet.groups == (Group("Feeds", "one_for_all"), Group("b", "rest_for_one"))
    assert fleet.messages == ToFile(file.parent / "n", keep=4)


def test_whoever_loads_a_file_without_saying_what_overrides_it_gets_the_environment(
    file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(INTERVAL, "3")
    (spec,) = load_fleet(str(file), ConnectionHandler).specs

    assert spec.heartbeat.interval == 3


def test_a_whole_table_comes_before_one_of_its_keys(
    file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(INTERVAL, "3")
    monkeypatch.setenv("HOLDFAST_DEFAULTS__HEARTBEAT", "{interval = 1, timeout = 2}")

    assert heartbeat(file) == Heartbeat(interval=3, timeout=2)


def test_auth_is_replaced_as_a_whole_but_one_of_its_keys_alone(
    file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HOLDFAST_TEST_KEY", "the-key")
    monkeypatch.setenv("HOLDFAST_DEFAULTS__AUTH__THRESHOLD", "9")
    file.write_text(f'{ONE}[defaults]\nauth = {{kind = "token", token = "env:HOLDFAST_TEST_KEY"}}')
    (spec,) = load_fleet(str(file), ConnectionHandler).specs
    assert spec.auth == TokenAuth("the-key", threshold=9)

    (spec,) = load_fleet(
        str(file), ConnectionHandler, overrides(['defaults.auth={kind = "none"}'])
    ).specs
    assert spec.auth is None


def test_the_governor_is_overridden_key_by_key(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOLDFAST_GOVERNOR__LOGINS_PER_SECOND", "2.5")
    file.write_text(f"{ONE}[governor]\ndials_at_once = 3\noutage = false")
    governor = load_fleet(
        str(file),
        ConnectionHandler,
        overrides(["governor.outage.share=0.25", 'governor.hosts."h".dials_per_second=1']),
    ).governor

    assert governor.limits == HostLimits(dials_at_once=3, logins_per_second=2.5)
    assert governor.outage == OutagePolicy(share=0.25)
    assert governor.limits_of("h").dials_per_second == 1


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("wss://h", "wss://h"),
        ('"5"', "5"),
        ("5", 5),
        ("[1, 2]", [1, 2]),
        ("true", True),
        ("", ""),
        ("5\nx = 6", "5\nx = 6"),
        ("a = b = c", "a = b = c"),
    ],
)
def test_a_value_is_as_in_toml_and_else_text(text: str, value: object) -> None:
    assert overrides([f"defaults.x={text}"])[-1].value == value


@pytest.mark.parametrize("name", ["HOLDFAST_NONSENSE", "HOLDFAST_DEFAULTS", "HOLDFAST_TEST__X"])
def test_a_variable_that_is_no_key_of_a_table_is_somebody_elses(
    file: Path, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    monkeypatch.setenv(name, "nonsense")

    assert heartbeat(file) == Heartbeat()


@pytest.mark.parametrize(("key", "value"), VARIABLES)
def test_a_wrong_variable_is_told_in_one_line(
    call: "Call", file: Path, monkeypatch: pytest.MonkeyPatch, key: str, value: str
) -> None:
    monkeypatch.setenv(f"HOLDFAST_DEFAULTS__{key}", value)
    if key != "URL":
        monkeypatch.setenv("HOLDFAST_DEFAULTS__HEARTBEAT__TIMEOUT", "5")
    else:
        file.write_text('[[connection]]\nname = "a"\n')
    code, out, err = call("run", str(file))

    shown = f"HOLDFAST_DEFAULTS__{key}".replace("\udcff", r"\udcff")
    assert (code, out, err) == (2, "", f"holdfast: environment: {shown}: {VARIABLES[key, value]}\n")
    assert "hunter2" not in err


@pytest.mark.parametrize("setting", SETTINGS)
def test_a_wrong_setting_is_told_in_one_line(call: "Call", file: Path, setting: str) -> None:
    right = ("--set", "defaults.heartbeat.timeout=5")
    code, out, err = call("run", str(file), *right, "--set", setting, *right)

    assert (code, out, err) == (2, "", f"holdfast: --set {SETTINGS[setting]}\n")


def test_a_mistake_of_the_file_is_the_files_whatever_overrides_it(
    call: "Call", file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(INTERVAL, "3")
    file.write_text(f"{ONE}heartbeat.interval = -1")
    assert call("run", "fleet.toml")[2] == (
        'holdfast: fleet.toml: connection[1] "a": heartbeat.interval: '
        "it must be a number above 0, not -1\n"
    )
    file.write_text(f"{ONE}[defaults]\nheartbeat.interval = -1")
    assert call("run", "fleet.toml")[2] == (
        "holdfast: fleet.toml: defaults: heartbeat.interval: it must be a number above 0, not -1\n"
    )


words = st.sampled_from(
    [
        *("defaults", "governor", "groups", "messages", "connection", "a", "g", "name", "strategy"),
        *("heartbeat", "auth", "hosts", "outage", "url", "h", "kind", *"=.\"'\n"),
    ]
)
toml_like = st.sampled_from(["{}", "[]", "1", "true", '"x"', "{kind = 'token'}", "{h = {}}", "[["])
texts = st.lists(words | toml_like | st.text(max_size=3), max_size=6).map("".join)
BEGUN = ["DEFAULTS", "GOVERNOR", "MESSAGES", "GROUPS", "GROUPS__G", "CONNECTION", "CONNECTION__A"]
KEYS = ["AUTH", "KIND", "TOKEN", "HEARTBEAT", "OUTAGE", "HOSTS", "URL", "STRATEGY", "NAME", ""]
names = st.tuples(
    st.sampled_from(BEGUN), st.lists(st.sampled_from(KEYS), max_size=3).map("__".join)
).map("__".join)
values = (toml_like | texts).filter(lambda text: "\0" not in text)


@given(
    settings=st.lists(texts | st.tuples(words, texts).map("=".join), max_size=3),
    variables=st.dictionaries(names.map("HOLDFAST_{}".format), values, max_size=3),
)
@example(["defaults.x\udcff=1"], {})
@example(["defaults.url=\udcff"], {})
@example(["defaults." + "a." * 3000 + "b=1"], {})
@example(["defaults.limits.outbox=" + "1" * 5000], {})
@example(["connection.a.x\n.y=1"], {})
def test_whatever_overrides_a_file_it_is_a_fleet_or_one_mistake(
    tmp_path_factory: pytest.TempPathFactory, settings: list[str], variables: dict[str, str]
) -> None:
    file = tmp_path_factory.getbasetemp() / "overridden.toml"
    file.write_text(f"[groups.g]\n{ONE}", encoding="utf-8")
    with pytest.MonkeyPatch.context() as patch:
        for name in [name for name in os.environ if name.startswith("HOLDFAST_")]:
            patch.delenv(name)
        for name, value in variables.items():
            patch.setenv(name, value)
        try:
            load_fleet(str(file), ConnectionHandler, overrides(settings))
        except ConfigProblem as problem:
            said = str(problem)
            assert said.startswith(("--set ", "environment: HOLDFAST_", f"{file}: "))


named = st.lists(
    st.text(st.sampled_from("aB1-._é"), min_size=1, max_size=4), min_size=1, max_size=4, unique=True
)


@given(names=named, data=st.data())
def test_a_variable_reaches_the_one_connection_that_it_may_mean_or_none(
    tmp_path_factory: pytest.TempPathFactory, names: list[str], data: st.DataObject
) -> None:
    file = tmp_path_factory.getbasetemp() / "named.toml"
    file.write_text("".join(ONE.replace('"a"', f'"{name}"') for name in names), encoding="utf-8")
    meant = data.draw(st.sampled_from(names))
    spelt = {name: re.sub("[^A-Z0-9]", "_", name.upper()) for name in names}
    variable = f"{spelt[meant]}__LIMITS__OUTBOX"
    possible = [name for name in names if variable.startswith(f"{spelt[name]}__")]
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv(f"HOLDFAST_CONNECTION__{variable}", "7")
        try:
            fleet = load_fleet(str(file), ConnectionHandler)
        except ConfigProblem as problem:
            found = [str(problem)]
        else:
            found = [spec.name for spec in fleet.specs if spec.limits.outbox == 7]
    assert found == [meant] if possible == [meant] else "it may mean " in found[0]
