"""The public test kit: servers that do what a test asks for, and a clock that it turns by hand.

    async def script(session):                    # what the server does with one connection
        await session.expect_auth()
        await session.accept(expires_in=3)        # a token of three seconds
        await session.publish({"tick": 1})
        await session.fall_silent()               # or close, cut, break_mid_frame ...

    with ScriptedServer(script) as server:        # a real server on 127.0.0.1
        ...                                       # connect to server.url
        server.wait_for(1)                        # one open session
        server.cut_all()

The scripted server and what belongs to it need the package `websockets`
(`pip install "holdfast[demo]"`); `ManualClock`, `RawServer` and `Faults` don't.
"""

import importlib
import typing

if typing.TYPE_CHECKING:
    from holdfast.testing.clock import ManualClock
    from holdfast.testing.credentials import sign
    from holdfast.testing.dealing import Faults
    from holdfast.testing.demo import demo_exchange
    from holdfast.testing.desk import exchange
    from holdfast.testing.engine import Script
    from holdfast.testing.faults import Fault, Incident, Plan
    from holdfast.testing.frames import RawFrame, close_frame, encode_frame
    from holdfast.testing.handshake import (
        HandshakeRequest,
        HttpAnswer,
        NoAnswer,
        first,
        never_answer,
        redirect,
        respond,
        unavailable,
    )
    from holdfast.testing.ledger import Counters
    from holdfast.testing.peer import PeerGoneError, RawPeer
    from holdfast.testing.process import ServerProcess, ServerProcessError
    from holdfast.testing.raw import FullBacklog, RawServer
    from holdfast.testing.scripts import echo, refuse_auth, silent
    from holdfast.testing.server import ScriptedServer, ScriptError
    from holdfast.testing.session import Session, UnexpectedMessageError

__all__ = [
    "Counters",
    "Fault",
    "Faults",
    "FullBacklog",
    "HandshakeRequest",
    "HttpAnswer",
    "Incident",
    "ManualClock",
    "NoAnswer",
    "PeerGoneError",
    "Plan",
    "RawFrame",
    "RawPeer",
    "RawServer",
    "Script",
    "ScriptError",
    "ScriptedServer",
    "ServerProcess",
    "ServerProcessError",
    "Session",
    "UnexpectedMessageError",
    "close_frame",
    "demo_exchange",
    "echo",
    "encode_frame",
    "exchange",
    "first",
    "never_answer",
    "redirect",
    "refuse_auth",
    "respond",
    "sign",
    "silent",
    "unavailable",
]

_HOMES = {
    "clock": ("ManualClock",),
    "credentials": ("sign",),
    "demo": ("demo_exchange",),
    "engine": ("Script",),
    "desk": ("exchange",),
    "dealing": ("Faults",),
    "faults": ("Fault", "Incident", "Plan"),
    "frames": ("RawFrame", "close_frame", "encode_frame"),
    "handshake": (
        *("HandshakeRequest", "HttpAnswer", "NoAnswer"),
        *("first", "never_answer", "redirect", "respond", "unavailable"),
    ),
    "ledger": ("Counters",),
    "peer": ("PeerGoneError", "RawPeer"),
    "process": ("ServerProcess", "ServerProcessError"),
    "raw": ("FullBacklog", "RawServer"),
    "scripts": ("echo", "refuse_auth", "silent"),
    "server": ("ScriptError", "ScriptedServer"),
    "session": ("Session", "UnexpectedMessageError"),
}
_HOME = {name: home for home, names in _HOMES.items() for name in names}


def __getattr__(name: str) -> object:
    """Import a public name when it is first asked for, because not all can be without an extra."""
    if name not in _HOME:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    try:
        value = getattr(importlib.import_module(f"{__name__}.{_HOME[name]}"), name)
    except ModuleNotFoundError as error:
        if (error.name or "").partition(".")[0] != "websockets":
            raise
        raise ImportError(
            f'holdfast.testing.{name} needs websockets: pip install "holdfast[demo]"'
        ) from None
    globals()[name] = value
    return value
