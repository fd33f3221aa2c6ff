"""fleet.toml: its schema, its secrets, and how it becomes the specs of a fleet.

`schema` says what may be written, `load` reads a file and names what is wrong with it, `build`
turns a table into a `ConnectionSpec`, `secrets` resolves references, `handlers` imports handlers.
"""

from holdfast.actors.console.config.load import load_fleet
from holdfast.actors.console.config.place import ConfigProblem

__all__ = ["ConfigProblem", "load_fleet"]
