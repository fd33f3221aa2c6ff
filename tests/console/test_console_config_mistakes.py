"""Every mistake in fleet.toml is told in one line with file, table and key; nothing starts."""

import os
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from tests.console.conftest import Call

GOOD = 'name = "a"\nurl = "ws://h"\n'
A = 'connection[1] "a": '
REFERENCE = 'a secret is given as a reference, "env:NAME" or "file:PATH", not written out'
KINDS = (
    "auth_rejected, handler_crash, network, normal_close, protocol_error, server_busy, "
    "session_taken"
)

FILES = {
    "": "it has no connection: write a [[connection]] table",
    "[defaults]\n": "it has no connection: write a [[connection]] table",
    "x = ": "it is no TOML: Invalid value (at end of document)",
    'a = 1\nb = "\n': "it is no TOML: Illegal character '\\n' (at line 2, column 6)",
    "a = " + "[" * 3000: "it is nested too deeply",
    "timeout = 1": (
        "timeout: there is no such key; known are defaults, connection, groups, governor, messages"
    ),
    "[[connections]]": "connections: there is no such key; did you mean connection?",
    '[connection]\nname = "a"': "connection: it must be a list of tables: write [[connection]]",
    "connection = [3]": "connection: it must be a list of tables: write [[connection]]",
    "defaults = 3": "defaults: it must be a table: write [defaults]",
    "[[connection]]": "connection[1]: name: this key is missing",
    '[[connection]]\nname = ""': "connection[1]: name: it must not be empty",
    "[[connection]]\nname = 3": "connection[1]: name: it must be text, not a whole number",
    '[[connection]]\nname = "a"': f"{A}url: this key is missing",
    '[[connection]]\nname = "a\\u001b"\nurl = "ws://h"': (
        r'connection[1] "a\x1b": name must be 1 to 200 printable characters'
    ),
    f"[[connection]]\n{GOOD}[[connection]]\n{GOOD}": (
        'connection[2] "a": name: connection[1] has this name already; names are unique'
    ),
    "[defaults.heartbeat]\ninterval = -1": (
        "defaults: heartbeat.interval: it must be a number above 0, not -1"
    ),
    '[defaults]\nurls = "ws://h"': "defaults: urls: there is no such key; did you mean url?",
    '[[connection]]\nname = "a"\n[defaults]\ngroup = "feeds"': (
        "defaults: group: no group is named feeds; write [groups.feeds]"
    ),
    "groups = 3": "groups: it must be a table, not 3",
    "groups.feeds = 3": "groups.feeds: it must be a table, not 3",
    f'[groups.""]\n[[connection]]\n{GOOD}': (
        """groups."": a group's name must be 1 to 200 printable characters"""
    ),
    '[groups."my feeds"]\nstrategy = "all"': (
        'groups."my feeds".strategy: it must be one of one_for_all, one_for_one, rest_for_one'
    ),
    '[groups."a.b"]\n[groups."c.d"]\nstrateg = "one_for_all"': (
        'groups."c.d".strateg: there is no such key; did you mean strategy?'
    ),
    f'[groups."a\\u001b"]\n[[connection]]\n{GOOD}': (
        r"""groups."a\x1b": a group's name must be 1 to 200 printable characters"""
    ),
    "[group.feeds]": "group: there is no such key; did you mean groups?",
    "governor = true": "governor: it must be a table, not true",
    "[governor]\ndial_at_once = 3": (
        "governor.dial_at_once: there is no such key; did you mean dials_at_once?"
    ),
    "[governor]\ndials_at_once = 0": (
        "governor.dials_at_once: it must be a whole number of 1 or more, not 0"
    ),
    "[governor]\ndials_per_second = 0": (
        "governor.dials_per_second: it must be a number above 0, not 0"
    ),
    f"[governor]\nlogins_per_second = inf\n[[connection]]\n{GOOD}": (
        "governor logins_per_second must be a finite number above zero, not inf"
    ),
    "[governor]\noutage = 3": "governor.outage: it must be true or false or a table, not 3",
    "[governor.outage]\nshare = 1": "governor.outage.share: it must be a number below 1, not 1",
    "[governor.outage]\nshares = 0.5": (
        "governor.outage.shares: there is no such key; did you mean share?"
    ),
    f"[governor.outage]\nreturns_per_second = inf\n[[connection]]\n{GOOD}": (
        "governor.outage: outage returns_per_second must be a finite number above zero, not inf"
    ),
    '[governor.hosts."stream.example.com"]\ndials_at_once = 1.5': (
        'governor.hosts."stream.example.com".dials_at_once: it must be a whole number, not 1.5'
    ),
    f'[governor.hosts."wss://h"]\n[[connection]]\n{GOOD}': (
        'governor.hosts."wss://h": a host is named as in a URL, without scheme, port and path'
    ),
    f'[governor.hosts."h:443"]\n[[connection]]\n{GOOD}': (
        'governor.hosts."h:443": a host is named as in a URL, without scheme, port and path'
    ),
    f"[governor.hosts.strem]\n[[connection]]\n{GOOD.replace('ws://h', 'ws://stream')}": (
        "governor.hosts.strem: no connection goes to this host; did you mean stream?"
    ),
    f"[governor.hosts.other]\n[[connection]]\n{GOOD}": (
        "governor.hosts.other: no connection goes to this host"
    ),
    f"[governor.hosts.h]\n[governor.hosts.H]\n[[connection]]\n{GOOD}": (
        "governor.hosts.H: this host has been named before, in other letters"
    ),
    f'[groups.feeds]\n[groups.orders]\n[[connection]]\n{GOOD}group = "fed"': (
        f"{A}group: no group is named fed; did you mean feeds?"
    ),
    f'[groups.feeds]\n[groups.orders]\n[[connection]]\n{GOOD}group = "zzz"': (
        f"{A}group: no group is named zzz; known are feeds, orders"
    ),
    f"[defaults.restart.backoff]\nbase = 90\n[[connection]]\n{GOOD}": (
        f"{A}restart: backoff cap must be the base (90.0) or more, not 60.0"
    ),
}
"""Whole files, and what is said of them."""

