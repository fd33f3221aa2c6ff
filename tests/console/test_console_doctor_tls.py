"""`holdfast doctor` and TLS: which certificates are to be trusted, and for how long."""

import ssl
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import trustme

from holdfast.testing import (
    RawServer,
    ScriptedServer,
    echo,
)
from tests.console.examining import Examine, of, url, verdicts


@pytest.fixture(scope="module")
def authority() -> trustme.CA:
    return trustme.CA()


@pytest.fixture
def secure(authority: trustme.CA, fleet_file: Path) -> Iterator[Callable[..., str]]:
    """Serve with a certificate; return a table that trusts its authority."""
    authority.cert_pem.write_to_path(str(fleet_file.with_name("ca.pem")))
    with ExitStack() as stack:

        def start(name: str = "127.0.0.1", days: float = 90.0, begins: float = -100.0) -> str:
            now = datetime.now(UTC)
            certificate = authority.issue_cert(
                name, not_before=now + timedelta(begins), not_after=now + timedelta(days)
            )
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            # trustme's types name a context of pyOpenSSL, which is not installed.
            certificate.configure_cert(context)  # pyright: ignore[reportUnknownMemberType]
            server = stack.enter_context(ScriptedServer(echo, ssl_context=context))
            return f'{url(server)}\ntls.ca_file = "ca.pem"'

        yield start


def test_a_good_certificate_is_ok_with_its_days(
    examine: Examine, secure: Callable[..., str]
) -> None:
    findings = examine(secure())
    tls = of(findings, "tls")
    assert tls["verdict"] == "ok"
    assert tls["what"].startswith("TLSv1.3 in ")
    assert tls["what"].endswith("verified; 90 days to expiry")
    assert of(findings, "handshake")["verdict"] == "ok"


def test_a_certificate_that_ends_soon_is_warned_of(
    examine: Examine, secure: Callable[..., str]
) -> None:
    findings = examine(secure(days=20.5))
    assert of(findings, "tls")["verdict"] == "warn"
    assert "expires in 20 days" in of(findings, "tls")["what"]
    assert of(findings, "handshake")["verdict"] == "ok"


@pytest.mark.parametrize(
    ("certificate", "what", "advice"),
    [
        ({"days": -1.0}, "certificate has expired", "tell the service"),
        ({"begins": 1.0, "days": 2.0}, "not yet valid", "this machine's clock"),
        ({"name": "127.0.0.2"}, "IP address mismatch", "write a name"),
        ({"name": "elsewhere.example"}, "IP address mismatch", "write a name"),
    ],
)
def test_a_certificate_that_is_not_to_be_trusted_fails(
    examine: Examine,
    secure: Callable[..., str],
    certificate: dict[str, Any],
    what: str,
    advice: str,
) -> None:
    findings = examine(secure(**certificate))
    assert verdicts(findings)[-1] == ("tls", "fail")
    assert what in findings[-1]["what"]
    assert advice in findings[-1]["advice"]


def test_a_certificate_for_another_name_fails(examine: Examine, secure: Callable[..., str]) -> None:
    table = secure(name="elsewhere.example").replace("127.0.0.1", "localhost")
    tls = of(examine(table), "tls")
    assert tls["verdict"] == "fail"
    assert "Hostname mismatch" in tls["what"]
    assert "the host in `url`" in tls["advice"]


def test_an_unknown_authority_fails_and_says_where_to_name_it(
    examine: Examine, secure: Callable[..., str]
) -> None:
    table, _, _ = secure().partition("\n")
    tls = of(examine(table), "tls")
    assert tls["verdict"] == "fail"
    assert "tls.ca_file" in tls["advice"]


def test_verification_that_is_switched_off_is_warned_of(
    examine: Examine, secure: Callable[..., str]
) -> None:
    findings = examine(f"{secure(name='other', days=-1.0)}\ntls.verify = false")
    assert of(findings, "tls")["verdict"] == "warn"
    assert of(findings, "handshake")["verdict"] == "ok"


def test_a_port_that_speaks_no_tls_fails_at_tls(examine: Examine) -> None:
    with RawServer(lambda peer: peer.send(b"SSH-2.0-OpenSSH_9.6\r\n")) as server:
        findings = examine(f'url = "wss://127.0.0.1:{server.port}"')
    assert verdicts(findings)[-1] == ("tls", "fail")
