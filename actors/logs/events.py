"""Every event that holdfast logs: its name, level, fields and meaning.

Names are stable: a release may add an event or a field, and changes or removes none without
saying so in the changelog. docs/logs.md shows these tables; a test holds it to them.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Literal

__all__ = [
    "CONNECTION_FIELDS",
    "EVENTS",
    "FIELDS",
    "EventInfo",
    "markdown_fields",
    "markdown_table",
]

CONNECTION_FIELDS = ("connection", "incarnation", "generation")
"""What every line of a connection has, before its own fields."""


@dataclass(frozen=True, slots=True)
class EventInfo:
    """What an event is.

    Attributes:
        subject: whose life it belongs to; a connection's lines have `CONNECTION_FIELDS` too.
        level: a name of `holdfast.actors.logs.levels.LEVELS`; `any` for a line passed on.
        meaning: one sentence.
        fields: its own fields in their order, keys of `FIELDS`.
    """

    subject: Literal["connection", "fleet", "log"]
    level: Literal["debug", "info", "warning", "error", "any"]
    meaning: str
    fields: tuple[str, ...] = ()


EVENTS: Mapping[str, EventInfo] = MappingProxyType(
    {
        "connection.dialing": EventInfo(
            "connection", "info", "A dial begins: DNS, TCP, TLS, handshake.", ("server",)
        ),
        "connection.opened": EventInfo("connection", "info", "The handshake is done."),
        "connection.ready": EventInfo(
            "connection",
            "info",
            "Authenticated and subscribed; queued messages are being sent.",
            ("subscriptions",),
        ),
        "connection.failed": EventInfo(
            "connection",
            "warning",
            "The incarnation ended by this cause.",
            ("phase", "kind", "cause", "detail", "code"),
        ),
        "connection.stopped": EventInfo(
            "connection", "info", "Stopped on request, or not to be restarted.", ("rule",)
        ),
        "connection.flush_timed_out": EventInfo(
            "connection",
            "warning",
            "Told to stop, it couldn't write all it had accepted in time; the rest is dropped.",
            ("messages",),
        ),
        "connection.abandoned": EventInfo(
            "connection", "warning", "Its actor didn't end in time and was left behind.", ("phase",)
        ),
        "connection.quarantined": EventInfo(
            "connection",
            "error",
            "It waits for `resume` or new credentials, and is not tried again before.",
            ("cause", "detail", "rule"),
        ),
        "connection.resumed": EventInfo(
            "connection", "info", "Somebody ended the quarantine or the wait.", ("was",)
        ),
        "auth.sent": EventInfo(
            "connection", "info", "Credentials were sent; an answer is awaited.", ("deadline",)
        ),
        "auth.accepted": EventInfo(
            "connection", "info", "The server took the credentials.", ("renewal",)
        ),
        "auth.rejected": EventInfo(
            "connection", "warning", "The server refused the credentials.", ("reason",)
        ),
        "auth.renewal_scheduled": EventInfo(
            "connection", "info", "Credentials will be renewed before they expire.", ("delay",)
        ),
        "auth.renewal_started": EventInfo("connection", "info", "Credentials are being renewed."),
        "restart.scheduled": EventInfo(
            "connection",
            "info",
            "A new incarnation starts after the delay, which the rule chose.",
            ("cause", "rule", "attempt", "delay"),
        ),
        "restart.held": EventInfo(
            "connection",
            "info",
            "Its delay is over, and something else holds it back.",
            ("waits_for",),
        ),
        "auth.queued": EventInfo(
            "connection",
            "debug",
            "A login waits for its place in the pace of its host.",
            ("delay",),
        ),
        "connection.reconfigured": EventInfo(
            "connection", "info", "Its next incarnation is what a new spec says.", ("phase",)
        ),
        "auth.replaced": EventInfo(
            "connection", "info", "It was given new credentials.", ("phase",)
        ),
        "supervisor.gave_up": EventInfo(
            "connection",
            "error",
            "It failed too often, and its policy stops its group or the fleet.",
            ("scope", "rule"),
        ),
        "handler.blocked": EventInfo(
            "connection",
            "warning",
            "A handler holds its thread for too long; the others go on with another one.",
            ("actor", "handler", "method", "seconds", "suppressed", "stack"),
        ),
        "handler.stuck": EventInfo(
            "connection",
            "error",
            "The blocked handler still holds its thread, after 10 s, 60 s and 600 s.",
            ("actor", "handler", "method", "seconds", "stack"),
        ),
        "handler.recovered": EventInfo(
            "connection",
            "info",
            "The blocked handler returned.",
            ("actor", "handler", "seconds"),
        ),
        "handler.crashed": EventInfo(
            "connection", "error", "A handler raised.", ("method", "exception")
        ),
        "dead_letter": EventInfo(
            "connection",
            "warning",
            "A message crashed its handler and is not retried.",
            ("cause", "type", "messages"),
        ),
        "send.refused": EventInfo(
            "connection", "warning", "A message was not taken: too many wait.", ("waiting",)
        ),
        "stale.dropped": EventInfo(
            "connection", "debug", "What belonged to an older generation was dropped.", ("of",)
        ),
        "stream.goodbye_failed": EventInfo(
            "connection", "debug", "The close frame could not be sent."
        ),
        "backpressure.paused": EventInfo(
            "connection", "debug", "Its handler lags behind: its stream is not read.", ("waiting",)
        ),
        "backpressure.resumed": EventInfo(
            "connection", "debug", "Its mailbox has drained: its stream is read again."
        ),
        "supervisor.child_started": EventInfo(
            "connection", "debug", "An actor was started in its slot."
        ),
        "outage.began": EventInfo(
            "fleet",
            "warning",
            "Most connections of a host are down for one cause: one probes, the others wait.",
            ("host", "cause", "connections", "down"),
        ),
        "outage.probe": EventInfo(
            "fleet",
            "info",
            "A connection is dialled to see whether its host is back.",
            ("host", "probe"),
        ),
        "outage.over": EventInfo(
            "fleet",
            "info",
            "The host is back: those that were held return, spread over a while.",
            ("host", "seconds", "held"),
        ),
        "machine.replaced": EventInfo(
            "fleet",
            "error",
            "An actor of the machine crashed; its connections restart with its successor.",
            ("role", "error"),
        ),
        "machine.gave_up": EventInfo(
            "fleet",
            "error",
            "An actor of the machine crashed too often: every connection is stopped.",
            ("role", "error"),
        ),
        "watcher.missed": EventInfo(
            "fleet",
            "warning",
            "An actor that watches took no more messages, such as with a full mailbox; told once "
            "until it takes some again.",
            ("actor", "type", "error"),
        ),
        "actor.hook_failed": EventInfo(
            "fleet",
            "error",
            "An actor's on_stop or on_failure raised.",
            ("actor", "hook", "exception"),
        ),
        "actor.unexpected_message": EventInfo(
            "fleet", "warning", "An actor was told what it doesn't know.", ("actor", "type")
        ),
        "resolver.callback_failed": EventInfo(
            "fleet", "error", "Who asked for an address could not be told.", ("exception",)
        ),
        "fleet.started": EventInfo("fleet", "info", "The actors run."),
        "fleet.stopping": EventInfo("fleet", "info", "The fleet is stopping.", ("connections",)),
        "fleet.stop_timed_out": EventInfo(
            "fleet",
            "warning",
            "Not every connection said goodbye in time, or a second `close` waited in vain.",
            ("timeout",),
        ),
        "fleet.stop_interrupted": EventInfo(
            "fleet",
            "warning",
            "An exception came while it stopped: the rest is aborted.",
            ("error",),
        ),
        "fleet.threads_left": EventInfo(
            "fleet", "warning", "Threads are still in a handler that doesn't return.", ("threads",)
        ),
        "fleet.stopped": EventInfo("fleet", "info", "Every actor ended."),
        "command.started": EventInfo(
            "fleet", "info", "The command that gets the messages was started.", ("pid",)
        ),
        "command.ended": EventInfo(
            "fleet",
            "warning",
            "The command ended before its input did. After the delay its successor gets what it "
            "has not read.",
            ("pid", "status", "unread", "attempt", "delay"),
        ),
        "command.not_started": EventInfo(
            "fleet",
            "warning",
            "The command could not be started again, and will be tried after the delay.",
            ("reason", "attempt", "delay"),
        ),
        "command.signalled": EventInfo(
            "fleet",
            "warning",
            "The run is over and the command didn't end in time.",
            ("pid", "signal"),
        ),
        "file.rotated": EventInfo(
            "fleet",
            "info",
            "The file of messages was full: a new one was begun.",
            ("size", "removed"),
        ),
        "file.not_rotated": EventInfo(
            "fleet",
            "warning",
            "A full file of messages could not be renamed: it grows by its size once more.",
            ("reason",),
        ),
        "file.not_compressed": EventInfo(
            "fleet",
            "warning",
            "A full file of messages could not be compressed, and stays as it is.",
            ("reason",),
        ),
        "control.listening": EventInfo(
            "fleet", "info", "Operators reach this fleet by this socket.", ("path",)
        ),
        "control.told": EventInfo(
            "fleet", "info", "An operator told this fleet to do something.", ("verb", "names")
        ),
        "control.client_dropped": EventInfo(
            "fleet", "info", "An operator's client neither spoke nor read for too long."
        ),
        "control.failed": EventInfo(
            "fleet", "error", "A request met with something unexpected.", ("exception",)
        ),
        "library.log": EventInfo(
            "log",
            "any",
            "pykka or websocket-client said something.",
            ("logger", "message", "exception"),
        ),
        "log.dropped": EventInfo(
            "log", "warning", "The stream was too slow: so many lines are missing here.", ("count",)
        ),
        "log.failed": EventInfo(
            "log", "error", "An event could not be made into a line.", ("about", "error")
        ),
        "log.sink_removed": EventInfo(
            "log", "warning", "A sink raised and was removed.", ("error",)
        ),
    }
)

FIELDS: Mapping[str, str] = MappingProxyType(
    {
        "timestamp": "when, in UTC, ISO 8601 with milliseconds",
        "level": "debug, info, warning, error or critical",
        "event": "the event's name",
        "connection": "the connection's name",
        "incarnation": "how many actors it has had, this one included",
        "generation": "how many streams it has had, this one included",
        "about": "the name of another event",
        "actor": "the actor's class",
        "attempt": "failures in a row, this one included",
        "cause": "the cause's stable name, such as `connection_refused` or `http_401`",
        "code": "the close code or HTTP status, where there was one",
        "connections": "how many connections",
        "count": "how many lines",
        "deadline": "seconds allowed for the answer",
        "delay": "seconds until it happens",
        "detail": "the cause in one line for people",
        "down": "how many of them are down",
        "error": "the class of an exception",
        "exception": "a list, the latest first, of `type`, `message`, `frames`",
        "handler": "the handler's class or factory, by its qualified name",
        "held": "how many connections waited",
        "hook": "the method's name",
        "host": "host and port",
        "kind": "the cause's clause in the restart table: network, server_busy, auth_rejected, "
        "protocol_error, handler_crash, session_taken, normal_close, machine_crash, "
        "sibling_restart",
        "logger": "the library's logger",
        "message": "the library's text",
        "messages": "how many messages",
        "method": "the handler's method",
        "names": "the connections that it is about: names, globs or groups",
        "path": "of the socket's file",
        "phase": "the phase it was in",
        "pid": "the process id",
        "probe": "the connection that is dialled",
        "reason": "why, in one line",
        "removed": "the oldest file, which had to go",
        "renewal": "whether it renewed credentials that were valid",
        "role": "`socket` or `timer`",
        "rule": "the rule of the restart table that decided",
        "scope": "what is stopped: group or fleet",
        "seconds": "for how long, in seconds",
        "server": "host and port",
        "signal": "the signal that it was sent",
        "size": "how many bytes",
        "stack": "where the thread is, the innermost function last: at most 10 of "
        "`folder/file.py:line function`, from the handler on",
        "status": "how the process ended",
        "subscriptions": "how many were sent",
        "suppressed": "how many stalls of the same handler, in any connection, weren't told since "
        "the last `handler.blocked` that named it",
        "threads": "the threads' names",
        "timeout": "seconds allowed",
        "type": "the class of a message; its content is never logged",
        "of": "the generation that it belonged to",
        "unread": "how many lines it has not read to the end",
        "verb": "what was asked for, such as `restart`",
        "waiting": "how many messages wait",
        "waits_for": "what holds it back, in one line",
        "was": "the phase before",
    }
)


def markdown_table() -> str:
    """Return the events as a Markdown table."""
    rows = (
        (f"`{name}`", info.level, info.subject, _code(info.fields), info.meaning)
        for name, info in EVENTS.items()
    )
    return _table(("Event", "Level", "Of", "Fields", "Meaning"), rows)


def markdown_fields() -> str:
    """Return the fields as a Markdown table."""
    rows = ((f"`{name}`", meaning) for name, meaning in FIELDS.items())
    return _table(("Field", "Meaning"), rows)


def _code(names: tuple[str, ...]) -> str:
    return ", ".join(f"`{name}`" for name in names) or "none"


def _table(head: tuple[str, ...], rows: Iterator[tuple[str, ...]]) -> str:
    rule = tuple("---" for _ in head)
    return "\n".join(f"| {' | '.join(row)} |" for row in (head, rule, *rows))
