"""How full files make room: `messages.jsonl` becomes `.1`, that becomes `.2`, the oldest goes."""

import gzip
import os
import shutil
import threading
from pathlib import Path
from typing import Final

from holdfast.actors.logs import get_logger

__all__ = ["Compression", "numbered", "shift"]

GZ: Final = ".gz"
PART: Final = ".part"
"""The end of the name of a file that isn't whole yet."""

LEVEL: Final = 6
"""As of the command gzip: the last tenth of the size is not worth twice the time."""

CHUNK: Final = 1024 * 1024
"""Bytes compressed at once."""

_log = get_logger()


def shift(path: Path, keep: int) -> list[str]:
    """Give each full file the next number, so that 1 becomes free.

    Args:
        path: the file that is written.
        keep: so many full files stay.

    Returns:
        The names of those that had to go.

    Raises:
        OSError: a file can't be renamed or removed; no other is lost.
    """
    removed = [each for each in _both(path, keep) if each.exists()]
    for each in removed:
        each.unlink()
    for number in range(keep - 1, 0, -1):
        for old, new in zip(_both(path, number), _both(path, number + 1), strict=True):
            if old.exists():
                old.rename(new)
    return [each.name for each in removed]


class Compression:
    """Compresses one file on a thread of its own; a file that is whole is there at any time.

    Args:
        path: the file, which is removed when its `.gz` is whole.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._given_up = False
        self._thread = threading.Thread(target=self._run, name="holdfast-gzip", daemon=True)
        self._thread.start()

    def wait(self, seconds: float | None = None) -> None:
        """Wait until it is done.

        Args:
            seconds: after which it is given up, and the file stays as it is; None for no end.
        """
        self._thread.join(seconds)
        self._given_up = True
        self._thread.join()

    def _run(self) -> None:
        packed = self._path.with_name(self._path.name + GZ)
        part = packed.with_name(packed.name + PART)
        try:
            if self._pack(part):
                part.rename(packed)
                self._path.unlink()
            else:
                part.unlink()
        except OSError as error:
            part.unlink(missing_ok=True)
            _log.warning("file.not_compressed", reason=error.strerror)

    def _pack(self, part: Path) -> bool:
        """Return whether it came to the end."""
        with self._path.open("rb") as plain, part.open("wb") as raw:
            shutil.copymode(self._path, part)
            with gzip.GzipFile("", "wb", LEVEL, raw) as packed:
                while chunk := plain.read(CHUNK):
                    if self._given_up:
                        return False
                    packed.write(chunk)
            os.fsync(raw.fileno())
        return True


def _both(path: Path, number: int) -> tuple[Path, Path]:
    """Return the two names that the full file of this number may have."""
    plain = numbered(path, number)
    return plain, plain.with_name(plain.name + GZ)


def numbered(path: Path, number: int) -> Path:
    """Return the name of a full file, 1 being the latest."""
    return path.with_name(f"{path.name}.{number}")
