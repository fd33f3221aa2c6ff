"""Completion: of commands without importing them, of names from the fleet that runs."""

import os
import shutil
import socket
import stat
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from holdfast.actors.console.main import COMMANDS, main

if TYPE_CHECKING:
    from tests.console.conftest import Call

BASH = shutil.which("bash")
SHELLS = ["bash", "zsh", "fish"]


class Tab:
    """A shell in which Tab is pressed."""

    def __init__(self, patch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]) -> None:
        self._patch = patch
        self._capfd = capfd

    def __call__(self, *words: str) -> list[str]:
        """Return what bash is told to complete the last word with."""
        self._patch.setenv("_HOLDFAST_COMPLETE", "bash_complete")
        self._patch.setenv("COMP_WORDS", "\n".join(["holdfast", *words]))
        self._patch.setenv("COMP_CWORD", str(len(words)))
        with pytest.raises(SystemExit) as end:
            main([])
        out, err = self._capfd.readouterr()
        assert (end.value.code, err) == (0, "")
        return [line.removeprefix("plain,") for line in out.splitlines() if line]


@pytest.fixture
def tab(monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]) -> Tab:
    return Tab(monkeypatch, capfd)


def test_commands_are_completed(tab: Tab) -> None:
    assert tab("") == list(COMMANDS)
    assert tab("rest") == ["restart"]


def test_the_options_of_a_command_are_completed(tab: Tab) -> None:
    assert tab("send", "--b") == ["--binary"]
    assert tab("--v") == ["--version"]


@pytest.mark.usefixtures("running")
def test_names_and_groups_are_those_of_the_fleet_that_runs(tab: Tab) -> None:
    everything = ["prices", "orders", "deribit-1", "@trading"]
    for command in ("explain", "dead-letters", "send", "start", "stop", "restart", "resume"):
        assert tab(command, "") == everything
    assert tab("reauth", "d") == ["deribit-1"]
    assert tab("stop", "@") == ["@trading"]


@pytest.mark.usefixtures("running")
def test_a_name_may_follow_watch_without_a_number(tab: Tab) -> None:
    assert tab("status", "--watch", "d") == ["deribit-1"]
    assert tab("status", "--watch", "5", "d") == ["deribit-1"]
    assert tab("status", "d") == ["deribit-1"]


@pytest.mark.usefixtures("running")
def test_a_name_that_stands_there_is_not_offered_again(tab: Tab) -> None:
    assert tab("stop", "prices", "") == ["orders", "deribit-1", "@trading"]
    assert tab("send", "prices", "p") == []


def test_without_a_fleet_nothing_is_completed_and_nothing_said(tab: Tab, tmp_path: Path) -> None:
    assert tab("stop", "--socket", str(tmp_path / "no.sock"), "") == []


def test_a_fleet_that_does_not_answer_completes_nothing(tab: Tab, tmp_path: Path) -> None:
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(str(tmp_path / "mute.sock"))
        listener.listen()
        assert tab("stop", "--socket", str(tmp_path / "mute.sock"), "") == []


@pytest.mark.parametrize("shell", SHELLS)
def test_a_script_asks_this_command(call: "Call", shell: str) -> None:
    code, out, _ = call("completion", shell)

    assert code == 0
    assert f"_HOLDFAST_COMPLETE={shell}_complete" in out


def test_completion_imports_no_more_than_the_command_that_is_completed() -> None:
    """Whoever has pressed Tab waits for every import."""
    code = (
        "import sys; from holdfast.actors.console.main import main\n"
        "try: main([])\n"
        "except SystemExit: print(sorted({'structlog', 'rich', 'pykka'} & sys.modules.keys()))"
    )
    run = subprocess.run(
        [sys.executable, "-c", code],
        check=True,
        capture_output=True,
        text=True,
        timeout=30,
        env={
            **os.environ,
            "_HOLDFAST_COMPLETE": "bash_complete",
            "COMP_WORDS": "holdfast restart p",
            "COMP_CWORD": "2",
        },
    )
    assert run.stdout.splitlines()[-1] == "[]"


@pytest.mark.skipif(BASH is None, reason="there is no bash")
@pytest.mark.usefixtures("running")
def test_bash_completes_a_group_with_the_script(tmp_path: Path) -> None:
    holdfast = tmp_path / "holdfast"
    holdfast.write_text(
        f'#!/bin/sh\nexec "{sys.executable}" -m holdfast.actors.console.entry "$@"\n',
        encoding="utf-8",
    )
    holdfast.chmod(holdfast.stat().st_mode | stat.S_IXUSR)
    script = (
        'eval "$(holdfast completion bash)"; COMP_WORDS=(holdfast restart @tr); COMP_CWORD=2\n'
        '_holdfast_completion holdfast; printf "%s\\n" "${COMPREPLY[@]}"'
    )
    run = subprocess.run(
        [BASH or "", "-c", script],
        check=True,
        capture_output=True,
        text=True,
        timeout=30,
        env={**os.environ, "PATH": f"{tmp_path}:{os.environ['PATH']}"},
    )
    assert (run.stdout, run.stderr) == ("@trading\n", "")


def test_config_show_completes_the_names_of_its_file(tab: Tab, fleet_file: Path) -> None:
    file = str(fleet_file)
    assert tab("config", "show", file, "p") == []
    fleet_file.write_text(
        "".join(f'[[connection]]\nname = "{name}"\nurl = "ws://h"\n' for name in ("pa", "pb", "q"))
    )
    assert tab("config", "show", file, "p") == ["pa", "pb"]
    assert tab("config", "show", file, "pa", "p") == ["pb"]
