"""The page of schedules, as people with and without the permission use it."""

from __future__ import annotations

import json
from datetime import timedelta

import pytest
from django.contrib.admin.models import LogEntry
from django.contrib.auth import get_user_model
from django.contrib.auth.models import Permission
from django.urls import reverse
from django.utils import timezone
from django_celery_beat.models import CrontabSchedule, PeriodicTask

from backoffice.models import Recipient
from tasks_app.clock.tick import tick
from tasks_app.models import AfterDowntime, Job, ScheduleOptions
from tests.clock.making import DEBUG_TASK, crontab, every, schedule

pytestmark = [pytest.mark.django_db, pytest.mark.once]

LIST = reverse("admin:django_celery_beat_periodictask_changelist")
ADD = reverse("admin:django_celery_beat_periodictask_add")
ALL = (
    "django_celery_beat.view_periodictask",
    "django_celery_beat.add_periodictask",
    "django_celery_beat.change_periodictask",
    "django_celery_beat.delete_periodictask",
    "tasks_app.run_schedule",
    "tasks_app.launch_job",
    "tasks_app.view_job",
    "backoffice.order_report",
)


def sign_in(client, *permissions):
    person = get_user_model().objects.create_user("person", is_staff=True)
    for permission in permissions:
        app, codename = permission.split(".")
        person.user_permissions.add(Permission.objects.get(content_type__app_label=app, codename=codename))
    client.force_login(person)
    return person


@pytest.fixture
def staff(client):
    return sign_in(client, *ALL)


def url(name, row):
    return reverse(f"admin:django_celery_beat_periodictask_{name}", args=[row.pk])


def filled(**values):
    """What the browser sends: every field of the form, those of the rhythm that is not chosen too."""
    fields = {
        "name": "Test the pipeline", "kind": "daily", "number": "1", "unit": "hours", "day": "1",
        "time": "07:30",
        "minute": "*", "hour": "*", "day_of_month": "*", "month_of_year": "*", "day_of_week": "*",
        "zone": "Europe/Paris", "after_downtime": "once", "enabled": "on",
    } | values  # fmt: skip
    return {f"schedule-{name}": value for name, value in fields.items()}


def make(now=None, **fields):
    return schedule(changed=now or timezone.now(), interval=every(1, "hours"), **fields)


def test_a_schedule_is_added_by_choosing_a_job_and_filling_in_forms(client, staff):
    page = client.get(ADD).content.decode()
    assert "?job=debug_task" in page
    answer = client.post(f"{ADD}?job=debug_task", filled(kind="weekly", weekdays=["1", "4"], time="18:00"))
    row = PeriodicTask.objects.get()
    assert answer.url == url("change", row)
    assert (row.task, row.args, row.kwargs, row.enabled) == (DEBUG_TASK, "[]", "{}", True)
    fields = (row.crontab.minute, row.crontab.hour, row.crontab.day_of_week, str(row.crontab.timezone))
    assert fields == ("0", "18", "1,4", "Europe/Paris")
    assert row.options.next_slot > timezone.now()
    assert LogEntry.objects.get(user=staff).get_change_message().startswith("Added.")


def test_moving_values_of_the_jobs_own_form_are_kept_as_they_are(admin_client):
    arguments = {"period": "last_month", "start": "", "end": "", "format": "pdf", "language": "fr"}
    admin_client.post(f"{ADD}?job=rapport_pdf:activity", filled(kind="monthly", day="1") | arguments)
    stored = json.loads(PeriodicTask.objects.get().kwargs)
    assert (stored["type"], stored["period"], stored["language"]) == ("activity", "last_month", "fr")


@pytest.mark.parametrize(
    ("values", "field"),
    [
        ({"kind": "weekly"}, "weekdays"),
        ({"kind": "every", "number": "0"}, "number"),
        ({"kind": "crontab", "minute": "61"}, "minute"),
        ({"kind": "crontab", "day_of_month": "31", "month_of_year": "2"}, "day_of_month"),
        ({"kind": "crontab", "hour": "7-25"}, "hour"),
        ({"kind": "crontab", "month_of_year": "*/0"}, "month_of_year"),
        ({"kind": "crontab", "day_of_week": "someday"}, "day_of_week"),
        ({"kind": "once", "moment": "2020-01-01T10:00"}, "moment"),
        ({"start_time": "2030-02-01T00:00", "expires": "2030-01-01T00:00"}, "expires"),
        ({"name": ""}, "name"),
        ({"name": "Nightly"}, "name"),
    ],
)
def test_what_cannot_be_is_said_beside_its_field_and_nothing_is_saved(client, staff, values, field):
    make()
    answer = client.post(f"{ADD}?job=debug_task", filled(**values))
    assert answer.status_code == 200
    assert list(answer.context["schedule_form"].errors) == [field]
    assert PeriodicTask.objects.count() == 1


