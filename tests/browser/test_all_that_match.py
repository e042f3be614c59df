"""All that match are chosen above a list, counted in the dialog, and done."""

from __future__ import annotations

import re
from collections.abc import Callable

from playwright.sync_api import Page, expect

from tasks_app.models import Job, State
from tests.browser.office import Office
from tests.pages.work import a_job


def test_support_cancels_all_jobs_that_match(office: Office, sit_down: Callable[[str], Page]) -> None:
    later = {"available_at": None, "queue": "high"}
    jobs = [a_job(State.WAITING, **later) for _ in range(120)]
    page = sit_down("support")
    page.goto("/admin/tasks_app/job/?queue=high&state=waiting&no_such_filter=1")
    expect(page.get_by_text("It was left out.")).to_be_visible()
    expect(page.get_by_text("1–50 of 120")).to_be_visible()
    page.locator("#action-toggle").check()
    page.get_by_text("Select all that match: 120").click()
    expect(page.get_by_text("All that match are selected: 120")).to_be_visible()
    page.locator("select[name=action]").select_option("cancel_selected")
    page.locator("button[name=index]").click()
    expect(page.get_by_role("heading", name="Cancel 120 jobs?", exact=True)).to_be_visible()
    expect(page.get_by_text("… and 100 others")).to_be_visible()
    page.get_by_role("button", name="Cancel 120 jobs").click()
    expect(page.get_by_text(re.compile("Cancelled: 120"))).to_be_visible()
    assert Job.objects.filter(pk__in=[job.pk for job in jobs], state=State.CANCELLED).count() == 120
