"""Who is restarted with whom, as Erlang/OTP's supervisors have it."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from holdfast.handlers import Group
from holdfast.handlers.strategy import Strategy, followers

MEMBERS = st.lists(st.text(min_size=1), min_size=1, max_size=8, unique=True)


@given(MEMBERS, st.data())
def test_one_for_one_takes_nobody_along(members: list[str], data: st.DataObject) -> None:
    failed = data.draw(st.sampled_from(members))
    assert list(followers("one_for_one", members, failed)) == []


@given(MEMBERS, st.data())
def test_one_for_all_takes_every_other_along_in_order(
    members: list[str], data: st.DataObject
) -> None:
    failed = data.draw(st.sampled_from(members))
    assert list(followers("one_for_all", members, failed)) == [
        each for each in members if each != failed
    ]


@given(MEMBERS, st.data())
def test_rest_for_one_takes_along_who_was_started_later(
    members: list[str], data: st.DataObject
) -> None:
    failed = data.draw(st.sampled_from(members))
    rest = list(followers("rest_for_one", members, failed))
    assert [*members[: members.index(failed)], failed, *rest] == members


@pytest.mark.parametrize(
    ("name", "strategy", "said"),
    [
        ("", "one_for_one", "name must be 1 to 200 printable characters"),
        ("a\n", "one_for_one", "name must be 1 to 200 printable characters"),
        ("a" * 201, "one_for_one", "name must be 1 to 200 printable characters"),
        (7, "one_for_one", "name must be 1 to 200 printable characters"),
        ("feeds", "all", "group 'feeds': strategy must be one_for_one or one_for_all or rest_for"),
    ],
)
def test_a_group_that_cannot_be_meant_is_refused(name: str, strategy: Strategy, said: str) -> None:
    with pytest.raises(ValueError, match=said):
        Group(name, strategy)
