"""Secrets: does every reference resolve, who else can read them, and are they what was meant."""

import stat
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from msgspec import UnsetType

from holdfast.actors.console.config.schema import ConnectionTable
from holdfast.actors.console.config.secrets import Secrets, is_reference
from holdfast.actors.console.doctor.finding import Finding, Users, Verdict, users_by

__all__ = ["KeySeen", "SecretSeen", "look_at_keys", "look_at_secrets", "references"]

OTHERS: Final = stat.S_IROTH | stat.S_IWOTH
FILE: Final = "file:"


@dataclass(frozen=True, slots=True, kw_only=True)
class SecretSeen:
    """What a reference led to.

    Args:
        reference: `env:NAME` or `file:PATH`.
        users: the connections that need it.
        problem: why it leads nowhere; None when it resolves.
        padded: whether white space surrounds the secret.
        open_file: the path of its file if others than its owner and group may read or write it.
    """

    reference: str
    users: Users
    problem: str | None = None
    padded: bool = False
    open_file: str | None = None

    def judge(self) -> Finding:
        """Fail what doesn't resolve; warn of what resolves to something odd."""
        verdict, what, advice = self._verdict()
        return Finding("secret", self.reference, verdict, what, advice, self.users)

    def _verdict(self) -> tuple[Verdict, str, str]:
        if self.problem is not None:
            # The text begins with what the subject names already.
            what = self.problem.removeprefix(f"{self.reference} ")
            return Verdict.FAIL, what, _remedy(self.reference)
        if self.open_file is not None:
            return _open_to_others(self.open_file)
        if self.padded:
            advice = "take the white space away, unless the service means it"
            return Verdict.WARN, "it begins or ends with white space, which is sent too", advice
        return Verdict.OK, "it resolves", ""


@dataclass(frozen=True, slots=True, kw_only=True)
class KeySeen:
    """The file of a private key for TLS that others than its owner and group may read or write.

    Args:
        path: of the file.
        users: the connections that show its certificate.
    """

    path: str
    users: Users

    def judge(self) -> Finding:
        """Warn."""
        verdict, what, advice = _open_to_others(self.path)
        return Finding("secret", self.path, verdict, what, advice, self.users)


def references(table: ConnectionTable) -> Iterator[str]:
    """Yield every reference to a secret in a connection's table."""
    given = {} if isinstance(table.auth, UnsetType) else table.auth.given()
    values: list[object] = [*given.values(), *(table.headers or {}).values()]
    for value in values:
        if isinstance(value, str) and is_reference(value):
            yield value


def look_at_secrets(tables: Iterable[ConnectionTable], folder: Path) -> Iterator[SecretSeen]:
    """Resolve every reference once.

    Args:
        tables: of the connections.
        folder: what a relative `file:` starts from.
    """
    secrets = Secrets(folder)
    named = ((reference, table.name) for table in tables for reference in references(table))
    for reference, users in users_by(named).items():
        try:
            value = secrets.resolve(reference).reveal()
        except ValueError as error:
            yield SecretSeen(reference=reference, users=users, problem=str(error))
        else:
            yield SecretSeen(
                reference=reference,
                users=users,
                padded=value != value.strip(),
                open_file=_open_file(reference, folder),
            )


def look_at_keys(keys: Iterable[tuple[str, str]]) -> Iterator[KeySeen]:
    """Find the keys for TLS that others may read or write.

    Args:
        keys: the path of a key, and the name of a connection that uses it.
    """
    for path, users in users_by(keys).items():
        if _is_open(Path(path)):
            yield KeySeen(path=path, users=users)


def _open_file(reference: str, folder: Path) -> str | None:
    if not reference.startswith(FILE):
        return None
    path = folder / Path(reference.removeprefix(FILE)).expanduser()
    return str(path) if _is_open(path) else None


def _is_open(path: Path) -> bool:
    try:
        found = path.stat()
    except OSError:
        return False
    return stat.S_ISREG(found.st_mode) and bool(found.st_mode & OTHERS)


def _open_to_others(path: str) -> tuple[Verdict, str, str]:
    return Verdict.WARN, "everybody on this machine may read or change it", f"chmod 600 {path}"


def _remedy(reference: str) -> str:
    source, _, name = reference.partition(":")
    if source == "env":
        return f"set {name} where the fleet is started (export {name}=…)"
    return "write the secret into that file, readable by whoever runs the fleet"
