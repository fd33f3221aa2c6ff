"""What no client may send: a strict server's view of one stream, frame by frame."""

from holdfast.actors.socket import OPCODE_CLOSE
from tests.simulation.account import Account
from tests.simulation.server import is_login
from tests.simulation.stream import Frame, Stream

__all__ = ["OPCODE_PING", "judge"]

OPCODE_PING = 9

ORDER = "login_then_subscriptions_then_sends"


def judge(account: Account, stream: Stream, frame: Frame) -> None:
    """Note a second login while one is in flight, and whatever comes before its time.

    Args:
        account: of the stream's connection, where a breach is noted.
        stream: on which; it counts logins and subscriptions.
        frame: what is written now.
    """
    if frame.opcode in (OPCODE_PING, OPCODE_CLOSE):
        return
    expected = len(stream.spec.subscriptions)
    if is_login(frame.text):
        stream.logins += 1
        if stream.logins > 1:
            account.breach("one_login_in_flight", f"{stream.logins} on {stream.generation}")
    elif stream.spec.auth is not None and not stream.logged_in:
        account.breach(ORDER, f"{frame.text} before the login")
    elif not frame.counted:
        stream.subscribed += 1
        if stream.subscribed > expected:
            account.breach(ORDER, f"once more: {frame.text}")
    elif stream.subscribed < expected:
        account.breach(ORDER, f"{frame.text} before the subscriptions")
