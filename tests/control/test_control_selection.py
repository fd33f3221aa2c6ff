"""Which connections a request is about, and how two specs differ."""

from fnmatch import fnmatchcase

import pytest
from hypothesis import given
from hypothesis import strategies as st

from holdfast.actors import ConnectionSpec, Heartbeat
from holdfast.actors.console.control.difference import changed_keys
from holdfast.actors.console.control.refusal import Refusal
from holdfast.actors.console.control.selection import select
from holdfast.handlers import Backoff, HmacAuth, RestartPolicy

NAMES = st.text(alphabet="ab-*?[]@!", min_size=1, max_size=4)
FLEETS = st.dictionaries(NAMES, st.sampled_from(["", "a", "trading"]), max_size=8)
FLEET = {"deribit-1": "trading", "deribit-2": "", "binance": "trading", "a[1]": ""}


@pytest.mark.parametrize(
    ("patterns", "chosen"),
    [
        ([], ["deribit-1", "deribit-2", "binance", "a[1]"]),
        (["binance"], ["binance"]),
        (["deribit-*"], ["deribit-1", "deribit-2"]),
        (["@trading"], ["deribit-1", "binance"]),
        (["binance", "deribit-?", "binance"], ["deribit-1", "deribit-2", "binance"]),
        (["a[1]"], ["a[1]"]),
    ],
)
def test_names_globs_and_groups(patterns: list[str], chosen: list[str]) -> None:
    assert select(patterns, FLEET) == chosen


@pytest.mark.parametrize(
    ("pattern", "text"),
    [
        ("deribit-3", "no connection is named 'deribit-3'; did you mean 'deribit-2'?"),
        ("x*", "no connection matches 'x*'"),
        ("@traiding", "no connection is of a group 'traiding'; did you mean '@trading'?"),
        ("@", "no connection is of a group ''"),
        ("", "no connection is named ''"),
    ],
)
def test_a_pattern_that_means_nothing_is_a_mistake_even_beside_one_that_does(
    pattern: str, text: str
) -> None:
    with pytest.raises(Refusal) as refused:
        select(["binance", pattern], FLEET)
    assert (refused.value.kind, str(refused.value)) == ("unknown_connection", text)


@given(fleet=FLEETS, patterns=st.lists(NAMES, min_size=1, max_size=3))
def test_a_selection_is_what_its_patterns_mean_in_the_order_of_the_fleet(
    fleet: dict[str, str], patterns: list[str]
) -> None:
    def means(pattern: str, name: str) -> bool:
        if pattern in fleet:
            return name == pattern
        if pattern.startswith("@"):
            return fleet[name] == pattern[1:] != ""
        return fnmatchcase(name, pattern)

    expected = [name for name in fleet if any(means(each, name) for each in patterns)]
    if all(any(means(pattern, name) for name in fleet) for pattern in patterns):
        assert select(patterns, fleet) == expected
    else:
        with pytest.raises(Refusal):
            select(patterns, fleet)


def spec(**fields: object) -> ConnectionSpec:
    """Return a spec with some fields that aren't the usual ones."""
    given_fields: dict[str, object] = {"name": "a", "url": "ws://one.example", **fields}
    return ConnectionSpec(**given_fields)  # type: ignore[arg-type]  # any of its fields


@pytest.mark.parametrize(
    ("before", "after", "keys"),
    [
        ({}, {"url": "ws://two.example"}, ["url"]),
        ({}, {"heartbeat": Heartbeat(interval=5)}, ["heartbeat.interval"]),
        (
            {},
            {"restart": RestartPolicy(kind="temporary", backoff=Backoff(cap=9))},
            ["restart.kind", "restart.backoff.cap"],
        ),
        ({"auth": HmacAuth("key", "one")}, {"auth": HmacAuth("key", "two")}, ["auth"]),
        ({"auth": HmacAuth("key", "one")}, {"auth": HmacAuth("key", "one")}, []),
        ({"auth": HmacAuth("key", "one")}, {}, ["auth"]),
        ({"headers": {"X-A": "1"}}, {"headers": {"X-A": "2", "X-B": "1"}}, None),
        ({"subscriptions": ({"n": 1},)}, {"subscriptions": ({"n": True},)}, ["subscriptions"]),
        ({"subscriptions": ({"n": 1},)}, {"subscriptions": [{"n": 1}]}, []),
        ({"close_codes": {}}, {"close_codes": {4009: "session_taken"}}, ["close_codes.4009"]),
    ],
)
def test_a_difference_is_told_by_its_keys(
    before: dict[str, object], after: dict[str, object], keys: list[str] | None
) -> None:
    expected = ["headers.X-A", "headers.X-B"] if keys is None else keys
    assert changed_keys(spec(**before), spec(**after)) == expected
