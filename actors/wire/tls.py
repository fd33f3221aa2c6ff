"""TLS on a non-blocking socket, with one context for all connections of the same options."""

import functools
import socket
import ssl
from dataclasses import dataclass

from holdfast.actors.wire.errors import UnusableOptionError
from holdfast.actors.wire.steps import Steps, until_done

__all__ = ["TlsOptions", "wrap_tls"]


@dataclass(frozen=True, slots=True)
class TlsOptions:
    """How the server is trusted, and how it may trust us.

    Args:
        ca_file: path of the certificates to trust (PEM), None for the system's.
        cert_file: path of our own certificate and its chain (PEM), None for none.
        key_file: path of its key (PEM, no password), None when it is in `cert_file`.
        verify: False accepts any certificate for any host: the stream is then encrypted, but
            nobody knows with whom.

    Raises:
        ValueError: a key without a certificate.
    """

    ca_file: str | None = None
    cert_file: str | None = None
    key_file: str | None = None
    verify: bool = True

    def __post_init__(self) -> None:
        """Refuse what could only fail later."""
        if self.key_file is not None and self.cert_file is None:
            raise ValueError("tls: key_file needs cert_file")


def wrap_tls(sock: socket.socket, host: str, options: TlsOptions) -> Steps[ssl.SSLSocket]:
    """Do the TLS handshake as a client (RFC 6455 section 4.1, requirement 5).

    Args:
        sock: connected and non-blocking; it belongs to the returned socket from here on.
        host: the name to send and to verify (SNI, RFC 6066 section 3).
        options: whom to trust.

    Returns:
        The socket to use instead, non-blocking too.

    Raises:
        ssl.SSLError: the server is not to be trusted, or does not speak TLS.
        UnusableOptionError: a certificate file can't be read.
    """
    context = _context(options)
    secured = context.wrap_socket(
        sock, server_hostname=host.rstrip("."), do_handshake_on_connect=False
    )
    try:
        yield from until_done(secured, secured.do_handshake)
    except BaseException:
        secured.close()
        raise
    return secured


@functools.lru_cache(maxsize=64)
def _context(options: TlsOptions) -> ssl.SSLContext:
    """Read the certificates once for all dials: the system's take 20 ms and a MiB."""
    context = _trusting(options.ca_file)
    if options.cert_file is not None:
        _present(context, options.cert_file, options.key_file)
    if not options.verify:
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
    return context


def _trusting(ca_file: str | None) -> ssl.SSLContext:
    try:
        return ssl.create_default_context(cafile=ca_file)
    except OSError as error:
        raise _unusable("ca_file", ca_file, error) from error


def _present(context: ssl.SSLContext, cert_file: str, key_file: str | None) -> None:
    try:
        # Given a password, OpenSSL doesn't ask for one on the terminal.
        context.load_cert_chain(cert_file, key_file, password="")
    except OSError as error:
        raise _unusable("cert_file or key_file", cert_file, error) from error


def _unusable(what: str, path: str | None, error: OSError) -> UnusableOptionError:
    reason = f"tls: {what} {path!r} can't be used: {error.strerror or error}"
    return UnusableOptionError("tls_configuration", reason)
