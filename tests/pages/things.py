"""One of each thing that has a page, for URLs that need one."""

from __future__ import annotations

import uuid
from datetime import time, timedelta
from hashlib import sha256
from typing import Any

from axes.models import AccessAttempt
from django.contrib.admin.models import CHANGE, LogEntry
from django.contrib.auth.models import Group, User
from django.contrib.contenttypes.models import ContentType
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.db.models import Model
from django.utils import timezone
from django_celery_beat.models import (
    ClockedSchedule,
    CrontabSchedule,
    IntervalSchedule,
    PeriodicTask,
    SolarSchedule,
)
from django_celery_results.models import TaskResult

from backoffice.mailings.digest import digest_of as digest_of_mailing
from backoffice.models import (
    Attachment,
    Audience,
    Binder,
    EmailTemplate,
    Mailing,
    MailingPerson,
    MailingState,
    Message,
    MessageState,
    Question,
    QuestionVersion,
    Recipient,
    RecipientField,
    Report,
    ReportLook,
    SignIn,
    Snapshot,
    Subscription,
    Suppression,
    Tag,
)
from backoffice.questions import reviewing
from backoffice.reports.sections import Figure, Figures
from backoffice.reports.selection import Selection
from backoffice.reports.snapshots.taking import Taken, placed
from backoffice.shelf.placing import place
from tasks_app.ledger.new_job import Cause, build_job
from tasks_app.models import (
    AlertOn,
    AlertRule,
    Batch,
    BatchItem,
    BatchState,
    Calendar,
    CalendarFeed,
    FailureGroup,
    FillIn,
    ItemClass,
    ItemState,
    Job,
    Made,
    Node,
    QuietPeriod,
    SavedSearch,
    ScheduleOptions,
    ScheduleVersion,
    Slot,
    SlotState,
    State,
)
from tasks_app.schedules.versions.definition import definition_now, digest_of

EMAIL = "tasks_app.tasks.envoi_email"
DELIVER = "tasks_app.subscription_tasks.deliver_subscription"


def make_things() -> dict[str, Any]:
    """Made things by "app_model", as in the names of the admin's URLs."""
    somebody = User.objects.create(username="somebody-else", is_staff=True)
    recipient = Recipient.objects.create(email="sam@example.org", name="Sam Example")
    template = EmailTemplate.objects.create(slug="hello", name="Hello", subject="Hello", text="Hello.")
    arguments = {"destinataire_id": recipient.pk, "modele_id": template.pk}
    job = make_job(State.FAILED, somebody, arguments)
    return {
        "auth_user": somebody,
        "auth_group": Group.objects.create(name="Night shift"),
        "backoffice_signinlock": AccessAttempt.objects.create(
            username="sam", ip_address="192.0.2.7", attempt_time=timezone.now(), failures_since_start=5
        ),
        "admin_logentry": make_log_entry(somebody),
        "tasks_app_job": job,
        "tasks_app_alertrule": AlertRule.objects.create(
            name="The desk", on=AlertOn.NEW_CAUSE, mail_to="desk@example.org", since=timezone.now()
        ),
        "tasks_app_calendar": Calendar.objects.create(name="The house", country="FR"),
        "tasks_app_quietperiod": QuietPeriod.objects.create(
            name="Zephyr nights", enabled=False, from_time=time(22), until_time=time(6)
        ),
        "tasks_app_failuregroup": make_failure_group(),
        # It stands in every sidebar: a name that is no word of ours, which would be read for one.
        "tasks_app_savedsearch": SavedSearch.objects.create(
            owner=somebody, name="Zephyr", query="state=failed", shared=True
        ),
        "unknown_job": make_job(State.UNKNOWN, somebody, arguments),
        "waiting_job": make_job(State.WAITING, somebody, arguments),
        "django_celery_results_taskresult": TaskResult.objects.create(
            task_id=job.pk, task_name=EMAIL, status="FAILURE"
        ),
        "worker": make_worker(),
        "backoffice_recipient": recipient,
        "backoffice_recipientfield": RecipientField.objects.create(name="floor", label="Floor"),
        "backoffice_tag": Tag.objects.create(name="Zinnia"),
        "backoffice_mailing": make_mailing(template, somebody),
        "backoffice_audience": Audience.objects.create(name="Quincunx", shared=True),
        "backoffice_emailtemplate": template,
        "backoffice_suppression": Suppression.objects.create(
            address="gone@example.org", reason=Suppression.Reason.BOUNCED
        ),
        "backoffice_reportlook": ReportLook.objects.create(pk=1),
        "backoffice_signin": SignIn.objects.create(username="sam", success=False),
        **make_report_on_the_shelf(somebody),
        "backoffice_subscription": make_subscription(somebody),
        "backoffice_question": make_question(somebody),
        **make_messages(recipient, template),
        **make_batch(job, somebody),
        **(schedules := make_schedules()),
        **make_what_came_of(schedules["django_celery_beat_periodictask"], somebody),
    }


