"""What a good fleet.toml becomes: the specs, the secrets, and what the defaults do."""

import shutil
from pathlib import Path

import pytest

from holdfast.actors import (
    Backoff,
    ConnectionSpec,
    Governor,
    Group,
    Heartbeat,
    HostLimits,
    Limits,
    OutagePolicy,
    Overflow,
    RestartPolicy,
    Timeouts,
    TlsOptions,
)
from holdfast.actors.console.config import FleetConfig, load_fleet
from holdfast.actors.logs import redact
from holdfast.actors.wire.target import Target
from holdfast.handlers import CauseKind, ConnectionHandler, HmacAuth, TokenAuth

DOCS = Path(__file__).resolve().parents[2] / "docs"

ALL_KEYS = """
[groups.feeds]

[[connection]]
name = "a"
url = "wss://h/path"
group = "feeds"
subscriptions = ["text", {op = "subscribe", n = [1, 2.5, true]}]
subprotocols = ["v2", "v1"]
heartbeat = {interval = 7, timeout = 3, stale_after = 20}
timeouts = {dial = 1, auth = 2, flush = 0, close = 3, stall = 4}
limits = {max_message = 1, window = 2, outbox = 3, mailbox = 4, overflow = "drop_oldest"}
headers = {X-Plain = "as it is", Authorization = "env:HOLDFAST_TEST_KEY"}
tls = {verify = false}
close_codes = {4001 = "session_taken"}
handler = "handlers_of_this_test:Own.Inner"

[connection.auth]
kind = "hmac"
api_key = "env:HOLDFAST_TEST_KEY"
secret = "file:secret.txt"
threshold = 5

[connection.restart]
kind = "transient"
intensity = 0
period = 10
stable_after = 0
on_excess = "stop_group"
backoff = {base = 0.5, factor = 3, cap = 9, jitter = 0.5}
"""

HANDLERS = """
from holdfast.handlers import ConnectionHandler

class Own:
    class Inner(ConnectionHandler):
        pass
"""


SHARED = """
[groups.feeds]
strategy = "rest_for_one"
[groups."order entry"]

[governor]
dials_at_once = 20
dials_per_second = 10.5

[governor.outage]
connections = 3
share = 0.25
returns_per_second = 50

[governor.hosts."Stream.example.com"]
dials_at_once = 5
logins_per_second = 2

[governor.hosts."[::1]"]
dials_per_second = 100

[defaults]
group = "feeds"

[[connection]]
name = "a"
url = "wss://stream.example.com:8443/v1"

[[connection]]
name = "b"
url = "ws://[0:0::1]:8080"
group = "order entry"

[[connection]]
name = "c"
url = "ws://other"
group = ""
"""


def load_all(file: Path, text: str) -> FleetConfig:
    """Return all that a file with this text says."""
    file.write_text(text)
    return load_fleet(str(file), ConnectionHandler)


def load(file: Path, text: str) -> list[ConnectionSpec]:
    """Return the specs of a file with this text."""
    return list(load_all(file, text).specs)


def test_a_connection_that_says_little_is_as_the_library_has_it(fleet_file: Path) -> None:
    found = load_all(fleet_file, '[[connection]]\nname = "a"\nurl = "ws://h"')

    assert found == FleetConfig((ConnectionSpec(name="a", url="ws://h"),), (), Governor())


