"""What msgspec finds wrong with a table, in words for people and with the key it is about."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final, TypeAlias, cast

import msgspec
from msgspec import inspect

from holdfast.actors.console.config.parts import Table
from holdfast.actors.console.config.place import key_of
from holdfast.actors.nearest import did_you_mean

__all__ = ["Mistake", "explain"]

KeyPath: TypeAlias = list[str | int]
"""The way to a value: keys of tables, and places in lists from 0."""

_SOME: Final = "*"
"""The key that msgspec doesn't name."""

_WORDS: Final = {
    "str": "text",
    "int": "a whole number",
    "float": "a number",
    "bool": "true or false",
    "object": "a table",
    "array": "a list",
    "datetime": "a date and time",
    "date": "a date",
    "time": "a time of day",
}
_PATH: Final = re.compile(
    r"^(?P<what>.*?)(?: - at (?P<key>`key` in )?`\$(?P<path>[^`]*)`)?$", re.DOTALL
)
_STEP: Final = re.compile(r"\.([^.\[]+)|\[(\d+)\]|(\[\.\.\.\])")


@dataclass(frozen=True, slots=True)
class Mistake:
    """A key and what is wrong with it; no text that was written is quoted but names."""

    key: str
    what: str


def explain(error: msgspec.ValidationError, table: Mapping[str, Any], kind: type[Table]) -> Mistake:
    """Say what is wrong with a table.

    Args:
        error: what `msgspec.convert` raised.
        table: what it was given.
        kind: what it should have become.
    """
    found = cast("re.Match[str]", _PATH.match(str(error)))
    try:
        return _explain(
            found["what"], _name_item(_steps(found), str(error), table, kind), table, kind
        )
    except (LookupError, TypeError):
        # The name of a key may look like the rest of msgspec's text, and lead astray.
        return Mistake("", str(error).replace("`", ""))


def _explain(what: str, path: KeyPath, table: Mapping[str, Any], kind: type[Table]) -> Mistake:
    for pattern, describe in _EXPLANATIONS:
        match = pattern.fullmatch(what)
        if match:
            return describe(match, path, _Context(table, kind))
    return Mistake(key_of(*path), what.replace("`", ""))


@dataclass(frozen=True, slots=True)
class _Context:
    """The table in question and what it should be."""

    table: Mapping[str, Any]
    kind: type[Table]

    def value(self, path: KeyPath) -> object:
        """Return what was written at a place."""
        value: Any = self.table
        for step in path:
            value = value[step]
        return value

    def type_at(self, path: KeyPath) -> list[inspect.Type]:
        """Return the types that are possible at a place."""
        types = [inspect.type_info(self.kind)]
        for step in path:
            types = [inner for each in types for inner in _inside(each, step)]
        return [option for each in types for option in _options(each)]


def _unknown(match: re.Match[str], path: KeyPath, context: _Context) -> Mistake:
    name = match[1]
    structs = [kind for kind in context.type_at(path) if isinstance(kind, inspect.StructType)]
    chosen = _chosen(structs, context.value(path))
    known = [field.encode_name for struct in chosen for field in struct.fields]
    hint = did_you_mean(name, known, otherwise=f"known are {', '.join(known)}")
    return Mistake(key_of(*path, name), f"there is no such key{hint}")


def _missing(match: re.Match[str], path: KeyPath, context: _Context) -> Mistake:
    del context
    return Mistake(key_of(*path, match[1]), "this key is missing")


def _wrong_type(match: re.Match[str], path: KeyPath, context: _Context) -> Mistake:
    wanted = " or ".join(map(_words, match[1].split(" | ")))
    # A number in the place of a text may be a secret.
    got = "" if match[1] == "str" else _number(context.value(path))
    got = got or _words(match[2])
    return Mistake(key_of(*path), f"it must be {wanted}, not {got}")


def _too_short(match: re.Match[str], path: KeyPath, context: _Context) -> Mistake:
    del context
    what = {">= 1": "it must not be empty"}.get(match[1], f"its length must be {match[1]}")
    return Mistake(key_of(*path), what)


