"""`reload`: only what has changed is touched, and a file that is wrong changes nothing."""

from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from holdfast.actors import Fleet
from holdfast.actors.console.config import FleetConfig, load_fleet
from holdfast.actors.console.control import reload as under_test
from holdfast.actors.console.control.client import Client, ControlRefused
from holdfast.actors.console.control.desk import Desk, Source
from holdfast.actors.console.control.serve import serving
from holdfast.handlers import ConnectionHandler
from holdfast.testing import ScriptedServer, Session, echo, silent

if TYPE_CHECKING:
    from tests.control.conftest import Console, Open
    from tests.fleet.conftest import Logs


class Reloading:
    """A fleet and its file.

    Args:
        open_console: starts fleets.
        file: the file, written already.
    """

    def __init__(self, open_console: "Open", file: Path) -> None:
        self.file = file
        load = partial(load_fleet, str(file), ConnectionHandler)
        config = load()
        self.console: Console = open_console(
            *config.specs,
            source=Source(str(file), load, config),
            groups=config.groups,
            governor=config.governor,
        )
        self.fleet = self.console.fleet
        self.fleet.wait_ready(timeout=8)

    def reload(self, text: str, **options: object) -> dict[str, object]:
        """Write the file anew, and have it read."""
        self.file.write_text(text)
        answer: dict[str, object] = self.console.ask("reload", **options)
        return answer

    def incarnations(self) -> dict[str, int]:
        """Return how many actors each connection has had."""
        return {status.name: status.incarnation for status in self.fleet.status()}


def table(server: ScriptedServer, name: str, more: str = "") -> str:
    """Return the table of a connection."""
    return f'[[connection]]\nname = "{name}"\nurl = "{server.url}/{name}"\n{more}\n'


@pytest.fixture
def file(folder: Path) -> Path:
    """Return the path of a file."""
    return folder / "fleet.toml"


def test_only_what_has_changed_is_touched(open_console: "Open", file: Path) -> None:
    with ScriptedServer(echo) as server:
        names = ("same", "slower", "gone")
        file.write_text("".join(table(server, name) for name in names))
        fleet = Reloading(open_console, file)
        text = table(server, "new") + table(server, "same")
        text += table(server, "slower", "heartbeat.interval = 7\nlimits.outbox = 9")

        expected = {
            "added": ["new"],
            "removed": ["gone"],
            "changed": [{"name": "slower", "keys": ["heartbeat.interval", "limits.outbox"]}],
            "unchanged": 1,
        }
        assert fleet.reload(text, dry_run=True) == {**expected, "applied": False}
        assert fleet.incarnations() == dict.fromkeys(names, 1)

        assert fleet.reload(text) == {**expected, "applied": True}
        fleet.fleet.wait_ready(timeout=8)
        assert fleet.incarnations() == {"same": 1, "slower": 2, "new": 1}
        assert fleet.reload(text)["unchanged"] == 3
        assert fleet.incarnations() == {"same": 1, "slower": 2, "new": 1}


def test_a_changed_connection_keeps_its_messages_counts_and_history(
    open_console: "Open", file: Path, logs: "Logs"
) -> None:
    with ScriptedServer(echo) as server, ScriptedServer(echo) as other:
        file.write_text(table(server, "a", "restart.backoff = {base = 60, cap = 60, jitter = 0}"))
        fleet = Reloading(open_console, file)
        server.stop(reset=True)
        logs.wait("restart.scheduled")
        outcome = fleet.fleet.send("a", "kept")
        steps = fleet.fleet.history("a")
        assert fleet.reload(table(other, "a"))["changed"] == [
            {"name": "a", "keys": ["url", "restart.backoff.base", "restart.backoff.jitter"]}
        ]
        fleet.fleet.wait_ready(timeout=8)
        assert outcome.get(timeout=5) == "sent"
        assert fleet.fleet.history("a")[: len(steps)] == steps
        assert fleet.fleet.status("a").counts.accepted == 1
        assert [host.host for host in fleet.fleet.hosts() if host.connections] == [
            other.url.removeprefix("ws://")
        ]


async def take(session: Session) -> None:
    """Take the login, and note the key."""
    login = await session.expect_auth()
    KEYS.append(str(login.get("api_key")))
    await session.accept()
    await session.receive()


KEYS: list[str] = []