KEYS = {
    'url = "http://h"': "url: the URL must begin with ws:// or wss://",
    'url = "ws://me:hunter2@h"': (
        "url: the URL holds a user name or password; send credentials by auth or by headers"
    ),
    "url = 3": "url: it must be text, not a whole number",
    "url = 1979-05-27": "url: it must be text, not a date",
    "subscription = []": "subscription: there is no such key; did you mean subscriptions?",
    'subscriptions = "x"': "subscriptions: it must be a list, not text",
    'heartbeat = "fast"': "heartbeat: it must be a table, not text",
    "heartbeat.intervall = 3": (
        "heartbeat.intervall: there is no such key; did you mean interval?"
    ),
    "heartbeat.zzz = 3": (
        "heartbeat.zzz: there is no such key; known are interval, timeout, stale_after"
    ),
    "heartbeat.interval = 0": "heartbeat.interval: it must be a number above 0, not 0",
    "heartbeat.interval = true": "heartbeat.interval: it must be a number, not true",
    'heartbeat.interval = "3"': "heartbeat.interval: it must be a number, not text",
    "heartbeat.interval = inf": "heartbeat.interval must be a finite number above zero, not inf",
    "timeouts.dial = -2.5": "timeouts.dial: it must be a number above 0, not -2.5",
    "timeouts.flush = -1": "timeouts.flush: it must be a number of 0 or more, not -1",
    "limits.outbox = 1.5": "limits.outbox: it must be a whole number, not 1.5",
    "limits.mailbox = 0": "limits.mailbox: it must be a whole number of 1 or more, not 0",
    'limits.overflow = "x"': (
        "limits.overflow: it must be one of refuse, drop_oldest, drop_newest"
    ),
    'restart.kind = "for ever"': (
        "restart.kind: it must be one of permanent, temporary, transient"
    ),
    'restart.on_excess = "stop"': (
        "restart.on_excess: it must be one of quarantine, stop_fleet, stop_group"
    ),
    "group = 3": "group: it must be text, not a whole number",
    'group = "my feeds"': 'group: no group is named my feeds; write [groups."my feeds"]',
    "restart.intensity = -1": ("restart.intensity: it must be a whole number of 0 or more, not -1"),
    "restart.period = inf": "restart period must be a finite number above zero, not inf",
    "restart.backoff.factor = 0.5": (
        "restart.backoff.factor: it must be a number of 1 or more, not 0.5"
    ),
    'auth = "hunter2"': "auth: it must be a table, not text",
    "auth = {}": "auth.kind: this key is missing",
    'auth = {kind = "oauth"}': "auth.kind: it must be one of hmac, token, none",
    'auth = {kind = "hmac", secret = "env:X"}': "auth.api_key: this key is missing",
    'auth = {kind = "token", tokn = "env:X"}': (
        "auth.tokn: there is no such key; did you mean token?"
    ),
    'auth = {kind = "token", token = "hunter2"}': f"auth.token: {REFERENCE}",
    'auth = {kind = "token", token = "hunter2:x"}': f"auth.token: {REFERENCE}",
    'auth = {kind = "token", token = 123456}': ("auth.token: it must be text, not a whole number"),
    'auth = {kind = "token", token = "env:HOLDFAST_TEST_NONE"}': (
        "auth.token: the environment variable HOLDFAST_TEST_NONE is not set"
    ),
    'auth = {kind = "token", token = "env:HOLDFAST_TEST_EMPTY"}': (
        "auth.token: env:HOLDFAST_TEST_EMPTY is empty"
    ),
    'auth = {kind = "token", token = "file:nothing"}': (
        "auth.token: file:nothing can't be read: No such file or directory"
    ),
    'auth = {kind = "token", token = "file:."}': (
        "auth.token: file:. can't be read: Is a directory"
    ),
    'auth = {kind = "token", token = "file:/dev/zero"}': (
        "auth.token: file:/dev/zero is larger than 65536 bytes: that is no secret"
    ),
    'auth = {kind = "token", token = "file:binary"}': (
        "auth.token: file:binary holds no UTF-8 text"
    ),
    'auth = {kind = "token", token = "file:~nobody-at-all/x"}': (
        "auth.token: file:~nobody-at-all/x names a home folder that isn't known"
    ),
    'auth = {kind = "token", token = "env:HOLDFAST_TEST_KEY", threshold = -1}': (
        "auth.threshold: it must be a number of 0 or more, not -1"
    ),
    "headers = {X-A = 3}": "headers.X-A: it must be text, not a whole number",
    'headers = {"X A" = "x"}': "headers.X A: header 'X A' is no name of a header",
    'headers = {Host = "x"}': "headers.Host: header 'Host' belongs to the handshake itself",
    'headers = {X-A = "x", Authorization = "Bearer hunter2"}': (
        f"headers.Authorization: {REFERENCE}"
    ),
    'headers = {X-A = "env:HOLDFAST_TEST_NONE"}': (
        "headers.X-A: the environment variable HOLDFAST_TEST_NONE is not set"
    ),
    'headers = {X-A = "env:HOLDFAST_TEST_LINES"}': (
        "headers.X-A: the value of header 'X-A' holds a line break or a control character"
    ),
    'subprotocols = ["a", 3]': "subprotocols[2]: it must be text, not a whole number",
    'subprotocols = ["a", "a"]': "subprotocols: one is named twice",
    'close_codes = {4001 = "taken"}': f"close_codes.4001: it must be one of {KINDS}",
    'close_codes = {4001 = "machine_crash"}': f"close_codes.4001: it must be one of {KINDS}",
    'close_codes = {4001 = "network", 4002 = "sibling_restart"}': (
        f"close_codes.4002: it must be one of {KINDS}"
    ),
    'close_codes = {4001 = "network", 99 = "network"}': (
        "close_codes.99: it must be a whole number of 1000 or more, not 99"
    ),
    'close_codes = {x = "network"}': "close_codes.x: it must be a whole number, not text",
    'tls.ca_file = "none.pem"': "tls.ca_file: it can't be read: No such file or directory",
    'tls.ca_file = "binary"': "tls.ca_file: it holds no certificate, or no key, in PEM",
    'tls.cert_file = "binary"': "tls.cert_file: it holds no certificate, or no key, in PEM",
    'tls.key_file = "none.pem"': "tls: key_file needs cert_file",
    "tls.verify = 1": "tls.verify: it must be true or false, not 1",
    'handler = "Prices"': "handler: a handler is named module:Class, not 'Prices'",
    'handler = "no_such_module:X"': "handler: there is no module named no_such_module",
    'handler = "json:Nothing"': "handler: the module json has no Nothing",
    'handler = "json:loads"': (
        "handler: json:loads is no class of holdfast.handlers.ConnectionHandler"
    ),
    'handler = "broken_on_import:X"': (
        r"handler: importing broken_on_import raised RuntimeError: two\nlines"
    ),
}
"""Keys of a connection that is good otherwise, and what is said of them."""


