"""Subscriptions as people make them, their moments as the clock finds them, and the emails of each."""

from __future__ import annotations

from datetime import timedelta
from email import message_from_bytes, policy
from email.message import EmailMessage
from pathlib import Path
from typing import Any

from celery import current_app
from django.conf import settings
from django.test import Client
from django.urls import reverse

from backoffice.models import Message, MessageState, Subscription
from backoffice.reports.periods import resolve
from tasks_app.clock.tick import tick
from tasks_app.models import Job, ScheduleOptions, State
from tasks_app.subscription_tasks import DELIVER

ADD = "admin:backoffice_subscription_add"


def page(subscription: Subscription, name: str = "change") -> str:
    return reverse(f"admin:backoffice_subscription_{name}", args=[subscription.pk])


def filled_in(readers: list[Any], **fields: Any) -> dict[str, Any]:
    """The form for "Emails of last month, on the first working day", with what differs."""
    return {
        "name": "Emails of the month",
        "formats": ["pdf"],
        "readers": [one.pk for one in readers],
        "form": "attached",
        "skip_empty": "on",
        "report-period": "last_month",
        "report-language": "en",
        "rhythm-often": "first_working",
        "rhythm-weekday": "1",
        "rhythm-day": "1",
        "rhythm-time": "07:00",
        "rhythm-calendar": "",
    } | fields


def subscribe(client: Client, readers: list[Any], report: str = "emails", **fields: Any) -> Subscription:
    before = set(Subscription.objects.values_list("pk", flat=True))
    answer = client.post(reverse(ADD) + f"?report={report}", filled_in(readers, **fields))
    assert answer.status_code == 302, answer.context["about_form"].errors
    return Subscription.objects.exclude(pk__in=before).get()


def next_moment(subscription: Subscription) -> Any:
    subscription.refresh_from_db()
    return ScheduleOptions.objects.get(pk=subscription.schedule_id).next_slot


def something_to_report(subscription: Subscription) -> Message:
    """An email within the days that its next run is about."""
    days = resolve("last_month", next_moment(subscription))
    message = Message.objects.create(
        to="sam@example.org", sender="us@example.org", subject="Hello", state=MessageState.SENT
    )
    Message.objects.filter(pk=message.pk).update(created_at=days.start + timedelta(hours=12))
    return message


def run_at_its_time(subscription: Subscription) -> Job:
    """The clock looks a second after its next moment; its job and those that follow from it run here."""
    tick(next_moment(subscription) + timedelta(seconds=1))
    ended = run(Job.objects.filter(name=DELIVER).latest("created_at", "scheduled_for"))
    for job in Job.objects.filter(name="tasks_app.tasks.deliver_message", state=State.WAITING):
        run(job)
    return ended


def run(job: Job) -> Job:
    current_app.tasks[job.name].apply(job.args, job.kwargs, task_id=job.pk, headers=job.message["headers"])
    return Job.objects.get(pk=job.pk)


def outbox() -> dict[str, EmailMessage]:
    """The latest email of each address in the folder of emails."""
    files = sorted(Path(settings.OUTBOX_DIR).glob("*.eml"), key=lambda file: file.stat().st_mtime_ns)
    mails = [message_from_bytes(file.read_bytes(), policy=policy.default) for file in files]
    return {str(mail["To"].addresses[0].addr_spec): mail for mail in mails}


def text_of(mail: EmailMessage) -> str:
    body = mail.get_body(("plain",))
    assert body is not None
    return str(body.get_content())


def files_of(mail: EmailMessage) -> dict[str, bytes]:
    return {str(part.get_filename()): part.get_content() for part in mail.iter_attachments()}
