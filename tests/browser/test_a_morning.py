"""One morning of support, in Chromium, with the real web, worker, clock and Redis: what failed overnight is
found, mended, run again with a canary, proved, and told to a colleague. Each click is counted."""

from __future__ import annotations

import re
import time
from collections.abc import Callable

import pytest
from django.contrib.auth.models import Group, User
from playwright.sync_api import Page, expect

from backoffice.models import EmailTemplate, Message, MessageState, Recipient, Suppression, TemplateVariable
from tasks_app.launching import launch_many
from tasks_app.models import Batch, Job, State
from tests.browser.walking import await_mail, go, mails_to, rows
from tests.servers import wait_until
from tests.stack import Stack

pytestmark = [pytest.mark.browser, pytest.mark.stack, pytest.mark.once, pytest.mark.timeout(300)]

EMAIL = "tasks_app.tasks.envoi_email"
WITHOUT_INVOICE, OPTED_OUT, BOUNCED = 70, 30, 20  # jobs that fail overnight, by cause
MOST_CLICKS = 12
# Whatever is pressed, on every page of this window.
COUNT_CLICKS = """
addEventListener("pointerdown", (event) => {
    if (event.isTrusted) sessionStorage.pressed = 1 + Number(sessionStorage.pressed ?? 0);
}, true);
"""

type SitDown = Callable[[str], Page]


def test_what_failed_overnight_is_mended_run_again_and_proved_in_a_few_clicks(
    office: Stack, sit_down: SitDown, record_property: Callable[[str, object], None]
) -> None:
    a_night_with_three_causes()
    page = sit_down("support")
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    page.add_init_script(COUNT_CLICKS)
    page.reload()
    began = time.monotonic()

    go(page, "Failures")
    expect(rows(page)).to_have_count(3)
    ours = rows(page).filter(has_text="would say nothing")
    expect(ours.get_by_role("link", name=str(WITHOUT_INVOICE), exact=True).first).to_be_visible()
    ours.get_by_role("rowheader").get_by_role("link").click()

    expect(page.get_by_text("they would fail the same way: mend this first")).to_be_visible()
    page.get_by_role("link", name="Open the template").click()
    give_the_invoice_its_number(page)
    expect(page.get_by_text("Edited since the latest failure")).to_be_visible()

    page.get_by_role("link", name="Run again …").click()
    page.get_by_role("button", name="Begin the batch").click()
    expect(page.get_by_role("heading", name=f"A batch of {WITHOUT_INVOICE} jobs")).to_be_visible()
    page.get_by_role("button", name="Start", exact=True).click()
    page.get_by_role("dialog").get_by_role("button", name="Start").click()

    proof = f"0 of {WITHOUT_INVOICE} failed again with it; {WITHOUT_INVOICE} succeeded."
    expect(page.get_by_text("Finished", exact=True).first).to_be_visible()
    expect(page.get_by_text("Canary, step 1 (1 job)")).to_be_visible()
    expect(page.get_by_text("Canary, step 2 (10 jobs)")).to_be_visible()
    page.get_by_role("link", name="Copy").click()
    expect(page.get_by_role("link", name="Copied")).to_be_visible()

    clicks = int(page.evaluate("sessionStorage.pressed"))
    record_property("clicks", clicks)
    record_property("seconds", round(time.monotonic() - began, 1))
    assert clicks < MOST_CLICKS

    a_colleague_reads(sit_down("admin"), page.evaluate("navigator.clipboard.readText()"), proof)
    each_was_sent_once()


def a_night_with_three_causes() -> None:
    """Staff emptied a variable of the invoice reminder; some readers opted out, some addresses bounce."""
    staff = User.objects.get(username="staff@example.org")
    # In a small office who is on the desk writes the templates too.
    User.objects.get(username="support@example.org").groups.add(Group.objects.get(name="Staff"))
    TemplateVariable.objects.filter(template__slug="invoice-reminder", name="invoice").update(value="")
    chosen = {
        "invoice": (WITHOUT_INVOICE, "invoice-reminder"),
        "opted-out": (OPTED_OUT, "welcome"),
        "bounced": (BOUNCED, "welcome"),
    }
    for group, (count, slug) in chosen.items():
        readers = [readers_of(group, number) for number in range(count)]
        template = EmailTemplate.objects.get(slug=slug).pk
        launch_many(
            EMAIL,
            [{"destinataire_id": reader.pk, "modele_id": template} for reader in readers],
            by=staff,
        )
    failed = Job.objects.filter(name=EMAIL, state=State.FAILED)
    wait_until(lambda: failed.count() == WITHOUT_INVOICE + OPTED_OUT + BOUNCED, what="a night's failures")


def readers_of(group: str, number: int) -> Recipient:
    address = f"{group}{number}@example.org"
    if group == "bounced":
        Suppression.objects.create(address=address, reason=Suppression.Reason.BOUNCED)
    return Recipient.objects.create(
        email=address, name=f"Reader {number}", language="en", active=group != "opted-out"
    )


def give_the_invoice_its_number(page: Page) -> None:
    value = page.locator("[name=variables-0-value]")
    value.click()
    value.fill("2026-0042")
    page.get_by_role("button", name="Save", exact=True).click()


def a_colleague_reads(page: Page, sent: str, proof: str) -> None:
    """What was copied: the sentence, and a link to where it stands."""
    assert sent.startswith(f"{proof} http")
    page.goto(sent.removeprefix(f"{proof} "))
    expect(page.get_by_text(proof.rstrip(".")).first).to_be_visible()
    assert Batch.objects.get().canary == "watch"
    page.get_by_role("link", name=re.compile("^Send an email, failed: ")).click()
    expect(page.get_by_role("link", name=re.compile(f"^0 of {WITHOUT_INVOICE} failed again"))).to_be_visible()
    needing = page.get_by_role("definition").filter(has_text=re.compile(r"^\s*0\s*$"))
    expect(needing.first).to_be_visible()


def each_was_sent_once() -> None:
    sent = Message.objects.filter(state=MessageState.SENT, to__startswith="invoice")
    wait_until(lambda: sent.count() == WITHOUT_INVOICE, what="the reminders to be sent")
    assert await_mail("invoice0@example.org")["Subject"] == "Reminder: invoice 2026-0042"
    assert [len(mails_to(f"invoice{number}@example.org")) for number in range(1, 9)] == [1] * 8
