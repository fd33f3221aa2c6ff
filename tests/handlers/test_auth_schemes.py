"""HmacAuth and TokenAuth: what they send, and what they believe of the answer."""

import json
import pickle
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from holdfast.handlers.auth import (
    AuthData,
    AuthHandler,
    AuthState,
    Failed,
    FailureKind,
    HmacAuth,
    Ok,
    TokenAuth,
    Unrelated,
)
from holdfast.handlers.moment import Moment
from holdfast.handlers.secret import Secret

UNIX = 1_767_225_600
NOW = Moment(monotonic=100.0, unix=UNIX + 0.75)
HMAC = HmacAuth("key", "secret")
TOKEN = TokenAuth("token")
BOTH = pytest.mark.parametrize("auth", [HMAC, TOKEN], ids=["hmac", "token"])

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=5,
)


def in_flight(auth: HmacAuth | TokenAuth = HMAC) -> AuthState:
    """Return the state of an attempt in flight."""
    return AuthState(handler=auth, moment=NOW).authenticating()


def success(**fields: object) -> str:
    """Return an acceptance as the server writes it."""
    return json.dumps({"type": "auth_success", **fields})


def error(**fields: object) -> str:
    """Return a rejection as the server writes it."""
    return json.dumps({"type": "auth_error", **fields})


def sent(auth: HmacAuth | TokenAuth, state: AuthState) -> object:
    """Return the payload of an attempt."""
    offer = auth.generate_auth_data(state)
    assert isinstance(offer, AuthData)
    return offer.data


# what they send


def test_the_key_and_the_time_are_signed_by_the_secret() -> None:
    # printf key1767225600 | openssl dgst -sha256 -hmac secret
    assert sent(HMAC, in_flight()) == {
        "type": "auth",
        "timestamp": 1_767_225_600,
        "api_key": "key",
        "signature": "4293a16f75e184e775f840af9ed3ce0b9768f44801eb2d8d7b6985925ab7ef3c",
    }


def test_each_attempt_is_signed_anew() -> None:
    assert sent(HMAC, in_flight()) != sent(HMAC, in_flight().at(NOW.later(1.0)))


def test_the_token_is_shown() -> None:
    assert sent(TOKEN, in_flight(TOKEN)) == {"type": "auth", "token": "token"}


def test_a_token_that_the_server_issued_is_shown_instead_while_it_is_good() -> None:
    state = in_flight(TOKEN).authenticated(60.0, token=Secret("newer"))
    assert sent(TOKEN, state) == {"type": "auth", "token": "newer"}
    assert sent(TOKEN, state.at(NOW.later(60.0))) == {"type": "auth", "token": "token"}
    assert sent(TOKEN, state.for_new_stream(2, keep_token=True)) != sent(TOKEN, in_flight(TOKEN))
    assert sent(TOKEN, state.for_new_stream(2, keep_token=False)) == sent(TOKEN, in_flight(TOKEN))


@pytest.mark.parametrize("auth", [HmacAuth("k", "s", threshold=5.0), TokenAuth("t", 5.0)])
def test_the_threshold_of_the_handler_becomes_that_of_the_state(
    auth: HmacAuth | TokenAuth,
) -> None:
    offer = auth.generate_auth_data(AuthState(handler=auth, moment=NOW))
    assert isinstance(offer, AuthData)
    assert offer.state.threshold == 5.0


# how long an acceptance lasts

LIFETIMES: list[tuple[dict[str, object], float]] = [
    ({}, 3600.0),
    ({"expires_at": None, "expires_in": None}, 3600.0),
    ({"expires_in": 900}, 900.0),
    ({"expires_in": 0.5}, 0.5),
    ({"expires_at": UNIX + 90}, 89.25),
    ({"expires_at": UNIX + 90.75}, 90.0),
    ({"expires_at": UNIX + 90, "expires_in": 900}, 89.25),
    ({"expires_at": None, "expires_in": 900}, 900.0),
    ({"expires_at": 253_402_300_799}, 253_402_300_799 - NOW.unix),
]


@BOTH
@pytest.mark.parametrize(("fields", "lifetime"), LIFETIMES)
def test_expires_at_counts_before_expires_in_and_that_before_an_hour(
    auth: HmacAuth | TokenAuth, fields: dict[str, object], lifetime: float
) -> None:
    result = auth.handle_auth_response(success(**fields), in_flight(auth))
    assert result == Ok(in_flight(auth).authenticated(lifetime))
    assert result.state.expires_at == NOW.monotonic + lifetime


