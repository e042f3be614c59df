"""Pages lead to each other: to what is there, for who may see it; what is gone says so."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from html import unescape
from typing import Any

import pytest
from django import forms
from django.contrib.auth.models import Group, User
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from backoffice.models import EmailTemplate, Message, MessageState, Recipient, Report
from tasks_app import catalogue
from tasks_app.ledger.message_codec import SCHEDULE
from tasks_app.models import Job, JobAttempt, QueueState, Slot, SlotState, State
from tests.pages.rows import make_schedule
from tests.pages.things import make_report
from tests.pages.work import EMAIL, a_job, person, user_of

pytestmark = pytest.mark.django_db

VIEW = "tasks_app.view_job"
NEVER = 2_000_000_000  # a number that no row had yet: databases do not count anew for each test
REPORT = "tasks_app.tasks.rapport_pdf"


def text_of(client: Client, row: Any, name: str = "change") -> str:
    answer = client.get(reverse(f"admin:{row._meta.app_label}_{row._meta.model_name}_{name}", args=[row.pk]))
    assert answer.status_code == 200
    return " ".join(unescape(answer.content.decode()).split())


def page_of(row: Any) -> str:
    return reverse(f"admin:{row._meta.app_label}_{row._meta.model_name}_change", args=[row.pk])


def link(row: Any, text: str) -> str:
    return f'<a class="bo-link" href="{page_of(row)}">{text}</a>'


# --- A job's arguments ---------------------------------------------------------------------------


@pytest.fixture
def lea() -> Recipient:
    return Recipient.objects.create(email="lea@example.org", name="Lea")


@pytest.fixture
def template() -> EmailTemplate:
    return EmailTemplate.objects.create(slug="hello", name="Hello", subject="Hello", text="Hello.")


def test_arguments_that_are_rows_lead_to_them(lea: Recipient, template: EmailTemplate) -> None:
    job = a_job(name=EMAIL, kwargs={"destinataire_id": lea.pk, "modele_id": template.pk})
    page = text_of(person(VIEW, "backoffice.view_recipient", "backoffice.view_emailtemplate"), job)
    assert link(lea, "Lea <lea@example.org>") in page
    assert link(template, "Hello") in page


def test_who_may_not_see_a_row_reads_its_name_without_a_link(lea: Recipient, template: EmailTemplate) -> None:
    job = a_job(name=EMAIL, kwargs={"destinataire_id": lea.pk, "modele_id": template.pk})
    page = text_of(person(VIEW, "backoffice.view_emailtemplate"), job)
    assert "Lea <lea@example.org>" in page
    assert page_of(lea) not in page
    assert page_of(template) in page


@pytest.mark.parametrize("key", [NEVER, "nonsense", -1, 0, 10**30, "9" * 400, [NEVER, NEVER + 1], True, 2.5])
def test_a_row_that_never_was_says_so(key: Any) -> None:
    page = text_of(person(VIEW), a_job(State.FAILED, name=EMAIL, kwargs={"destinataire_id": key}))
    assert page.count("(does not exist)") == (2 if isinstance(key, list) else 1)
    assert "(deleted)" not in page


def test_a_row_that_is_gone_says_so(lea: Recipient) -> None:
    gone, after = lea.pk, lea.pk + 1
    lea.delete()
    reader = person(VIEW)
    assert f"{gone} (deleted)" in text_of(reader, a_job(name=EMAIL, kwargs={"destinataire_id": gone}))
    assert f"{after} (does not exist)" in text_of(
        reader, a_job(name=EMAIL, kwargs={"destinataire_id": after})
    )


def test_arguments_declared_to_be_rows_lead_to_them_whatever_their_field(lea: Recipient) -> None:
    message = Message.objects.create(to="lea@example.org", sender="us@example.org", subject="Good day")
    job = a_job(name="tasks_app.tasks.deliver_message", kwargs={"message_id": str(message.pk)})
    assert link(message, "Good day → lea@example.org") in text_of(
        person(VIEW, "backoffice.view_message"), job
    )


def test_a_kind_of_another_s_making_is_followed_by_its_declaration_alone(
    lea: Recipient, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nothing in the page knows the kinds that there are."""

    class OtherForm(forms.Form):
        crew = forms.ModelMultipleChoiceField(Group.objects.all(), label="Crew", to_field_name="name")
        whom = forms.IntegerField(label="Whom")

    kind = replace(
        catalogue._kinds[EMAIL],
        name="other.kind",
        form=OtherForm,
        refers_to={"whom": Recipient},
        about=lambda a: "",
    )
    monkeypatch.setitem(catalogue._kinds, "other.kind", kind)
    night = Group.objects.create(name="Night shift")
    job = a_job(name="other.kind", kwargs={"crew": ["Night shift", "Nobody"], "whom": lea.pk})
    page = text_of(person(VIEW, "auth.view_group", "backoffice.view_recipient"), job)
    assert link(night, "Night shift") + ", Nobody (deleted)" in page
    assert link(lea, "Lea <lea@example.org>") in page


