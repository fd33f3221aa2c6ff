"""The pictures of the guides show what the views draw today, and fetch nothing from elsewhere."""

import html
import re

import pytest

from tests.house.pictures import FOLDER, PICTURES, svg

DOCS = FOLDER.parent

pytestmark = pytest.mark.source_tree


def text_of(picture: str) -> str:
    """Return what is written in a picture; how it is drawn depends on the version of rich."""
    return html.unescape("".join(re.findall(r"<text[^>]*>([^<]*)</text>", picture)))


def test_each_picture_is_up_to_date() -> None:
    """If not: python -m tests.house.pictures."""
    drawn = {name: text_of(svg(name)) for name in PICTURES}
    kept = {file.stem: text_of(file.read_text(encoding="utf-8")) for file in FOLDER.glob("*.svg")}

    assert all(drawn.values())
    assert kept == drawn


def test_no_picture_names_anything_elsewhere() -> None:
    for name in PICTURES:
        picture = (FOLDER / f"{name}.svg").read_text(encoding="utf-8")
        assert set(re.findall(r"https?://[^\"')]+", picture)) == {"http://www.w3.org/2000/svg"}


def test_each_picture_is_in_a_guide_with_words_for_those_who_do_not_see_it() -> None:
    pages = "".join(page.read_text(encoding="utf-8") for page in DOCS.glob("*.md"))
    shown = re.findall(r"!\[[^\]]{20,}\]\(pictures/([^)]+)\.svg\)", pages)
    assert set(shown) == set(PICTURES)
