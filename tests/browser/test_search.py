"""The search of jobs suggests what may be typed next, to the keyboard too."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from tests.pages.work import a_job

pytestmark = [pytest.mark.browser, pytest.mark.stack, pytest.mark.once, pytest.mark.timeout(300)]


def test_a_search_is_put_together_by_the_keyboard(sit_down: Callable[[str], Page]) -> None:
    a_job()
    page = sit_down("admin")
    page.goto("/admin/tasks_app/job/")
    box = page.get_by_role("combobox", name="Search", exact=True)
    options = page.get_by_role("option")
    box.focus()
    page.keyboard.type("st")
    expect(options).to_have_text(["state: State"])
    page.keyboard.press("ArrowDown")
    expect(options.first).to_have_attribute("aria-selected", "true")
    assert box.get_attribute("aria-activedescendant") == options.first.get_attribute("id")
    page.keyboard.press("Enter")
    expect(box).to_have_value("state:")
    page.keyboard.type("succ")
    expect(options).to_have_count(1)
    page.keyboard.press("ArrowUp")
    page.keyboard.press("Enter")
    expect(box).to_have_value("state:succeeded ")
    page.keyboard.press("Escape")
    expect(box).to_have_attribute("aria-expanded", "false")
    page.keyboard.press("Enter")
    expect(page.get_by_text("Search words: state:succeeded")).to_be_visible()
