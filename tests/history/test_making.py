"""`manage.py make_history` makes a past that the models take, that adds up, and that pages can show."""

from __future__ import annotations

import hashlib
import itertools
import re
import shutil
from collections import Counter
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from importlib import import_module
from io import StringIO
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from django.apps import apps
from django.conf import settings
from django.contrib.admin.models import LogEntry
from django.contrib.auth.models import User
from django.core.management import call_command
from django.core.validators import EMPTY_VALUES
from django.db import connection, transaction
from django.db.models import DateTimeField, Model
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from django_celery_results.models import TaskResult

from backoffice import storage
from backoffice.books import sending_tasks
from backoffice.emails.templating.dates import in_words
from backoffice.history.jobs import REPORT
from backoffice.history.rhythm import hours
from backoffice.history.slots import SCHEDULES
from backoffice.models import (
    Download,
    EventKind,
    Message,
    MessageEvent,
    MessageState,
    Recipient,
    Report,
    SignIn,
    Suppression,
)
from tasks_app.logs.lines import decoded
from tasks_app.models import (
    Job,
    JobAttempt,
    LogChunk,
    PromiseDay,
    QuietPeriod,
    ScheduleOwner,
    SchedulePause,
    SchedulePromise,
    Slot,
    SlotState,
    State,
    Tally,
)
from tasks_app.models.audit import SYSTEM
from tasks_app.models.job import Origin
from tasks_app.monitor import counters, hourly_counts
from tasks_app.retention.prune import rehearse
from tasks_app.schedules.owners import may_launch
from tasks_app.schedules.policies.around import said_of_pause
from tasks_app.schedules.policies.windows import span_at
from tasks_app.tasks import everything_prunable

pytestmark = (
    pytest.mark.once
)  # how each database takes the rows is asked in test_command.py and test_parts.py

UNTIL = datetime(2026, 3, 27, 15, 30, tzinfo=UTC)
JOBS = 3_000
EMAIL = "tasks_app.tasks.envoi_email"
ALERT = "tasks_app.tasks.alert_by_mail"
TROUBLE = "tasks_app.tasks.schedule_by_mail"
MODELS: tuple[type[Model], ...] = (
    Job,
    JobAttempt,
    TaskResult,
    Slot,
    Message,
    MessageEvent,
    Suppression,
    Report,
)


def make(**wish: Any) -> None:
    asked = {"days": 14, "jobs": JOBS, "seed": 1, "until": UNTIL.isoformat()} | wish
    call_command("make_history", **asked, stdout=StringIO(), stderr=StringIO())


@pytest.fixture(scope="module")
def past(django_db_setup: None, django_db_blocker: Any) -> Iterator[None]:
    """One past for the tests that only look at it."""
    with django_db_blocker.unblock(), transaction.atomic():
        make()
        yield
        transaction.set_rollback(True)
    for folder in (settings.OUTBOX_DIR, Path(settings.MEDIA_ROOT)):
        shutil.rmtree(folder, ignore_errors=True)


def digest_of(model: type[Model], *names: str) -> str:
    rows = sorted(map(repr, model._default_manager.values_list(*names)))
    return hashlib.sha256("\n".join(rows).encode()).hexdigest()


def test_there_are_as_many_jobs_as_were_asked_for_all_within_the_days(past: None) -> None:
    assert Job.objects.count() == JOBS
    first = UNTIL - timedelta(days=14)
    assert all(first <= at <= UNTIL for at in Job.objects.values_list("created_at", flat=True))
    assert all(at <= UNTIL for at in Job.objects.exclude(ended_at=None).values_list("ended_at", flat=True))