def make_mailing(template: EmailTemplate, author: User) -> Mailing:
    """Taken down, with one person, and not sent."""
    made = Mailing.objects.create(
        name="Ornithopter",
        audience=Audience.objects.create(name="Quagga", shared=True),
        audience_name="Quagga",
        template=template,
        template_name="Hello",
        subject="Hello",
        text="Hello.",
        sender="Back office <back-office@example.org>",
        state=MailingState.FROZEN,
        frozen_at=timezone.now(),
        people=1,
        created_by=author,
    )
    MailingPerson.objects.create(
        mailing=made, email="lou@example.org", address="lou@example.org", language="en", active=True
    )
    made.digest = digest_of_mailing(made)
    made.save()
    return made


def make_failure_group() -> FailureGroup:
    """The made past has this cause already, where there is one."""
    now = timezone.now()
    group, _made = FailureGroup.objects.get_or_create(
        kind=EMAIL,
        cause="email.recipient_opted_out",
        error_class="",
        defaults={"first_at": now, "last_at": now},
    )
    return group


def make_worker() -> Node:
    now = timezone.now()
    details = {"queues": ["high", "default", "low"], "concurrency": 4, "finishes": True}
    return Node.objects.create(
        name="worker1@here", kind=Node.Kind.WORKER, started_at=now, beat_at=now, details=details
    )


# The names that people and programs choose.
NAMED_BY_OTHERS: dict[type[Model], tuple[str, ...]] = {
    User: ("first_name", "last_name"),
    Group: ("name",),
    Recipient: ("name", "company"),
    EmailTemplate: ("name", "subject"),
    Message: ("subject", "template_name", "error"),
    Attachment: ("name",),
    Report: ("title", "file_name"),
    Binder: ("title",),
    Subscription: ("name",),
    Question: ("title",),
    Suppression: ("detail",),
    SignIn: ("username",),
    AccessAttempt: ("username",),
    LogEntry: ("object_repr",),
    Job: ("about", "queue", "worker", "error", "error_class"),
    TaskResult: ("worker", "task_name"),
    PeriodicTask: ("name",),
    ScheduleOptions: ("invalid",),
}
LONGEST = 300  # letters, of what has no bound
LENGTHENED = 60  # rows of each: more than a list shows


def lengthen_names() -> None:
    """Each name is one word, as long as may be; no two are the same."""
    for model, columns in NAMED_BY_OTHERS.items():
        for number, row in enumerate(model._default_manager.order_by("-pk")[:LENGTHENED]):
            for column in columns:
                field = model._meta.get_field(column)
                longest = min(getattr(field, "max_length", None) or LONGEST, LONGEST)
                setattr(row, column, f"{number}".ljust(longest, "W"))
            model._default_manager.bulk_update([row], columns)


def make_job(state: State, by: User, arguments: dict[str, Any]) -> Job:
    job = build_job(EMAIL, kwargs=arguments, cause=Cause(by=by))
    job.state = state
    job.save(force_insert=True)
    return job


def make_batch(job: Job, by: User) -> dict[str, Any]:
    """One that is sorted, and whose job may still be corrected."""
    batch = Batch.objects.create(
        state=BatchState.READY,
        words="These",
        by=by,
        created_at=timezone.now(),
        total=1,
        counts={ItemClass.UNFIT: {ItemState.PENDING: 1}},
        counted_at=timezone.now(),
        key=str(uuid.uuid4()),
    )
    item = BatchItem.objects.create(batch=batch, job_id=job.pk, item_class=ItemClass.UNFIT)
    return {"tasks_app_batch": batch, "tasks_app_batchitem": item}


def make_log_entry(user: User) -> LogEntry:
    kind = ContentType.objects.get_for_model(Group)
    return LogEntry.objects.create(
        user=user, content_type=kind, object_id="1", object_repr="Night shift", action_flag=CHANGE
    )


def make_report(by: User) -> Report:
    name = default_storage.save("reports/overview.pdf", ContentFile(b"%PDF-1.7"))
    report = Report.objects.create(
        type="overview",
        title="Overview",
        format="pdf",
        language="en",
        file=name,
        file_name="overview.pdf",
        size=8,
        sha256=sha256(b"%PDF-1.7").hexdigest(),
        job_id=str(uuid.uuid4()),
        created_by=by,
    )
    keep_a_figure(report)
    return report


