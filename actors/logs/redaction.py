"""What may be said of a value in a log line, or anywhere else that people read.

Three nets, one behind the other: `Secret` objects and names that say so, values that are
registered, and texts that look like credentials.
"""

from collections.abc import Mapping
from typing import cast

from holdfast.actors.logs.escape import well_formed
from holdfast.actors.logs.known import KnownSecrets
from holdfast.actors.logs.patterns import MASK, mask_patterns
from holdfast.actors.logs.sensitive import is_sensitive
from holdfast.actors.logs.walk import Walk

__all__ = ["Redactor"]

_LONGEST_TEXT = 2_000
# What repeats from line to line is short: names, causes, rules.
_REMEMBERED_TEXT = 256
# Has fewer digits than the shortest secret that is known by value.
_SMALL = 100_000


class Redactor:
    """Turns values into plain data without secrets; any thread may call it.

    Args:
        known: the registered secrets.
    """

    def __init__(self, known: KnownSecrets) -> None:
        self._known = known

    def text(self, text: str) -> str:
        """Return a text with every secret masked, cut after 2,000 characters.

        Args:
            text: anything, of any length.
        """
        clean = self._known.clean
        if text in clean:
            return text
        shown = self._bounded(text)
        if len(text) <= _REMEMBERED_TEXT and shown == text:
            self._known.remember(clean, text)
        return shown

    def value(self, value: object) -> object:
        """Return a value as plain data (None, bool, int, float, str, list, dict), redacted.

        Args:
            value: anything; a value that can't be looked at is named by its type.
        """
        # The commonest first: a log line is mostly short texts and small numbers.
        kind = type(value)
        if kind is str:
            return self.text(cast("str", value))
        if kind is int and -_SMALL < cast("int", value) < _SMALL:
            return value
        try:
            return Walk(self.text, self._known.mask).value(value)
        except Exception:  # noqa: BLE001  # a peer's or a user's object may do anything
            return f"<{type(value).__name__}: cannot be shown>"

    def fields(self, fields: Mapping[str, object]) -> dict[str, object]:
        """Return the fields of one line as plain data, redacted.

        Args:
            fields: name to anything.
        """
        return {
            self.text(name): MASK if is_sensitive(name, value) else self.value(value)
            for name, value in fields.items()
        }

    def _bounded(self, text: str) -> str:
        longest = self._known.longest
        if len(text) <= _LONGEST_TEXT:
            return self._masked(text)
        # The window's end may cut a secret in two; what is cut is never longer than the longest
        # one, so that much of the masked text is not shown.
        masked = self._masked(text[: _LONGEST_TEXT + longest])
        shown = masked[: min(_LONGEST_TEXT, max(0, len(masked) - longest))]
        return f"{shown}… ({len(text)} characters)"

    def _masked(self, text: str) -> str:
        exact = self._known.mask(well_formed(text))
        masked = mask_patterns(exact)
        return masked if masked == exact else self._known.mask(masked)