def test_every_state_kind_of_event_and_origin_occurs(past: None) -> None:
    states = Counter(Job.objects.values_list("state", flat=True))
    assert states.keys() >= {State.SUCCEEDED, State.FAILED, State.CANCELLED, State.UNKNOWN}
    assert set(Job.objects.values_list("origin", flat=True)) == set(Origin)
    assert set(Slot.objects.values_list("state", flat=True)) >= {
        SlotState.DONE,
        SlotState.LATE,
        SlotState.MISSED,
    }
    assert set(MessageEvent.objects.values_list("kind", flat=True)) >= {
        EventKind.SENT,
        EventKind.DELIVERED,
        EventKind.BOUNCED,
        EventKind.SOFT_BOUNCED,
        EventKind.DELAYED,
    }
    assert set(Message.objects.values_list("state", flat=True)) >= {
        MessageState.DELIVERED,
        MessageState.BOUNCED,
        MessageState.FAILED,
        MessageState.UNKNOWN,
    }
    assert Job.objects.filter(rerun_of__rerun_of__isnull=False).exists()  # run again twice


def test_each_row_is_one_that_its_model_takes(past: None) -> None:
    for model in MODELS:
        rows = list(model._default_manager.all())
        assert rows, model
        for number, row in enumerate(rows):
            empty = {one.name for one in row._meta.fields if getattr(row, one.attname) in EMPTY_VALUES}
            row.clean_fields(exclude=empty)
            if not number % 25:  # the database has held each row against them; here it is asked in words
                row.validate_constraints()


def test_what_belongs_together_agrees(past: None) -> None:
    for job in Job.objects.all():
        results = TaskResult.objects.filter(task_id=job.id)
        assert results.count() == (job.is_final), job
        if job.state == State.SUCCEEDED:
            assert (job.error, job.error_class) == ("", "")
        if job.state == State.SUCCEEDED and job.name == EMAIL:
            message = Message.objects.get(job_id=job.id)
            assert message.recipient_id in (job.kwargs["destinataire_id"], None)
            assert message.sent_at == job.ended_at
        if job.state == State.FAILED:
            last = job.attempts.last()
            assert last is not None
            assert (last.error, last.number) == (job.error, job.runs)
        if job.retries:
            assert job.attempts.filter(outcome=JobAttempt.Outcome.RETRIED).count() == job.retries
        if job.started_at and job.ended_at:
            assert job.created_at <= job.started_at <= job.ended_at
        if job.rerun_of is not None:
            assert job.rerun_of.state == State.FAILED
            assert job.rerun_of.ended_at <= job.created_at
    bounced = {one.to for one in Message.objects.filter(state=MessageState.BOUNCED)}
    assert bounced <= set(Suppression.objects.values_list("address", flat=True))
    assert not Recipient.objects.exclude(email__endswith="@example.org").exists()


def test_what_reruns_tell_is_what_an_update_would_find_of_them(past: None) -> None:
    migration = import_module("tasks_app.migrations.0009_families_of_reruns")
    columns = ("id", "family", "rerun_id", "rerun_state", "rerun_launched_at", "repaired_at")
    told = sorted(Job.objects.exclude(rerun_id=None).values_list(*columns))
    assert Job.objects.repaired().exists()
    assert Job.objects.unrepaired().exists()
    with transaction.atomic():
        Job.objects.update(**dict.fromkeys(columns[1:]))
        migration.find_families(apps, SimpleNamespace(connection=connection))
        migration.tell_families(apps, SimpleNamespace(connection=connection))
        assert sorted(Job.objects.exclude(rerun_id=None).values_list(*columns)) == told
        transaction.set_rollback(True)


def test_each_job_that_should_send_and_ended_has_one_message_that_says_how(past: None) -> None:
    ended = Job.objects.exclude(state__in=[State.WAITING, State.RUNNING]).filter(name__in=sending_tasks())
    # Nothing is announced in a past: there are no rules of alerts, and nobody follows a schedule.
    assert set(ended.values_list("name", flat=True)) == set(sending_tasks()) - {ALERT, TROUBLE}
    messages = {one.job_id: one for one in Message.objects.all()}
    assert len(messages) == Message.objects.count()
    for job in ended:
        message = messages.pop(job.pk)
        assert (message.sent_at is not None) == (job.state == State.SUCCEEDED)
        assert (message.state == MessageState.STOPPED) == (job.state == State.CANCELLED)
        if job.state != State.SUCCEEDED:
            assert message.cause == job.cause
        if job.cause == "email.recipient_deleted":
            assert (message.to, message.recipient_id) == ("", None)
        if job.rerun_of_id:
            assert message.resend_of is not None
            assert message.resend_of.job_id == job.rerun_of_id
    # The shop's are written before their job runs.
    assert {(one.state, one.sent_at) for one in messages.values()} <= {(MessageState.QUEUED, None)}


