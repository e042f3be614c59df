"""Widgets that are written by hand are what Unfold's templates make of them."""

from __future__ import annotations

import re
from typing import Any

import pytest
from unfold import widgets as unfold

from tasks_app.admin.drawn_widgets import DrawnSelect, DrawnTextInput

pytestmark = pytest.mark.once

HARD = "“<&\">' é"
CHOICES = [
    ("", "---"),
    (1, HARD),
    ("b", "B"),
    ("Group <1>", [("c", "C & D"), ("d", "D")]),
]


def squeezed(html: str) -> str:
    return re.sub(r"\s*(?=[<])|(?<=[>])\s*", "", str(html))


@pytest.mark.parametrize("value", [None, "", 0, "plain", HARD])
@pytest.mark.parametrize("attrs", [{}, {"id": "id_x", "required": True, "disabled": False, "data-x": HARD}])
def test_a_text_input(value: Any, attrs: dict[str, Any]) -> None:
    drawn, theirs = (
        kind(attrs=dict(attrs)).render("name", value)
        for kind in (DrawnTextInput, unfold.UnfoldAdminTextInputWidget)
    )
    assert squeezed(drawn) == squeezed(theirs)


@pytest.mark.parametrize("value", [None, "", 1, "1", "c", "unknown", HARD])
def test_a_select(value: Any) -> None:
    drawn, theirs = (
        kind(attrs={"id": "id_x"}, choices=CHOICES).render("name", value)
        for kind in (DrawnSelect, unfold.UnfoldAdminSelectWidget)
    )
    assert squeezed(drawn) == squeezed(theirs)
    assert drawn.count("<option") == 5


def test_a_prefix_is_drawn_by_unfold() -> None:
    widget = DrawnTextInput(attrs={"prefix": "€"})
    assert "€" in widget.render("name", "1")
