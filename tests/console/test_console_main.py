"""The command itself: help, version, and one line for each mistake."""

import os
import re
import subprocess
import sys
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from holdfast.actors.console.main import COMMANDS

if TYPE_CHECKING:
    from tests.console.conftest import Call, Start


def test_the_installed_command_lists_its_commands(start: "Start") -> None:
    code, out, err = start("--help").finish()

    assert (code, err) == (0, "")
    for name, command in COMMANDS.items():
        assert re.search(rf" {name} +{re.escape(command.help)}\n", out)


def test_without_a_command_it_shows_its_help(call: "Call") -> None:
    assert call() == call("--help")


def test_help_loads_no_command() -> None:
    """The list of commands must be there at once, so it imports none of them."""
    code = (
        "import sys; from holdfast.actors.console.main import main; main(['--help']);"
        "print(sorted(name for name in sys.modules if name.startswith('holdfast.actors.console')))"
    )
    run = subprocess.run(
        [sys.executable, "-c", code], check=True, capture_output=True, text=True, timeout=30
    )
    ours = ["", ".lazy", ".main", ".problem", ".variables"]
    assert run.stdout.splitlines()[-1] == str([f"holdfast.actors.console{name}" for name in ours])


def test_the_version_is_the_packages(call: "Call") -> None:
    assert call("--version") == (0, f"holdfast {version('holdfast')}\n", "")


def test_the_list_of_commands_fits_a_screen_each_on_a_line_of_its_own(call: "Call") -> None:
    _, out, _ = call("--help")

    assert len(out.splitlines()) <= 23
    assert len(out.splitlines()) == 4 + len(COMMANDS)


@pytest.mark.parametrize("command", COMMANDS)
def test_the_help_of_each_command_fits_a_screen_and_has_an_example(
    call: "Call", command: str
) -> None:
    code, out, _ = call(*command.split(), "--help")

    assert code == 0
    assert re.search(rf"Example: .*holdfast {command}\b", out)
    assert len(out.splitlines()) <= 23  # the prompt has a line too
    assert all(len(line) <= 80 for line in out.splitlines())


INTERRUPTED_WHILE_LOADING = """
import signal, sys

class Press:
    def find_spec(self, name, *_):
        if name == "click":
            signal.raise_signal(signal.SIGINT)

sys.meta_path.insert(0, Press())
from holdfast.actors.console.entry import main
sys.exit(main())
"""


def test_ctrl_c_while_it_is_loading_ends_it_in_silence() -> None:
    run = subprocess.run(
        [sys.executable, "-c", INTERRUPTED_WHILE_LOADING],
        check=False,
        capture_output=True,
        text=True,
        timeout=30,
    )

    assert (run.returncode, run.stdout, run.stderr) == (130, "", "")


@pytest.mark.parametrize(
    ("arguments", "named"),
    [
        (["rum"], "rum"),
        (["--nonsense"], "--nonsense"),
        (["run"], "FILE"),
        (["run", "a.toml", "b.toml"], "b.toml"),
        (["run", "a.toml", "--log-level", "loud"], "loud"),
        (["run", "a.toml", "--log", "/nowhere/at/all"], "/nowhere/at/all"),
        (["run", "a.toml\x1b[31m"], r"a.toml\x1b[31m"),
        (["demo", "--connections", "0"], "--connections"),
        (["demo", "--connections", "-5"], "--connections"),
        (["demo", "--connections", "10001"], "--connections"),
        (["demo", "--connections", "many"], "many"),
        (["demo", "--seconds", "0"], "--seconds"),
        (["demo", "--seconds", "-1"], "--seconds"),
        (["demo", "--seconds", "nan"], "--seconds"),
        (["demo", "--seconds", "inf"], "--seconds"),
        (["demo", "--seed", "x"], "--seed"),
        (["demo", "--log", "/nowhere/at/all"], "/nowhere/at/all"),
    ],
)
def test_a_mistake_on_the_command_line_is_one_line_that_names_it(
    call: "Call", arguments: list[str], named: str
) -> None:
    code, out, err = call(*arguments)

    assert (code, out) == (2, "")
    assert err.startswith("holdfast: ")
    assert err.count("\n") == 1
    assert named in err


