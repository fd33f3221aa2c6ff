"""What the user of the command can put right, told in one line."""

__all__ = ["Problem"]


class Problem(Exception):  # noqa: N818  # named for what it reports; never seen as an exception
    """A mistake or an obstacle outside this program; the command prints it and exits with 2.

    Its text is one sentence that says where and what, and never quotes a secret.
    """