def test_a_secret_argument_leads_nowhere(lea: Recipient, monkeypatch: pytest.MonkeyPatch) -> None:
    kind = replace(catalogue._kinds[EMAIL], secret=frozenset({"destinataire_id"}))
    monkeypatch.setitem(catalogue._kinds, EMAIL, kind)
    page = text_of(
        person(VIEW, "backoffice.view_recipient"), a_job(name=EMAIL, kwargs={"destinataire_id": lea.pk})
    )
    assert page_of(lea) not in page
    assert "Lea" not in page


# --- What a job made and came from ----------------------------------------------------------------


def test_a_message_is_linked_named_or_gone(lea: Recipient) -> None:
    job = a_job(name=EMAIL, kwargs={"destinataire_id": lea.pk})
    message = Message.objects.create(
        to=lea.email, sender="us@example.org", subject="Good day", job_id=job.pk, state=MessageState.SENT
    )
    assert page_of(message) in text_of(person(VIEW, "backoffice.view_message"), job)
    without = text_of(person(VIEW, name="bea"), job)
    assert page_of(message) not in without
    assert "Not yours to read" in without
    assert "Good day" not in without
    message.delete()
    assert "Message (deleted)" in text_of(person(VIEW, name="cid"), job)


def test_a_report_is_linked_named_or_gone(data_dir: Any, signed_in: Callable[[str], Client]) -> None:
    boss = signed_in("superuser")
    job = a_job(name=REPORT, kwargs={"type": "overview"})
    report = make_report(user_of(boss))
    Report.objects.filter(pk=report.pk).update(job_id=job.pk)
    assert page_of(report) in text_of(boss, job)
    without = text_of(person(VIEW, name="bea"), job)
    assert page_of(report) not in without
    assert "Not yours to read" in without
    report.delete()
    assert "Report (deleted)" in text_of(boss, job)


def test_a_job_that_made_nothing_misses_nothing() -> None:
    for state in set(State) - {State.SUCCEEDED}:
        assert "(deleted)" not in text_of(person(VIEW, name=f"a{state}"), a_job(state, name=EMAIL))


def test_its_schedule_is_linked_named_or_gone() -> None:
    schedule = make_schedule()
    by_slot, by_hand = a_job(), a_job(message={"headers": {SCHEDULE: schedule.pk}})
    now = timezone.now()
    Slot.objects.create(
        schedule=schedule, schedule_name=schedule.name, moment=now, decided_at=now, job_id=by_slot.pk,
        state=SlotState.DONE,
    )  # fmt: skip
    reader, stranger = person(VIEW, "django_celery_beat.view_periodictask"), person(VIEW, name="bea")
    for job in (by_slot, by_hand):
        assert page_of(schedule) in text_of(reader, job)
        assert page_of(schedule) not in text_of(stranger, job)
        assert schedule.name in text_of(stranger, job)
    name, key = schedule.name, schedule.pk
    schedule.delete()
    assert f"{name} (deleted)" in text_of(reader, by_slot)
    assert f"{key} (deleted)" in text_of(reader, by_hand)


@pytest.mark.parametrize("header", ["x", None, "9" * 40, -1, {"a": 1}, [1]])
def test_a_header_that_names_no_schedule_breaks_no_page(header: Any) -> None:
    job = a_job(message={"headers": {SCHEDULE: header}})
    assert text_of(person(VIEW, "django_celery_beat.view_periodictask"), job)


