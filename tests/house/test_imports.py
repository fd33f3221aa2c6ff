"""Who may import whom: handlers know nobody, actors know handlers, the kit knows both."""

import ast
import importlib.util
import subprocess
import sys
from collections.abc import Iterator
from graphlib import TopologicalSorter
from pathlib import Path

import pytest

PACKAGES = ("holdfast.actors", "holdfast.handlers", "holdfast.testing")
# What a package may import of holdfast besides itself.
ALLOWED = {
    "holdfast.handlers": set[str](),
    "holdfast.actors": {"holdfast.handlers"},
    "holdfast.testing": {"holdfast.actors", "holdfast.handlers"},
}
# The demo command alone runs the kit's server.
DEMO = "holdfast.actors.console.demo"
# Handlers are pure: these give a module a thread, a clock, a socket to wait on, or dice.
IMPURE = {
    "asyncio",
    "concurrent",
    "multiprocessing",
    "pykka",
    "queue",
    "random",
    "secrets",
    "select",
    "selectors",
    "subprocess",
    "threading",
    "time",
}


def folder_of(package: str) -> Path:
    """Return where `package` is imported from: the source, or site-packages."""
    spec = importlib.util.find_spec(package)
    assert spec is not None
    assert spec.origin is not None
    return Path(spec.origin).parent


def modules_of(package: str) -> Iterator[tuple[str, Path]]:
    """Yield the dotted name and the file of every module of `package`."""
    folder = folder_of(package)
    for file in sorted(folder.rglob("*.py")):
        parts = file.relative_to(folder).with_suffix("").parts
        yield ".".join((package, *(part for part in parts if part != "__init__"))), file


MODULES = {name: file for package in PACKAGES for name, file in modules_of(package)}


def nodes_of(root: ast.AST, *, for_checkers: bool) -> Iterator[ast.AST]:
    """Yield the syntax tree below `root`, with or without its `if TYPE_CHECKING:` blocks."""
    for node in ast.iter_child_nodes(root):
        if not for_checkers and isinstance(node, ast.If) and is_type_checking(node.test):
            continue
        yield node
        yield from nodes_of(node, for_checkers=for_checkers)


def is_type_checking(test: ast.expr) -> bool:
    """Tell whether a condition is the one that is true for type checkers alone."""
    return ast.unparse(test) in {"TYPE_CHECKING", "typing.TYPE_CHECKING"}


def imports_of(file: Path, *, for_checkers: bool = True) -> set[str]:
    """Return every module that `file` imports, wherever in the file it does."""
    found = set[str]()
    tree = ast.parse(file.read_text(encoding="utf-8"))
    for node in nodes_of(tree, for_checkers=for_checkers):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            found |= {target(node.module or "", alias.name) for alias in node.names}
    return found


def target(module: str, name: str) -> str:
    """Return the module that `from module import name` depends on."""
    inner = f"{module}.{name}"
    return inner if inner in MODULES else module


def package_of(module: str) -> str:
    """Return the first two names of a dotted module."""
    return ".".join(module.split(".")[:2])


@pytest.mark.parametrize("module", MODULES)
def test_a_module_imports_only_in_the_allowed_direction(module: str) -> None:
    own = package_of(module)
    extra = {"holdfast.testing"} if module.startswith(DEMO) else set[str]()
    allowed = ALLOWED[own] | {own} | extra
    ours = {name for name in imports_of(MODULES[module]) if name.startswith("holdfast")}
    assert {name for name in ours if package_of(name) not in allowed} == set()


@pytest.mark.parametrize("module", [name for name in MODULES if ".handlers" in name])
def test_a_handler_has_no_thread_no_clock_and_no_dice(module: str) -> None:
    roots = {name.partition(".")[0] for name in imports_of(MODULES[module])}
    assert roots & IMPURE == set()


def test_no_module_imports_itself_by_a_detour() -> None:
    """Types may refer to each other both ways; what runs at import time may not."""
    graph = {
        name: imports_of(file, for_checkers=False) & MODULES.keys()
        for name, file in MODULES.items()
    }
    order = tuple(TopologicalSorter(graph).static_order())
    assert set(order) == MODULES.keys()


def test_importing_the_library_loads_neither_the_kit_nor_its_server() -> None:
    """A user without the demo extra can import holdfast, and pays for nothing it doesn't use."""
    code = (
        "import sys, holdfast.actors, holdfast.handlers;"
        "print(sorted({'holdfast.testing', 'websockets', 'pytest'} & sys.modules.keys()))"
    )
    run = subprocess.run(
        [sys.executable, "-c", code], check=True, capture_output=True, text=True, timeout=30
    )
    assert run.stdout == "[]\n"