def test_a_log_needs_the_right_to_write_it_and_no_other(call: "Call", fleet_file: Path) -> None:
    log = fleet_file.with_name("log.jsonl")
    log.touch(mode=0o200)
    if os.access(log, os.R_OK):
        pytest.skip("root may read and write everything")
    fleet_file.write_text('[[connection]]\nname = "a"\nurl = "http://h"\n')
    code, _, err = call("run", "fleet.toml", "--log", str(log))
    assert (code, "the URL must begin with ws://" in err) == (2, True)

    log.chmod(0)
    for command in (["run", "fleet.toml"], ["demo"]):
        assert call(*command, "--log", str(log)) == (
            2,
            "",
            f"holdfast: --log {log}: it can't be written: Permission denied\n",
        )


def test_an_option_may_be_given_by_the_environment_which_the_command_line_overrides(
    call: "Call", monkeypatch: pytest.MonkeyPatch
) -> None:
    def said(*arguments: str) -> str:
        return call("run", "/nowhere/fleet.toml", *arguments)[2]

    monkeypatch.setenv("HOLDFAST_LOG_LEVEL", "loud")
    assert said().startswith("holdfast: environment: HOLDFAST_LOG_LEVEL: Invalid value for ")
    monkeypatch.setenv("HOLDFAST_RUN_LOG_LEVEL", "louder")
    assert said().startswith("holdfast: environment: HOLDFAST_RUN_LOG_LEVEL: Invalid value for ")
    assert said("--log-level", "debug").startswith("holdfast: /nowhere/fleet.toml: ")
    assert said("--log-level", "mute").startswith("holdfast: Invalid value for ")


@pytest.mark.parametrize(
    ("arguments", "complaint"),
    [
        (["statsu"], "no command is named 'statsu'; did you mean 'status'?"),
        (["xyz"], "no command is named 'xyz'; `holdfast --help` lists them"),
    ],
)
def test_a_command_that_is_nearly_one_is_guessed(
    call: "Call", arguments: list[str], complaint: str
) -> None:
    assert call(*arguments) == (2, "", f"holdfast: {complaint}\n")


def test_a_variable_serves_the_commands_below_a_command(
    call: "Call", monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HOLDFAST_CONFIG_SHOW_JSON", "perhaps")

    assert call("config", "show", "/nowhere/fleet.toml")[2].startswith(
        "holdfast: environment: HOLDFAST_CONFIG_SHOW_JSON: "
    )


def test_a_variable_with_the_version_in_it_is_no_option(
    call: "Call", monkeypatch: pytest.MonkeyPatch
) -> None:
    """Images often hold such a variable."""
    monkeypatch.setenv("HOLDFAST_VERSION", "0.1.0")
    monkeypatch.setenv("HOLDFAST_HELP", "1")

    assert call("run", "/nowhere/fleet.toml")[0] == 2


def test_a_mistake_ends_the_real_process_with_2(start: "Start") -> None:
    code, out, err = start("run", "/nowhere/fleet.toml").finish()

    assert (code, out) == (2, "")
    assert err == "holdfast: /nowhere/fleet.toml: it can't be read: No such file or directory\n"


def test_the_demo_without_its_extra_says_what_to_install() -> None:
    code = (
        "import sys; sys.modules['websockets'] = None;"  # the import system's own way to say no
        "from holdfast.actors.console.main import main; sys.exit(main(['demo']))"
    )
    run = subprocess.run(
        [sys.executable, "-c", code], check=False, capture_output=True, text=True, timeout=30
    )
    assert run.returncode == 2
    assert run.stderr == (
        'holdfast: the demo needs its server, which is an extra: pip install "holdfast[demo]"\n'
    )


def test_a_standard_output_that_is_full_is_told_in_one_line(start: "Start") -> None:
    with Path("/dev/full").open("w") as full:
        command = start("config", "example", stdout=full)
        _, err = command.process.communicate(timeout=30)

    assert (command.process.returncode, err) == (
        1,
        "holdfast: standard output: No space left on device\n",
    )


def test_a_standard_output_that_is_closed_is_no_trouble(start: "Start") -> None:
    assert start("config", "example", after="exec >&-").finish() == (0, "", "")
