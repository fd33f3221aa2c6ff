"""`holdfast doctor fleet.toml`: what will keep a fleet from running."""

from collections import Counter

import click

from holdfast.actors.console.doctor.examine import examine
from holdfast.actors.console.doctor.finding import Verdict
from holdfast.actors.console.doctor.show import choose_show
from holdfast.actors.console.seconds import Seconds

__all__ = ["doctor"]

FAILED = 1
"""The exit code when a check failed."""


@click.command(epilog="Example: holdfast doctor fleet.toml --timeout 5")
@click.argument("file", type=click.Path(exists=True, dir_okay=False))
@click.option("--offline", is_flag=True, help="Leave out what needs the network.")
@click.option(
    "--timeout",
    type=Seconds(0.1, 600.0),
    default=10.0,
    show_default=True,
    metavar="SECONDS",
    help="How long each host may take, from DNS to the handshake.",
)
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
def doctor(file: str, offline: bool, timeout: float, as_json: bool) -> int:  # noqa: FBT001  # as click calls it
    """Say what will keep the fleet of a TOML file from running, and what to do.

    Checks the file, its secrets and handlers, open files, the clock and proxies; then, for every
    host at once, DNS, TCP, TLS, the certificate, the WebSocket handshake and the clocks. The
    handshake is sent with its headers; no login is ever sent.

    Ends with 1 when a check failed, else with 0.
    """
    show = choose_show(as_json=as_json)
    counts: Counter[Verdict] = Counter()
    for finding in examine(file, offline=offline, timeout=timeout):
        counts[finding.verdict] += 1
        show.add(finding)
    show.end(counts, offline=offline)
    return FAILED if counts[Verdict.FAIL] else 0