def test_a_report_can_be_read_and_is_what_its_row_says(past: None) -> None:
    for report in Report.objects.all():
        content = storage.read(report.file)
        assert hashlib.sha256(content).hexdigest() == report.sha256
        assert len(content) == report.size


def test_a_report_is_about_days_that_were_over_when_it_was_made(past: None) -> None:
    assert Report.objects.filter(type="overview").exists()
    for report in Report.objects.all():
        made = timezone.localtime(report.created_at).date()
        if report.type == "overview":
            assert re.search(rf"\b{made.day}(er)? (March|mars) {made.year}", report.title), report
        else:
            assert date.fromisoformat(report.parameters["last_day"]) < made, report


def test_a_letter_is_of_the_day_on_which_it_was_written_and_its_job_began(past: None) -> None:
    letters = (
        Message.objects.exclude(text="").filter(template_name="Invoice reminder").select_related("recipient")
    )
    assert letters
    for letter in letters:
        day = timezone.localtime(letter.created_at).date()
        if letter.recipient is not None:
            assert in_words(day, letter.recipient.language) in letter.text
    retried = JobAttempt.objects.filter(number=1, job__name=EMAIL, job__state=State.SUCCEEDED)
    for attempt in retried:
        message = Message.objects.get(job_id=attempt.job_id)
        assert message.created_at == attempt.started_at


def test_what_a_run_wrote_to_the_log_names_the_worker_that_it_ran_on(past: None) -> None:
    workers = {(one.job_id, one.number): one.worker for one in JobAttempt.objects.all()}
    written = 0
    for chunk in LogChunk.objects.all():
        worker = workers.get((chunk.job_id, chunk.run)) or Job.objects.get(pk=chunk.job_id).worker
        for line in decoded(chunk.lines):
            if line.text.startswith("Begun on "):
                written += 1
                assert line.text == f"Begun on {worker}"
    assert written


@pytest.mark.django_db
@pytest.mark.usefixtures("nothing_is_drawn")
def test_the_same_wish_makes_the_same_past_and_another_seed_another(data_dir: Path) -> None:
    def jobs_of(seed: int) -> str:
        with transaction.atomic():
            make(jobs=300, seed=seed)
            digest = digest_of(Job, "name", "state", "about", "created_at", "ended_at", "cause", "worker")
            transaction.set_rollback(True)
        return digest

    assert jobs_of(7) == jobs_of(7) != jobs_of(8)


def test_schedules_are_somebody_s_and_one_is_promised_and_one_was_paused(past: None) -> None:
    owners = ScheduleOwner.objects.filter(schedule__name__in=[name for name, *_rest in SCHEDULES])
    assert owners.count() == len(SCHEDULES)
    assert all(may_launch(one.owner, one.schedule) for one in owners)
    promise = SchedulePromise.objects.get()
    days = PromiseDay.objects.filter(schedule=promise.schedule_id)
    assert 5 <= days.count() <= 10
    done = Slot.objects.filter(schedule=promise.schedule_id, state=SlotState.DONE).count()
    assert 0 < days.filter(kept=True).count() <= done
    pause = SchedulePause.objects.get()
    within = Slot.objects.filter(schedule=pause.schedule_id, moment__range=(pause.begins_at, pause.until))
    assert {slot.state for slot in within} == {SlotState.SKIPPED}
    assert within.count() == 2
    assert within[0].reason_text == str(said_of_pause(pause))
    quiet = QuietPeriod.objects.get()
    assert not [slot for slot in Slot.objects.filter(job_id__in=reports()) if span_at(quiet, slot.moment)]


