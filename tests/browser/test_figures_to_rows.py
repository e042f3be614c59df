"""A figure of a report is followed to its rows; the report is made again by a worker, and compared with now.

In Chromium, with the real web and worker.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import timedelta

import pytest
from django.db import transaction
from django.urls import reverse
from django.utils import timezone
from playwright.sync_api import Page, expect

from backoffice.models import Report, Snapshot
from backoffice.reports import making
from tasks_app.models import Job, State
from tests.servers import wait_until
from tests.stack import Stack

pytestmark = [pytest.mark.browser, pytest.mark.stack, pytest.mark.once, pytest.mark.timeout(300)]

FAILED = 3


def test_a_figure_leads_to_its_rows_and_a_report_is_made_again_and_compared(
    office: Stack, sit_down: Callable[[str], Page]
) -> None:
    report = a_report_of_yesterday()
    page = sit_down("admin")
    page.goto(reverse("admin:backoffice_report_change", args=[report.pk]))
    page.get_by_role("link", name="Read on screen").click()

    label = page.locator(".bo-defined").filter(has_text="Failed").first  # of the figures at the top
    expect(label).to_be_visible()
    label.focus()
    expect(label.locator(".bo-definition")).to_be_visible()  # for whoever comes by the keyboard
    page.get_by_text("As a table").first.click()
    expect(page.get_by_role("table").first).to_be_visible()
    title = page.locator(".bo-plot a title").first
    assert title.text_content().endswith(f": {FAILED}")  # under the pointer

    called = page.locator(".bo-defined", has_text=re.compile("^Failed"))
    figure = page.locator(".bo-counted").filter(has=called)
    figure.get_by_role("link", name=str(FAILED)).click()
    expect(page.get_by_text(f"{FAILED} rows are behind it.")).to_be_visible()
    expect(page.get_by_role("cell", name="as it was")).to_have_count(FAILED)

    Job.objects.filter(pk="figure-0").delete()
    Job.objects.filter(pk="figure-1").update(state=State.SUCCEEDED)
    page.reload()
    expect(page.get_by_role("cell", name="gone")).to_have_count(1)
    expect(page.get_by_text("State: Failed → Succeeded")).to_be_visible()

    page.get_by_role("link", name="Compare with today").click()
    moved = page.get_by_role("row").filter(has=page.get_by_role("link", name="Failed", exact=True))
    expect(moved.first).to_contain_text("figure-0")

    page.goto(reverse("admin:backoffice_report_change", args=[report.pk]))
    page.get_by_role("button", name="Make again …").click()
    page.get_by_role("dialog").get_by_role("button", name="Make it again").click()
    expect(page.get_by_text("It is being made again.")).to_be_visible()
    wait_until(lambda: bool(Snapshot.objects.get(pk=report.pk).made_again), what="it is made again")
    page.reload()
    expect(page.get_by_text("the very same file")).to_be_visible()


def a_report_of_yesterday() -> Report:
    at = timezone.now() - timedelta(days=1)
    for number in range(FAILED):
        Job.objects.create(
            id=f"figure-{number}",
            name="shop.tasks.import_order",
            queue="default",
            created_at=at,
            started_at=at,
            ended_at=at + timedelta(seconds=2),
            state=State.FAILED,
            error_class="x.Refused",
        )
    made = making.make("activity", {"period": "yesterday", "language": "en"})
    with transaction.atomic():
        made.record()
    return made.report