NONSENSE: list[tuple[dict[str, object], str]] = [
    ({"expires_in": -5}, "terms that ended 5 s ago"),
    ({"expires_in": 0}, "terms that ended 0 s ago"),
    ({"expires_in": float("nan")}, "expires_in is nan, which is no time in seconds"),
    ({"expires_in": float("inf")}, "expires_in is inf"),
    ({"expires_in": float("-inf")}, "expires_in is -inf"),
    ({"expires_in": "900"}, "expires_in is '900'"),
    ({"expires_in": True}, "expires_in is True"),
    ({"expires_in": []}, r"expires_in is \[\]"),
    ({"expires_in": 10**400}, "expires_in is 1000"),
    ({"expires_at": UNIX - 60}, "terms that ended 61 s ago by our clock"),
    ({"expires_at": 0}, "terms that ended"),
    ({"expires_at": -1}, "terms that ended"),
    ({"expires_at": UNIX * 1000}, "expires_at is 1767225600000, which is no time in seconds"),
    ({"expires_at": 253_402_300_800}, "expires_at is 253402300800"),
    ({"expires_at": float("nan")}, "expires_at is nan"),
    ({"expires_at": "2026-01-01T00:00:00Z"}, "expires_at is '2026"),
    ({"expires_at": False, "expires_in": 900}, "expires_at is False"),
    ({"expires_at": {"seconds": 5}}, "expires_at is {"),
]


@BOTH
@pytest.mark.parametrize(("fields", "said"), NONSENSE)
def test_an_acceptance_on_terms_that_make_no_sense_is_a_refusal(
    auth: HmacAuth | TokenAuth, fields: dict[str, object], said: str
) -> None:
    result = auth.handle_auth_response(success(**fields), in_flight(auth))
    assert isinstance(result, Failed)
    assert result.kind is FailureKind.REFUSED
    assert len(result.reason) <= 200
    assert re.match(f"the server accepted, but (on )?{said}", result.reason)
    assert result.reason.endswith(("ago by our clock", "no time in seconds", "…"))


def test_a_number_too_large_for_a_float_is_no_time() -> None:
    answer = '{"type": "auth_success", "expires_in": 1e999}'
    assert isinstance(HMAC.handle_auth_response(answer, in_flight()), Failed)


@pytest.mark.parametrize(
    ("token", "kept"),
    [("t0k3n", Secret("t0k3n")), ("", None), (None, None), (5, None), (["t0k3n"], None)],
)
def test_a_token_that_the_server_issues_is_kept_as_a_secret(
    token: object, kept: Secret | None
) -> None:
    assert HMAC.handle_auth_response(success(token=token), in_flight()).state.token == kept


# why a rejection

REASONS: list[tuple[dict[str, object], str]] = [
    ({"reason": "unknown key"}, "unknown key"),
    ({"message": "try again"}, "try again"),
    ({"reason": "unknown key", "message": "try again"}, "unknown key"),
    ({"reason": "", "message": "try again"}, "try again"),
    ({"reason": " \n", "message": "try again"}, "try again"),
    ({"reason": None, "message": "try again"}, "try again"),
    ({"reason": {"code": 5}, "message": "try again"}, "try again"),
    ({"reason": 13_009}, "13009"),
    ({}, "no reason given"),
    ({"reason": None, "message": []}, "no reason given"),
    ({"reason": "two\nlines\x1b[31m"}, "two\\nlines\\x1b[31m"),
    ({"reason": "x" * 1000}, "x" * 199 + "…"),
]


@BOTH
@pytest.mark.parametrize(("fields", "reason"), REASONS)
def test_a_rejection_has_its_reason_in_one_line(
    auth: HmacAuth | TokenAuth, fields: dict[str, object], reason: str
) -> None:
    result = auth.handle_auth_response(error(**fields), in_flight(auth))
    assert result == Failed(reason, in_flight(auth))


def test_a_reason_that_quotes_the_credentials_does_not_pass_them_on() -> None:
    auth = HmacAuth("k3y-of-123", "s3cr3t-456")
    answer = error(reason="signature of k3y-of-123 with s3cr3t-456 is wrong")
    result = auth.handle_auth_response(answer, in_flight(auth))
    assert result == Failed("signature of *** with *** is wrong", in_flight(auth))


