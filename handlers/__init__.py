"""What a connection says and how it reacts: pure values, tables and functions.

No thread, no socket, no clock and no chance in here: times and random fractions are
arguments. The three functions of the authentication flow are in
`holdfast.handlers.auth`, the messages in `holdfast.handlers.messages`.
"""

from holdfast.handlers.auth import (
    AuthData,
    AuthHandler,
    AuthState,
    AuthStatus,
    Failed,
    FailureKind,
    HmacAuth,
    Ok,
    Reauthenticated,
    SendFrame,
    TokenAuth,
    Unrelated,
)
from holdfast.handlers.backoff import Backoff
from holdfast.handlers.cause import Cause, CauseKind
from holdfast.handlers.connection_handler import Connection, ConnectionHandler
from holdfast.handlers.governor import Governor, HostLimits, OutagePolicy
from holdfast.handlers.lifecycle import Event, IllegalTransition, Phase
from holdfast.handlers.messages import Down, Received, Up
from holdfast.handlers.moment import Moment
from holdfast.handlers.payload import EncodeError
from holdfast.handlers.policy import RestartPolicy, Scope
from holdfast.handlers.restart import (
    Quarantine,
    Restart,
    RestartHistory,
    Rule,
    Stop,
    decide,
)
from holdfast.handlers.secret import Secret
from holdfast.handlers.strategy import Group
from holdfast.handlers.transition import Reason, Transition

__all__ = [
    "AuthData",
    "AuthHandler",
    "AuthState",
    "AuthStatus",
    "Backoff",
    "Cause",
    "CauseKind",
    "Connection",
    "ConnectionHandler",
    "Down",
    "EncodeError",
    "Event",
    "Failed",
    "FailureKind",
    "Governor",
    "Group",
    "HmacAuth",
    "HostLimits",
    "IllegalTransition",
    "Moment",
    "Ok",
    "OutagePolicy",
    "Phase",
    "Quarantine",
    "Reason",
    "Reauthenticated",
    "Received",
    "Restart",
    "RestartHistory",
    "RestartPolicy",
    "Rule",
    "Scope",
    "Secret",
    "SendFrame",
    "Stop",
    "TokenAuth",
    "Transition",
    "Unrelated",
    "Up",
    "decide",
]
