"""Whatever a file says, it is a fleet or one mistake; never anything else."""

import json
import tomllib
from pathlib import Path
from typing import Any, cast

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from holdfast.actors.console.config import ConfigProblem, load_fleet
from holdfast.actors.console.config.effective import effective
from holdfast.actors.console.config.load import check_file
from holdfast.actors.console.config.parts import (
    BackoffTable,
    HeartbeatTable,
    HmacTable,
    LimitsTable,
    RestartTable,
    TlsTable,
    TokenTable,
)
from holdfast.actors.console.config.schema import (
    ConnectionTable,
    GovernorTable,
    GroupTable,
    HostTable,
    OutageTable,
    SharedTables,
)
from holdfast.actors.console.config.show import as_toml
from holdfast.actors.console.config.toml import toml_value
from holdfast.handlers import ConnectionHandler, HostLimits

NAMES = sorted(
    {
        name
        for table in (
            BackoffTable,
            ConnectionTable,
            GovernorTable,
            GroupTable,
            HeartbeatTable,
            HmacTable,
            HostTable,
            LimitsTable,
            OutageTable,
            RestartTable,
            SharedTables,
            TlsTable,
            TokenTable,
        )
        for name in table.__struct_fields__
    }
)
# Not "handler": a module whose name is drawn might be one that does something.
keys = st.sampled_from([name for name in NAMES if name != "handler"]) | st.text(max_size=6)
words = st.sampled_from(
    ["ws://h", "hmac", "token", "none", "env:HOME", "env:", "file:", "file:\0", "env:\0", "network"]
)
plain = (
    st.booleans()
    | st.integers()
    | st.floats(allow_nan=False, allow_infinity=False)
    | words
    | st.text(max_size=8)
)
values = st.recursive(
    plain,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(keys, inner, max_size=4),
    max_leaves=8,
)
tables: st.SearchStrategy[dict[str, Any]] = st.dictionaries(keys, values, max_size=5)
good_at_first = tables.map(lambda table: {"name": "a", "url": "ws://h", **table})
shared_tables = st.fixed_dictionaries({}, optional={"groups": values, "governor": values})

likely = st.integers(1, 9) | st.floats(0.1, 0.9) | st.sampled_from([0, -1, 10**400, "x", True])
limits = st.dictionaries(st.sampled_from(HostTable.__struct_fields__), likely, max_size=2)
outages = st.dictionaries(st.sampled_from(OutageTable.__struct_fields__), likely, max_size=2)
hosts = st.dictionaries(st.sampled_from(["h", "h", "H", "[::1]", "h:1", "[h]", "h\0", ""]), limits)
governors = st.tuples(
    limits,
    st.fixed_dictionaries({}, optional={"outage": outages | st.booleans(), "hosts": hosts}),
).map(lambda parts: parts[0] | parts[1])
group_names = st.sampled_from(["g", "g2", "a.b", "a`$[...].b"]) | st.text(max_size=3)
strategies = st.sampled_from([{}, {"strategy": "one_for_all"}, {"strategy": "rest_for_one"}])
all_groups = st.dictionaries(group_names, strategies | st.just({"strategy": "x"}), max_size=3)


def toml(value: object) -> str:
    """Return a value as TOML writes it inline; JSON's strings and numbers are TOML's."""
    if isinstance(value, dict):
        items = cast("dict[str, Any]", value)
        inner = ", ".join(f"{json.dumps(key)} = {toml(item)}" for key, item in items.items())
        return f"{{{inner}}}"
    if isinstance(value, list):
        listed = cast("list[object]", value)
        return f"[{', '.join(map(toml, listed))}]"
    return json.dumps(value).replace("\x7f", "\\u007f")


@given(value=values | st.datetimes() | st.dates() | st.times())
def test_a_value_that_is_written_as_toml_is_read_as_the_same(value: object) -> None:
    written = toml_value(value)

    assert written.isprintable()
    assert tomllib.loads(f"x = {written}") == {"x": value}


@pytest.fixture(scope="module")
def file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("fuzz") / "fleet.toml"


@settings(max_examples=80)
@given(
    defaults=tables,
    connections=st.lists(good_at_first, max_size=3),
    shared=shared_tables,
)
@example({}, [{"name": "a", "url": "ws://h", "x\n": 1}], {})
@example({}, [{"name": "a", "url": "ws://h", "x` - at `$.y": 1}], {})
@example({}, [{"name": "a", "url": "ws://h", "tls": {"ca_file": "\0"}}], {})
@example({}, [{"name": "a", "url": "ws://h", "limits": {"outbox": 10**400}}], {})
def test_a_fleet_or_one_mistake(
    file: Path,
    defaults: dict[str, Any],
    connections: list[dict[str, Any]],
    shared: dict[str, Any],
) -> None:
    written = {"defaults": defaults, "connection": connections, **shared}
    text = "".join(f"{key} = {toml(value)}\n" for key, value in written.items())
    file.write_text(text, encoding="utf-8", newline="\n")
    try:
        found: object = [spec.name for spec in load_fleet(str(file), ConnectionHandler).specs]
        tables, _ = check_file(str(file))
        shown = tomllib.loads(as_toml(effective(tables)))
        assert [table["name"] for table in shown["connection"]] == found
    except ConfigProblem as problem:
        found = str(problem)

    names = [table["name"] for table in connections]
    assert found == names or str(found).startswith(f"{file}: ")


@given(groups=all_groups, governor=governors, named=st.sampled_from(["", "g", "g2"]))
def test_what_connections_share_is_taken_as_written_or_is_one_mistake(
    file: Path, groups: dict[str, Any], governor: dict[str, Any], named: str
) -> None:
    connection = {"name": "a", "url": "ws://h", "group": named}
    written = {"groups": groups, "governor": governor, "connection": [connection]}
    file.write_text(
        "".join(f"{key} = {toml(value)}\n" for key, value in written.items()), encoding="utf-8"
    )
    try:
        fleet = load_fleet(str(file), ConnectionHandler)
    except ConfigProblem as problem:
        found = str(problem)
    else:
        assert {group.name: group.strategy for group in fleet.groups} == {
            name: table.get("strategy", "one_for_one") for name, table in groups.items()
        }
        assert named in {"", *groups}
        spelt = {name.lower(): table for name, table in governor.get("hosts", {}).items()}
        own = {**governor, **spelt.get("h", {})}
        expected = {name: own[name] for name in HostTable.__struct_fields__ if name in own}
        assert fleet.governor.limits_of("h") == HostLimits(**expected)
        return
    assert found.startswith(f"{file}: ")


@given(text=st.text())
@example("a = " + "1" * 5000)
@example("a = 1979-99-99")
def test_any_text_is_told_what_is_wrong_with_it(file: Path, text: str) -> None:
    file.write_text(text, encoding="utf-8", newline="\n")
    with pytest.raises(ConfigProblem):
        load_fleet(str(file), ConnectionHandler)


@given(data=st.binary())
def test_any_bytes_are_told_what_is_wrong_with_them(file: Path, data: bytes) -> None:
    file.write_bytes(data)
    with pytest.raises(ConfigProblem):
        load_fleet(str(file), ConnectionHandler)
