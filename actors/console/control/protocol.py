"""What is said over the control socket: one request a line, one answer a line, both JSON objects.

A request names a verb, the connections that it is about, and what the verb needs besides. Both
sides say which version of this they speak; a version grows when an old reader would misunderstand.
"""

from typing import Any, Final

import msgspec

__all__ = ["LARGEST", "VERSION", "Answer", "Complaint", "Request"]

VERSION: Final = 1

LARGEST: Final = 16 * 1024 * 1024
"""Bytes of the largest line, either way: 10,000 connections in full have about 6 MiB."""


class Request(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What a client wants; a key that is mistyped must not leave a verb without its bounds."""

    v: int = VERSION
    verb: str
    """One of those that the fleet knows, such as `status`."""
    names: list[str] = []
    """Connections: names, globs such as `deribit-*`, or groups as `@trading`; empty for all, where
    the verb allows that."""
    options: dict[str, Any] = {}
    """What the verb needs besides."""


class Complaint(msgspec.Struct, frozen=True, kw_only=True):
    """Why a request wasn't carried out."""

    kind: str
    """For scripts: `unknown_verb`, `unknown_connection`, `bad_request` and so on."""
    text: str
    """For people: one line, what is wrong and what to do."""


class Answer(msgspec.Struct, frozen=True, kw_only=True):
    """What became of a request."""

    v: int = VERSION
    result: Any = None
    """What was asked for, if all went well."""
    error: Complaint | None = None
    """Why it didn't."""
