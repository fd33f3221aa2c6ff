"""Who takes part, by name: what has to be installed, and what is measured."""

import importlib
import importlib.metadata
import importlib.util
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

__all__ = ["PARTICIPANTS", "Participant", "make_client"]


@dataclass(frozen=True, slots=True)
class Participant:
    """Somebody who takes part."""

    modules: tuple[str, ...]
    """What must be there to be imported."""
    distribution: str | None
    """What its version is looked up by."""
    client: str | None
    """`module:class` of its `Client`; None if it isn't one."""

    @property
    def installed(self) -> bool:
        """Whether it can take part."""
        return all(importlib.util.find_spec(module) is not None for module in self.modules)

    @property
    def version(self) -> str:
        """The version that is installed, "" if there is none."""
        if self.distribution is None or not self.installed:
            return ""
        return importlib.metadata.version(self.distribution)


_HOLDFAST: Final = "clients.holdfast_client"
_AIOHTTP: Final = "clients.aiohttp_client"
_BLOCKING: Final = "clients.blocking_client"

PARTICIPANTS: Final[Mapping[str, Participant]] = {
    "holdfast": Participant(("holdfast.actors",), "holdfast", f"{_HOLDFAST}:HoldfastClient"),
    "holdfast, paced": Participant(("holdfast.actors",), None, f"{_HOLDFAST}:PacedHoldfastClient"),
    "aiohttp": Participant(("aiohttp",), "aiohttp", f"{_AIOHTTP}:AiohttpClient"),
    "aiohttp, uvloop": Participant(
        ("aiohttp", "uvloop"), "uvloop", f"{_AIOHTTP}:AiohttpUvloopClient"
    ),
    "picows": Participant(("picows",), "picows", "clients.picows_client:PicowsClient"),
    "websockets": Participant(
        ("websockets", "uvloop"), "websockets", "clients.websockets_client:WebsocketsClient"
    ),
    "websocket-client": Participant(
        ("websocket",), "websocket-client", f"{_BLOCKING}:BlockingClient"
    ),
    "websocket-client, unchecked": Participant(
        ("websocket",), None, f"{_BLOCKING}:UncheckedClient"
    ),
    "pykka": Participant(("pykka",), "pykka", None),
    "bytes only": Participant((), None, "clients.raw_client:RawClient"),
    "Python alone": Participant((), None, None),
}


def make_client(name: str) -> Any:  # noqa: ANN401  # a `Client`, or `bytes only`, which is less
    """Return the client of a participant; nothing is imported of the others."""
    place = PARTICIPANTS[name].client
    if place is None:
        raise ValueError(f"{name} is no client")
    module, _, attribute = place.partition(":")
    return getattr(importlib.import_module(module), attribute)()
