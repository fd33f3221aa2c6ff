"""What must not be shown of one connection: its credentials, and what its logins say.

A server may quote any of it in a close reason or an answer, and a handler in an exception.
"""

import dataclasses
from collections.abc import Callable, Iterable, Iterator
from itertools import chain
from typing import Any, Final, cast

from holdfast.actors.logs import redact, register_secret
from holdfast.actors.logs.sensitive import is_sensitive
from holdfast.actors.spec import ConnectionSpec
from holdfast.handlers import Cause, Secret
from holdfast.handlers.payload import decode_json

__all__ = ["Hidden", "presentable"]

LASTING_KEPT: Final = 2
"""Sets of credentials that stay hidden: those that hold, and those before."""

PASSING_KEPT: Final = 16
"""Values of past logins that stay hidden; each login has one to three."""


class Hidden:
    """Has the secrets of one connection masked for as long as its slot lasts.

    Args:
        spec: whose credentials are hidden from the beginning.
    """

    __slots__ = ("_lasting", "_over", "_passing")

    def __init__(self, spec: ConnectionSpec) -> None:
        self._lasting: list[list[Callable[[], None]]] = []
        self._passing: list[Callable[[], None]] = []
        self._over = False
        self.add_credentials(spec)

    def add_credentials(self, spec: ConnectionSpec) -> None:
        """Hide the credentials of a spec, and forget those before the last: nobody quotes them."""
        if self._over:
            return
        self._lasting.append([register_secret(secret) for secret in _credentials(spec)])
        for former in self._lasting[:-LASTING_KEPT]:
            for release in former:
                release()
        del self._lasting[:-LASTING_KEPT]

    def add(self, secrets: Iterable[Secret | str]) -> None:
        """Hide what a login has brought up, and forget what is long past."""
        if self._over:
            return
        self._passing.extend(register_secret(secret) for secret in secrets)
        for release in self._passing[:-PASSING_KEPT]:
            release()
        del self._passing[:-PASSING_KEPT]

    def add_login(self, data: bytes) -> None:
        """Hide what the frame of a login says under names that are secrets', such as a token.

        Args:
            data: JSON; nothing is found in anything else.
        """
        self.add(_sensitive(decode_json(data)))

    def release(self) -> None:
        """Hide nothing any more, nor what is still said of it: the connection is gone."""
        self._over = True
        for release in (*chain.from_iterable(self._lasting), *self._passing):
            release()


def presentable(cause: Cause) -> Cause:
    """Return a cause whose detail holds no secret, whoever wrote it."""
    return dataclasses.replace(cause, detail=str(redact(cause.detail)))


def _credentials(spec: ConnectionSpec) -> Iterator[Secret | str]:
    auth: Any = spec.auth
    if dataclasses.is_dataclass(auth):
        values = (getattr(auth, field.name) for field in dataclasses.fields(auth))
        yield from (value for value in values if isinstance(value, Secret))
    for name, value in spec.headers.items():
        if is_sensitive(name, value):
            # "Bearer …": what stands behind the scheme may be quoted without it.
            yield from {value, value.rpartition(" ")[2]}


def _sensitive(said: object) -> Iterator[str]:
    """Find the texts under sensitive names, however deep."""
    if isinstance(said, list):
        for item in cast("list[object]", said):
            yield from _sensitive(item)
    elif isinstance(said, dict):
        for name, value in cast("dict[str, object]", said).items():
            if isinstance(value, str) and is_sensitive(name, value):
                yield value
            else:
                yield from _sensitive(value)
