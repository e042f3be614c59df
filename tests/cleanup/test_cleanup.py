"""The hourly cleanup: what has had its time goes, what is alive stays."""

from __future__ import annotations

import json
import uuid
from datetime import timedelta
from io import StringIO
from pathlib import Path
from types import SimpleNamespace

import pytest
from django.contrib.admin.models import CHANGE, LogEntry
from django.contrib.auth import get_user_model
from django.contrib.sessions.models import Session
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.core.management import call_command
from django.utils import timezone
from django_celery_beat.models import PeriodicTask
from django_celery_results.models import ChordCounter, GroupResult, TaskResult

from backoffice.models import Attachment, Download, Message, MessageState, Report, SignIn
from tasks_app import launching
from tasks_app.models import (
    FillIn,
    FillState,
    Job,
    JobAttempt,
    Node,
    SchedulePause,
    Slot,
    SlotState,
    State,
)
from tasks_app.retention import prune as pruning
from tasks_app.retention.prune import Prunable, prune, rehearse
from tasks_app.tasks import cleanup_results, everything_prunable
from tests.clock.making import DEBUG_TASK, every

pytestmark = pytest.mark.django_db

NOW = timezone.now()
LONG_AGO = NOW - timedelta(days=4000)
RECENT = NOW - timedelta(minutes=5)


def removed(**options):
    return {
        key: count for key, count in prune(everything_prunable(), NOW, **options).removed.items() if count
    }


def job(state=State.SUCCEEDED, ended_at=LONG_AGO, **fields):
    return Job.objects.create(
        id=str(uuid.uuid4()),
        name=DEBUG_TASK,
        queue="default",
        state=state,
        created_at=LONG_AGO,
        ended_at=ended_at,
        **fields,
    )


def result(task_id, status="SUCCESS", done=LONG_AGO):
    row = TaskResult.objects.create(task_id=task_id, status=status)
    TaskResult.objects.filter(pk=row.pk).update(date_done=done)
    return row


def message(state=MessageState.SENT, created=LONG_AGO, **fields):
    row = Message.objects.create(
        to="ada@example.org",
        sender="x@example.org",
        subject="Hello",
        text="Dear Ada",
        html="<p>",
        state=state,
    )
    Message.objects.filter(pk=row.pk).update(created_at=created, **fields)
    return row


def report(created=LONG_AGO):
    name = default_storage.save(f"reports/2015/01/{uuid.uuid4()}.pdf", ContentFile(b"%PDF"))
    row = Report.objects.create(
        type="overview", title="Overview", format="pdf", language="en", file=name, file_name="o.pdf",
        size=4, sha256="0" * 64, job_id=str(uuid.uuid4()),
    )  # fmt: skip
    Report.objects.filter(pk=row.pk).update(created_at=created)
    return row


def age(name):
    """Make a stored file two days old."""
    import os

    moment = (NOW - timedelta(days=2)).timestamp()
    os.utime(default_storage.path(name), (moment, moment))


def test_finished_jobs_go_with_their_attempts():
    old, recent = job(), job(ended_at=RECENT)
    JobAttempt.objects.create(job=old, number=1, outcome="failed", ended_at=LONG_AGO)
    assert removed() == {"jobs": 1}
    assert list(Job.objects.all()) == [recent]
    assert not JobAttempt.objects.exists()


@pytest.mark.parametrize("state", [State.WAITING, State.RUNNING, State.UNKNOWN])
def test_unfinished_jobs_stay_with_their_results_and_slots_however_old(state):
    alive = job(state=state)
    result(alive.id, status="FAILURE")
    Slot.objects.create(
        schedule_name="gone", moment=LONG_AGO, decided_at=LONG_AGO, job_id=alive.id, state=SlotState.QUEUED
    )
    assert removed() == {}


def test_results_go_by_their_age_unless_they_are_still_open():
    result("old")
    result("recent", done=RECENT)
    result("open", status="RETRY")
    assert removed() == {"results": 1}
    assert set(TaskResult.objects.values_list("task_id", flat=True)) == {"recent", "open"}


def test_the_last_outcome_of_each_schedule_stays():
    row = PeriodicTask.objects.create(name="Yearly", task=DEBUG_TASK, interval=every(365, "days"))
    for days in range(3):
        done = job()
        result(done.id)
        Slot.objects.create(
            schedule=row, schedule_name=row.name, moment=LONG_AGO + timedelta(days=days),
            decided_at=LONG_AGO, job_id=done.id, state=SlotState.DONE,
        )  # fmt: skip
    assert removed() == {"jobs": 2, "results": 2, "slots": 2}
    assert Job.objects.get().id == Slot.objects.get().job_id == TaskResult.objects.get().task_id == done.id
    row.delete()
    assert removed() == {"jobs": 1, "results": 1, "slots": 1}


