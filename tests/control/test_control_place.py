"""Where the socket is, and who may have it."""

import fcntl
import os
import socket
import stat
import tempfile
import threading
from pathlib import Path

import pytest

from holdfast.actors.console.control import place as under_test
from holdfast.actors.console.control.place import ControlSocket, NoPlace, default_socket
from holdfast.actors.console.problem import Problem


def leave_behind(path: Path) -> None:
    """Make a socket file at which nobody accepts."""
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as made:
        made.bind(str(path))


def test_its_owner_alone_may_reach_it(folder: Path) -> None:
    path = folder / "new" / "control.sock"
    place = ControlSocket(path)

    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    place.close()
    assert not path.exists()


def test_a_file_that_was_left_behind_is_replaced(folder: Path) -> None:
    path = folder / "control.sock"
    leave_behind(path)

    place = ControlSocket(path)
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as client:
        client.connect(str(path))
    place.close()


def test_one_that_answers_is_another_fleets(folder: Path) -> None:
    path = folder / "control.sock"
    place = ControlSocket(path)

    with pytest.raises(Problem, match=r"another fleet answers at .*: give this one a --socket"):
        ControlSocket(path)
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as client:
        client.connect(str(path))
    place.close()


def test_of_many_fleets_that_find_the_same_stale_file_one_gets_the_place(folder: Path) -> None:
    path = folder / "control.sock"
    leave_behind(path)
    places: list[ControlSocket] = []
    refused: list[str] = []
    together = threading.Barrier(8)

    def begin() -> None:
        together.wait()
        try:
            places.append(ControlSocket(path))
        except Problem as problem:
            refused.append(str(problem))

    threads = [threading.Thread(target=begin) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert (len(places), len(refused)) == (1, 7)
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as client:
        client.connect(str(path))
    places[0].close()


def test_a_folder_that_stays_locked_holds_up_neither_the_beginning_nor_the_end(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whoever may read a folder may lock it, as any user may lock /tmp."""
    monkeypatch.setattr(under_test, "LOCKING", 0.1)
    place = ControlSocket(folder / "control.sock")
    locked = os.open(folder, os.O_RDONLY)
    try:
        fcntl.flock(locked, fcntl.LOCK_EX)
        with pytest.raises(NoPlace, match=r"other\.sock can't be made: its folder stays locked"):
            ControlSocket(folder / "other.sock")
        place.close()
    finally:
        os.close(locked)
    ControlSocket(folder / "control.sock").close()


def test_a_file_that_is_no_socket_is_left_alone(folder: Path) -> None:
    path = folder / "control.sock"
    path.write_text("precious")

    with pytest.raises(Problem, match="is no socket: choose another --socket"):
        ControlSocket(path)
    assert path.read_text() == "precious"


def test_the_file_of_a_successor_is_left_at_the_end(folder: Path) -> None:
    path = folder / "control.sock"
    first = ControlSocket(path)
    path.unlink()
    second = ControlSocket(path)

    first.close()
    assert path.exists()
    second.close()
    assert not path.exists()


def test_a_folder_to_which_others_may_write_is_refused(folder: Path) -> None:
    shared = folder / "shared"
    shared.mkdir()
    shared.chmod(0o777)
    with pytest.raises(NoPlace, match=r"others may write to .*: chmod 700 it"):
        ControlSocket(shared / "control.sock")

    shared.chmod(0o1777)  # as /tmp is: nobody may replace what is somebody else's
    ControlSocket(shared / "control.sock").close()


@pytest.mark.skipif(os.getuid() != 0, reason="only root can give a folder away")
@pytest.mark.parametrize("link", [False, True], ids=["folder", "link"])
def test_a_folder_of_somebody_else_is_refused(folder: Path, *, link: bool) -> None:
    theirs = folder / "theirs"
    if link:
        (folder / "ours").mkdir()
        theirs.symlink_to(folder / "ours")
    else:
        theirs.mkdir()
    os.chown(theirs, 12345, 12345, follow_symlinks=False)

    with pytest.raises(NoPlace, match="belongs to somebody else"):
        ControlSocket(theirs / "control.sock")


def test_a_path_that_is_too_long_is_told_with_its_length(folder: Path) -> None:
    path = folder / ("x" * 120)
    with pytest.raises(NoPlace, match=r"has \d+ bytes, and 10[37] are the most"):
        ControlSocket(path)


def test_a_folder_that_cannot_be_made_is_told_in_one_line(folder: Path) -> None:
    (folder / "file").touch()
    with pytest.raises(NoPlace, match=r"control.sock can't be made: Not a directory"):
        ControlSocket(folder / "file" / "x" / "control.sock")


OF_USER = f"{tempfile.gettempdir()}/holdfast-{os.getuid()}/control.sock"


@pytest.mark.parametrize(
    ("chosen", "runtime", "place"),
    [
        ("/x/y", "/run/user/1", "/x/y"),
        ("", "/run/user/1", "/run/user/1/holdfast/control.sock"),
        ("", "", OF_USER),
    ],
)
def test_the_usual_place(
    monkeypatch: pytest.MonkeyPatch, folder: Path, chosen: str, runtime: str, place: str
) -> None:
    monkeypatch.setattr(under_test, "RUNTIME_DIRS", str(folder))
    monkeypatch.setenv("HOLDFAST_SOCKET", chosen)
    monkeypatch.setenv("XDG_RUNTIME_DIR", runtime)
    assert str(default_socket()) == place


def test_without_the_variable_it_is_where_the_system_keeps_the_runtime_folder(
    monkeypatch: pytest.MonkeyPatch, folder: Path
) -> None:
    own = folder / str(os.getuid())
    own.mkdir()
    monkeypatch.setattr(under_test, "RUNTIME_DIRS", str(folder))
    for variable in ("HOLDFAST_SOCKET", "XDG_RUNTIME_DIR"):
        monkeypatch.delenv(variable, raising=False)

    assert default_socket() == own / "holdfast" / "control.sock"


def test_a_place_that_another_fleet_has_taken_meanwhile_is_left_to_it(folder: Path) -> None:
    former = ControlSocket(folder / "control.sock")
    former.path.unlink()
    other = ControlSocket(former.path)

    assert not former.renew()
    former.close()
    assert other.path.exists()
    other.close()


def test_a_file_whose_folder_has_gone_is_made_again_with_it(folder: Path) -> None:
    place = ControlSocket(folder / "new" / "control.sock")
    place.path.unlink()
    place.path.parent.rmdir()

    assert place.renew()
    assert stat.S_IMODE(place.path.parent.stat().st_mode) == 0o700
    place.close()


def test_where_no_file_can_be_made_again_the_former_socket_stays(folder: Path) -> None:
    place = ControlSocket(folder / "new" / "control.sock")
    former = place.listener
    place.path.unlink()
    place.path.parent.rmdir()
    place.path.parent.touch()

    assert not place.renew()
    assert place.listener is former
    place.close()
