"""Check that a wheel holds the source's modules, each in its place, and nothing else.

Usage: python tests/house/wheel_files.py dist/holdfast-*.whl
"""

import sys
import zipfile
from collections.abc import Iterable
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
PACKAGES = {
    "holdfast/actors": "actors",
    "holdfast/handlers": "handlers",
    "holdfast/testing": "tests/kit",
}
METADATA = {"METADATA", "RECORD", "WHEEL", "entry_points.txt", "top_level.txt", "licenses/LICENSE"}


def expected_files(root: Path) -> set[str]:
    """Return the names a wheel of the sources below `root` has, its metadata aside."""
    return {
        f"{package}/{file.relative_to(root / folder).as_posix()}"
        for package, folder in PACKAGES.items()
        for file in (root / folder).rglob("*")
        if file.suffix == ".py" or file.name == "py.typed"
        if not is_test(file.name)
    }


def is_test(name: str) -> bool:
    """Tell whether pytest would take a file of this name for its own."""
    return name == "conftest.py" or (name.startswith("test_") and name.endswith(".py"))


def complaints(names: Iterable[str], expected: set[str]) -> list[str]:
    """Return one line for each way in which a wheel's file names are wrong.

    Args:
        names: the names of the files in the wheel.
        expected: the names that it must have, its metadata aside.
    """
    present = set(names)
    metadata = {name for name in present if name.partition("/")[0].endswith(".dist-info")}
    typed = {f"{package}/py.typed" for package in PACKAGES}
    found = {name.partition("/")[2] for name in metadata}
    return sorted(
        [
            *(f"missing: {name}" for name in (expected | typed) - present),
            *(f"unexpected: {name}" for name in present - metadata - expected),
            *(f"missing metadata: {name}" for name in METADATA - found),
            *(f"unexpected metadata: {name}" for name in found - METADATA),
        ]
    )


def main(wheel: Path) -> int:
    """Print what is wrong with `wheel` and return the exit status, 0 when nothing is."""
    with zipfile.ZipFile(wheel) as archive:
        names = archive.namelist()
    wrong = complaints(names, expected_files(ROOT))
    verdict = "\n".join(wrong) or f"{wheel.name}: {len(names)} files, each in its place"
    sys.stdout.write(f"{verdict}\n")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1])))
