"""The table of verbs: what a client may ask of a fleet, and who does it."""

from collections.abc import Mapping
from typing import Any, Final

from holdfast.actors.console.control.governing import LevelOptions, log_level, shutdown
from holdfast.actors.console.control.levers import reauth, restart, resume, start, stop
from holdfast.actors.console.control.looking import (
    LetterOptions,
    dead_letters,
    explain,
    names,
    status,
)
from holdfast.actors.console.control.refusal import Refusal
from holdfast.actors.console.control.reload import ReloadOptions, reload
from holdfast.actors.console.control.sending import SendOptions, send
from holdfast.actors.console.control.verb import About, NoOptions, Verb
from holdfast.actors.nearest import did_you_mean

__all__ = ["VERBS", "find_verb"]

VERBS: Final[Mapping[str, Verb[Any]]] = {
    "status": Verb(status, NoOptions, About.ANY),
    "explain": Verb(explain, NoOptions, About.NAMED),
    "dead-letters": Verb(dead_letters, LetterOptions, About.ANY),
    "names": Verb(names, NoOptions, About.FLEET),
    "send": Verb(send, SendOptions, About.NAMED, tells=True),
    "start": Verb(start, NoOptions, About.NAMED, tells=True),
    "stop": Verb(stop, NoOptions, About.NAMED, tells=True),
    "restart": Verb(restart, NoOptions, About.NAMED, tells=True),
    "resume": Verb(resume, NoOptions, About.NAMED, tells=True),
    "reauth": Verb(reauth, NoOptions, About.NAMED, tells=True),
    "reload": Verb(reload, ReloadOptions, About.FLEET, tells=True),
    "log-level": Verb(log_level, LevelOptions, About.FLEET, tells=True),
    "shutdown": Verb(shutdown, NoOptions, About.FLEET, tells=True),
}
"""Every verb by its name, as docs/control.md describes them."""


def find_verb(name: str) -> Verb[Any]:
    """Return the verb of a name.

    Raises:
        Refusal: there is none.
    """
    verb = VERBS.get(name)
    if verb is None:
        hint = did_you_mean(name, VERBS, otherwise=f"known are {', '.join(VERBS)}")
        raise Refusal("unknown_verb", f"there is no verb {name!r}{hint}")
    return verb
