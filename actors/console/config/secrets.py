"""Secrets by reference: `env:NAME` and `file:PATH`, never the secret itself."""

import os
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Final

from holdfast.actors.logs import register_secret
from holdfast.handlers import Secret

__all__ = ["Secrets", "is_reference"]

LARGEST: Final = 65_536
"""Bytes of the largest secret; whatever is larger is another file, or never ends."""

UNREAD: Final = Secret("unread")

RULE: Final = 'a secret is given as a reference, "env:NAME" or "file:PATH"'


def is_reference(text: str) -> bool:
    """Tell whether a value refers to a secret."""
    return text.partition(":")[0] in _SOURCES and ":" in text


class Secrets:
    """Resolves references, and has every secret that it resolves masked in the logs.

    Args:
        folder: what a relative `file:` starts from.
        look_up: False to check the references alone; what they refer to is `UNREAD` then.
    """

    def __init__(self, folder: Path, *, look_up: bool = True) -> None:
        self._folder = folder
        self._look_up = look_up
        self._known: dict[str, Secret] = {}

    def resolve(self, reference: str) -> Secret:
        """Return the secret that is referred to.

        Args:
            reference: `env:NAME` or `file:PATH`.

        Raises:
            ValueError: one line without the secret: it is no reference, or there is nothing there.
        """
        if reference not in self._known:
            self._known[reference] = self._read(reference)
        return self._known[reference]

    def _read(self, reference: str) -> Secret:
        if not is_reference(reference):
            # What was written may be the secret: it is not quoted.
            raise ValueError(f"{RULE}, not written out")
        if not self._look_up:
            return UNREAD
        source, _, name = reference.partition(":")
        value = _SOURCES[source](name, self._folder)
        if not value:
            raise ValueError(f"{reference} is empty")
        secret = Secret(value)
        register_secret(secret)
        return secret


def _from_environment(name: str, folder: Path) -> str:
    del folder
    try:
        return os.environ[name]
    except KeyError:
        raise ValueError(f"the environment variable {name} is not set") from None


def _from_file(name: str, folder: Path) -> str:
    try:
        with (folder / Path(name).expanduser()).open("rb") as file:
            data = file.read(LARGEST + 1)
    except OSError as error:
        raise ValueError(f"file:{name} can't be read: {error.strerror}") from None
    except RuntimeError:
        raise ValueError(f"file:{name} names a home folder that isn't known") from None
    if len(data) > LARGEST:
        raise ValueError(f"file:{name} is larger than {LARGEST} bytes: that is no secret")
    try:
        # Editors end a file with a line feed, which belongs to no secret.
        return data.decode().rstrip("\r\n")
    except UnicodeDecodeError:
        reason = f"file:{name} holds no UTF-8 text"
    # Raised out here, because the error in there carries the secret along.
    raise ValueError(reason)


_SOURCES: Final[Mapping[str, Callable[[str, Path], str]]] = {
    "env": _from_environment,
    "file": _from_file,
}
