"""One row that cannot be read, run or written stops no other, and says what is wrong with it."""

from __future__ import annotations

from datetime import timedelta
from io import StringIO
from types import SimpleNamespace
from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.core.management import call_command
from django.test import Client
from django.urls import reverse
from django.utils import timezone, translation
from django_celery_beat.models import CrontabSchedule, PeriodicTask

from tasks_app.clock.tick import tick
from tasks_app.models import Job, ScheduleOptions, Slot, SlotState
from tasks_app.monitor.health import Level
from tasks_app.monitor.health.work import check_schedules
from tasks_app.notices import wording_of
from tasks_app.schedules.causes import CANNOT_BE_DEALT_WITH
from tests.clock.bad_rows import BAD, MORNING, STRANGE, bad_row
from tests.clock.making import DEBUG_TASK, edited, every, schedule

LATER = MORNING + timedelta(hours=1)
LIST = "admin:django_celery_beat_periodictask_changelist"
PAGE = "admin:django_celery_beat_periodictask_change"

every_bad_row = pytest.mark.parametrize("what", BAD)


def names() -> list[str]:
    return sorted(job.message["headers"]["periodic_task_name"] for job in Job.objects.all())


@pytest.mark.django_db
@every_bad_row
def test_a_bad_row_is_set_aside_and_the_others_run(what: str) -> None:
    schedule("Before", changed=MORNING, interval=every(1, "hours"))
    row = bad_row(BAD[what])
    schedule("After", changed=MORNING, interval=every(1, "hours"))
    tick(MORNING, starting=True)
    options = ScheduleOptions.objects.get(pk=row.pk)
    assert len(options.invalid) > 20
    assert wording_of(options.cause or "") is not None
    assert options.next_slot is None
    report = tick(LATER)
    assert report.failed == {}
    assert names() == ["After", "Before"]


@pytest.mark.django_db
@pytest.mark.parametrize("what", [what for what in BAD if "zone" in what])
def test_a_zone_that_is_none_is_said_to_be_none_and_cannot_be_saved(what: str) -> None:
    row = bad_row(BAD[what])
    tick(MORNING, starting=True)
    assert "is no time zone that is known here" in ScheduleOptions.objects.get(pk=row.pk).invalid
    rhythm = CrontabSchedule.objects.get()
    with pytest.raises(ValidationError):
        rhythm.full_clean()


@pytest.mark.django_db
@every_bad_row
def test_a_row_that_becomes_bad_while_it_is_due_is_set_aside_and_the_others_run(what: str) -> None:
    """Unnoticed by beat's own bookkeeping, so that it is met where jobs are made."""
    schedule("Before", changed=MORNING, interval=every(1, "hours"))
    row = schedule("Bad", changed=MORNING, interval=every(1, "hours"))
    schedule("After", changed=MORNING, interval=every(1, "hours"))
    tick(MORNING)
    BAD[what](row)
    report = tick(LATER)
    assert report.failed == {}
    assert {"Before", "After"} <= set(names())
    for hour in range(2, 4):
        assert tick(MORNING + timedelta(hours=hour), starting=True).failed == {}
    assert ScheduleOptions.objects.get(pk=row.pk).invalid
    assert names().count("Before") == names().count("After") == 3


@pytest.mark.django_db
def test_pages_show_all_bad_rows_among_the_others(admin_client: Client) -> None:
    schedule("Well", changed=MORNING, interval=every(1, "hours"))
    for number, spoil in enumerate((BAD | STRANGE).values()):
        bad_row(spoil, f"Bad {number}")
    tick(timezone.now(), starting=True)
    listed = admin_client.get(reverse(LIST))
    assert listed.status_code == 200
    shown = listed.content.decode()
    assert all(
        f"Bad {number}<" in shown or f"Bad {number} <" in shown for number in range(len(BAD | STRANGE))
    )
    assert "Well" in shown
    assert ScheduleOptions.objects.exclude(invalid="").count() == len(BAD)
    for address in ("admin:index", "admin:queues"):
        assert admin_client.get(reverse(address)).status_code == 200


@pytest.mark.once
@pytest.mark.django_db
@pytest.mark.parametrize("what", BAD | STRANGE)
def test_the_page_of_a_bad_row_and_its_dialogs_open(what: str, admin_client: Client) -> None:
    row = bad_row((BAD | STRANGE)[what])
    tick(timezone.now(), starting=True)
    page = admin_client.get(reverse(PAGE, args=[row.pk]))
    assert page.status_code == 200
    if what in BAD:
        assert "Cannot run" in page.content.decode()
        assert check_schedules_says_so()
    for dialog in ("run", "switch", "delete"):
        url = reverse(f"admin:django_celery_beat_periodictask_{dialog}", args=[row.pk])
        assert admin_client.get(url).status_code == 200


def check_schedules_says_so() -> bool:
    return any(finding.level is Level.DEGRADED for finding in check_schedules(timezone.now()))


@pytest.mark.django_db
@every_bad_row
def test_reconcile_tells_what_it_would_do_beside_a_bad_row(what: str) -> None:
    schedule("Well", changed=MORNING, interval=every(1, "hours"))
    bad_row(BAD[what])
    told = StringIO()
    call_command("reconcile", "--dry-run", stdout=told)
    assert "Well" in told.getvalue()
    call_command("reconcile", stdout=told)
    tick(timezone.now() + timedelta(hours=2))
    assert set(names()) == {"Well"}


