"""Outcomes over TLS, where OpenSSL stands between the fleet and the kernel."""

import asyncio
import ssl
import threading
from pathlib import Path
from typing import TYPE_CHECKING

import trustme

from holdfast.actors import Backoff, Fleet, Limits, Outcome, RestartPolicy, TlsOptions
from holdfast.testing import ScriptedServer, Session

if TYPE_CHECKING:
    from tests.fleet.conftest import Logs

QUICK = RestartPolicy(backoff=Backoff(base=0.01, cap=0.05))
MESSAGES = 1500


def test_what_a_dead_tls_stream_had_begun_to_write_is_not_sent_again(
    tmp_path: Path, logs: "Logs"
) -> None:
    authority = trustme.CA()
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    certificate = authority.issue_cert("127.0.0.1")
    certificate.configure_cert(context)  # pyright: ignore[reportUnknownMemberType]  # pyOpenSSL
    authority.cert_pem.write_to_path(str(tmp_path / "ca.pem"))
    stuck = threading.Event()
    read: list[list[str | bytes]] = []

    async def stop_reading_at_first(session: Session) -> None:
        taken: list[str | bytes] = []
        read.append(taken)
        while True:
            taken.append(await session.receive())
            if len(read) == 1:
                await session.stop_reading()
                stuck.set()
                await asyncio.Event().wait()

    padding = "x" * 20_000
    messages = [f"{number:04} {padding}" for number in range(MESSAGES)]
    with ScriptedServer(stop_reading_at_first, ssl_context=context) as server, Fleet() as fleet:
        fleet.connect(
            "a",
            server.url,
            restart=QUICK,
            tls=TlsOptions(ca_file=str(tmp_path / "ca.pem")),
            limits=Limits(window=64 * 1024 * 1024),
        )
        fleet.wait_ready(timeout=8)
        waiting = [fleet.send("a", message) for message in messages]
        assert stuck.wait(8)
        server.cut_all()
        logs.wait("connection.ready", connection="a", times=2)
        outcomes = [each.get(timeout=8) for each in waiting]
        assert set(outcomes) <= {Outcome.SENT, Outcome.UNKNOWN}
        assert Outcome.UNKNOWN in outcomes
        first_left = outcomes.index(Outcome.UNKNOWN)
        again = len(outcomes) - outcomes[::-1].index(Outcome.UNKNOWN)
        assert outcomes[first_left:again] == [Outcome.UNKNOWN] * (again - first_left)
        server.wait_for(lambda _server: read[-1][-1:] == messages[-1:])
        assert read[-1] == messages[again:]
