"""What to do about a failure on the way to an open stream, by its cause."""

from collections.abc import Mapping
from typing import Final

from holdfast.handlers import Cause

__all__ = ["advice_for", "advice_for_certificate", "advice_for_status"]

FALLBACK: Final = "look at the service's status page, then try again"

_BY_STEP: Final[Mapping[tuple[str, str], str]] = {
    ("dns", "timed_out"): "this machine's name servers don't answer: look at /etc/resolv.conf",
    ("dns", "dns_failure"): "check the host's spelling in `url`, then this machine's name servers",
    ("tcp", "connection_refused"): (
        "nobody listens there: check the port in `url`, and whether the service is up"
    ),
    ("tcp", "timed_out"): (
        "a firewall drops it, or the host is down: let this port out, try from another network"
    ),
    ("tls", "timed_out"): "what listens there speaks no TLS, or is stuck: check the port in `url`",
    ("tls", "tls_failure"): (
        "check that this port speaks TLS (else the URL begins with ws://), and `openssl s_client`"
    ),
    ("handshake", "timed_out"): (
        "what listens there takes connections and answers nothing: check the port, or wait for it"
    ),
    ("handshake", "bad_handshake"): "check the URL's port and path, and `subprotocols`",
    ("handshake", "connection_lost"): (
        "it hung up without a word: check the URL's scheme and port, and lists of allowed addresses"
    ),
    ("handshake", "connection_reset"): (
        "it hung up without a word: check the URL's scheme and port, and lists of allowed addresses"
    ),
}

_BY_NAME: Final[Mapping[str, str]] = {
    "network_unreachable": "this machine has no route there: check its network and its VPN",
    "host_unreachable": "this machine has no route there: check its network and its VPN",
    "too_many_open_files": "raise the limit of open files: `ulimit -n`",
    "redirect_refused": "write the URL that the service moved to into `url`: none is followed",
    "proxy_refused": "check the proxy's rules and its credentials, or name the host in no_proxy",
    "tls_configuration": "check the paths under `tls`",
}

_BY_STATUS: Final[Mapping[int, str]] = {
    400: "it doesn't take this request: check the path, `headers` and `subprotocols`",
    401: "check the credentials in `headers` or in the URL's query: they are missing or wrong",
    403: "check what these credentials may do, and the service's allow-list of addresses",
    404: "check the path in `url`: nothing is there",
    405: "check the path in `url`: something else than a WebSocket is there",
    410: "check the path in `url`: what was there is gone",
    426: "check the path in `url`: it wants another protocol than WebSocket 13",
    429: "slow down: set `dials_per_second` in [governor], and don't ask again at once",
    503: "the service is overloaded or closed for now: look at its status page",
}

# OpenSSL's x509_vfy.h (X509_V_ERR_…).
_BY_VERIFICATION: Final[Mapping[int, str]] = {
    9: "the certificate isn't valid yet: check this machine's clock, then tell the service",
    10: "the certificate has expired: tell the service, or check this machine's clock",
    18: "name its certificate as `tls.ca_file` if you trust it: nobody else has signed it",
    19: "name its authority's certificate as `tls.ca_file` if you trust it",
    20: "name its authority's certificate as `tls.ca_file`, or update this system's",
    21: "name its authority's certificate as `tls.ca_file`, or have the server send its chain",
    62: "the certificate is for other names: check the host in `url`",
    64: "the certificate is for other addresses: write a name, not an address, into `url`",
}


def advice_for(step: str, cause: Cause) -> str:
    """Return what to do when a step of a dial failed.

    Args:
        step: `dns`, `tcp`, `proxy`, `tls` or `handshake`.
        cause: of its failure.
    """
    return _BY_STEP.get((step, cause.name)) or _BY_NAME.get(cause.name, FALLBACK)


def advice_for_status(status: int, wait: float | None) -> str:
    """Return what to do when a handshake was answered with an HTTP status.

    Args:
        status: not 101.
        wait: seconds that the server asks to be left alone; None when it doesn't say.
    """
    advice = _BY_STATUS.get(status, FALLBACK)
    return advice if wait is None else f"{advice} (it asks for {wait:,.0f} s: Retry-After)"


def advice_for_certificate(verify_code: int) -> str:
    """Return what to do about a certificate that isn't to be trusted.

    Args:
        verify_code: OpenSSL's reason.
    """
    return _BY_VERIFICATION.get(verify_code, "ask the service which authority signs for it")