def test_groups_go_and_chord_counters_that_will_never_end():
    alive, dead = job(state=State.WAITING, ended_at=None), job()
    for group, task in (("alive", alive.id), ("dead", dead.id)):
        ChordCounter.objects.create(group_id=group, sub_tasks=json.dumps([[[task, None], None]]), count=1)
        GroupResult.objects.create(group_id=group)
    GroupResult.objects.update(date_done=LONG_AGO)
    assert removed() == {"jobs": 1, "chords": 1, "groups": 1}
    assert ChordCounter.objects.get().group_id == GroupResult.objects.get().group_id == "alive"


def test_nodes_that_have_been_silent_for_long_go():
    Node.objects.create(name="old", kind="clock", started_at=LONG_AGO, beat_at=LONG_AGO)
    Node.objects.create(name="here", kind="clock", started_at=LONG_AGO, beat_at=RECENT)
    assert removed() == {"nodes": 1}


def test_message_bodies_go_and_the_messages_stay(settings, data_dir):
    old, recent = message(), message(created=RECENT)
    Attachment.objects.create(message=old, name="a.txt", content_type="text/plain", content=b"x")
    eml = Path(settings.OUTBOX_DIR) / f"{old.pk}.eml"
    eml.parent.mkdir(parents=True, exist_ok=True)
    eml.write_text("Dear Ada")
    assert removed() == {"message_bodies": 1}
    old.refresh_from_db()
    recent.refresh_from_db()
    assert (old.text, old.html, old.subject, recent.text) == ("", "", "Hello", "Dear Ada")
    assert old.body_pruned_at is not None
    assert not Attachment.objects.exists()
    assert not eml.exists()
    assert removed() == {}


@pytest.mark.parametrize("state", [MessageState.QUEUED, MessageState.SUBMITTING, MessageState.UNKNOWN])
def test_a_message_that_is_not_done_with_keeps_its_body(state):
    message(state=state)
    assert removed() == {}


def test_reports_go_with_their_files(data_dir):
    old, recent = report(), report(created=RECENT)
    assert removed() == {"reports": 1}
    assert not default_storage.exists(old.file)
    assert default_storage.exists(recent.file)
    assert Report.objects.get() == recent


def test_files_no_report_knows_go_after_a_day(data_dir):
    known = report(created=RECENT)
    stray = default_storage.save("reports/2015/01/stray.pdf", ContentFile(b"%PDF"))
    young = default_storage.save("reports/2015/01/young.pdf", ContentFile(b"%PDF"))
    age(known.file)
    age(stray)
    assert removed() == {"stray_files": 1}
    assert [default_storage.exists(name) for name in (known.file, stray, young)] == [True, False, True]


def test_sessions_and_the_audit_go_past_their_time():
    user = get_user_model().objects.create_user("ada")
    kept = report(created=RECENT)
    for number, moment in enumerate((LONG_AGO, RECENT)):
        Session.objects.create(
            session_key=str(number), session_data="", expire_date=moment + timedelta(hours=1)
        )
        LogEntry.objects.create(user=user, object_repr="x", action_flag=CHANGE, action_time=moment)
        SignIn.objects.create(username="ada", success=True)
        Download.objects.create(report=kept, user=user)
    SignIn.objects.filter(pk=SignIn.objects.earliest("pk").pk).update(at=LONG_AGO)
    Download.objects.filter(pk=Download.objects.earliest("pk").pk).update(at=LONG_AGO)
    assert removed() == {"sessions": 1, "log_entries": 1, "downloads": 1, "sign_ins": 1}


def test_a_retention_is_a_setting(settings):
    job(ended_at=NOW - timedelta(days=5))
    settings.RETENTION_DAYS = settings.RETENTION_DAYS | {"jobs": 6}
    assert removed() == {}
    settings.RETENTION_DAYS = settings.RETENTION_DAYS | {"jobs": 4}
    assert removed() == {"jobs": 1}


