"""The table of verbs: what a client may ask of a fleet, and who does it."""

import difflib
from collections.abc import Mapping
from typing import Any, Final

from holdfast.actors.console.control.looking import names, status
from holdfast.actors.console.control.refusal import Refusal
from holdfast.actors.console.control.verb import NoOptions, Verb

__all__ = ["VERBS", "find_verb"]

VERBS: Final[Mapping[str, Verb[Any]]] = {
    "status": Verb(status, NoOptions),
    "names": Verb(names, NoOptions),
}
"""Every verb by its name, as docs/control.md describes them."""


def find_verb(name: str) -> Verb[Any]:
    """Return the verb of a name.

    Raises:
        Refusal: there is none.
    """
    verb = VERBS.get(name)
    if verb is None:
        near = difflib.get_close_matches(name, VERBS, n=1)
        hint = f"did you mean {near[0]}?" if near else f"known are {', '.join(VERBS)}"
        raise Refusal("unknown_verb", f"there is no verb {name!r}; {hint}")
    return verb