def test_every_key_reaches_the_spec(fleet_file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOLDFAST_TEST_KEY", "the-key")
    (fleet_file.parent / "secret.txt").write_text("the-secret\n")
    (fleet_file.parent / "handlers_of_this_test.py").write_text(HANDLERS)

    (found,) = load(fleet_file, ALL_KEYS)

    assert isinstance(found.handler, type)
    assert found.handler.__qualname__ == "Own.Inner"
    assert found == ConnectionSpec(
        name="a",
        url="wss://h/path",
        group="feeds",
        handler=found.handler,
        auth=HmacAuth("the-key", "the-secret", threshold=5),
        subscriptions=("text", {"op": "subscribe", "n": [1, 2.5, True]}),
        restart=RestartPolicy(
            kind="transient",
            backoff=Backoff(base=0.5, factor=3, cap=9, jitter=0.5),
            intensity=0,
            period=10,
            stable_after=0,
            on_excess="stop_group",
        ),
        heartbeat=Heartbeat(interval=7, timeout=3, stale_after=20),
        timeouts=Timeouts(dial=1, auth=2, flush=0, close=3, stall=4),
        limits=Limits(max_message=1, window=2, outbox=3, mailbox=4, overflow=Overflow.DROP_OLDEST),
        headers={"X-Plain": "as it is", "Authorization": "the-key"},
        subprotocols=("v2", "v1"),
        tls=TlsOptions(verify=False),
        close_codes={4001: CauseKind.TAKEN},
    )


def test_groups_and_governor_are_as_written_and_hosts_as_their_connections_spell_them(
    fleet_file: Path,
) -> None:
    found = load_all(fleet_file, SHARED)

    assert [spec.group for spec in found.specs] == ["feeds", "order entry", ""]
    assert found.groups == (Group("feeds", "rest_for_one"), Group("order entry"))
    assert found.governor == Governor(
        limits=HostLimits(dials_at_once=20, dials_per_second=10.5),
        hosts={
            "stream.example.com": HostLimits(
                dials_at_once=5, dials_per_second=10.5, logins_per_second=2
            ),
            "::1": HostLimits(dials_at_once=20, dials_per_second=100),
        },
        outage=OutagePolicy(connections=3, share=0.25, returns_per_second=50),
    )
    hosts = [Target.parse(spec.url).host for spec in found.specs]
    assert [found.governor.limits_of(host).dials_at_once for host in hosts] == [5, 20, 20]


@pytest.mark.parametrize(("written", "policy"), [("false", None), ("true", OutagePolicy())])
def test_outages_may_be_switched_off(
    fleet_file: Path, written: str, policy: OutagePolicy | None
) -> None:
    connection = '[[connection]]\nname = "a"\nurl = "ws://h"\n'
    found = load_all(fleet_file, f"{connection}[governor]\noutage = {written}")

    assert found.governor == Governor(outage=policy)


def test_defaults_are_overridden_key_by_key_but_auth_and_lists_as_a_whole(
    fleet_file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HOLDFAST_TEST_KEY", "the-key")
    text = """
        [defaults]
        url = "ws://h"
        auth = {kind = "token", token = "env:HOLDFAST_TEST_KEY"}
        subscriptions = ["one"]
        heartbeat = {interval = 7, timeout = 3}
        headers = {X-A = "a", X-B = "b"}
        [[connection]]
        name = "plain"
        [[connection]]
        name = "own"
        auth = {kind = "none"}
        subscriptions = ["two"]
        heartbeat.interval = 8
        headers.X-B = "other"
    """
    plain, own = load(fleet_file, text)

    assert plain == ConnectionSpec(
        name="plain",
        url="ws://h",
        auth=TokenAuth("the-key"),
        subscriptions=("one",),
        heartbeat=Heartbeat(interval=7, timeout=3),
        headers={"X-A": "a", "X-B": "b"},
    )
    assert own == ConnectionSpec(
        name="own",
        url="ws://h",
        subscriptions=("two",),
        heartbeat=Heartbeat(interval=8, timeout=3),
        headers={"X-A": "a", "X-B": "other"},
    )


def test_whatever_a_reference_names_is_masked_in_the_logs_from_then_on(
    fleet_file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HOLDFAST_TEST_KEY", "only-in-this-test-5012")
    load(
        fleet_file,
        '[[connection]]\nname = "a"\nurl = "ws://h"\nheaders = {X-A = "env:HOLDFAST_TEST_KEY"}',
    )

    assert redact("it was only-in-this-test-5012, they say") == "it was ***, they say"


def test_a_handler_is_imported_only_when_all_else_is_right(fleet_file: Path) -> None:
    """Importing runs somebody's code, and nothing starts before the whole file is right."""
    trace = fleet_file.parent / "imported"
    code = f"open({str(trace)!r}, 'w').close()"
    (fleet_file.parent / "leaves_a_trace.py").write_text(code)
    first = '[[connection]]\nname = "a"\nurl = "ws://h"\nhandler = "leaves_a_trace:X"\n'

    with pytest.raises(Exception, match="URL must begin"):
        load(fleet_file, f'{first}[[connection]]\nname = "b"\nurl = "http://h"')
    assert not trace.exists()

    with pytest.raises(Exception, match="has no X"):
        load(fleet_file, first)
    assert trace.exists()


def test_a_byte_order_mark_is_no_mistake(fleet_file: Path) -> None:
    assert load(fleet_file, '\ufeff[[connection]]\nname = "a"\nurl = "ws://h"')


def test_the_example_is_a_good_fleet(fleet_file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("EXAMPLE_KEY", "EXAMPLE_SECRET", "STATUS_KEY"):
        monkeypatch.setenv(name, f"value-of-{name}")
    (fleet_file.parent / "news.token").write_text("a-token")
    shutil.copy(DOCS / "examples" / "fleet.toml", fleet_file)

    fleet = load_fleet(str(fleet_file), ConnectionHandler)

    assert [spec.name for spec in fleet.specs] == ["prices", "orders", "fills", "news", "status"]
    assert [group.name for group in fleet.groups] == ["trading"]
    assert list(fleet.governor.hosts) == ["news.example.com"]