def keep_a_figure(report: Report) -> None:
    """Of its snapshot one figure, and that it was made again."""
    now, behind = timezone.now(), Selection("schedules")
    said = {"moment": now.isoformat(), "made_at": now.isoformat(), "made_by": "", "links": ""}
    taken = Taken(now, {**said, "company": "", "accent": "", "footer": ""}, {"code": "0"})
    taken.add_sections(placed([Figures([Figure("Schedules", 0, behind=behind)])]))
    taken.add_sources([behind], now)
    taken.save(report)
    again = {
        "at": now.isoformat(),
        "by": "",
        "sha256": "",
        "size": 8,
        "file": "",
        "same": True,
        "differs": [],
    }
    Snapshot.objects.update(made_again=again)


def make_report_on_the_shelf(by: User) -> dict[str, Any]:
    report = make_report(by)
    return {"backoffice_report": report, "backoffice_binder": place(report).binder}


def make_subscription(owner: User) -> Subscription:
    """Under a name that is no word of ours."""
    daily, _made = CrontabSchedule.objects.get_or_create(minute="0", hour="7")
    name = f"Zephyr {uuid.uuid4().hex[:8]}"
    return Subscription.objects.create(
        name=name,
        type="overview",
        parameters={"language": "en"},
        formats=["pdf"],
        owner=owner,
        schedule=PeriodicTask.objects.create(name=name, task=DELIVER, crontab=daily),
    )


def make_question(author: User) -> Question:
    """To be reviewed; under a name that is no word of ours."""
    version = QuestionVersion(
        title="Quixotic",
        definition="Ce que dit la réponse.",
        sql="SELECT count(*) AS n FROM emails",
        author=author,
    )
    return reviewing.write(None, version, [Group.objects.get(name="Night shift")]).question


def make_messages(recipient: Recipient, template: EmailTemplate) -> dict[str, Any]:
    def message(state: MessageState) -> Message:
        return Message.objects.create(
            recipient=recipient,
            template=template,
            to=recipient.email,
            sender="us@example.org",
            subject="Hello",
            text="Hello.",
            html="<p>Hello.</p>",
            state=state,
        )

    sent, unknown = message(MessageState.SENT), message(MessageState.UNKNOWN)
    attachment = Attachment.objects.create(
        message=sent, name="a.txt", content_type="text/plain", content=b"Hello."
    )
    return {"backoffice_message": sent, "unknown_message": unknown, "attachment": attachment}


def make_versions(schedule: PeriodicTask) -> ScheduleVersion:
    """As it was, changed by mistake, and put back: the last of them."""
    begin = timezone.now() - timedelta(hours=4)
    definition = definition_now(schedule, schedule.options) | {"anchor": begin.isoformat()}
    wrong = definition | {"description": "By mistake", "timing": {"interval": {"every": 1, "period": "days"}}}
    steps = [(Made.FOUND, definition), (Made.EDITED, wrong), (Made.BACK, definition)]
    ScheduleVersion.objects.bulk_create(
        ScheduleVersion(
            schedule=schedule, number=number, at=begin + timedelta(hours=number), made=made,
            why="An example", definition=one, digest=digest_of(one),
        )
        for number, (made, one) in enumerate(steps, 1)
    )  # fmt: skip
    return ScheduleVersion.objects.get(schedule=schedule, number=3)


def make_what_came_of(schedule: PeriodicTask, somebody: User) -> dict[str, Any]:
    """A slot that came to nothing, and the feed of somebody else."""
    now = timezone.now()
    slot = Slot.objects.create(
        schedule=schedule, schedule_name=schedule.name, moment=now, decided_at=now, state=SlotState.MISSED
    )
    return {"slot": slot, "feed": CalendarFeed.objects.create(user=somebody, digest="of none", made_at=now)}


def make_schedules() -> dict[str, Any]:
    every = IntervalSchedule.objects.create(every=1, period=IntervalSchedule.HOURS)
    schedule = PeriodicTask.objects.create(name="Every hour", task="projet.celery.debug_task", interval=every)
    next_slot = timezone.now() + timedelta(hours=1)
    ScheduleOptions.objects.update_or_create(
        schedule=schedule, defaults={"anchor": timezone.now(), "next_slot": next_slot}
    )
    fill_in = FillIn.objects.create(
        schedule=schedule, moments=[[timezone.now().isoformat(), None]], total=1, next_at=next_slot, key="k"
    )
    return {
        "django_celery_beat_periodictask": schedule,
        "put_back": make_versions(schedule),
        "fill_in": fill_in,
        "django_celery_beat_intervalschedule": every,
        "django_celery_beat_crontabschedule": CrontabSchedule.objects.create(),
        "django_celery_beat_clockedschedule": ClockedSchedule.objects.create(clocked_time=next_slot),
        "django_celery_beat_solarschedule": SolarSchedule.objects.create(
            event="sunrise", latitude=48.85, longitude=2.35
        ),
    }
