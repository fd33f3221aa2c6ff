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

    module: str | None
    """The module that must be there to be imported; None if nothing is needed."""
    distribution: str | None
    """What its version is looked up by."""
    client: str | None
    """`module:class` of its `Client`; None if it isn't one."""

    @property
    def installed(self) -> bool:
        """Whether it can take part."""
        return self.module is None or importlib.util.find_spec(self.module) is not None

    @property
    def version(self) -> str:
        """The version that is installed, "" if there is none."""
        if self.distribution is None or not self.installed:
            return ""
        return importlib.metadata.version(self.distribution)


_HOLDFAST: Final = "clients.holdfast_client"

PARTICIPANTS: Final[Mapping[str, Participant]] = {
    "holdfast": Participant("holdfast.actors", "holdfast", f"{_HOLDFAST}:HoldfastClient"),
    "holdfast, paced": Participant("holdfast.actors", None, f"{_HOLDFAST}:PacedHoldfastClient"),
    "aiohttp": Participant("aiohttp", "aiohttp", "clients.aiohttp_client:AiohttpClient"),
    "picows": Participant("picows", "picows", "clients.picows_client:PicowsClient"),
    "websockets": Participant(
        "websockets", "websockets", "clients.websockets_client:WebsocketsClient"
    ),
    "websocket-client": Participant(
        "websocket", "websocket-client", "clients.blocking_client:BlockingClient"
    ),
    "pykka": Participant("pykka", "pykka", None),
    "bytes only": Participant(None, None, "clients.raw_client:RawClient"),
    "Python alone": Participant(None, None, None),
}


def make_client(name: str) -> Any:  # noqa: ANN401  # a `Client`, or `bytes only`, which is less
    """Return the client of a participant; nothing is imported of the others."""
    place = PARTICIPANTS[name].client
    if place is None:
        raise ValueError(f"{name} is no client")
    module, _, attribute = place.partition(":")
    return getattr(importlib.import_module(module), attribute)()
