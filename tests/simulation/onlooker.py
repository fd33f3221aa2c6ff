"""An actor that watches every connection of the simulated fleet."""

from holdfast.actors.dispatch import DispatchedActor, Dispatcher
from holdfast.handlers import Down, Up

__all__ = ["Onlooker"]


class Onlooker(DispatchedActor):
    """Notes what it is told.

    Args:
        dispatcher: whose turns it has.
    """

    def __init__(self, dispatcher: Dispatcher) -> None:
        super().__init__(dispatcher)
        self.last: dict[str, bool] = {}
        """By the connection's name, whether it was told to be up."""
        self.repeated: list[str] = []
        """What it was told though it knew."""

    def on_receive(self, message: object) -> None:
        """Note an up or a down."""
        match message:
            case Up(connection=name):
                self._told(name, up=True)
            case Down(connection=name):
                self._told(name, up=False)
            case _:
                self.repeated.append(f"it was told {message}")

    def _told(self, name: str, *, up: bool) -> None:
        if up and self.last.get(name) is True:
            self.repeated.append(f"{name} came up twice")
        self.last[name] = up
