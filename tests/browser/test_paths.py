"""What each person comes for, walked in Chromium through the real web, worker, clock and Redis."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from django.contrib.auth.models import User
from django_celery_beat.models import PeriodicTask
from playwright.sync_api import Page, expect

from backoffice.models import EmailTemplate, Recipient
from tasks_app.launching import launch, wait
from tasks_app.models import Job, Slot, SlotState, State
from tests.browser.office import clock_of, worker_of
from tests.browser.walking import (
    await_mail,
    choose,
    confirm,
    download,
    expect_state,
    go,
    is_marked,
    mails_to,
    mark,
    rows,
    search,
    sidebar,
    text_of,
)
from tests.servers import wait_until
from tests.stack import Stack

pytestmark = [pytest.mark.browser, pytest.mark.stack, pytest.mark.once, pytest.mark.timeout(300)]

ELODIE = "elodie.exemple@example.org"
PAT = "pat.example@example.org"
EMAIL = "tasks_app.tasks.envoi_email"

type SitDown = Callable[[str], Page]


def test_staff_sends_an_email_and_reads_what_was_sent(office: Stack, sit_down: SitDown) -> None:
    page = sit_down("staff")
    go(page, "Launch")
    page.get_by_role("link", name="Send an email").click()
    page.get_by_role("button", name=re.compile("Send$")).click()
    missing = page.get_by_text("This field is required.")
    expect(missing).to_be_visible()
    choose(page, "Recipient", ELODIE)
    choose(page, "Template", "Welcome")

    page.get_by_role("button", name="Preview").click()
    preview = page.locator("iframe[title=Preview]")
    expect(preview).to_have_attribute("sandbox", "")
    expect(preview.content_frame.locator("body")).to_contain_text("Bienvenue, Élodie Exemple")
    expect(missing).to_have_count(0)

    page.get_by_role("button", name="Send a test to myself").click()
    expect(page.get_by_text("A test is on its way to you alone.")).to_be_visible()
    await_mail("staff@example.org")
    assert not mails_to(ELODIE)

    worker = worker_of(office)
    office.freeze(worker)  # until the page has said that the job waits
    page.get_by_role("button", name=re.compile("Send$")).dblclick()
    expect_state(page, "Waiting")
    mark(page)
    worker.thaw()
    expect_state(page, "Succeeded")
    assert is_marked(page)
    assert Job.objects.filter(about=ELODIE).count() == 1

    page.get_by_role("link", name="Message: Bienvenue chez Back office, Élodie Exemple").click()
    expect(page.get_by_role("definition").filter(has_text="Bienvenue chez Back office")).to_be_visible()
    read = page.frame_locator("iframe[title='The message as its reader sees it']")
    expect(read.locator("body")).to_contain_text("Bienvenue, Élodie Exemple")
    assert await_mail(ELODIE)["Subject"] == "Bienvenue chez Back office, Élodie Exemple"


def test_staff_orders_a_report_watches_it_run_and_downloads_it(office: Stack, sit_down: SitDown) -> None:
    page = sit_down("staff")
    go(page, "Launch")
    page.get_by_role("link", name="Overview").click()
    choose(page, "Format", "PDF")
    choose(page, "Language", "English")
    worker = worker_of(office)
    office.freeze(worker)
    page.get_by_role("button", name="Order").click()
    expect_state(page, "Waiting")
    mark(page)
    running = Job.objects.filter(state=State.RUNNING, created_by__username="staff@example.org")
    office.run_until(worker, running.exists)
    expect_state(page, "Running")
    worker.thaw()
    expect_state(page, "Succeeded")
    assert is_marked(page)

    page.get_by_role("link", name=re.compile("Overview –")).click()
    document = text_of(download(page))
    assert "Overview" in document
    assert "Worker" in document
    assert "worker1@" not in document


def test_support_finds_what_failed_and_runs_it_again(office: Stack, sit_down: SitDown) -> None:
    sent, broken, other = one_sent_and_two_failed()
    page = sit_down("support")
    go(page, "Jobs")
    expect(rows(page)).to_have_count(3)
    expect(rows(page).filter(has_text="Succeeded")).to_have_count(1)
    only_failed(page)
    expect(rows(page)).to_have_count(2)
    for words, found in ((ELODIE, 1), (broken.pk, 1), ("has no value", 2), ("nobody@example.org", 0)):
        search(page, words)
        expect(rows(page)).to_have_count(found)

    search(page, ELODIE)
    rows(page).get_by_role("link", name="Send an email").click()
    expect_state(page, "Failed")
    expect(page.get_by_text("names a word that has no value").first).to_be_visible()
    page.get_by_text("Traceback", exact=True).click()
    expect(page.get_by_text("Traceback (most recent call last)")).to_be_visible()

    correct_the_template()
    confirm(page, "Run again")
    expect(page.get_by_text("It runs again. This page follows it.")).to_be_visible()
    expect_state(page, "Succeeded")
    await_mail(ELODIE)
    page.locator(".bo-tree").get_by_role("link").click()
    page.wait_for_url(re.compile(broken.pk))
    expect(page.locator(".bo-tree").get_by_role("link")).to_be_visible()

    go(page, "Jobs")
    only_failed(page)  # what its re-run repaired needs nobody
    expect(rows(page)).to_have_count(1)
    rows(page).get_by_role("checkbox").check()
    page.locator("select[name=action]").select_option("run_selected_again")
    page.get_by_role("button", name="Run", exact=True).click()
    page.get_by_role("button", name="Run 1 job again").click()
    expect(page.get_by_text("1 job runs again.")).to_be_visible()
    await_mail(PAT)
    assert [Job.objects.filter(rerun_of=job).count() for job in (broken, other)] == [1, 1]

    go(page, "Results")
    search(page, sent.pk)
    rows(page).get_by_role("link", name="Send an email").click()
    page.wait_for_url(re.compile(f"/job/{sent.pk}/change/"))
    expect_state(page, "Succeeded")


def test_a_manager_orders_and_downloads_a_report_and_is_offered_nothing_else(sit_down: SitDown) -> None:
    page = sit_down("manager")
    offered = sidebar(page).get_by_role("listitem").get_by_role("link")
    names = ("Dashboard", "Reports", "Shelf", "Subscriptions", "Saved questions", "Settings")
    expect(offered).to_have_text([re.compile(name) for name in names])
    go(page, "Reports")
    page.get_by_role("link", name="Activity").click()
    expect(page.get_by_label("First day")).to_be_hidden()
    choose(page, "Period", "Between two dates")
    expect(page.get_by_label("First day")).to_be_visible()
    choose(page, "Period", "Last month")
    expect(page.get_by_label("First day")).to_be_hidden()
    choose(page, "Format", "PDF")
    page.get_by_role("button", name="Order").click()
    expect_state(page, "Succeeded")
    go(page, "Reports")
    rows(page).get_by_role("link", name=re.compile("^Activity")).click()
    assert "Activity" in text_of(download(page))

    for path in ("tasks_app/job/", "django_celery_beat/periodictask/", "backoffice/message/", "queues/"):
        assert page.request.get(f"/admin/{path}").status == 403, path


def test_staff_edits_a_schedule_sees_it_run_and_a_new_clock_undoes_nothing(
    office: Stack, sit_down: SitDown
) -> None:
    hourly = PeriodicTask.objects.get(name="cleanup-results-hourly")
    page = sit_down("staff")
    open_schedule(page, hourly)
    page.get_by_role("radio", name="Every so often").check()
    page.get_by_role("spinbutton", name="Every").fill("2")
    choose(page, "Unit", "seconds")
    expect(page.get_by_text("Every 2 seconds")).to_be_visible()
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_role("heading", name="Its runs, before and after")).to_be_visible()
    page.get_by_label("Why").fill("It is looked at")
    page.get_by_role("button", name="Save the change").click()
    expect(page.get_by_text("The schedule was changed.")).to_be_visible()
    done = Slot.objects.filter(schedule=hourly, state=SlotState.DONE)
    wait_until(done.exists, what="a time of the schedule to be done")
    page.reload()
    expect(page.get_by_text(re.compile(r"\bDone\s*$")).first).to_be_visible()

    confirm(page, "Switch off")
    expect(page.get_by_text("Switched off.", exact=True)).to_be_visible()
    confirm(page, "Run now")
    expect_state(page, "Succeeded")

    clock_of(office).stop()
    office.start_clock("clock2")
    open_schedule(page, hourly)
    expect(page.get_by_role("spinbutton", name="Every")).to_have_value("2")
    expect(page.get_by_label("Switched on")).not_to_be_checked()
    confirm(page, "Switch on")
    expect(page.get_by_text(re.compile(r"Switched on\.\s+Next run: "))).to_be_visible()
    hourly.refresh_from_db()
    assert hourly.enabled


def open_schedule(page: Page, schedule: PeriodicTask) -> None:
    go(page, "Schedules")
    page.get_by_role("link", name=schedule.name).click()
    expect(page.get_by_role("heading", name=schedule.name, exact=True)).to_be_visible()


def only_failed(page: Page) -> None:
    page.get_by_role("navigation", name="Jobs by state").get_by_role("link", name="Failed").click()
    page.wait_for_url(re.compile("failed"))  # rows of the list before it look the same


def one_sent_and_two_failed() -> tuple[Job, Job, Job]:
    """Staff sent one email; two more failed for a word in the template that has no value."""
    staff = User.objects.get(username="staff@example.org")

    def send(address: str) -> Job:
        arguments = {"destinataire_id": Recipient.objects.get(email=address).pk}
        return wait(launch(EMAIL, arguments, by=staff), 30)

    sent = send("robin.sample@example.org")
    EmailTemplate.objects.filter(slug="welcome").update(text="Dear {{ nobody }},")
    broken, other = send(ELODIE), send(PAT)
    assert [job.state for job in (sent, broken, other)] == [State.SUCCEEDED, State.FAILED, State.FAILED]
    return sent, broken, other


def correct_the_template() -> None:
    EmailTemplate.objects.filter(slug="welcome").update(text="Dear {{ recipient.name }},")
