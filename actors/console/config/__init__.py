"""fleet.toml: its schema, its secrets, and how it becomes what a fleet is made of.

`schema` and `parts` say what may be written, `tables` reads a file, `overrides` what goes before
it (`named` finds whose key is meant), and `explain` names what is wrong with either. `build` turns
a table into a `ConnectionSpec`, `groups`, `governor` and `messages` do so with what connections
share, `secrets` resolves references, `handlers` imports handlers, `load` does all of it. `keys` and
`defaults` are the reference as data: docs/ and the commands of `command` (`show` by `effective`,
`example`, `json_schema`) are written from it.
"""

from holdfast.actors.console.config.load import FleetConfig, load_fleet
from holdfast.actors.console.config.place import ConfigProblem

__all__ = ["ConfigProblem", "FleetConfig", "load_fleet"]
