"""The pages of beat's timings: found, made, changed for all who run by one, deleted where none does."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from django.contrib.admin.models import LogEntry
from django.contrib.auth import get_user_model
from django.contrib.auth.models import Permission
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone
from django_celery_beat.models import (
    ClockedSchedule,
    CrontabSchedule,
    IntervalSchedule,
    PeriodicTask,
    SolarSchedule,
)

from tasks_app.clock.tick import tick
from tasks_app.models import Made, ScheduleOptions, ScheduleOwner, ScheduleVersion, Slot
from tasks_app.schedules.timings import save_timings
from tests.clock.bad_rows import unreadable_moment, written
from tests.clock.making import PARIS, crontab, every, schedule

pytestmark = pytest.mark.django_db

KINDS = ("crontab", "interval", "solar", "clocked")
BEAT = "django_celery_beat"
EDITOR = (
    *(f"{BEAT}.{verb}_{kind}schedule" for verb in ("view", "add", "change") for kind in KINDS),
    f"{BEAT}.view_periodictask",
    f"{BEAT}.delete_periodictask",
    f"{BEAT}.change_periodictask",
    "tasks_app.launch_job",
)
PARTS = ("minute", "hour", "day_of_month", "month_of_year", "day_of_week")


def url(name, row):
    kind = row._meta.model_name
    if name in ("add", "changelist"):
        return reverse(f"admin:{BEAT}_{kind}_{name}")
    return reverse(f"admin:{BEAT}_{kind}_{name}", args=[row.pk])


def person(name, *permissions):
    found = get_user_model().objects.create_user(name, is_staff=True)
    for permission in permissions:
        app, codename = permission.split(".")
        found.user_permissions.add(Permission.objects.get(content_type__app_label=app, codename=codename))
    return found


def of_crontab(text, zone=PARIS):
    return dict(zip(PARTS, text.split(), strict=True)) | {"timezone": zone}


def opened(client, row):
    """What the page holds besides its fields."""
    page = client.get(url("change", row)).content.decode()
    hidden = re.findall(r'<input type="hidden" name="(shown|shown_users)" value="(\w+)">', page)
    assert len(hidden) == 2
    return dict(hidden)


def errors(answer):
    form = answer.context["adminform"].form
    return {name: " ".join(found) for name, found in form.errors.items()}


def logged():
    return list(LogEntry.objects.order_by("pk").values_list("content_type__model", flat=True))


@pytest.fixture
def editor(client):
    found = person("editor", *EDITOR)
    client.force_login(found)
    return found


@pytest.fixture
def eight():
    return crontab("0 8 * * *")


def used(row, *names, **fields):
    return [schedule(name, changed=timezone.now(), crontab=row, **fields) for name in names]


# --- The lists -------------------------------------------------------------------------------------


def test_a_timing_is_listed_in_words_as_it_is_kept_and_by_how_many_use_it(client, editor, eight):
    used(eight, "Nightly", "Weekly")
    unused = crontab("30 17 * * 1-5")
    rows = {row.pk: row for row in client.get(url("changelist", eight)).context["cl"].result_list}
    page = client.get(url("changelist", eight)).content.decode()
    assert (rows[eight.pk].users, rows[unused.pk].users) == (2, 0)
    for said in ("Every day at 08:00", "From Monday to Friday at 17:30", "30 17 * * 1-5 Europe/Paris"):
        assert said in page
    assert "2 schedules" in page
    assert "No schedule" in page


@pytest.mark.parametrize(("asked", "found"), [("yes", {"8"}), ("no", {"9"}), ("", {"8", "9"})])
def test_the_list_is_narrowed_to_what_is_used_or_not(client, editor, eight, asked, found):
    used(eight, "Nightly")
    crontab("0 9 * * *")
    answer = client.get(url("changelist", eight), {"used": asked} if asked else {})
    assert {row.hour for row in answer.context["cl"].result_list} == found


def test_a_longer_list_asks_no_more_questions(client, editor, eight):
    def asked():
        with CaptureQueriesContext(connection) as queries:
            client.get(url("changelist", eight))
        return len(queries)

    used(eight, "Nightly")
    asked()
    few = asked()
    for hour in range(9, 24):
        used(crontab(f"0 {hour} * * *"), f"At {hour}", f"Also at {hour}")
    assert asked() == few


def spoilt():
    """A row of each kind, as another program may leave it."""
    moment = ClockedSchedule.objects.create(clocked_time=timezone.now())
    written(ClockedSchedule, "clocked_time", unreadable_moment(), id=moment.pk)
    lost = crontab("0 7 * * *")
    written(CrontabSchedule, "timezone", "Mars/Olympus", id=lost.pk)
    pole = SolarSchedule.objects.create(event="sunrise", latitude="48", longitude="2")
    written(SolarSchedule, "latitude", "NaN", id=pole.pk)
    return [moment, lost, pole, every(0, "hours"), every(3, "fortnights")]


def test_a_row_that_cannot_be_read_says_so_and_its_pages_live(client, editor):
    for row in spoilt():
        schedule(f"By {row.pk} of {row._meta.model_name}", changed=timezone.now(), **by(row))
        listed = client.get(url("changelist", row))
        assert listed.status_code == 200
        admin = listed.context["cl"].model_admin
        assert admin.problem(listed.context["cl"].result_list[0])
        page = client.get(url("change", row))
        assert page.status_code == 200
        assert page.context["incomplete"]
        assert client.get(url("delete", row)).status_code == 200


def by(row):
    kind = row._meta.model_name.removesuffix("schedule")
    return {kind: row, "one_off": kind == "clocked"}


def test_a_row_that_cannot_be_read_is_mended_on_its_page(client, editor):
    for row in spoilt()[:3]:
        values = {
            "clockedschedule": {"clocked_time": "2030-05-01T10:00"},
            "crontabschedule": of_crontab("0 7 * * *"),
            "solarschedule": {"event": "sunrise", "latitude": "48", "longitude": "2"},
        }[row._meta.model_name]
        answer = client.post(url("change", row), values | opened(client, row))
        assert answer.status_code == 302, errors(answer)
        assert (
            client.get(url("changelist", row))
            .context["cl"]
            .model_admin.problem(type(row).objects.get(pk=row.pk))
            == ""
        )


def test_the_lists_lead_to_each_other_and_the_schedules_to_them(client, editor, eight):
    page = client.get(url("changelist", eight)).content.decode()
    for model in (IntervalSchedule, SolarSchedule, ClockedSchedule, PeriodicTask):
        assert reverse(f"admin:{BEAT}_{model._meta.model_name}_changelist") in page
    schedules = client.get(reverse(f"admin:{BEAT}_periodictask_changelist")).content.decode()
    assert f'href="{url("changelist", eight)}"' in schedules


# --- The page of one -------------------------------------------------------------------------------


def test_its_page_says_who_runs_by_it_and_its_next_ten_times(client, editor, eight):
    mine, _theirs = used(eight, "Mine", "Theirs")
    ScheduleOwner.objects.create(schedule=mine, owner=editor, since=timezone.now())
    PeriodicTask.objects.filter(name="Theirs").update(enabled=False)
    answer = client.get(url("change", eight))
    found = [(one["name"], one["owner"], one["on"]) for one in answer.context["users"]]
    assert found == [("Mine", "editor", True), ("Theirs", "nobody", False)]
    assert len(answer.context["runs"]) == 10
    assert answer.context["words"] == "Every day at 08:00"
    assert reverse(f"admin:{BEAT}_periodictask_change", args=[mine.pk]) in answer.content.decode()


def test_of_very_many_the_first_are_named_and_the_others_counted(client, editor, eight):
    used(eight, *(f"Number {number:02}" for number in range(53)))
    answer = client.get(url("change", eight))
    assert len(answer.context["users"]) == 50
    assert answer.context["users_more"] == 3
    assert answer.context["used_by"] == "Used by: 53 schedules"


def test_who_may_only_look_sees_it_without_a_field(client, eight):
    client.force_login(person("reader", f"{BEAT}.view_crontabschedule", f"{BEAT}.view_periodictask"))
    used(eight, "Nightly")
    page = client.get(url("change", eight))
    assert [one["name"] for one in page.context["users"]] == ["Nightly"]
    assert 'name="minute"' not in page.content.decode()
    assert client.post(url("change", eight), of_crontab("0 9 * * *")).status_code == 403
    assert client.get(url("delete", eight)).status_code == 403
    assert client.get(url("add", eight)).status_code == 403


def test_who_may_change_no_schedule_changes_none_by_its_timing(client, eight):
    client.force_login(person("half", f"{BEAT}.view_crontabschedule", f"{BEAT}.change_crontabschedule"))
    used(eight, "Nightly")
    page = client.get(url("change", eight))
    assert "users" not in page.context
    assert "Nightly" not in page.content.decode()
    assert client.post(url("change", eight), of_crontab("0 9 * * *")).status_code == 403


# --- What is refused -------------------------------------------------------------------------------

REFUSED = [
    ("crontab", of_crontab("0 8 30 2 *"), "day_of_month", "Day 30 never comes"),
    ("crontab", of_crontab("0 8 31 4,6 *"), "day_of_month", "Day 31 never comes"),
    ("crontab", of_crontab("61 8 * * *"), "minute", "“61” cannot be read as minutes"),
    ("crontab", of_crontab("0 8 * * *") | {"minute": "0 0 8 * * 1"}, "minute", "These are 6 fields"),
    ("crontab", of_crontab("0 8 * * *") | {"hour": "8 9"}, "hour", "“8 9” cannot be read as hours"),
    ("crontab", of_crontab("0 8 * * *") | {"hour": "8," * 5_000}, "hour", "at most 96 characters"),
    ("crontab", of_crontab("0 8 * * *") | {"day_of_week": ""}, "day_of_week", "This field is required"),
    ("crontab", of_crontab("0 8 * * *", "Mars/Olympus"), "timezone", "“Mars/Olympus” is no time zone"),
    ("crontab", of_crontab("0 8 * * *", "../../etc/passwd"), "timezone", "is no time zone"),
    ("interval", {"every": "0", "period": "hours"}, "every", "greater than or equal to 1"),
    ("interval", {"every": "999", "period": "microseconds"}, "every", "shorter than a second"),
    ("interval", {"every": "40000", "period": "days"}, "every", "longer than a hundred years"),
    ("interval", {"every": "1" * 10_000, "period": "days"}, "every", ""),
    ("interval", {"every": "3", "period": "fortnights"}, "period", "fortnights"),
    ("solar", {"event": "sunset", "latitude": "90.1", "longitude": "2"}, "latitude", "less than or equal"),
    ("solar", {"event": "sunset", "latitude": "4", "longitude": "-181"}, "longitude", "greater than"),
    ("solar", {"event": "tea_time", "latitude": "48", "longitude": "2"}, "event", "tea_time"),
    ("solar", {"event": "sunset", "latitude": "NaN", "longitude": "2"}, "latitude", "Enter a number"),
    ("clocked", {"clocked_time": "2020-01-01T00:00"}, "clocked_time", "This moment has passed"),
    ("clocked", {"clocked_time": "0001-01-01T00:00"}, "clocked_time", "too long ago"),
    ("clocked", {"clocked_time": "tomorrow"}, "clocked_time", "valid date/time"),
]  # fmt: skip


@pytest.mark.parametrize(("kind", "values", "field", "sentence"), REFUSED)
def test_what_no_clock_can_follow_is_refused_beside_its_field(client, editor, kind, values, field, sentence):
    model = PeriodicTask._meta.get_field(kind).related_model
    answer = client.post(reverse(f"admin:{BEAT}_{kind}schedule_add"), values)
    assert sentence in errors(answer)[field]
    assert list(errors(answer)) == [field]
    assert not model.objects.exists()


@pytest.mark.parametrize(
    ("kind", "values"),
    [
        ("crontab", of_crontab("*/15 8-18 29 2 mon-fri")),
        ("crontab", of_crontab("0 8 * * *", "Pacific/Chatham") | {"minute": "0, 30"}),
        ("interval", {"every": "90", "period": "minutes"}),
        ("solar", {"event": "dusk_civil", "latitude": "-33.45", "longitude": "-70.66"}),
        ("clocked", {"clocked_time": "2031-03-30T04:30"}),
    ],
)
def test_one_is_added_once_and_its_twin_is_shown_instead_of_made(client, editor, kind, values):
    model = PeriodicTask._meta.get_field(kind).related_model
    add = reverse(f"admin:{BEAT}_{kind}schedule_add")
    assert client.post(add, values).status_code == 302
    row = model.objects.get()
    again = client.post(add, values)
    assert "is there already" in errors(again)["__all__"]
    assert f'href="{url("change", row)}"' in again.content.decode()
    assert model.objects.count() == 1
    assert logged() == [f"{kind}schedule"]


def test_one_is_not_changed_into_another_that_is_there(client, editor, eight):
    nine = crontab("0 9 * * *")
    answer = client.post(url("change", eight), of_crontab("0 9 * * *") | opened(client, eight))
    assert f'href="{url("change", nine)}"' in answer.content.decode()
    eight.refresh_from_db()
    assert eight.hour == "8"


# --- A change for all ------------------------------------------------------------------------------


def test_a_change_is_in_force_at_once_and_a_version_of_each_schedule(client, editor, eight):
    rows = used(eight, "Nightly", "Weekly", "Off", enabled=True)
    PeriodicTask.objects.filter(name="Off").update(enabled=False)
    other = used(crontab("0 12 * * *"), "Other")[0]
    tick(timezone.now())
    answer = client.post(
        url("change", eight),
        of_crontab("30 9 * * *")
        | opened(client, eight)
        | {"all_of_them": "on", "why": "The bank opens at nine"},
    )
    assert answer.status_code == 302, errors(answer)
    plans = ScheduleOptions.objects.in_bulk()
    for row in rows[:2]:
        local = timezone.localtime(plans[row.pk].next_slot, timezone.get_default_timezone())
        assert plans[row.pk].next_slot > timezone.now()
        assert plans[row.pk].next_slot - timezone.now() <= timedelta(days=1, hours=1)
        assert local.minute == 30
    assert plans[rows[2].pk].next_slot is None
    for row in rows:
        last = ScheduleVersion.objects.filter(schedule=row.pk).latest("number")
        assert (last.number, last.made, last.by, last.why) == (
            2,
            Made.EDITED,
            editor,
            "The bank opens at nine",
        )
        assert last.definition["timing"]["crontab"]["hour"] == "9"
    assert ScheduleVersion.objects.filter(schedule=other.pk).latest("number").number == 1
    # The clock finds nothing to do, and nothing ran for a time that was never due.
    tick(timezone.now())
    assert ScheduleVersion.objects.filter(schedule__in=[row.pk for row in rows]).count() == 6
    assert not Slot.objects.exists()


def test_the_log_tells_the_timing_and_all_its_schedules_in_one_entry_each(client, editor, eight):
    rows = used(eight, "Nightly", "Weekly")
    client.post(url("change", eight), of_crontab("0 9 * * *") | opened(client, eight) | {"all_of_them": "on"})
    assert sorted(logged()) == ["crontabschedule", "periodictask"]
    for row in rows:
        page = client.get(reverse(f"admin:{BEAT}_periodictask_history", args=[row.pk])).content.decode()
        assert "Changed. Hours: 8 → 9. Every day at 09:00" in page
    together = LogEntry.objects.get(content_type__model="periodictask")
    assert "Changed the timing of 2 schedules. Every day at 09:00" in together.get_change_message()
    client.cookies["django_language"] = "fr"
    page = client.get(url("history", eight)).content.decode()
    assert "Heures : 8 → 9" in page.replace("\xa0", " ")


def test_one_schedule_alone_is_logged_as_itself(client, editor, eight):
    used(eight, "Nightly")
    client.post(url("change", eight), of_crontab("0 9 * * *") | opened(client, eight) | {"all_of_them": "on"})
    entry = LogEntry.objects.get(content_type__model="periodictask")
    assert entry.object_repr == "Nightly"
    assert entry.get_change_message().startswith("Changed. Hours: 8 → 9. Every day at 09:00")


def test_nothing_is_changed_for_all_before_somebody_said_so(client, editor, eight):
    used(eight, "Nightly", "Weekly")
    page = client.get(url("change", eight)).content.decode()
    assert "Change all 2 schedules that run by it" in page
    answer = client.post(url("change", eight), of_crontab("0 9 * * *") | opened(client, eight))
    assert "Tick it" in errors(answer)["all_of_them"]
    eight.refresh_from_db()
    assert eight.hour == "8"
    assert not LogEntry.objects.exists()


def test_who_is_meant_is_asked_again_where_others_run_by_it_since(client, editor, eight):
    first, _second = used(eight, "Nightly", "Weekly")
    shown = opened(client, eight)
    first.delete()
    used(eight, "Another")  # as many as before
    answer = client.post(url("change", eight), of_crontab("0 9 * * *") | shown | {"all_of_them": "on"})
    assert "they are 2 now" in errors(answer)["__all__"]
    assert not answer.context["adminform"].form["all_of_them"].value()
    eight.refresh_from_db()
    assert eight.hour == "8"
    form = answer.context["adminform"].form
    again = {"shown": form.shown, "shown_users": form.shown_users, "all_of_them": "on"}
    assert client.post(url("change", eight), of_crontab("0 9 * * *") | again).status_code == 302
    eight.refresh_from_db()
    assert eight.hour == "9"


def test_one_that_nobody_used_as_it_was_shown_asks_where_somebody_does_since(client, editor, eight):
    shown = opened(client, eight)
    used(eight, "Nightly")
    answer = client.post(url("change", eight), of_crontab("0 9 * * *") | shown)
    assert "it is 1 now" in errors(answer)["__all__"]
    eight.refresh_from_db()
    assert eight.hour == "8"


def test_the_second_of_two_is_told_by_whom_and_overwrites_nothing(client, editor, eight, admin_client):
    used(eight, "Nightly")
    mine = opened(client, eight)
    theirs = opened(admin_client, eight) | {"all_of_them": "on"}
    admin_client.post(url("change", eight), of_crontab("0 10 * * *") | theirs)
    answer = client.post(url("change", eight), of_crontab("0 9 * * *") | mine | {"all_of_them": "on"})
    assert "admin changed this timing" in errors(answer)["__all__"]
    assert "“Every day at 10:00”" in errors(answer)["__all__"]
    assert answer.context["adminform"].form["hour"].value() == "9"  # nothing of theirs is lost
    eight.refresh_from_db()
    assert eight.hour == "10"


def test_a_change_in_a_shell_is_told_too(client, editor, eight):
    shown = opened(client, eight)
    CrontabSchedule.objects.update(hour="11")
    answer = client.post(url("change", eight), of_crontab("0 9 * * *") | shown)
    assert "This timing was changed while you were at it: “Every day at 11:00”" in errors(answer)["__all__"]


def test_a_schedule_of_a_job_that_is_not_theirs_is_not_changed_by_its_timing(client, editor, eight):
    used(eight, "Mine")
    used(eight, "Figures", task="tasks_app.tasks.rapport_pdf", kwargs='{"type": "activity"}')
    page = client.get(url("change", eight))
    assert "You may not launch the job of a schedule that runs by it" in page.content.decode()
    for button in ("_save", "_continue", "_addanother"):
        assert f'name="{button}"' not in page.content.decode()
    shown = opened(client, eight)
    answer = client.post(url("change", eight), of_crontab("0 9 * * *") | shown | {"all_of_them": "on"})
    assert "Figures" in errors(answer)["__all__"]
    assert "Mine" not in errors(answer)["__all__"]
    eight.refresh_from_db()
    assert eight.hour == "8"
    assert not ScheduleVersion.objects.filter(made=Made.EDITED).exists()


def test_who_may_is_asked_of_all_of_them_in_one_question(client, editor, eight):
    def asked():
        with CaptureQueriesContext(connection) as queries:
            client.get(url("change", eight))
        return len(queries)

    used(eight, "Mine")
    asked()
    few = asked()
    for number in range(5):
        used(eight, f"Figures {number}", task="tasks_app.tasks.rapport_pdf", kwargs=f'{{"n": {number}}}')
    assert asked() == few


def test_what_is_saved_as_it_is_changes_no_schedule(client, editor, eight):
    used(eight, "Nightly")
    tick(timezone.now())
    answer = client.post(url("change", eight), of_crontab("0 8 * * *") | opened(client, eight))
    assert answer.status_code == 302
    assert ScheduleVersion.objects.count() == 1
    assert logged() == ["crontabschedule"]


def test_a_moment_keeps_its_seconds_where_the_same_minute_is_sent(client, editor):
    moment = timezone.now().replace(second=17, microsecond=0) + timedelta(days=3)
    row = ClockedSchedule.objects.create(clocked_time=moment)
    values = {"clocked_time": f"{timezone.localtime(moment):%Y-%m-%dT%H:%M}"}
    assert client.post(url("change", row), values | opened(client, row)).status_code == 302
    row.refresh_from_db()
    assert row.clocked_time == moment


# --- Deleting --------------------------------------------------------------------------------------


def test_one_that_nobody_uses_is_deleted_after_it_was_asked(client, editor, eight):
    assert "Every day at 08:00" in client.get(url("delete", eight)).content.decode()
    assert CrontabSchedule.objects.exists()
    assert client.post(url("delete", eight)).status_code == 302
    assert not CrontabSchedule.objects.exists()
    assert logged() == ["crontabschedule"]


def test_one_that_is_used_is_not_deleted_and_its_page_says_why(client, editor, eight):
    used(eight, "Nightly", "Weekly")
    page = client.get(url("change", eight)).content.decode()
    assert "2 schedules run by it, and would be deleted with it" in page
    assert url("delete", eight) not in page
    answer = client.post(url("delete", eight))
    assert "2 schedules run by it" in answer.content.decode()
    assert PeriodicTask.objects.count() == 2


def test_one_that_is_used_since_it_was_asked_stays(client, editor, eight, monkeypatch):
    """Between the look of the dialog and the lock."""
    monkeypatch.setattr(
        "tasks_app.admin.schedules.timings.saving.confirmed", lambda *_args: bool(used(eight, "Nightly"))
    )
    answer = client.post(url("delete", eight), follow=True)
    assert "1 schedule runs by it" in answer.content.decode()
    assert PeriodicTask.objects.get().crontab == eight


def test_no_selection_of_them_can_be_deleted(client, editor, eight):
    used(eight, "Nightly")
    data = {"action": "delete_selected", "_selected_action": [eight.pk], "post": "yes"}
    client.post(url("changelist", eight), data)
    assert PeriodicTask.objects.exists()
    assert CrontabSchedule.objects.exists()


# --- Beside the pages of schedules -----------------------------------------------------------------


@pytest.mark.parametrize("was", ["changed", "deleted"])
def test_a_schedule_that_found_a_timing_gets_what_it_was_shown(eight, was):
    """Its page found the row by its values; the row's own page was quicker."""
    found = CrontabSchedule.objects.get()
    if was == "changed":
        CrontabSchedule.objects.update(hour="9")
    else:
        CrontabSchedule.objects.all().delete()
    row = PeriodicTask(name="Nightly", task="projet.celery.debug_task", crontab=found)
    save_timings(row)
    row.save()
    row.refresh_from_db()
    assert (row.crontab.hour, row.crontab.pk == eight.pk) == ("8", False)