def test_its_other_names_lead_somewhere_too() -> None:
    queue, kind = reverse("admin:queues"), f"{reverse('admin:tasks_app_job_changelist')}?kind={EMAIL}"
    other = User.objects.create(username="zed")
    job = a_job(State.FAILED, name=EMAIL, created_by=other)
    JobAttempt.objects.create(job=job, number=1, outcome="failed", ended_at=timezone.now())
    page = text_of(person(VIEW, "tasks_app.view_queuestate", "auth.view_user"), job)
    assert f'href="{queue}"' in page
    assert f'href="{kind}"' in page
    assert link(other, "zed") in page
    assert 'href="#attempts"' in page
    assert 'id="attempts"' in page
    own = person(name="bea")  # who sees their own job alone
    Job.objects.filter(pk=job.pk).update(created_by=user_of(own))
    page = text_of(own, job)
    assert f'href="{queue}"' not in page
    assert kind not in page


# --- And back -------------------------------------------------------------------------------------


def test_a_message_leads_to_job_recipient_and_template(lea: Recipient, template: EmailTemplate) -> None:
    job = a_job(name=EMAIL)
    message = Message.objects.create(
        to=lea.email, sender="us@example.org", subject="Good day", job_id=job.pk, recipient=lea,
        template=template, template_name="Hello as it was",
    )  # fmt: skip
    see = "backoffice.view_message"
    page = text_of(person(see, VIEW, "backoffice.view_recipient", "backoffice.view_emailtemplate"), message)
    assert page_of(job) in page
    assert link(lea, lea.email) in page
    assert link(template, "Hello as it was") in page
    page = text_of(person(see, name="bea"), message)
    for row in (job, lea, template):
        assert page_of(row) not in page
    Job.objects.all().delete()
    template.delete()
    page = text_of(person(see, VIEW, name="cid"), message)
    assert "The job that sends it (deleted)" in page
    assert "Hello as it was (deleted)" in page


def test_a_report_leads_to_its_job_for_who_may_see_it(
    data_dir: Any, signed_in: Callable[[str], Client]
) -> None:
    managers, boss = signed_in("Managers"), signed_in("superuser")
    job = a_job(name=REPORT, created_by=user_of(boss))
    report = make_report(user_of(boss))
    Report.objects.filter(pk=report.pk).update(job_id=job.pk)
    assert page_of(job) in text_of(boss, report)
    assert page_of(job) not in text_of(managers, report)
    assert f"Job {job.pk[:8]}" in text_of(managers, report)
    job.delete()
    assert "(deleted)" in text_of(boss, report)


def test_a_template_leads_to_its_messages(template: EmailTemplate) -> None:
    for _number in range(2):
        Message.objects.create(to="a@example.org", sender="us@example.org", subject="x", template=template)
    see = person("backoffice.view_emailtemplate", "backoffice.view_message")
    listed = f"{reverse('admin:backoffice_message_changelist')}?template={template.pk}"
    assert f'href="{listed}">2</a>' in text_of(see, template)
    assert listed not in text_of(person("backoffice.view_emailtemplate", name="bea"), template)


def test_a_schedule_s_runs_lead_to_their_jobs_for_who_may_see_them() -> None:
    schedule, job, now = make_schedule(), a_job(), timezone.now()
    for moment, job_id in ((now, job.pk), (now - timedelta(hours=1), "gone")):
        Slot.objects.create(
            schedule=schedule, schedule_name=schedule.name, moment=moment, decided_at=now, job_id=job_id,
            state=SlotState.DONE,
        )  # fmt: skip
    see = "django_celery_beat.view_periodictask"
    page = text_of(person(see, VIEW), schedule)
    assert page_of(job) in page
    assert "Its job (deleted)" in page
    assert page_of(job) not in text_of(person(see, name="bea"), schedule)


def test_the_queue_of_a_line_in_the_audit_log_leads_to_the_queues(signed_in: Callable[[str], Client]) -> None:
    client = signed_in("superuser")
    client.post(reverse("admin:queue_pause", args=["low"]), {"reason": ""})
    assert QueueState.objects.get(pk="low").paused
    page = client.get(reverse("admin:admin_logentry_changelist")).content.decode()
    assert f'<a href="{reverse("admin:queues")}" class="bo-link">' in page
