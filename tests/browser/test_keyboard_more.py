"""The rest of what people do, without a mouse: new schedules, lists, selections, queues, a second factor."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from django.contrib.admin.models import CHANGE, LogEntry
from django.contrib.auth.models import User
from django.contrib.contenttypes.models import ContentType
from django_celery_beat.models import PeriodicTask
from playwright.sync_api import Page, expect

from backoffice.models import Recipient
from tasks_app.models import Job, QueueState, State
from tests.browser.test_keyboard import SitDown, follow
from tests.browser.walking import expect_state, tab_to, title_of
from tests.pages.work import a_job
from tests.servers import wait_until
from tests.sign_in.apps import an_app, code_of

pytestmark = [pytest.mark.browser, pytest.mark.stack, pytest.mark.once, pytest.mark.timeout(300)]


def answer_dialog(page: Page, button: str, submit: str) -> None:
    """Tab to a button that asks first, and say yes in its dialog."""
    tab_to(page, button)
    page.keyboard.press("Enter")
    page.wait_for_function("document.activeElement.closest('[role=dialog]')")
    tab_to(page, submit)
    page.keyboard.press("Enter")


def test_staff_adds_a_schedule_and_imports_a_list(sit_down: SitDown, tmp_path: Path) -> None:
    page = sit_down("staff")
    press, write = page.keyboard.press, page.keyboard.type
    follow(page, "Schedules", "Schedules")
    tab_to(page, "Add schedule")
    press("Enter")
    page.wait_for_url(re.compile("/add/"))
    tab_to(page, "Send an email")
    press("Enter")
    page.wait_for_url(re.compile("job=envoi_email"))
    tab_to(page, re.compile(r"^Name\W*$"))
    write("Pat, every day")
    tab_to(page, re.compile(r"^Recipient\W*$"))
    write("Pat")
    tab_to(page, "Add the schedule")
    press("Enter")
    expect(page.get_by_role("heading", name="Pat, every day", exact=True)).to_be_visible()
    assert PeriodicTask.objects.filter(name="Pat, every day", enabled=True).exists()

    people = tmp_path / "people.csv"
    people.write_text("email,name\nlea@example.org,Léa\n")
    follow(page, "Recipients", "Recipients")
    tab_to(page, "Import")
    press("Enter")
    page.wait_for_url(re.compile("/import/"))
    page.wait_for_load_state()
    # Asked for early: a chooser that opens before the browser is told to hand it over is never heard of.
    with page.expect_file_chooser() as opened:
        while not page.evaluate("document.activeElement.matches('input[type=file]')"):
            press("Tab")
        press("Space")
    opened.value.set_files(people)
    tab_to(page, "See what would happen")
    press("Enter")
    expect(page.get_by_text("Nothing is imported yet")).to_be_visible()
    tab_to(page, "Import")
    press("Enter")
    page.wait_for_url(re.compile("/recipient/$"))
    assert Recipient.objects.filter(email="lea@example.org").exists()


def test_support_runs_a_selection_again_cancels_a_job_and_pauses_a_queue(sit_down: SitDown) -> None:
    failed = [a_job(State.FAILED, error="It broke.") for _ in range(2)]
    page = sit_down("support")
    press = page.keyboard.press
    follow(page, "Queues & workers", "Queues & workers")
    answer_dialog(page, "Pause", "Pause the queue")
    expect(page.get_by_role("button", name="Resume")).to_be_visible()
    assert QueueState.objects.get(name="default").paused

    follow(page, "Jobs", "Jobs")
    tab_to(page, "Failed")
    press("Enter")
    page.wait_for_url(re.compile("failed"))
    for job in failed:
        while not page.evaluate(f"document.activeElement.value === '{job.pk}'"):
            press("Tab")
        press("Space")
    while not page.evaluate("document.activeElement.name === 'action'"):
        press("Shift+Tab")
    page.keyboard.type("Run again")
    tab_to(page, "Run")
    press("Enter")
    expect(page.get_by_role("button", name="Run 2 jobs again")).to_be_visible()
    tab_to(page, "Run 2 jobs again")
    press("Enter")
    expect(page.get_by_text("2 jobs run again.")).to_be_visible()

    again = Job.objects.filter(rerun_of__in=failed)
    page.goto(f"/admin/tasks_app/job/{again[0].pk}/change/")
    answer_dialog(page, "Cancel the job", "Cancel the job")
    expect_state(page, "Cancelled")
    follow(page, "Queues & workers", "Queues & workers")
    answer_dialog(page, "Resume", "Resume the queue")
    wait_until(again.filter(state=State.SUCCEEDED).exists, what="the other job")


def test_an_administrator_signs_in_with_a_second_factor(sit_down: SitDown) -> None:
    device = an_app(User.objects.get(username="admin@example.org"))
    page = sit_down("")
    press, write = page.keyboard.press, page.keyboard.type
    write("admin@example.org")
    press("Tab")
    write("admin-demo")
    press("Enter")
    code = page.get_by_label("Code")
    expect(code).to_be_visible()
    if not code.evaluate("(field) => field === document.activeElement"):
        tab_to(page, re.compile(r"^Code\W*$"))
    write(code_of(device))
    press("Enter")
    expect(title_of(page)).to_contain_text("Dashboard")


def test_what_is_wider_than_the_window_is_moved_by_the_arrows(sit_down: SitDown) -> None:
    page = sit_down("admin")
    admin = User.objects.get(username="admin@example.org")
    kind = ContentType.objects.get_for_model(User)
    LogEntry.objects.create(
        user=admin, content_type=kind, object_id=str(admin.pk), object_repr="w" * 150, action_flag=CHANGE,
        change_message="w" * 250,
    )  # fmt: skip
    page.set_viewport_size({"width": 390, "height": 844})
    page.goto(f"/admin/auth/user/{admin.pk}/history/")
    table = page.locator("#content .overflow-auto", has=page.locator("table"))
    expect(table).to_have_attribute("tabindex", "0")
    table.focus()
    page.keyboard.press("ArrowRight")
    page.wait_for_function("(box) => box.scrollLeft > 0", arg=table.element_handle())
