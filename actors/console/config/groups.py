"""The groups of a file, and whether the groups that its connections name are among them."""

from collections.abc import Collection, Mapping

from holdfast.actors.console.config.place import Place, key_of
from holdfast.actors.console.config.schema import GroupTable
from holdfast.actors.nearest import did_you_mean
from holdfast.handlers import Group

__all__ = ["build_groups", "check_group"]


def build_groups(tables: Mapping[str, GroupTable], place: Place) -> tuple[Group, ...]:
    """Return the groups of a file, in its order.

    Args:
        tables: `[groups]`, by name.
        place: the file.

    Raises:
        ConfigProblem: a name is unusable.
    """
    groups: list[Group] = []
    for name, table in tables.items():
        with place.at(key_of("groups", name)):
            groups.append(Group(name, **table.given()))
    return tuple(groups)


def check_group(name: str, known: Collection[str], place: Place) -> None:
    """Refuse the name of a group that nobody has described; none is always fine.

    Args:
        name: of the group; empty for none.
        known: the groups of the file.
        place: of the table that names it.

    Raises:
        ConfigProblem: it was misspelt, most likely.
    """
    if name and name not in known:
        others = f"known are {', '.join(known)}" if known else f"write [{key_of('groups', name)}]"
        hint = did_you_mean(name, known, otherwise=others)
        raise place.problem(f"no group is named {name}{hint}", "group")