def _out_of_range(match: re.Match[str], path: KeyPath, context: _Context) -> Mistake:
    bound = f"{float(match[3]):g}"
    limit = {
        ">": f"above {bound}",
        "<": f"below {bound}",
        ">=": f"of {bound} or more",
        "<=": f"of {bound} or less",
    }
    # A number that isn't the value is the key itself, such as a close code.
    got = _number(context.value(path)) or str(path[-1])
    return Mistake(key_of(*path), f"it must be {_words(match[1])} {limit[match[2]]}, not {got}")


def _no_choice(match: re.Match[str], path: KeyPath, context: _Context) -> Mistake:
    del match
    known = [choice for kind in context.type_at(path) for choice in _choices(kind)]
    if not known:
        structs = [k for k in context.type_at(path[:-1]) if isinstance(k, inspect.StructType)]
        known = [str(struct.tag) for struct in structs]
    return Mistake(key_of(*path), f"it must be one of {', '.join(known)}")


_EXPLANATIONS: Final[
    tuple[tuple[re.Pattern[str], Callable[[re.Match[str], KeyPath, _Context], Mistake]], ...]
] = (
    (re.compile(r"Object contains unknown field `(.*)`", re.DOTALL), _unknown),
    (re.compile(r"Object missing required field `(.*)`"), _missing),
    (re.compile(r"Expected `(.*)`, got `(.*)`"), _wrong_type),
    (re.compile(r"Expected `str` of length (.*)"), _too_short),
    (re.compile(r"Expected `(int|float)` (>=|<=|>|<) (.*)"), _out_of_range),
    (re.compile(r"Invalid (?:enum )?value .*", re.DOTALL), _no_choice),
)


def _number(value: object) -> str:
    """Return a number or a truth value as it was written; never a text, which may be secret."""
    if isinstance(value, bool):
        return str(value).lower()
    return str(value) if isinstance(value, int | float) else ""


def _words(name: str) -> str:
    return _WORDS.get(name, name)


def _steps(found: re.Match[str]) -> KeyPath:
    steps: KeyPath = [
        name or (int(index) if index else _SOME)
        for name, index, _ in _STEP.findall(found["path"] or "")
    ]
    return [*steps, _SOME] if found["key"] else steps


def _name_item(path: KeyPath, text: str, table: Mapping[str, Any], kind: type[Table]) -> KeyPath:
    """Put the key's name where msgspec says only that it is one of a mapping's."""
    if _SOME not in path:
        return path
    at = path.index(_SOME)
    mapping = cast("Mapping[str, Any]", _Context(table, kind).value(path[:at]))
    for name, item in mapping.items():
        if text in _complaint(_replaced(table, path[:at], {name: item}), kind):
            return [*path[:at], name, *path[at + 1 :]]
    return path


def _replaced(table: Any, path: KeyPath, value: object) -> object:  # noqa: ANN401  # as TOML has it
    if not path:
        return value
    return {**table, path[0]: _replaced(table[path[0]], path[1:], value)}


def _complaint(table: object, kind: type[Table]) -> str:
    try:
        msgspec.convert(table, kind, str_keys=True)
    except msgspec.ValidationError as error:
        return str(error)
    return ""


def _inside(kind: inspect.Type, step: str | int) -> list[inspect.Type]:
    found: list[inspect.Type] = []
    for option in _options(kind):
        if isinstance(option, inspect.StructType):
            found += [field.type for field in option.fields if field.encode_name == step]
        elif isinstance(option, inspect.DictType):
            found.append(option.value_type)
        elif isinstance(option, inspect.ListType):
            found.append(option.item_type)
    return found


def _options(kind: inspect.Type) -> list[inspect.Type]:
    if isinstance(kind, inspect.Metadata):
        return _options(kind.type)
    if isinstance(kind, inspect.UnionType):
        return [option for each in kind.types for option in _options(each)]
    return [kind]


def _choices(kind: inspect.Type) -> list[str]:
    if isinstance(kind, inspect.EnumType):
        return [str(member.value) for member in kind.cls]
    if isinstance(kind, inspect.LiteralType):
        return [str(value) for value in kind.values]
    return []


def _chosen(structs: list[inspect.StructType], value: object) -> list[inspect.StructType]:
    """Of several tables with a tag, return the one that was asked for."""
    if not isinstance(value, dict):
        return structs
    written = cast("dict[str, object]", value)
    return [s for s in structs if s.tag_field is None or written.get(s.tag_field) == s.tag]
