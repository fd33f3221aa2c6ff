"""An auth handler that raises or talks nonsense fails its own connection, and no other."""

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

import pytest

from holdfast.actors import Backoff, Fleet, RestartPolicy
from holdfast.handlers import AuthData, AuthState, CauseKind, Failed, HmacAuth, Ok, Phase
from holdfast.testing import ManualClock, ScriptedServer, Session

if TYPE_CHECKING:
    from tests.fleet.conftest import Logs, Sibling

INNER = HmacAuth("key-of-faults", "secret-of-faults")
LIFE = 600.0
QUICK = RestartPolicy(backoff=Backoff(base=0.01, cap=0.05))
METHODS = ("generate_auth_data", "handle_auth_response", "needs_reauthentication")


@dataclass
class Faulty:
    """An auth handler one method of which fails a number of times."""

    method: str
    fault: Callable[[AuthState], object]
    times: int = 1
    calls: list[str] = field(default_factory=list[str])

    def generate_auth_data(self, state: AuthState) -> Any:  # whatever is wanted
        """Return credentials, or fail."""
        return self._call("generate_auth_data", state, lambda: INNER.generate_auth_data(state))

    def handle_auth_response(self, response: str | bytes, state: AuthState) -> Any:
        """Read an answer, or fail."""
        return self._call(
            "handle_auth_response", state, lambda: INNER.handle_auth_response(response, state)
        )

    def needs_reauthentication(self, state: AuthState) -> Any:
        """Say whether it is time, or fail."""
        return self._call(
            "needs_reauthentication", state, lambda: INNER.needs_reauthentication(state)
        )

    def _call(self, method: str, state: AuthState, inner: Callable[[], object]) -> object:
        self.calls.append(method)
        if method == self.method and self.times:
            self.times -= 1
            return self.fault(state)
        return inner()


class Trap(AuthState):
    """A state that nobody can go on from."""

    def for_new_stream(self, stream_ref: int, *, keep_token: bool) -> AuthState:
        """Raise."""
        raise KeyError(stream_ref, keep_token)


def raising(error: BaseException) -> Callable[[AuthState], object]:
    """Return a fault that raises."""

    def fault(_state: AuthState) -> object:
        raise error

    return fault


FAULTS: dict[str, Callable[[AuthState], object]] = {
    "raises": raising(ValueError("wrong")),
    "exits": raising(SystemExit(1)),
    "returns None": lambda _state: None,
    "returns a number": lambda _state: 42,
    "returns the class itself": lambda _state: Ok,
    "has another time in mind": lambda state: Ok(replace(state, moment="now")),  # type: ignore[arg-type]  # the point of it
    "forgets when it ends": lambda state: Failed("no", replace(state, expires_at="soon")),  # type: ignore[arg-type]  # the point of it
    "returns no state": lambda _state: Ok("no state"),  # type: ignore[arg-type]  # the point of it
}


async def accept_all(session: Session) -> None:
    """Accept every login for ten minutes."""
    while True:
        await session.expect_auth()
        await session.accept(expires_in=LIFE)


@pytest.mark.parametrize("fault", FAULTS.values(), ids=FAULTS.keys())
@pytest.mark.parametrize("method", METHODS)
def test_an_auth_handler_that_fails_is_a_crash_and_the_connection_is_restarted(
    method: str, fault: Callable[[AuthState], object], logs: "Logs", sibling: "Sibling"
) -> None:
    clock = ManualClock()
    auth = Faulty(method, fault)
    with ScriptedServer(accept_all) as server, Fleet(clock=clock) as fleet:
        sibling.join(fleet)
        fleet.connect("a", server.url, auth=auth)
        if method == "needs_reauthentication":
            delay = logs.wait("auth.renewal_scheduled")["delay"]
            fleet.wait_ready(timeout=5)
            clock.advance(delay + 0.001)
        failed = logs.wait("connection.failed", connection="a")
        scheduled = logs.wait("restart.scheduled", connection="a")
        logs.wait("connection.ready", connection="a", incarnation=2)
        status = fleet.status("a")

        assert failed["kind"] == "handler_crash"
        assert failed["cause"] in {"auth_handler_crash", "handler_crash"}
        assert scheduled["rule"] == "crash_at_once"
        assert (status.phase, status.incarnation) == (Phase.READY, 2)
        assert status.cause is not None
        assert status.cause.kind is CauseKind.CRASH
        assert not fleet.dead_letters()
        sibling.check(fleet)


