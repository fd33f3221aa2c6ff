"""One table of the file made into the spec of a connection."""

import ssl
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, Final

from msgspec import UnsetType

from holdfast.actors import ConnectionSpec, Heartbeat, Limits, Timeouts, TlsOptions
from holdfast.actors.console.config.parts import (
    AuthTable,
    HmacTable,
    NoAuthTable,
    Table,
    TokenTable,
)
from holdfast.actors.console.config.place import Place
from holdfast.actors.console.config.schema import ConnectionTable
from holdfast.actors.console.config.secrets import RULE, Secrets, is_reference
from holdfast.actors.logs.sensitive import is_sensitive
from holdfast.actors.spec import HandlerFactory
from holdfast.actors.wire.options import DialOptions
from holdfast.actors.wire.target import Target
from holdfast.handlers import (
    AuthHandler,
    Backoff,
    CauseKind,
    HmacAuth,
    RestartPolicy,
    TokenAuth,
)

__all__ = ["Builder"]


class Builder:
    """Makes specs of tables whose types are right; checks what types can't say.

    Args:
        folder: what relative paths start from.
        default_handler: the handler of connections that name none.
        file_only: leave secrets and certificates unread.
    """

    def __init__(
        self, folder: Path, default_handler: HandlerFactory, *, file_only: bool = False
    ) -> None:
        self._folder = folder
        self._default_handler = default_handler
        self._file_only = file_only
        self._secrets = Secrets(folder, look_up=not file_only)
        self._tls_checked: set[TlsOptions] = set()

    def build(self, table: ConnectionTable, place: Place) -> ConnectionSpec:
        """Return the spec of a connection, with the default handler.

        Args:
            table: what was written, the defaults included.
            place: where, for complaints.

        Raises:
            ConfigProblem: a value is unusable.
        """
        if isinstance(table.url, UnsetType):
            raise place.problem("this key is missing", "url")
        with place.at("url"):
            Target.parse(table.url)
        headers = self._headers(table, place)
        subprotocols = tuple(table.subprotocols or ())
        with place.at("subprotocols"):
            DialOptions(subprotocols=subprotocols)
        parts = _Parts(table, place)
        auth = self._auth(table.auth or None, place)
        tls = self._tls(_given(table.tls), place)
        try:
            return ConnectionSpec(
                name=table.name,
                url=table.url,
                handler=self._default_handler,
                auth=auth,
                subscriptions=tuple(table.subscriptions or ()),
                group=table.group or "",
                restart=parts.restart(),
                heartbeat=parts.heartbeat(),
                timeouts=parts.timeouts(),
                limits=parts.limits(),
                headers=headers,
                subprotocols=subprotocols,
                tls=tls,
                close_codes={
                    code: CauseKind(meaning) for code, meaning in (table.close_codes or {}).items()
                },
            )
        except ValueError as error:
            # The spec's text begins with the connection, which the place has named.
            raise place.problem(str(error).removeprefix(f"connection {table.name!r}: ")) from None

    def _auth(self, table: AuthTable | None, place: Place) -> AuthHandler | None:
        if table is None or isinstance(table, NoAuthTable):
            return None
        make, keys = _AUTH[type(table)]
        given = table.given()
        for key in keys:
            with place.at(f"auth.{key}"):
                given[key] = self._secrets.resolve(given[key])
        with place.at("auth"):
            return make(**given)

    def _headers(self, table: ConnectionTable, place: Place) -> dict[str, str]:
        headers: dict[str, str] = {}
        for name, value in (table.headers or {}).items():
            with place.at(f"headers.{name}"):
                headers[name] = self._header(name, value)
                DialOptions(headers={name: headers[name]})
        return headers

    def _header(self, name: str, value: str) -> str:
        if is_reference(value):
            return self._secrets.resolve(value).reveal()
        if is_sensitive(name, value):
            raise ValueError(f"{RULE}, not written out")
        return value

    def _tls(self, given: dict[str, Any], place: Place) -> TlsOptions:
        for key in _TLS_FILES & given.keys():
            given[key] = str(self._folder / Path(given[key]).expanduser())
        with place.at("tls"):
            options = TlsOptions(**given)
        if not self._file_only and options not in self._tls_checked:
            _check_tls(options, place)
            self._tls_checked.add(options)
        return options


class _Parts:
    """The parts of a spec that hold numbers alone."""

    def __init__(self, table: ConnectionTable, place: Place) -> None:
        self._table = table
        self._place = place

    def restart(self) -> RestartPolicy:
        given = _given(self._table.restart)
        if "backoff" in given:
            with self._place.at("restart"):
                given["backoff"] = Backoff(**_given(given["backoff"]))
        with self._place.at():
            return RestartPolicy(**given)

    def heartbeat(self) -> Heartbeat:
        with self._place.at():
            return Heartbeat(**_given(self._table.heartbeat))

    def timeouts(self) -> Timeouts:
        with self._place.at():
            return Timeouts(**_given(self._table.timeouts))

    def limits(self) -> Limits:
        with self._place.at():
            return Limits(**_given(self._table.limits))


def _given(table: Table | UnsetType) -> dict[str, Any]:
    return {} if isinstance(table, UnsetType) else table.given()


def _check_tls(options: TlsOptions, place: Place) -> None:
    """Read the certificates once: a wrong path is a mistake of the file, not of the network."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    for key, read in _TLS_READERS.items():
        try:
            read(context, options)
        except ssl.SSLError:
            raise place.problem("it holds no certificate, or no key, in PEM", key) from None
        except (OSError, ValueError) as error:  # a ValueError for a NUL in the path
            reason = error.strerror if isinstance(error, OSError) else error
            raise place.problem(f"it can't be read: {reason}", key) from None


def _read_ca(context: ssl.SSLContext, options: TlsOptions) -> None:
    if options.ca_file is not None:
        context.load_verify_locations(options.ca_file)


def _read_certificate(context: ssl.SSLContext, options: TlsOptions) -> None:
    if options.cert_file is not None:
        # Given a password, OpenSSL doesn't ask for one on the terminal.
        context.load_cert_chain(options.cert_file, options.key_file, password="")


_AUTH: Final[Mapping[type[Table], tuple[Callable[..., AuthHandler], tuple[str, ...]]]] = {
    HmacTable: (HmacAuth, ("api_key", "secret")),
    TokenTable: (TokenAuth, ("token",)),
}
"""What makes the handler of each kind of auth, and which of its keys are secret."""

_TLS_FILES: Final = frozenset({"ca_file", "cert_file", "key_file"})
_TLS_READERS: Final[Mapping[str, Callable[[ssl.SSLContext, TlsOptions], None]]] = {
    "tls.ca_file": _read_ca,
    "tls.cert_file": _read_certificate,
}