def reports() -> list[str]:
    return list(Job.objects.filter(name=REPORT).values_list("id", flat=True))


def test_nothing_is_from_the_future(past: None) -> None:
    to_come = {"lease_until", "available_at"}  # of what runs, and of what is tried again
    for model in (*MODELS, Download, LogEntry, SignIn, Recipient):
        rows = model._default_manager.all()
        if model is LogEntry:  # that a past was made is written down when it is
            rows = rows.exclude(user__username=SYSTEM)
        moments = [one.attname for one in model._meta.fields if isinstance(one, DateTimeField)]
        for name in set(moments) - to_come:
            assert not rows.filter(**{f"{name}__gt": UNTIL}).exists(), (model, name)


def test_the_cleanup_finds_nothing_left_to_remove(past: None) -> None:
    assert not any(rehearse(everything_prunable(), UNTIL).removed.values())


@pytest.mark.django_db
@pytest.mark.usefixtures("nothing_is_drawn")
def test_what_is_older_than_its_retention_is_gone_and_messages_stay(data_dir: Path, settings: Any) -> None:
    days = {"jobs": 8, "results": 3, "message_bodies": 5, "reports": 6, "audit": 4}
    settings.RETENTION_DAYS = settings.RETENTION_DAYS | days
    make(jobs=600, days=20)

    assert not any(rehearse(everything_prunable(), UNTIL).removed.values())
    assert Job.objects.filter(ended_at__lt=UNTIL - timedelta(days=7)).exists()
    assert not Job.objects.filter(rerun_of=None, origin=Origin.RERUN, rerun_of_id__gt="").exists()
    assert TaskResult.objects.count() < Job.objects.count()
    old = Message.objects.filter(created_at__lt=UNTIL - timedelta(days=8))
    assert old.exists()
    assert not old.exclude(text="").exists()
    assert Message.objects.exclude(text="").exists()
    for table, column in ((LogEntry, "action_time"), (SignIn, "at"), (Download, "at")):
        assert not table._default_manager.filter(**{f"{column}__lt": UNTIL - timedelta(days=4)}).exists()


def test_counts_of_kinds_are_those_of_the_rows(past: None) -> None:
    ended = Job.objects.filter(ended_at__lte=UNTIL - counters.SETTLED_AFTER).values_list("name", "state")
    tallies = {(one.kind, one.outcome): one.count for one in Tally.objects.all()}
    assert tallies == Counter(ended)


def test_the_charts_count_the_rows_that_there_are(past: None) -> None:
    since = hourly_counts.hour_of(UNTIL - timedelta(days=6))
    counted = sum(hourly_counts.ended_since(since).counts.values())
    assert counted == Job.objects.filter(ended_at__gte=since).count()


@pytest.mark.parametrize("who", ["staff", "support", "manager", "admin"])
def test_the_pages_of_each_demo_person_show_it(who: str, past: None, client: Client) -> None:
    with transaction.atomic():
        client.force_login(User.objects.get(username=f"{who}@example.org"))

        for page in ("index", "tasks_app_job_changelist", "backoffice_message_changelist"):
            assert client.get(reverse(f"admin:{page}")).status_code in (200, 403), page
        failed = Job.objects.filter(state=State.FAILED)[0]
        assert client.get(reverse("admin:tasks_app_job_change", args=[failed.pk])).status_code in (200, 403)
        transaction.set_rollback(True)  # their sign-ins are of today


def test_hours_add_up_to_the_total_across_a_change_of_the_clock() -> None:
    first = datetime(2026, 3, 28, 0, 10, tzinfo=UTC)
    spans = list(hours(first, first + timedelta(days=2, minutes=35), 12_345))

    assert sum(count for _start, _length, count in spans) == 12_345
    assert spans[0][0] == first
    assert all(one[0] + one[1] == after[0] for one, after in itertools.pairwise(spans))