def test_a_reason_is_cut_after_the_credentials_were_taken_out() -> None:
    auth = TokenAuth("s3cr3t" * 10)
    answer = error(reason="x" * 190 + "s3cr3t" * 10)
    result = auth.handle_auth_response(answer, in_flight(auth))
    assert isinstance(result, Failed)
    assert "s3cr3t" not in result.reason


@BOTH
def test_a_token_that_the_server_issued_is_taken_out_of_its_reasons_too(
    auth: HmacAuth | TokenAuth,
) -> None:
    state = in_flight(auth).authenticated(600.0, token=Secret("n3wer-t0k3n")).authenticating()
    result = auth.handle_auth_response(error(reason="n3wer-t0k3n has ended"), state)
    assert result == Failed("*** has ended", state)


# what is no answer


@BOTH
@pytest.mark.parametrize(
    "message",
    [
        "",
        "hello",
        "{",
        "null",
        "[]",
        '"auth_success"',
        "{}",
        '{"type": null}',
        '{"type": ["auth_success"]}',
        '{"type": "AUTH_SUCCESS"}',
        '{"type": "ticker", "auth_success": true}',
        '{"kind": "auth_success"}',
        success().encode(),
        error().encode(),
        b"\xff\x00",
        "[" * 100_000,
    ],
)
def test_anything_else_is_no_answer(auth: HmacAuth | TokenAuth, message: str | bytes) -> None:
    assert auth.handle_auth_response(message, in_flight(auth)) == Unrelated(in_flight(auth))


@given(
    st.sampled_from(["auth_success", "auth_error", "other"]),
    st.dictionaries(
        st.sampled_from(["expires_at", "expires_in", "token", "reason", "message"]), JSON
    ),
)
def test_no_answer_raises_and_every_acceptance_ends_in_the_future(
    kind: str, fields: dict[str, object]
) -> None:
    result = HMAC.handle_auth_response(json.dumps({"type": kind, **fields}), in_flight())
    match result:
        case Ok(state=state):
            assert kind == "auth_success"
            assert state.expires_at is not None
            assert state.expires_at >= NOW.monotonic
            assert state.lifetime is not None
            assert state.lifetime > 0
        case Failed(reason=reason):
            assert kind != "other"
            assert reason
            assert reason.isprintable()
        case Unrelated():
            assert kind == "other"


@given(st.text() | st.binary())
def test_no_message_raises(message: str | bytes) -> None:
    HMAC.handle_auth_response(message, in_flight())


# what they are


@BOTH
def test_they_are_auth_handlers(auth: HmacAuth | TokenAuth) -> None:
    assert isinstance(auth, AuthHandler)


@BOTH
def test_they_can_be_pickled_and_compared(auth: HmacAuth | TokenAuth) -> None:
    thawed: object = pickle.loads(pickle.dumps(auth))  # noqa: S301 our own bytes
    assert thawed == auth
    assert hash(thawed) == hash(auth)


def test_they_show_no_credentials() -> None:
    assert repr(HMAC) == "HmacAuth(api_key=Secret(***), secret=Secret(***), threshold=60.0)"
    assert repr(TOKEN) == "TokenAuth(token=Secret(***), threshold=60.0)"


def test_credentials_may_be_given_as_secrets() -> None:
    assert HmacAuth(Secret("key"), Secret("secret")) == HMAC
    assert TokenAuth(Secret("token")) == TOKEN


@pytest.mark.parametrize("threshold", [-1, float("nan"), float("inf"), True])
def test_a_threshold_that_cannot_be_meant_is_refused(threshold: float) -> None:
    with pytest.raises(ValueError, match="threshold must be"):
        HmacAuth("key", "secret", threshold)
    with pytest.raises(ValueError, match="threshold must be"):
        TokenAuth("token", threshold)


def test_credentials_that_were_forgotten_are_refused() -> None:
    with pytest.raises(ValueError, match="must not be empty"):
        HmacAuth("key", "")
    with pytest.raises(ValueError, match="must not be empty"):
        HmacAuth("", "secret")
    with pytest.raises(ValueError, match="must not be empty"):
        TokenAuth("")
