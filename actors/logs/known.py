"""The secrets that are known exactly, so that they are masked wherever they stand.

Ten thousand connections may each register one, so a text isn't compared with every secret: every
form of a secret is found by its first six characters in one index.
"""

import base64
import json
import threading
from collections.abc import Callable, Iterable
from urllib.parse import quote, quote_plus

from holdfast.actors.logs.escape import well_formed
from holdfast.actors.logs.patterns import MASK
from holdfast.handlers.secret import Secret

__all__ = ["KnownSecrets"]

# Below this, a "secret" is a piece of many harmless words.
_SHORTEST = 6
_REMEMBERED = 4096


class KnownSecrets:
    """Counts registered secrets and masks them in texts; any thread may call it.

    Attributes:
        clean: texts known to contain nothing secret. Replaced at every change, so who keeps the
            set that it started with can never mark a text clean for a secret that came meanwhile.
        longest: characters of the longest form that was registered.
    """

    def __init__(self) -> None:
        self._lock = threading.RLock()
        self._values: dict[str, int] = {}
        """How often each value is registered: the forms of one that is known are known too."""
        self._counts: dict[str, int] = {}
        self._index: dict[str, tuple[str, ...]] = {}
        self.clean: set[str] = set()
        self.longest = 0

    def __len__(self) -> int:
        return len(self._counts)

    def register(self, secret: Secret | str | bytes) -> Callable[[], None]:
        """Mask this value from now on, until every registration of it is released.

        Args:
            secret: the value; one shorter than 6 characters is not masked by value.

        Returns:
            The release of this registration; calling it again does nothing.
        """
        value = _revealed(secret)
        with self._lock:
            if value not in self._values:
                self._learn(value)
            self._values[value] = self._values.get(value, 0) + 1
        return _Release(self, value)

    def release(self, registration: "_Release") -> None:
        """Undo a registration, unless that has been done."""
        with self._lock:
            value, registration.value = registration.value, None
            if value is None:
                return
            self._values[value] -= 1
            if not self._values[value]:
                del self._values[value]
                self._forget(value)

    def mask(self, text: str) -> str:
        """Return the text with every registered value in it masked.

        Args:
            text: a string of bounded length.
        """
        # Again after each change: what is left around two masks may spell a third secret. It
        # ends, because a mask is shorter than anything it replaces.
        while spans := self._spans(text):
            text = _cut(text, spans)
        return text

    def remember(self, clean: set[str], text: str) -> None:
        """Note that a text needs no masking.

        Args:
            clean: the set that was current before the text was looked at.
            text: what was looked at.
        """
        if len(clean) >= _REMEMBERED:
            self.clean = set()
            return
        clean.add(text)

    def _spans(self, text: str) -> list[tuple[int, int]]:
        index = self._index
        if not index:
            return []
        heads = [text[at : at + _SHORTEST] for at in range(len(text) - _SHORTEST + 1)]
        if index.keys().isdisjoint(heads):
            return []
        return [
            (at, at + len(form))
            for at, head in enumerate(heads)
            for form in index.get(head, ())
            if text.startswith(form, at)
        ]

    def _learn(self, value: str) -> None:
        for form in _forms(value):
            self._add(form)
        self.clean = set()

    def _forget(self, value: str) -> None:
        for form in _forms(value):
            self._remove(form)
        self.clean = set()

    def _add(self, form: str) -> None:
        self._counts[form] = self._counts.get(form, 0) + 1
        if self._counts[form] == 1:
            head = form[:_SHORTEST]
            self._index[head] = (*self._index.get(head, ()), form)
            self.longest = max(self.longest, len(form))

    def _remove(self, form: str) -> None:
        self._counts[form] -= 1
        if self._counts[form]:
            return
        del self._counts[form]
        head = form[:_SHORTEST]
        left = tuple(other for other in self._index[head] if other != form)
        if left:
            self._index[head] = left
        else:
            del self._index[head]


class _Release:
    """Releases a registration; no closure, because a fleet holds one or two a connection."""

    __slots__ = ("_known", "value")

    def __init__(self, known: KnownSecrets, value: str) -> None:
        self._known = known
        self.value: str | None = value

    def __call__(self) -> None:
        self._known.release(self)


def _revealed(secret: Secret | str | bytes) -> str:
    value: object = secret.reveal() if isinstance(secret, Secret) else secret
    if isinstance(value, bytes):
        return value.decode("utf-8", "backslashreplace")
    return well_formed(str(value))


def _forms(value: str) -> frozenset[str]:
    """The value as it stands in plain text, JSON, a repr, a URL and base64."""
    return frozenset(
        form
        for plain in {value, value.strip()}
        for form in (plain, *_encoded(plain))
        if len(form) >= _SHORTEST
    )


def _encoded(plain: str) -> Iterable[str]:
    raw = plain.encode()
    yield json.dumps(plain)[1:-1]
    yield json.dumps(plain, ensure_ascii=False)[1:-1]
    yield repr(plain)[1:-1]
    yield repr(raw)[2:-1]
    yield quote(plain, safe="")
    yield quote(plain)
    yield quote_plus(plain)
    yield base64.b64encode(raw).decode("ascii").rstrip("=")
    yield base64.urlsafe_b64encode(raw).decode("ascii").rstrip("=")


def _cut(text: str, spans: list[tuple[int, int]]) -> str:
    """Mask the spans, overlapping ones as one; they come in the order of their starts."""
    pieces: list[str] = []
    shown_from = 0
    for start, end in spans:
        if start >= shown_from:
            pieces += text[shown_from:start], MASK
        shown_from = max(shown_from, end)
    return "".join((*pieces, text[shown_from:]))
