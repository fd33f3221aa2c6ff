"""The packaging list, the type checkers' view and the folders say the same."""

import tomllib
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).resolve().parents[2]
FOLDERS = {
    "holdfast.actors": "actors",
    "holdfast.handlers": "handlers",
    "holdfast.testing": "tests/kit",
}
VISIBLE = {"actors", "docs", "handlers", "tests"}
MADE_BY_TOOLS = {"build", "dist", "holdfast.egg-info"}

pytestmark = pytest.mark.source_tree


def setuptools_config() -> dict[str, Any]:
    """Return the [tool.setuptools] table."""
    config = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    table: dict[str, Any] = config["tool"]["setuptools"]
    return table


def packages_on_disk() -> set[str]:
    """Return the dotted name of every folder that holds modules, by its place in `holdfast`."""
    return {
        ".".join((package, *module.parent.relative_to(ROOT / folder).parts))
        for package, folder in FOLDERS.items()
        for module in (ROOT / folder).rglob("*.py")
    }


def test_every_folder_of_modules_is_listed_and_every_listed_package_exists() -> None:
    assert set(setuptools_config()["packages"]) == packages_on_disk()


def test_every_package_has_an_init() -> None:
    missing = {
        package
        for package in packages_on_disk()
        for root, folder in FOLDERS.items()
        if package.startswith(root)
        if not (
            ROOT / folder / package[len(root) + 1 :].replace(".", "/") / "__init__.py"
        ).is_file()
    }
    assert missing == set()


def test_each_package_maps_to_its_folder_and_carries_its_type_marker() -> None:
    config = setuptools_config()
    assert config["package-dir"] == FOLDERS
    assert config["package-data"] == {package: ["py.typed"] for package in FOLDERS}
    assert all((ROOT / folder / "py.typed").is_file() for folder in FOLDERS.values())


def test_the_type_checkers_view_is_three_relative_links_to_the_same_folders() -> None:
    view = ROOT / "tests" / ".links" / "holdfast"
    links = {f"holdfast.{link.name}": link for link in view.iterdir()}
    assert links.keys() == FOLDERS.keys()
    for package, link in links.items():
        assert link.is_symlink()
        assert not link.readlink().is_absolute()
        assert link.resolve() == ROOT / FOLDERS[package]


def test_holdfast_is_a_namespace_that_anyone_may_extend() -> None:
    assert not (ROOT / "tests" / ".links" / "holdfast" / "__init__.py").exists()


def test_no_other_folder_stands_at_the_top_level() -> None:
    folders = {path.name for path in ROOT.iterdir() if path.is_dir() and path.name[0] != "."}
    assert folders - MADE_BY_TOOLS - {"__pycache__"} <= VISIBLE
