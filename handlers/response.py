"""The message handler of `AuthResponse`."""

from holdfast.handlers.auth import flow
from holdfast.handlers.auth.failure import cause_of
from holdfast.handlers.auth.renewal import renewal_delay
from holdfast.handlers.auth.results import Failed, Ok, Unrelated
from holdfast.handlers.auth.state import AuthState
from holdfast.handlers.effects import Accepted, Deliver, Effect, Fail
from holdfast.handlers.messages import AuthResponse


def handle(
    message: AuthResponse, state: AuthState, _send_frame: flow.SendFrame
) -> tuple[AuthState, tuple[Effect, ...]]:
    """Read what came in while an attempt was in flight.

    Args:
        message: what came in.
        state: the authentication so far.

    Returns:
        The state, with `Accepted`, `Fail`, or `Deliver` where it was no answer.
    """
    match flow.handle_auth_response(message.message, state.at(message.moment)):
        case Ok(state=accepted):
            renew_in = renewal_delay(accepted, message.fraction)
            return accepted, (Accepted(renew_in, renewal=state.acceptances > 0),)
        case Unrelated(state=unchanged):
            return unchanged, (Deliver(message.message),)
        case Failed(state=failed) as failure:
            return failed, (Fail(cause_of(failure)),)
