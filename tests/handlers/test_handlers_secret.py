"""A secret shows itself to nobody who didn't ask."""

import copy
import dataclasses
import json
import pickle
from collections.abc import Callable

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from holdfast.handlers.secret import Secret

VALUES = st.text(st.characters(), min_size=1)  # lone surrogates too
# Long and odd enough not to be part of what surrounds it.
TELLING = st.text(min_size=8).map(lambda text: f"§{text}§")


@dataclasses.dataclass(frozen=True)
class Holder:
    """What a user might keep a secret in."""

    secret: Secret


SHOWN: list[Callable[[Secret], str]] = [
    repr,
    str,
    lambda secret: f"{secret}",
    lambda secret: f"{secret!r:>40}",
    lambda secret: "%s" % secret,  # noqa: UP031 the old way must hide it too
    lambda secret: repr([secret]),
    lambda secret: repr({"key": secret}),
    lambda secret: repr(Holder(secret)),
    lambda secret: repr(dataclasses.asdict(Holder(secret))),
    lambda secret: json.dumps({"key": secret}, default=repr),
    lambda secret: repr(vars(secret)) if hasattr(secret, "__dict__") else "",
]


@pytest.mark.parametrize("show", SHOWN)
@given(value=TELLING)
def test_no_way_of_showing_it_shows_it(show: Callable[[Secret], str], value: str) -> None:
    assert value not in show(Secret(value))


def test_its_repr_says_that_there_is_one() -> None:
    assert repr(Secret("s3cr3t")) == str(Secret("s3cr3t")) == "Secret(***)"


def test_a_json_encoder_that_opens_objects_cannot_open_it() -> None:
    with pytest.raises(TypeError):
        msgspec.json.encode({"key": Secret("s3cr3t")})


@given(VALUES)
def test_it_reveals_what_it_was_given(value: str) -> None:
    assert Secret(value).reveal() == value


@given(VALUES, VALUES)
def test_two_are_equal_when_their_values_are(one: str, other: str) -> None:
    assert (Secret(one) == Secret(other)) == (one == other)
    assert hash(Secret(one)) == hash(Secret(one))


def test_it_equals_no_string() -> None:
    assert Secret("s3cr3t") != "s3cr3t"


@given(VALUES)
def test_it_survives_pickling_and_copying(value: str) -> None:
    secret = Secret(value)
    thawed: object = pickle.loads(pickle.dumps(secret))  # noqa: S301 our own bytes
    assert thawed == copy.deepcopy(secret) == copy.copy(secret) == secret


def test_it_cannot_be_changed() -> None:
    with pytest.raises(AttributeError, match=r"^a secret cannot be changed$"):
        Secret("s3cr3t")._value = "other"  # noqa: SLF001 # pyright: ignore[reportPrivateUsage]  the attempt is the test


def test_an_empty_one_is_refused_as_forgotten() -> None:
    with pytest.raises(ValueError, match=r"^a secret must not be empty$"):
        Secret("")


@pytest.mark.parametrize("value", [None, b"s3cr3t", 5])
def test_what_is_no_string_is_refused_without_being_quoted(value: object) -> None:
    with pytest.raises(TypeError) as refused:
        Secret(value)  # type: ignore[arg-type] # pyright: ignore[reportArgumentType]  the mistake is the test
    assert str(refused.value) == f"a secret must be a string, not {type(value).__name__}"


def test_of_wraps_a_string_and_leaves_a_secret() -> None:
    secret = Secret("s3cr3t")
    assert Secret.of(secret) is secret
    assert Secret.of("s3cr3t") == secret


@given(st.text(), TELLING, st.text())
def test_it_hides_itself_in_a_text(before: str, value: str, after: str) -> None:
    assert value not in Secret(value).hide_in(f"{before}{value}{after}")


def test_one_that_is_too_short_to_be_recognised_is_not_looked_for() -> None:
    assert Secret("a" * 7).hide_in("a" * 7) == "a" * 7
    assert Secret("a" * 8).hide_in("a" * 8) == "***"
