"""What a verb is: its options, which connections it may be about, and what it does."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

import msgspec

from holdfast.actors.console.control.desk import Desk
from holdfast.actors.console.control.protocol import Request
from holdfast.actors.console.control.refusal import Refusal

__all__ = ["NoOptions", "Options", "Verb"]

O = TypeVar("O", bound="Options")  # noqa: E741  # a type, not a number


class Options(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What a verb needs besides names; an option that nobody knows is a mistake."""


class NoOptions(Options, frozen=True, kw_only=True):
    """Of a verb that needs none."""


@dataclass(frozen=True, slots=True)
class Verb(Generic[O]):
    """One thing that a fleet can be asked or told.

    Args:
        act: does it; given the desk, the names of the request and its options.
        options: their type.
        named: whether it has to be told which connections it is about.
    """

    act: Callable[[Desk, list[str], O], object]
    options: type[O]
    named: bool = False

    def __call__(self, desk: Desk, request: Request) -> Any:  # noqa: ANN401  # what JSON can say
        """Carry out a request.

        Raises:
            Refusal: the request is no good, or can't be carried out.
        """
        if self.named and not request.names:
            text = f"{request.verb} needs a connection's name, a glob, or a group as @name"
            raise Refusal("bad_request", text)
        return self.act(desk, request.names, self._read(request))

    def _read(self, request: Request) -> O:
        try:
            return msgspec.convert(request.options, self.options)
        except msgspec.ValidationError as error:
            raise Refusal("bad_request", f"the options of {request.verb}: {error}") from None
