"""An analyst writes a question, a second person reviews it, a manager runs it and reads the table."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import pytest
from django.contrib.auth.models import Permission, User
from playwright.sync_api import Page, expect

from backoffice.models import Question, Recipient
from tests.browser.office import Office
from tests.browser.walking import go

pytestmark = [pytest.mark.browser, pytest.mark.stack, pytest.mark.once, pytest.mark.timeout(300)]

SQL = (
    "SELECT language, count(*) AS recipients FROM recipients WHERE active = :active "
    "GROUP BY language ORDER BY 1"
)


def test_a_question_is_written_reviewed_and_run(office: Office, sit_down: Callable[[str], Page]) -> None:
    give("staff", "view_question", "add_question")
    give("support", "view_question", "review_question")

    analyst = sit_down("staff")
    go(analyst, "Saved questions")
    analyst.get_by_role("link", name="Add saved question").first.click()
    analyst.get_by_label("Title").fill("Recipients by language")
    analyst.get_by_label("What it says").fill("Recipients who may be written to, by language.")
    analyst.locator("#id_sql").fill(SQL)
    line = analyst.get_by_role("group", name="Parameter 1")
    line.get_by_label("Name").fill("active")
    line.get_by_label("Label").fill("May be written to")
    line.get_by_label("Type").select_option("boolean")
    analyst.get_by_label("Totals").fill("recipients")
    analyst.locator("#id_groups").select_option(label="Managers", force=True)
    picture(analyst, "form")
    analyst.get_by_role("button", name="Save as a new version").click()
    expect(analyst.get_by_text("To be reviewed")).to_be_visible()
    expect(analyst.get_by_role("button", name="Approve …")).to_have_count(0)

    reviewer = sit_down("support")
    go(reviewer, "Saved questions")
    reviewer.get_by_role("link", name="Recipients by language").click()
    expect(reviewer.get_by_text("FROM recipients")).to_be_visible()
    picture(reviewer, "page")
    reviewer.get_by_role("button", name="Approve …").click()
    reviewer.get_by_role("dialog").get_by_role("button", name="Approve").click()
    expect(reviewer.get_by_text("Approved").first).to_be_visible()
    assert Question.objects.get().current is not None

    manager = sit_down("manager")
    go(manager, "Saved questions")
    manager.get_by_role("link", name="Recipients by language").click()
    expect(manager.get_by_text("FROM recipients")).to_have_count(0)
    manager.get_by_role("link", name="Ask it").click()
    manager.get_by_label("May be written to").check()
    manager.get_by_role("button", name="Ask it").click()
    table = manager.get_by_role("region", name="Answer").get_by_role("table")
    expect(table).to_be_visible(timeout=60_000)
    expect(table.get_by_role("columnheader")).to_have_text(["Language", "Recipients"])
    written_to = Recipient.objects.filter(active=True).count()
    expect(table.get_by_role("row").last).to_contain_text(f"In all{written_to}")
    picture(manager, "answer")
    expect(manager.get_by_role("link", name="Order the report")).to_be_visible()


def give(who: str, *codenames: str) -> None:
    user = User.objects.get(username__startswith=f"{who}@")
    user.user_permissions.set(Permission.objects.filter(codename__in=codenames))


def picture(page: Page, name: str) -> None:
    """For who wants to look: PICTURES names a folder."""
    if folder := os.environ.get("PICTURES"):
        for width, scheme in ((1366, "light"), (390, "dark")):
            page.set_viewport_size({"width": width, "height": 900})
            page.emulate_media(color_scheme=scheme)  # type: ignore[arg-type]
            page.screenshot(path=Path(folder) / f"{name}-{width}.png", full_page=True)
        page.set_viewport_size({"width": 1366, "height": 900})
        page.emulate_media(color_scheme="light")
