"""What a verb is: its options, which connections it may be about, and what it does."""

from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum
from typing import Any, Generic, TypeVar

import msgspec

from holdfast.actors.console.control.desk import Desk
from holdfast.actors.console.control.protocol import Request
from holdfast.actors.console.control.refusal import Refusal
from holdfast.actors.logs import get_logger

__all__ = ["About", "NoOptions", "Options", "Verb"]

Given = TypeVar("Given", bound="Options")

_log = get_logger()


class Options(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What a verb needs besides names; an option that nobody knows is a mistake."""


class NoOptions(Options, frozen=True, kw_only=True):
    """Of a verb that needs none."""


class About(Enum):
    """What a verb is about."""

    ANY = "any"
    """The connections that are named, or all of them."""
    NAMED = "named"
    """The connections that are named: none by mistake."""
    FLEET = "fleet"
    """None of them."""


@dataclass(frozen=True, slots=True)
class Verb(Generic[Given]):
    """One thing that a fleet can be asked or told.

    Args:
        act: does it; given the desk, the names of the request and its options.
        options: their type.
        about: which connections it may name.
        tells: whether it changes anything, which is logged.
    """

    act: Callable[[Desk, list[str], Given], object]
    options: type[Given]
    about: About
    tells: bool = False

    def __call__(self, desk: Desk, request: Request) -> Any:  # noqa: ANN401  # what JSON can say
        """Carry out a request.

        Raises:
            Refusal: the request is no good, or can't be carried out.
        """
        if self.about is About.NAMED and not request.names:
            text = f"{request.verb} needs a connection's name, a glob, or a group as @name"
            raise Refusal("bad_request", text)
        if self.about is About.FLEET and request.names:
            raise Refusal("bad_request", f"{request.verb} is about no connection: name none")
        options = self._read(request)
        if self.tells:
            _log.info("control.told", verb=request.verb, names=request.names)
        return self.act(desk, request.names, options)

    def _read(self, request: Request) -> Given:
        try:
            return msgspec.convert(request.options, self.options)
        except msgspec.ValidationError as error:
            raise Refusal("bad_request", f"the options of {request.verb}: {error}") from None
