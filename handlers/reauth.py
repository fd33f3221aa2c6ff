"""The message handler of `CheckReauthentication`."""

from holdfast.handlers.auth import flow
from holdfast.handlers.auth.failure import cause_of
from holdfast.handlers.auth.renewal import recheck_delay
from holdfast.handlers.auth.results import Failed, Ok, Reauthenticated
from holdfast.handlers.auth.state import AuthState, AuthStatus
from holdfast.handlers.effects import AwaitAnswer, Effect, Fail, RenewIn
from holdfast.handlers.messages import CheckReauthentication


def handle(
    message: CheckReauthentication, state: AuthState, send_frame: flow.SendFrame
) -> tuple[AuthState, tuple[Effect, ...]]:
    """Renew the credentials if their handler says that it is time.

    Args:
        message: the wish to know.
        state: the authentication so far.
        send_frame: sends the frame.

    Returns:
        The state, with `AwaitAnswer`, `Fail`, `RenewIn` where it is not yet time, or
        no effect where there is nothing to renew.
    """
    match flow.check_reauthentication(state.at(message.moment), send_frame):
        case Ok(state=unchanged):
            return unchanged, _look_again(unchanged, message.fraction)
        case Reauthenticated(state=renewing):
            return renewing, (AwaitAnswer(renewing.reply_timeout),)
        case Failed(state=failed) as failure:
            return failed, (Fail(cause_of(failure)),)


def _look_again(state: AuthState, fraction: float) -> tuple[Effect, ...]:
    if state.status is not AuthStatus.AUTHENTICATED:
        return ()
    delay = recheck_delay(state, fraction)
    return () if delay is None else (RenewIn(delay),)