def test_a_changed_time_moves_the_next_run_and_leaves_other_schedules_alone(client, staff):
    shared = crontab("0 12 * * *")
    row = schedule("Mine", changed=timezone.now(), crontab=shared)
    other = schedule("Other", changed=timezone.now(), crontab=shared)
    client.post(url("change", row), filled(name="Mine", time="15:00", after_downtime="skip"))
    row.refresh_from_db()
    other.refresh_from_db()
    assert (row.crontab.hour, other.crontab.hour) == ("15", "12")
    options = ScheduleOptions.objects.get(schedule=row)
    assert (timezone.localtime(options.next_slot).hour, options.after_downtime) == (15, AfterDowntime.SKIP)
    assert LogEntry.objects.filter(object_id=row.pk).exists()


def test_saving_without_a_change_changes_nothing_that_decides_its_runs(client, staff):
    row = make()
    tick(timezone.now())
    before = ScheduleOptions.objects.get()
    client.post(url("change", row), filled(name="Nightly", kind="every", number="1", unit="hours"))
    after = ScheduleOptions.objects.get()
    assert (after.next_slot, after.anchor, after.definition) == (
        before.next_slot,
        before.anchor,
        before.definition,
    )


@pytest.mark.parametrize(
    ("fields", "kind"),
    [("30 7 * * *", "daily"), ("0 9 * * 1-5", "weekly"), ("0 9 1 * *", "monthly"), ("0 9 1 1 *", "monthly"),
     ("*/5 * * * *", "crontab")],
)  # fmt: skip
def test_an_existing_rhythm_appears_in_the_friendliest_fields(client, staff, fields, kind):
    row = schedule(changed=timezone.now(), crontab=crontab(fields))
    assert client.get(url("change", row)).context["kind"] == kind


def test_the_preview_tells_words_and_next_runs_of_what_is_not_saved_yet(client, staff):
    preview = reverse("admin:django_celery_beat_periodictask_preview")
    page = client.post(
        preview, filled(kind="crontab", minute="0", hour="2", day_of_month="13", day_of_week="5")
    )
    text = page.content.decode()
    assert "only when it is a Friday" in text
    assert "match both" in text
    assert text.count("UTC+0") == 10
    assert not PeriodicTask.objects.exists()
    assert not CrontabSchedule.objects.exists()


def test_an_incomplete_rhythm_is_previewed_with_a_sentence(client, staff):
    preview = reverse("admin:django_celery_beat_periodictask_preview")
    text = client.post(preview, filled(kind="weekly")).content.decode()
    assert "Still to fill in: Days of the week." in text
    assert "text-red" not in text  # nobody made a mistake yet


@pytest.mark.parametrize(
    "fields",
    [
        {"task": "projet.tasks.gone", "kwargs": '{"x": 1}'},
        {"kwargs": '{"colour": "blue"}'},
        {"kwargs": "not JSON"},
        {"task": "tasks_app.tasks.envoi_email", "kwargs": '{"destinataire_id": 999}'},
    ],
)
def test_a_schedule_whose_arguments_fit_no_form_is_shown_and_can_be_mended(client, staff, fields):
    row = make(**fields)
    tick(timezone.now())
    page = client.get(url("change", row))
    assert page.status_code == 200
    assert page.context["problem"]
    client.post(f"{url('change', row)}?job=debug_task", filled(name="Nightly"))
    row.refresh_from_db()
    assert (row.task, row.kwargs) == (DEBUG_TASK, "{}")
    assert ScheduleOptions.objects.get().invalid == ""


def test_the_switch_asks_first_then_switches_and_is_logged(client, staff):
    row = make()
    assert "Switch this schedule off?" in client.get(url("switch", row)).content.decode()
    row.refresh_from_db()
    assert row.enabled
    client.post(url("switch", row), {"turn_on": "False"})
    client.post(url("switch", row), {"turn_on": "False"})  # twice the same answer: still off
    row.refresh_from_db()
    assert not row.enabled
    assert ScheduleOptions.objects.get().next_slot is None
    assert LogEntry.objects.latest("pk").get_change_message() == "Switched off."


def test_run_now_asks_first_and_a_double_click_runs_once(client, staff):
    row = make()
    dialog = client.get(url("run", row))
    assert not Job.objects.exists()
    key = dict(dialog.context["dialog"].hidden)["launch_key"]
    for _ in range(2):
        client.post(url("run", row), {"launch_key": key})
    job = Job.objects.get()
    assert job.created_by == staff
    assert job.message["headers"]["periodic_task_name"] == row.name
    PeriodicTask.objects.filter(pk=row.pk).update(name="Renamed since")
    page = client.get(reverse("admin:tasks_app_job_change", args=[job.pk])).content.decode()
    assert url("change", row) in page


