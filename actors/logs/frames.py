"""Frames of a stack as texts: where a function is, never what it knows or what its line says."""

from collections.abc import Iterable
from pathlib import PurePath
from types import FrameType

__all__ = ["describe_frames"]

_FOLDERS = 3


def describe_frames(frames: Iterable[tuple[FrameType, int]], most: int) -> list[str]:
    """Return frames as ``folder/file.py:line function``, not yet redacted.

    Args:
        frames: with their line numbers, as `traceback.walk_tb` yields them.
        most: how many are shown: the first and the last half of them.
    """
    described = [
        f"{_short_path(frame.f_code.co_filename)}:{line} {frame.f_code.co_name}"
        for frame, line in frames
    ]
    if len(described) <= most:
        return described
    half = most // 2
    return [*described[:half], f"… {len(described) - 2 * half} more", *described[-half:]]


def _short_path(path: str) -> str:
    """The last folders tell where it is; the first ones tell whose machine it is."""
    return "/".join(PurePath(path).parts[-_FOLDERS:]).removeprefix("//")