@pytest.mark.once
@pytest.mark.django_db
@every_bad_row
def test_a_bad_row_is_mended_on_its_page(what: str, admin_client: Client) -> None:
    row = bad_row(BAD[what])
    tick(MORNING, starting=True)
    answer = admin_client.post(reverse(PAGE, args=[row.pk]) + "?job=debug_task", form("Bad"))
    assert answer.status_code == 302, answer.content.decode()
    options = ScheduleOptions.objects.get(pk=row.pk)
    assert options.invalid == ""
    assert options.next_slot is not None


def form(name: str, **fields: Any) -> dict[str, Any]:
    values = {"name": name, "kind": "every", "number": "2", "unit": "hours", "after_downtime": "once"}
    return {f"schedule-{key}": value for key, value in (values | {"enabled": "on"} | fields).items()}


REFUSED = {
    "a count below 0": '{"retries": -1}',
    "a count beyond every integer": '{"retries": 99999999999999999999999}',
    "somebody who does not exist": '{"job_by": 987654}',
}


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("headers", REFUSED.values(), ids=REFUSED)
def test_a_row_of_which_the_database_takes_no_job_is_set_aside_alone(headers: str, broker: Any) -> None:
    """Two of the three are refused at the insertion, the last only at the commit."""
    for number in range(3):
        schedule(f"Well {number}", changed=MORNING, interval=every(1, "hours"))
    row = schedule("Bad", changed=MORNING, interval=every(1, "hours"), headers=headers)
    tick(MORNING)
    assert tick(LATER).failed == {}
    assert names() == ["Well 0", "Well 1", "Well 2"]
    options = ScheduleOptions.objects.get(schedule=row)
    assert "cannot be dealt with as it is" in options.invalid
    assert options.next_slot is None
    slot = Slot.objects.get(schedule=row)
    assert (slot.state, slot.moment) == (SlotState.SKIPPED, LATER)
    assert slot.reason == options.invalid
    assert {options.cause, slot.cause} == {CANNOT_BE_DEALT_WITH.code}
    with translation.override("fr"):
        assert options.said.startswith("Impossible de la traiter en l’état (")
        assert slot.reason_text == options.said
        assert options.advice == ""  # the sentence says it already


@pytest.mark.django_db(transaction=True)
def test_what_was_refused_stays_aside_while_others_are_edited(broker: Any) -> None:
    row = schedule("Bad", changed=MORNING, interval=every(1, "hours"), headers='{"retries": -1}')
    tick(MORNING)
    tick(LATER)
    edited(schedule("Well", changed=LATER, interval=every(1, "hours")), LATER)
    tick(LATER + timedelta(minutes=1))
    assert ScheduleOptions.objects.get(schedule=row).invalid
    PeriodicTask.objects.filter(pk=row.pk).update(headers="{}")  # by a program that tells nobody
    edited(schedule("Another", changed=LATER, interval=every(1, "hours")), LATER)
    tick(LATER + timedelta(minutes=2))
    assert ScheduleOptions.objects.get(schedule=row).invalid == ""


@pytest.mark.django_db(transaction=True)
def test_what_the_database_refuses_is_told_on_pages_and_can_be_mended(
    broker: Any, admin_client: Client
) -> None:
    row = schedule("Bad", changed=MORNING, interval=every(1, "hours"), headers='{"retries": -1}')
    tick(MORNING)
    tick(LATER)
    for url in (reverse(LIST), reverse(PAGE, args=[row.pk])):
        assert "cannot be dealt with as it is" in admin_client.get(url).content.decode()
    row.headers = "{}"
    edited(row, LATER)
    tick(LATER + timedelta(hours=2))
    assert ScheduleOptions.objects.get(schedule=row).invalid == ""


@pytest.mark.django_db
def test_a_problem_never_quotes_what_the_database_quotes() -> None:
    """PostgreSQL says the row's values after its first line."""
    from tasks_app.schedules.job_of_schedule import cannot_be_dealt_with

    error = ValueError('unsupported sequence\nDETAIL: {"password": "hunter2"}')
    notice = cannot_be_dealt_with(error)
    assert "unsupported sequence" in str(notice)
    assert "hunter2" not in f"{notice} {notice.params}"
    assert "\x00" not in str(cannot_be_dealt_with(ValueError("a\x00b")))


@pytest.mark.django_db
def test_what_an_error_of_ours_says_is_said_in_each_readers_language() -> None:
    from tasks_app.errors import OUTCOME_UNKNOWN, Unknown
    from tasks_app.schedules.job_of_schedule import cannot_be_dealt_with

    notice = cannot_be_dealt_with(Unknown(OUTCOME_UNKNOWN()))
    for language in ("en", "fr"):
        with translation.override(language):
            assert str(OUTCOME_UNKNOWN()) in str(notice)


@pytest.mark.django_db
def test_an_entry_of_the_settings_that_makes_no_schedule_holds_up_no_other(monkeypatch: Any) -> None:
    from tasks_app.schedules import seeds

    entries = {
        "bad": {"task": DEBUG_TASK, "schedule": "every now and then"},
        "good": {"task": DEBUG_TASK, "schedule": 30.0},
    }
    monkeypatch.setattr(seeds, "current_app", SimpleNamespace(conf=SimpleNamespace(beat_schedule=entries)))
    monkeypatch.setattr(seeds, "from_file", lambda path: {})
    assert seeds.seed() == ["good"]
    assert list(PeriodicTask.objects.values_list("name", flat=True)) == ["good"]