def test_a_secret_that_changed_behind_its_reference_is_a_change_of_auth(
    open_console: "Open", file: Path
) -> None:
    KEYS.clear()
    (file.parent / "key").write_text("the-first-key")
    (file.parent / "secret").write_text("a-secret-of-some-length")
    auth = 'auth = {kind = "hmac", api_key = "file:key", secret = "file:secret"}'
    with ScriptedServer(take) as server:
        text = table(server, "a", auth)
        file.write_text(text)
        fleet = Reloading(open_console, file)
        assert fleet.reload(text)["unchanged"] == 1
        (file.parent / "key").write_text("the-second-key")

        answer = fleet.reload(text)
        assert answer["changed"] == [{"name": "a", "keys": ["auth"]}]
        assert "key" not in str(answer).replace("'keys'", "")
        fleet.fleet.wait_ready(timeout=8)
    assert KEYS == ["the-first-key", "the-second-key"]


@pytest.mark.parametrize(
    ("kept", "more", "complaint"),
    [
        (0.5, "", "it is no TOML"),
        (1.0, "heartbeat.intervall = 3", "did you mean interval"),
        (0.0, "", "it has no connection"),
        (1.0, 'auth = {kind = "token", token = "env:NOT_SET"}', "is not set"),
    ],
    ids=["half", "key", "empty", "secret"],
)
def test_a_file_that_is_wrong_changes_nothing(
    open_console: "Open", file: Path, kept: float, more: str, complaint: str
) -> None:
    with ScriptedServer(echo) as server:
        text = table(server, "a")
        file.write_text(text)
        fleet = Reloading(open_console, file)
        with pytest.raises(ControlRefused, match=complaint) as refused:
            fleet.reload(text[: int(len(text) * kept)] + more)
        assert refused.value.kind == "bad_file"
        assert "\n" not in str(refused.value)
        assert fleet.incarnations() == {"a": 1}
        assert fleet.reload(text)["unchanged"] == 1


@pytest.mark.parametrize(
    ("more", "what"),
    [
        ("[groups.feeds]\n", "groups"),
        ("[governor]\ndials_per_second = 1\n", "governor"),
        ('[messages]\nfile = "messages.jsonl"\n', "messages"),
    ],
)
def test_what_the_connections_share_cannot_change(
    open_console: "Open", file: Path, more: str, what: str
) -> None:
    with ScriptedServer(echo) as server:
        file.write_text(table(server, "a"))
        fleet = Reloading(open_console, file)
        with pytest.raises(ControlRefused, match=f"{what}: it can't change while") as refused:
            fleet.reload(table(server, "b") + more)
        assert refused.value.kind == "not_possible"
        assert fleet.incarnations() == {"a": 1}


def test_what_an_operator_has_stopped_stays_so(open_console: "Open", file: Path) -> None:
    with ScriptedServer(echo) as server:
        file.write_text(table(server, "a") + table(server, "b"))
        fleet = Reloading(open_console, file)
        fleet.console.ask("stop", "a")
        text = table(server, "a", "heartbeat.interval = 7") + table(server, "b")
        assert fleet.reload(text)["changed"] == [{"name": "a", "keys": ["heartbeat.interval"]}]
        assert fleet.incarnations() == {"b": 1}
        fleet.console.ask("start", "a")
        assert [spec.heartbeat.interval for spec in fleet.fleet.specs()] == [20.0, 7.0]


def test_who_is_at_its_end_cannot_be_added_yet_and_nothing_is_done(
    open_console: "Open", file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(under_test, "PATIENCE", 0.0)
    with ScriptedServer(silent) as server:
        file.write_text(table(server, "a") + table(server, "b"))
        fleet = Reloading(open_console, file)
        assert fleet.reload(table(server, "b"))["removed"] == ["a"]
        everybody = "".join(table(server, name) for name in "abc")
        with pytest.raises(ControlRefused, match="'a' is at its end: reload again") as refused:
            fleet.reload(everybody)
        assert refused.value.kind == "stopping"
        assert [spec.name for spec in fleet.fleet.specs()] == ["a", "b"]
        fleet.console.ask("stop", "a")  # waits for its end
        assert fleet.reload(everybody)["added"] == ["a", "c"]


def test_a_fleet_that_is_just_starting_is_not_reloaded(folder: Path, file: Path) -> None:
    def load() -> FleetConfig:
        return load_fleet(str(file), ConnectionHandler)

    file.write_text('[[connection]]\nname = "a"\nurl = "ws://127.0.0.1:9"\n')
    with Fleet() as fleet:
        desk = Desk(fleet, lambda: None, Source(str(file), load, load()))
        with serving(desk, folder / "s"), Client(folder / "s") as client:
            with pytest.raises(ControlRefused, match="just starting") as refused:
                client.ask("reload")
            desk.start(load().specs)
            assert client.ask("reload")["unchanged"] == 1
    assert refused.value.kind == "busy"


def test_a_fleet_without_a_file_says_so(open_console: "Open") -> None:
    with pytest.raises(ControlRefused, match="read from no file") as refused:
        open_console().ask("reload")
    assert refused.value.kind == "not_possible"