@pytest.mark.parametrize("method", METHODS[:2])
def test_an_auth_handler_that_always_fails_ends_in_quarantine_and_new_ones_may_be_resumed(
    method: str, logs: "Logs", sibling: "Sibling"
) -> None:
    clock = ManualClock()
    auth = Faulty(method, raising(KeyError("what")), times=4)
    with ScriptedServer(accept_all) as server, Fleet(clock=clock) as fleet:
        sibling.join(fleet)
        fleet.connect("a", server.url, auth=auth)
        for attempt in (2, 3):
            logs.wait("restart.scheduled", connection="a", times=attempt)
            assert fleet.status("a").phase is Phase.BACKOFF
            clock.advance(10.0)
        logs.wait("connection.quarantined", connection="a", rule="intensity_exceeded")
        assert fleet.status("a").phase is Phase.QUARANTINED
        sibling.check(fleet)

        fleet.resume("a")
        fleet.wait_ready(timeout=5)


def test_an_auth_handler_without_credentials_is_a_rejection(logs: "Logs") -> None:
    auth = Faulty("generate_auth_data", lambda state: Failed("the vault is locked", state), 2)
    clock = ManualClock()
    with ScriptedServer(accept_all) as server, Fleet(clock=clock) as fleet:
        fleet.connect("a", server.url, auth=auth)
        logs.wait("restart.scheduled", connection="a", rule="auth_retry_once")
        assert fleet.status("a").phase is Phase.BACKOFF
        clock.advance(60.0)
        logs.wait("connection.quarantined", connection="a", detail="the vault is locked")


def test_a_state_that_an_auth_handler_made_its_own_does_no_lasting_damage(logs: "Logs") -> None:
    def elsewhere(state: AuthState) -> object:
        other = Faulty("generate_auth_data", raising(KeyError("what")), times=1_000)
        return Failed("no", replace(state, handler=other, connection=None, stream_ref=99))

    auth = Faulty("handle_auth_response", elsewhere)
    clock = ManualClock()
    with ScriptedServer(accept_all) as server, Fleet(clock=clock) as fleet:
        fleet.connect("a", server.url, auth=auth)
        logs.wait("restart.scheduled", connection="a", rule="auth_retry_once")
        assert fleet.status("a").phase is Phase.BACKOFF
        clock.advance(60.0)
        fleet.wait_ready(timeout=5)
        assert auth.calls.count("generate_auth_data") == 2


def test_a_state_that_the_supervisor_stumbles_over_is_quarantined_and_can_be_stopped(
    logs: "Logs", sibling: "Sibling"
) -> None:
    auth = Faulty(
        "handle_auth_response",
        lambda state: Failed("no", Trap(handler=state.handler, moment=state.moment)),
    )
    with ScriptedServer(accept_all) as server, Fleet() as fleet:
        sibling.join(fleet)
        fleet.connect("a", server.url, auth=auth, restart=QUICK)
        logs.wait("connection.quarantined", connection="a", cause="supervisor_crash")
        assert fleet.status("a").phase is Phase.QUARANTINED
        fleet.resume("a")
        logs.wait("connection.quarantined", connection="a", times=2)
        sibling.check(fleet)
        fleet.stop("a", timeout=1)


@pytest.mark.parametrize("payload", [object(), "\ud800", float], ids=repr)
def test_credentials_that_cannot_be_encoded_are_a_crash_that_does_not_quote_them(
    payload: object, logs: "Logs"
) -> None:
    auth = Faulty("generate_auth_data", lambda state: AuthData({"token": payload}, state))
    with ScriptedServer(accept_all) as server, Fleet() as fleet:
        fleet.connect("a", server.url, auth=auth)
        logs.wait("restart.scheduled", cause="auth_handler_crash", rule="crash_at_once")
        fleet.wait_ready(timeout=5)


def test_a_binary_login_goes_out_as_it_is(logs: "Logs") -> None:
    async def serve(session: Session) -> None:
        await session.receive()
        await session.accept()
        await session.receive()

    auth = Faulty("generate_auth_data", lambda state: AuthData(b"\x00\x01login", state))
    with ScriptedServer(serve) as server, Fleet() as fleet:
        fleet.connect("a", server.url, auth=auth)
        fleet.wait_ready(timeout=5)

        assert server.sessions[0].received == (b"\x00\x01login",)
        assert not logs.find("connection.failed")
