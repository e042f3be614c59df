"""What each person comes for, done without a mouse."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from django_celery_beat.models import PeriodicTask
from playwright.sync_api import Page, expect

from backoffice.models import EmailTemplate, Message, MessageState, Recipient
from tasks_app.launching import launch, wait
from tasks_app.models import State
from tests.browser.office import worker_of
from tests.browser.walking import await_mail, expect_state, tab_to, title_of
from tests.stack import Stack

pytestmark = [pytest.mark.browser, pytest.mark.stack, pytest.mark.once, pytest.mark.timeout(300)]

PAT = "pat.example@example.org"

type SitDown = Callable[[str], Page]


def follow(page: Page, name: str, title: str) -> None:
    """Tab to the link of this name and open the page it leads to."""
    tab_to(page, name)
    page.keyboard.press("Enter")
    expect(title_of(page)).to_contain_text(title)


def ring_is_seen(page: Page) -> bool:
    """Whether a line is drawn round what has the focus."""
    return bool(
        page.evaluate("""() => {
            const {outlineStyle, outlineWidth, boxShadow} = getComputedStyle(document.activeElement);
            return (outlineStyle !== "none" && parseFloat(outlineWidth) >= 1) || boxShadow !== "none";
        }""")
    )


def test_staff_signs_in_sends_an_email_and_edits_a_schedule(office: Stack, sit_down: SitDown) -> None:
    page = sit_down("")
    press, write = page.keyboard.press, page.keyboard.type
    expect(page.get_by_label("Username")).to_be_focused()
    write("staff@example.org")
    press("Tab")
    write("staff-demo")
    press("Enter")
    expect(title_of(page)).to_contain_text("Dashboard")
    press("Tab")
    skip = page.get_by_role("link", name="Skip to the content")
    expect(skip).to_be_focused()
    expect(skip).to_be_in_viewport()
    press("Enter")
    expect(page.get_by_role("main")).to_be_focused()

    page.reload()
    follow(page, "Launch", "Launch")
    tab_to(page, "Send an email")
    assert ring_is_seen(page)
    press("Enter")
    expect(page.get_by_role("combobox", name="Recipient")).to_be_focused()
    write("Pat")
    tab_to(page, "Preview")
    press("Enter")
    expect(page.locator("iframe[title=Preview]").content_frame.locator("body")).to_contain_text("Pat")
    tab_to(page, "Send")
    worker = worker_of(office)
    office.freeze(worker)  # until the page has said that the job waits: only what changes is announced
    press("Enter")
    expect_state(page, "Waiting")
    worker.thaw()
    expect_state(page, "Succeeded")
    expect(page.get_by_role("status").filter(has_text="Succeeded")).to_have_count(1)
    await_mail(PAT)

    hourly = PeriodicTask.objects.get(name="cleanup-results-hourly")
    follow(page, "Schedules", "Schedules")
    tab_to(page, f"{hourly.name} Clean up")  # what it is beside its name; the name alone is its switch
    press("Enter")
    expect(page.get_by_role("heading", name=hourly.name, exact=True)).to_be_visible()
    every = page.get_by_role("spinbutton", name="Every")
    tab_to(page, re.compile(r"^Every\W*$"))  # a needed field's label ends with a star
    expect(every).to_be_focused()
    press("Control+A")
    write("3")
    tab_to(page, "Save")
    press("Enter")
    expect(page.get_by_text("The schedule was changed.")).to_be_visible()


def test_support_runs_a_job_again_filters_and_settles_a_message(sit_down: SitDown) -> None:
    EmailTemplate.objects.filter(slug="welcome").update(text="Dear {{ nobody }},")
    recipient = Recipient.objects.get(email=PAT)
    failed = wait(launch("tasks_app.tasks.envoi_email", {"destinataire_id": recipient.pk}), 30)
    assert failed.state == State.FAILED
    EmailTemplate.objects.filter(slug="welcome").update(text="Dear {{ recipient.name }},")
    message = Message.objects.create(
        recipient=recipient,
        to="lost@example.org",
        sender="us@example.org",
        subject="Lost on the way",
        text="Hello.",
        state=MessageState.UNKNOWN,
    )
    page = sit_down("support")
    press = page.keyboard.press
    follow(page, "Jobs", "Jobs")
    tab_to(page, "Failed")
    press("Enter")
    page.wait_for_url(re.compile("failed"))
    tab_to(page, f"Send an email {PAT}")
    press("Enter")
    page.wait_for_url(re.compile(f"{failed.pk}/change"))
    again = page.locator("#job").get_by_role("button", name="Run again", exact=True)
    dialog = page.get_by_role("dialog")
    tab_to(page, "Run again")
    press("Space")
    expect(dialog).to_be_visible()
    page.wait_for_function("document.activeElement.closest('[role=dialog]')")
    for _ in range(6):  # round and round, never out
        press("Tab")
        assert page.evaluate("document.activeElement.closest('[role=dialog]') !== null")
    press("Escape")
    expect(dialog).to_be_hidden()
    expect(again).to_be_focused()
    press("Enter")
    expect(dialog).to_be_visible()
    page.wait_for_function("document.activeElement.closest('[role=dialog]')")
    tab_to(page, "Run again")
    press("Enter")
    expect_state(page, "Succeeded")

    follow(page, "Messages", "Messages")
    tab_to(page, message.to)
    press("Enter")
    page.wait_for_url(re.compile(f"{message.pk}/change"))
    tab_to(page, "It arrived")
    press("Enter")
    page.wait_for_function("document.activeElement.closest('[role=dialog]')")
    tab_to(page, "It arrived")
    press("Enter")
    expect(page.get_by_role("button", name="It arrived")).to_have_count(0)
    message.refresh_from_db()
    assert message.state == MessageState.SENT


def test_a_manager_orders_a_report_and_downloads_it(sit_down: SitDown) -> None:
    page = sit_down("manager")
    follow(page, "Reports", "Reports")
    follow(page, "Overview", "Overview")
    tab_to(page, "Order")
    page.keyboard.press("Enter")
    expect_state(page, "Succeeded")
    follow(page, "Reports", "Reports")
    tab_to(page, re.compile("^Overview –"))
    page.keyboard.press("Enter")
    page.wait_for_url(re.compile("/change/"))
    tab_to(page, "Download")
    with page.expect_download() as started:
        page.keyboard.press("Enter")
    assert started.value.suggested_filename


def test_on_a_phone_the_sidebar_and_its_menu_open_and_close_by_their_buttons(sit_down: SitDown) -> None:
    page = sit_down("staff")
    page.set_viewport_size({"width": 390, "height": 844})
    jobs = page.get_by_role("navigation").get_by_role("link", name="Jobs")
    expect(jobs).to_be_hidden()
    opener = page.get_by_role("button", name="Sidebar", exact=True)
    expect(opener).to_have_attribute("aria-expanded", "false")
    opener.press("Enter")
    expect(jobs).to_be_visible()
    expect(opener).to_have_attribute("aria-expanded", "true")
    person = page.get_by_role("button", name="Stella Staff")
    for expanded in ("false", "true", "false"):
        expect(person).to_have_attribute("aria-expanded", expanded)
        person.press("Enter")
    page.get_by_role("button", name="Close the sidebar").press("Enter")
    expect(jobs).to_be_hidden()