def test_a_selection_is_switched_and_run_after_a_dialog(client, staff):
    one, two = make(), schedule("Second", changed=timezone.now(), interval=every(2, "hours"), enabled=False)
    chosen = {"_selected_action": [one.pk, two.pk]}
    client.post(LIST, {"action": "switch_off", **chosen})
    assert PeriodicTask.objects.filter(enabled=True).count() == 1
    client.post(LIST, {"action": "switch_off", "answer": "1", **chosen})
    assert not PeriodicTask.objects.filter(enabled=True).exists()
    dialog = client.post(LIST, {"action": "run_selected", **chosen})
    hidden = dialog.context["dialog"].hidden
    client.post(
        LIST, {"launch_key": dict(hidden)["launch_key"], "action": "run_selected", "answer": "1", **chosen}
    )
    assert Job.objects.count() == 2


def test_deleting_asks_first(client, staff):
    row = make()
    client.get(url("delete", row))
    assert PeriodicTask.objects.exists()
    client.post(url("delete", row))
    assert not PeriodicTask.objects.exists()


def test_who_may_only_look_changes_nothing(client):
    sign_in(client, "django_celery_beat.view_periodictask")
    row = make()
    assert client.get(LIST).status_code == 200
    page = client.get(url("change", row))
    assert page.status_code == 200
    assert 'id="schedule"' not in page.content.decode()
    client.post(url("change", row), filled(name="Changed"))
    for name in ("switch", "run", "delete"):
        assert client.get(url(name, row)).status_code == 403
        assert client.post(url(name, row), {"turn_on": "False"}).status_code == 403
    assert client.post(f"{ADD}?job=debug_task", filled()).status_code == 403
    assert client.post(url("preview_of", row), filled()).status_code == 403
    for action in ("switch_on", "switch_off", "run_selected"):
        client.post(LIST, {"action": action, "answer": "1", "_selected_action": [row.pk]})
    row.refresh_from_db()
    assert (row.name, row.enabled, Job.objects.count()) == ("Nightly", True, 0)
    assert not LogEntry.objects.exists()


def test_a_job_one_may_not_launch_cannot_be_scheduled_either(client):
    sign_in(client, *(permission for permission in ALL if permission != "tasks_app.launch_job"))
    row = make()
    assert client.get(f"{ADD}?job=debug_task").status_code == 403
    assert client.post(url("run", row)).status_code == 403
    assert client.post(url("switch", row)).status_code == 403


def test_the_past_is_shown_page_by_page_with_links_to_its_jobs(client, staff):
    now = timezone.now()
    row = schedule(changed=now - timedelta(minutes=60), interval=every(1, "minutes"))
    tick(now)
    page = client.get(url("change", row))
    assert len(page.context["slots"]) == 10
    assert reverse("admin:tasks_app_job_change", args=[Job.objects.get().pk]) in page.content.decode()
    assert client.get(url("change", row), {"before": "2026-02-31T00:00Z"}).status_code == 200
    older = client.get(url("change", row), {"before": page.context["older"]})
    assert older.context["slots"][0][0].moment < page.context["slots"][-1][0].moment


def test_nothing_is_offered_on_a_schedule_whose_job_one_may_not_launch(client):
    sign_in(client, *ALL[:4], "tasks_app.run_schedule")
    row = make(name="Not mine", task=DEBUG_TASK)
    assert 'role="switch"' not in client.get(LIST).content.decode()
    page = client.get(url("change", row)).content.decode()
    assert not [name for name in ("switch", "run", "delete") if url(name, row) in page]
    assert "Its job is not yours to launch" in page


def test_a_schedule_one_may_only_read_shows_its_arguments_as_its_form_does(client):
    sign_in(client, "django_celery_beat.view_periodictask", "tasks_app.launch_job")
    lea = Recipient.objects.create(email="lea@example.org", name="Lea Example")
    row = make(task="tasks_app.tasks.envoi_email", kwargs=json.dumps({"destinataire_id": lea.pk}))
    page = client.get(url("change", row)).content.decode()
    assert ">Recipient</dt>" in page
    assert "Lea Example &lt;lea@example.org&gt;" in page
    assert "destinataire_id" not in page
    assert "not yours to launch" not in page


def test_schedules_are_filtered_by_the_kind_of_their_job(client, staff):
    wanted = make(name="A letter", task="tasks_app.tasks.envoi_email")
    make(name="Nightly")
    page = client.get(LIST, {"kind": wanted.task})
    assert list(page.context["cl"].result_list) == [wanted]
    assert "By kind" in " ".join(page.content.decode().split())
