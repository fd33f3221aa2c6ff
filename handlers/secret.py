"""A string that must not be seen by accident."""

from hmac import compare_digest
from typing import Final, Self, final

HIDDEN: Final = "***"

RECOGNISABLE: Final = 8
"""Characters from which on a secret is looked for in what others say."""


@final
class Secret:
    """A credential that shows itself only to who asks for it by name.

    Its repr, str and format show `Secret(***)`. It is no dataclass, because
    `dataclasses.asdict` and the JSON encoders open dataclasses without asking.

    Args:
        value: the credential itself; never empty.

    Raises:
        TypeError: `value` is no string.
        ValueError: `value` is empty, which is a credential that was forgotten.
    """

    __slots__ = ("_value",)

    _value: str

    def __init__(self, value: str) -> None:
        """Keep `value` out of sight."""
        # Not every user has a type checker, and environment variables may be None.
        if not isinstance(value, str):  # pyright: ignore[reportUnnecessaryIsInstance]
            raise TypeError(f"a secret must be a string, not {type(value).__name__}")
        if not value:
            raise ValueError("a secret must not be empty")
        object.__setattr__(self, "_value", value)

    @classmethod
    def of(cls, value: "str | Secret") -> "Secret":
        """Return `value` as a secret, whether it is one already or not."""
        return value if isinstance(value, Secret) else cls(value)

    def reveal(self) -> str:
        """Return the credential itself, in the clear."""
        return self._value

    def hide_in(self, text: str) -> str:
        """Return `text` with every copy of this secret replaced by `***`.

        A secret of fewer than 8 characters is left: it would more often be a part of
        some other word, and what was replaced would give it away.

        Args:
            text: what somebody else said.
        """
        return text if len(self._value) < RECOGNISABLE else text.replace(self._value, HIDDEN)

    def __setattr__(self, name: str, value: object) -> None:
        """Refuse: a secret is a value."""
        raise AttributeError("a secret cannot be changed")

    def __repr__(self) -> str:
        """Show that there is a secret, and nothing of it."""
        return f"Secret({HIDDEN})"

    def __eq__(self, other: object) -> bool:
        """Compare by value, in a time that tells nothing about it."""
        if not isinstance(other, Secret):
            return NotImplemented
        return compare_digest(_bytes(self), _bytes(other))

    def __hash__(self) -> int:
        """Hash by value."""
        return hash((Secret, self._value))

    def __reduce__(self) -> tuple[type[Self], tuple[str]]:
        """Pickle the value too: specs travel between machines."""
        return type(self), (self._value,)


def _bytes(secret: Secret) -> bytes:
    # A lone surrogate has no UTF-8 form, and compare_digest takes no text beyond ASCII.
    return secret.reveal().encode("utf-8", "surrogatepass")
