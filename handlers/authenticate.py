"""The message handler of `Authenticate`, and of every attempt to authenticate."""

from holdfast.handlers.auth import flow
from holdfast.handlers.auth.failure import cause_of
from holdfast.handlers.auth.results import Failed, Ok
from holdfast.handlers.auth.state import AuthState, AuthStatus
from holdfast.handlers.effects import AwaitAnswer, Effect, Fail
from holdfast.handlers.messages import Authenticate, Reauthenticate


def handle(
    message: Authenticate | Reauthenticate, state: AuthState, send_frame: flow.SendFrame
) -> tuple[AuthState, tuple[Effect, ...]]:
    """Send credentials and wait for the answer; one attempt at a time.

    Args:
        message: the wish.
        state: the authentication so far.
        send_frame: sends the frame.

    Returns:
        The state, with `AwaitAnswer`, `Fail`, or no effect while an attempt is in flight.
    """
    if state.status is AuthStatus.AUTHENTICATING:
        return state, ()
    match flow.authenticate(state.at(message.moment), send_frame):
        case Ok(state=sent):
            return sent, (AwaitAnswer(sent.reply_timeout),)
        case Failed(state=failed) as failure:
            return failed, (Fail(cause_of(failure)),)