@pytest.fixture
def surroundings(fleet_file: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The file's folder with a few other files, and an environment."""
    folder = fleet_file.parent
    (folder / "binary").write_bytes(b"\xff\xfe\x00")
    (folder / "broken_on_import.py").write_text('raise RuntimeError("two\\nlines")')
    monkeypatch.setenv("HOLDFAST_TEST_EMPTY", "")
    monkeypatch.setenv("HOLDFAST_TEST_KEY", "a-key-for-tests")
    monkeypatch.setenv("HOLDFAST_TEST_LINES", "a\r\nInjected: b")
    return fleet_file


@pytest.mark.parametrize("text", FILES)
def test_a_wrong_file_is_told_in_one_line(call: "Call", surroundings: Path, text: str) -> None:
    surroundings.write_text(text)

    assert call("run", "fleet.toml") == (2, "", f"holdfast: fleet.toml: {FILES[text]}\n")


@pytest.mark.parametrize("key", KEYS)
def test_a_wrong_key_is_told_in_one_line(call: "Call", surroundings: Path, key: str) -> None:
    url = "" if key.startswith("url") else 'url = "ws://h"\n'
    surroundings.write_text(f'[[connection]]\nname = "a"\n{url}{key}\n')

    code, out, err = call("run", "fleet.toml")

    assert (code, out, err) == (2, "", f"holdfast: fleet.toml: {A}{KEYS[key]}\n")
    assert "hunter2" not in err


def test_a_file_that_is_no_text_is_told_in_one_line(call: "Call", fleet_file: Path) -> None:
    fleet_file.write_bytes(b'name = "\xff"')

    assert call("run", "fleet.toml")[2] == (
        "holdfast: fleet.toml: it is no UTF-8 text: see byte 8\n"
    )


@pytest.mark.parametrize(
    ("file", "reason"),
    [("x" * 300, "File name too long"), ("fleet.toml/x", "Not a directory")],
    ids=["too long", "below a file"],
)
def test_a_path_that_cannot_be_is_told_in_one_line(
    call: "Call", fleet_file: Path, file: str, reason: str
) -> None:
    fleet_file.touch()

    assert call("run", file) == (2, "", f"holdfast: {file}: it can't be read: {reason}\n")


def test_a_folder_or_a_device_is_no_fleet(call: "Call", fleet_file: Path) -> None:
    assert call("run", ".")[2] == "holdfast: .: it can't be read: Is a directory\n"
    assert call("config", "check", "/dev/zero")[2] == (
        "holdfast: /dev/zero: it is larger than 16777216 bytes: that is no fleet\n"
    )
    assert call("run", "/dev/zero")[2] == (
        "holdfast: /dev/zero: it is no regular file: a run reads it again for every reload\n"
    )
    assert not fleet_file.exists()


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read everything")
def test_a_file_without_rights_is_told_in_one_line(call: "Call", fleet_file: Path) -> None:
    fleet_file.touch(mode=0)

    assert call("run", "fleet.toml")[2] == (
        "holdfast: fleet.toml: it can't be read: Permission denied\n"
    )
