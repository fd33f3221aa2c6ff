"""The verbs about the process as a whole: what it logs, and its end."""

from typing import Literal

from holdfast.actors.console.control.desk import Desk
from holdfast.actors.console.control.verb import NoOptions, Options
from holdfast.actors.logs import get_level, set_level

__all__ = ["LevelOptions", "log_level", "shutdown"]


class LevelOptions(Options, frozen=True, kw_only=True):
    """Of `log-level`."""

    level: Literal["debug", "info", "warning", "error", "critical"] | None = None
    """The lowest one that is logged from now on; None to leave it."""


def log_level(_desk: Desk, _patterns: list[str], options: LevelOptions) -> object:
    """Say, or change, what is logged."""
    before = get_level()
    if options.level is not None:
        set_level(options.level)
    return {"level": get_level(), "before": before}


def shutdown(desk: Desk, _patterns: list[str], _options: NoOptions) -> object:
    """Have the fleet end as by SIGTERM, and don't wait for it."""
    desk.shut_down()
    return {}
