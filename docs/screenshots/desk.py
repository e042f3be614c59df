"""The support desk after a morning: what failed overnight was mended, run again with a canary, and proved."""

from __future__ import annotations

import time
from collections.abc import Callable
from urllib.parse import urlencode

from camera import PHONE, Shot, signed_in
from playwright.sync_api import Browser, Page, expect

EMAIL = "tasks_app.tasks.envoi_email"
FAILED = 412
CAUSE = "template.value_empty"
PATIENCE = 180  # seconds, for as many jobs to end


def after_a_morning(browser: Browser, address: str) -> list[Shot]:
    """What there is to see then."""
    fail_overnight()
    mend()
    run_again(browser, address)
    return shots()


# --- The morning --------------------------------------------------------------------------------


def fail_overnight() -> None:
    """Somebody empties a variable of the invoice reminder; it is sent to many all the same."""
    from django.contrib.auth.models import User

    from backoffice.models import EmailTemplate, Recipient, TemplateVariable
    from tasks_app.launching import launch_many
    from tasks_app.models import Job, State

    TemplateVariable.objects.filter(template__slug="invoice-reminder").update(value="")
    template = EmailTemplate.objects.get(slug="invoice-reminder")
    readers = Recipient.objects.filter(active=True).order_by("pk")[:FAILED]
    launched = launch_many(
        EMAIL,
        [{"destinataire_id": pk, "modele_id": template.pk} for pk in readers.values_list("pk", flat=True)],
        by=User.objects.get(username="staff@example.org"),
    )
    failed = Job.objects.filter(pk__in=[job.pk for job in launched], state=State.FAILED)
    until(lambda: failed.count() == len(launched), "the night's jobs to fail")


def mend() -> None:
    from backoffice.models import EmailTemplate, TemplateVariable

    TemplateVariable.objects.filter(template__slug="invoice-reminder").update(value="2026-0042")
    EmailTemplate.objects.get(slug="invoice-reminder").save()


def run_again(browser: Browser, address: str) -> None:
    """As a person does it; the cause's page, batches and audit log show what was done."""
    context = browser.new_context(base_url=address, locale="en-GB")
    context.set_default_timeout(PATIENCE * 1_000)
    page = signed_in(context, "support")
    page.goto(cause_page())
    page.get_by_role("link", name="Run again …").click()
    page.locator("[name=reason]").fill("The invoice number was missing.")
    page.get_by_role("button", name="Begin the batch").click()
    press(page, "Start")
    expect(page.get_by_text("Finished", exact=True).first).to_be_visible(timeout=PATIENCE * 1_000)
    page.goto(f"/admin/tasks_app/batch/new/?{urlencode({'q': 'state:failed last:24h'})}")
    page.get_by_role("button", name="Begin the batch").click()
    page.get_by_role("button", name="Start", exact=True).wait_for()  # it is sorted, and stays so
    context.close()


def press(page: Page, action: str) -> None:
    page.get_by_role("button", name=action, exact=True).click()
    page.get_by_role("dialog").get_by_role("button", name=action).click()


def until(is_so: Callable[[], bool], what: str) -> None:
    deadline = time.monotonic() + PATIENCE
    while not is_so():
        if time.monotonic() > deadline:
            raise TimeoutError(f"Waited {PATIENCE} s in vain for {what}.")
        time.sleep(0.2)


# --- Its pictures -------------------------------------------------------------------------------


def shots() -> list[Shot]:
    from django.urls import reverse

    from tasks_app.models import Batch, BatchState, Job, State

    def page_of(model: str, key: object) -> str:
        return reverse(f"admin:tasks_app_{model}_change", args=[key])

    batches = Batch.objects.order_by("-created_at")
    batch = page_of("batch", batches.filter(state=BatchState.FINISHED)[0].pk)
    sorted_batch = page_of("batch", batches.filter(state=BatchState.READY)[0].pk)
    failed = Job.objects.filter(state=State.FAILED, repaired_at=None, retries__gt=0).order_by("-ended_at")
    job = page_of("job", failed[0].pk)
    person = reverse("admin:person", query={"to": addressee()})
    inbox, audit = (
        reverse("admin:tasks_app_failuregroup_changelist"),
        reverse("admin:admin_logentry_changelist"),
    )
    found = jobs(q="kind:envoi_email state:failed last:24h")
    return [
        Shot("desk-inbox", "support", inbox),
        Shot("desk-inbox-phone", "support", inbox, size=PHONE),
        Shot("desk-inbox-fr", "support", inbox, locale="fr-FR"),
        Shot("desk-cause", "support", cause_page(), whole=True),
        Shot("desk-cause-dark", "support", cause_page(), scheme="dark"),
        Shot("desk-batch", "support", batch),
        Shot("desk-batch-phone", "support", batch, size=PHONE, whole=True),
        Shot("desk-batch-sorted-fr", "support", sorted_batch, locale="fr-FR"),
        Shot("desk-jobs", "support", found, prepare=begin_a_qualifier),
        Shot("desk-job", "support", job, whole=True),
        Shot("desk-job-dark", "support", job, scheme="dark"),
        Shot("desk-queues", "support", reverse("admin:queues")),
        Shot("desk-person", "support", person),
        Shot("desk-person-phone", "support", person, size=PHONE),
        Shot("desk-audit", "admin", audit),
        Shot("desk-audit-fr-dark", "admin", audit, locale="fr-FR", scheme="dark"),
    ]


def begin_a_qualifier(page: Page) -> None:
    """The box suggests how the search may go on."""
    box = page.locator("#searchbar")
    box.click()
    box.press("End")
    box.press_sequentially(" que")
    page.locator("[role=listbox] [role=option]").first.wait_for()


def addressee() -> str:
    """Whom most of the latest messages went to."""
    from collections import Counter

    from backoffice.models import Message

    latest = Message.objects.order_by("-created_at").values_list("to", flat=True)[:2_000]
    return Counter(latest).most_common(1)[0][0]


def cause_page() -> str:
    from django.urls import reverse

    return reverse("admin:tasks_app_failuregroup_cause", query={"kind": EMAIL, "cause": CAUSE})


def jobs(**query: str) -> str:
    from django.urls import reverse

    return reverse("admin:tasks_app_job_changelist", query=query)