def test_it_works_in_batches_until_all_is_done(django_assert_num_queries):
    for _ in range(7):
        job()
    batches = []
    result_ = prune(
        everything_prunable(), NOW, batch=2, after_batch=lambda: batches.append(Job.objects.count())
    )
    assert result_.removed["jobs"] == 7
    assert result_.more == []
    assert sorted(set(batches), reverse=True) == [7, 5, 3, 1, 0]


def test_pauses_and_fill_ins_that_are_over_go_and_what_is_still_counted_by_them_stays():
    rows = [
        PeriodicTask.objects.create(name=name, task=DEBUG_TASK, interval=every(1, "days")) for name in "ab"
    ]
    day = timedelta(days=1)

    def paused(row, number, **fields):
        return SchedulePause.objects.create(schedule=row, begins_at=LONG_AGO + number * day, **fields)

    paused(rows[0], 1, ended_at=LONG_AGO + 2 * day)
    paused(rows[0], 3, until=LONG_AGO + 4 * day)
    paused(rows[0], 5, failures=3, ended_at=LONG_AGO + 6 * day)
    kept = [
        paused(rows[0], 7, failures=3, ended_at=LONG_AGO + 8 * day),  # failures are counted from here
        paused(rows[0], 9, until=RECENT),
        paused(rows[0], 10),
        paused(rows[1], 1, ended_at=LONG_AGO + 2 * day),  # decides what is still held back
    ]
    slot = {"schedule_name": "b", "moment": LONG_AGO, "decided_at": LONG_AGO, "state": SlotState.HELD}
    Slot.objects.create(schedule=rows[1], **slot)
    fill_in = {"schedule": rows[0], "total": 0, "next_at": LONG_AGO}
    for number, state in enumerate((FillState.FINISHED, FillState.STOPPED, FillState.RUNNING)):
        ended_at = None if state == FillState.RUNNING else LONG_AGO
        FillIn.objects.create(key=str(number), state=state, ended_at=ended_at, **fill_in)
    FillIn.objects.create(key="recent", state=FillState.FINISHED, ended_at=RECENT, **fill_in)
    assert removed() == {"pauses": 3, "fill_ins": 2}
    assert set(SchedulePause.objects.all()) == set(kept)
    assert set(FillIn.objects.values_list("key", flat=True)) == {"2", "recent"}


def test_it_rests_for_as_long_as_it_worked(monkeypatch):
    """Of a clock that a batch takes two seconds of, and then half a one."""
    moments, rests = iter([0.0, 0.0, 0.0, 2.0, 2.0, 2.0, 2.5]), []
    clock = SimpleNamespace(monotonic=lambda: next(moments), sleep=rests.append)
    monkeypatch.setattr(pruning, "time", clock)
    counts = iter([2, 1])
    prune([Prunable("some", "Some", None, lambda *_: next(counts), lambda *_: 0)], NOW, batch=2)
    assert rests == [pruning.LONGEST_REST, 0.5]


def test_when_time_is_up_it_says_what_remains():
    for _ in range(3):
        job()
    result_ = prune(everything_prunable(), NOW, budget=timedelta(0))
    assert result_.removed["jobs"] == 0
    assert "jobs" in result_.more
    assert Job.objects.count() == 3


def test_a_rehearsal_counts_and_removes_nothing():
    job()
    result("old")
    counted = rehearse(everything_prunable(), NOW)
    assert {key: count for key, count in counted.removed.items() if count} == {"jobs": 1, "results": 1}
    assert Job.objects.exists()
    assert TaskResult.objects.exists()


def test_the_command_prints_a_table():
    job()
    out = StringIO()
    call_command("cleanup", "--dry-run", stdout=out)
    line = next(line for line in out.getvalue().splitlines() if line.startswith("Finished jobs"))
    assert line.split() == ["Finished", "jobs", "90", "days", "1"]
    assert Job.objects.exists()
    out = StringIO()
    call_command("cleanup", stdout=out)
    assert "Removed" in out.getvalue()
    assert not Job.objects.exists()


@pytest.mark.parametrize("dry_run", [True, False])
def test_the_job_says_how_many_of_each(settings, dry_run, django_capture_on_commit_callbacks):
    settings.CELERY_TASK_ALWAYS_EAGER = True
    old = job()
    with django_capture_on_commit_callbacks(execute=True):
        outcome = cleanup_results.apply(kwargs={"dry_run": dry_run}).get()
    assert outcome["dry_run"] is dry_run
    assert outcome["removed"]["jobs"] == 1
    assert Job.objects.filter(pk=old.pk).exists() is dry_run
    assert launching is not None
