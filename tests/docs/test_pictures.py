"""Each list of the admin is pictured, at a desk and on a phone."""

from __future__ import annotations

from runpy import run_path
from typing import Any

import pytest
from django.contrib import admin
from PIL import Image

from tests.docs.reading import LINK, ROOT

pytestmark = pytest.mark.once

FOLDER = ROOT / "docs" / "screenshots"
AT_A_DESK, ON_A_PHONE = 1366, 2 * 390  # a phone has two pixels where a page has one
LARGEST = 130_000  # bytes: a page of documents with all of them is opened in a moment


@pytest.fixture(scope="module")
def lists() -> dict[str, Any]:
    """Picture → who looks, whose list, narrowed to what."""
    found: dict[str, Any] = run_path(str(FOLDER / "of_lists.py"))["LISTS"]
    return found


def test_each_list_has_its_pictures(lists: dict[str, Any]) -> None:
    there = {model._meta.label_lower.replace(".", "_") for model in admin.site._registry}
    assert there == {model for _who, model, _query in lists.values()}


def test_each_picture_is_there_shown_and_small(lists: dict[str, Any]) -> None:
    shown = set(LINK.findall((FOLDER / "README.md").read_text(encoding="utf-8")))
    for name in lists:
        phone = "phone.png" if name == "jobs" else f"list-{name}-phone.png"
        for picture, width in ((f"list-{name}.png", AT_A_DESK), (phone, ON_A_PHONE)):
            assert picture in shown
            with Image.open(FOLDER / picture) as image:
                assert image.width == width, picture
            assert (FOLDER / picture).stat().st_size < LARGEST, picture
