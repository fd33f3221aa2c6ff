"""Where the control socket is, and who may have it: a file that its owner alone can reach.

A socket file outlives the process that made it. So one at which nobody accepts is replaced, and one
that answers belongs to another fleet; who looks and who makes it holds the folder's lock meanwhile.
"""

import errno
import fcntl
import os
import socket
import stat
import sys
import tempfile
import time
from collections.abc import Generator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Final

from holdfast.actors.console.problem import Problem

__all__ = ["ENVIRONMENT", "ControlSocket", "NoPlace", "default_socket"]

ENVIRONMENT: Final = "HOLDFAST_SOCKET"
"""The environment variable that says where the socket is, if no option does."""

NAME: Final = "control.sock"

LONGEST: Final = 103 if sys.platform == "darwin" else 107
"""Bytes of a Unix socket's path: `sun_path` without its NUL (unix(7))."""

BACKLOG: Final = 128
"""Clients that may wait to be accepted."""

PATIENCE: Final = 2.0
"""Seconds for another fleet to accept, which the kernel does for it."""


LOCKING: Final = 4.0
"""Seconds for the folder's lock: another fleet may hold it for as long as its own patience."""

RUNTIME_DIRS: Final = "/run/user"
"""Where systemd keeps the runtime folder of each user, by its number (pam_systemd(8))."""

LOOK: Final = 0.01
"""Seconds between two tries to lock it."""


class NoPlace(Problem):
    """There can be no control socket of this path; another path may do."""


def default_socket() -> Path:
    """Return where the socket is unless an option says otherwise.

    `HOLDFAST_SOCKET`, or `holdfast/control.sock` in `XDG_RUNTIME_DIR` (XDG Base Directory 0.8), or
    in a folder of this user's below that for temporary files. What is started by cron or `su` has
    no `XDG_RUNTIME_DIR`, and looks where systemd keeps it.
    """
    if chosen := os.environ.get(ENVIRONMENT):
        return Path(chosen)
    usual = Path(RUNTIME_DIRS) / str(os.getuid())
    runtime = os.environ.get("XDG_RUNTIME_DIR") or (str(usual) if usual.is_dir() else None)
    if runtime:
        return Path(runtime) / "holdfast" / NAME
    return Path(tempfile.gettempdir()) / f"holdfast-{os.getuid()}" / NAME


class ControlSocket:
    """A listening socket and its file, which it removes at the end if it is still there.

    Args:
        path: of the file; its folder is made if it is missing, for this user alone.

    Raises:
        NoPlace: the path is too long, or its folder isn't safe or usable.
        Problem: another fleet answers there, or what stands there is no socket.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        try:
            self.listener = self._made()
        except OSError as error:
            raise NoPlace(f"the control socket {path} can't be made: {error.strerror}") from None

    def renew(self) -> bool:
        """Make the file again if somebody has removed it, as cleaners of old files do.

        Returns:
            Whether it was made: there is a new listener, and the former one is closed.
        """
        if os.path.lexists(self.path):
            return False
        try:
            former, self.listener = self.listener, self._made()
        except (OSError, Problem):
            return False  # such as a folder that has gone for good
        former.close()
        return True

    def close(self) -> None:
        """Take no more clients, and remove the file unless another fleet's is there by now.

        One that can't be removed, because its folder stays locked, is replaced by the next fleet.
        """
        with suppress(OSError), _locked(self.path.parent):
            if self._identity == _identity(self.path):
                self.path.unlink()
        self.listener.close()

    def _made(self) -> socket.socket:
        """Return a listening socket with its file, which is the one that `close` knows."""
        _check_length(self.path)
        _make_folder(self.path.parent)
        with _locked(self.path.parent):
            _make_room(self.path)
            listener, self._identity = _listen(self.path)
        return listener


def _listen(path: Path) -> tuple[socket.socket, tuple[int, int]]:
    listener = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    try:
        listener.settimeout(0.0)
        listener.bind(os.fspath(path))
        # Nobody can connect before `listen`, so there is no moment in which others could.
        path.chmod(0o600)
        listener.listen(BACKLOG)
        return listener, _identity(path)
    except OSError:
        listener.close()
        raise


def _check_length(path: Path) -> None:
    length = len(os.fsencode(path))
    if length > LONGEST:
        raise NoPlace(
            f"the control socket's path has {length} bytes, and {LONGEST} are the most: "
            f"choose a shorter one with --socket, not {path}"
        )


def _make_folder(folder: Path) -> None:
    with suppress(FileExistsError):
        folder.mkdir(mode=0o700, parents=True)
    # A link of somebody else's leads wherever they like, also to a folder of ours.
    for found in (folder.lstat(), folder.stat()):
        _check_folder(folder, found)


def _check_folder(folder: Path, found: os.stat_result) -> None:
    if found.st_uid not in {os.getuid(), 0}:
        raise NoPlace(f"the control socket's folder {folder} belongs to somebody else")
    if stat.S_ISLNK(found.st_mode):
        return
    others_write = found.st_mode & (stat.S_IWGRP | stat.S_IWOTH)
    if others_write and not found.st_mode & stat.S_ISVTX:
        raise NoPlace(
            f"others may write to the control socket's folder {folder}: chmod 700 it, or choose "
            "another one with --socket"
        )


@contextmanager
def _locked(folder: Path) -> Generator[None]:
    """Keep other fleets from looking at this folder's sockets and replacing them."""
    opened = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        _lock(opened)
        yield
    finally:
        os.close(opened)


def _lock(folder: int) -> None:
    """Lock an open folder, which whoever may read it can do too, and keep it locked."""
    deadline = time.monotonic() + LOCKING
    while True:
        try:
            fcntl.flock(folder, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            if time.monotonic() > deadline:
                raise TimeoutError(errno.ETIMEDOUT, "its folder stays locked") from None
            time.sleep(LOOK)
        else:
            return


def _make_room(path: Path) -> None:
    """Remove a file that a fleet has left behind."""
    try:
        mode = path.lstat().st_mode
    except FileNotFoundError:
        return
    if not stat.S_ISSOCK(mode):
        raise Problem(f"{path} is there already, and is no socket: choose another --socket")
    if _somebody_accepts(path):
        raise Problem(f"another fleet answers at {path}: give this one a --socket of its own")
    path.unlink()


def _somebody_accepts(path: Path) -> bool:
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as probe:
        probe.settimeout(PATIENCE)
        try:
            probe.connect(os.fspath(path))
        except ConnectionRefusedError:
            return False
        except (TimeoutError, BlockingIOError):
            # Its queue of clients is full.
            return True
        except OSError as error:
            if error.errno == errno.ENOENT:
                return False
            raise
    return True


def _identity(path: Path) -> tuple[int, int]:
    found = path.lstat()
    return found.st_dev, found.st_ino
