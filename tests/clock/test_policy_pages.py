"""Policies, pauses, quiet periods, runs by hand and fill-ins, as people use their pages."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Any

import pytest
from django import forms
from django.contrib.admin.models import LogEntry
from django.contrib.auth.models import Permission, User
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from django_celery_beat.models import ClockedSchedule, PeriodicTask

from tasks_app import catalogue
from tasks_app.catalogue import JobKind
from tasks_app.clock.tick import tick
from tasks_app.models import (
    Between,
    FillIn,
    FillState,
    IfRunning,
    Job,
    QuietPeriod,
    ScheduleGroup,
    ScheduleOptions,
    SchedulePause,
    SchedulePolicy,
    Slot,
    SlotHow,
    SlotState,
)
from tasks_app.schedules.policies.pausing import pause
from tests.clock.making import DEBUG_TASK, every, schedule
from tests.clock.test_pages import ALL, LIST, filled, sign_in, url

pytestmark = [pytest.mark.django_db, pytest.mark.once]

QUIET = reverse("admin:tasks_app_quietperiod_add")
MORE = ("tasks_app.pause_schedule", "tasks_app.fill_in_schedule")
ONCE = {"from_time": "", "until_time": "", "begins_at": "2027-01-02 00:00"}


@pytest.fixture
def staff(client: Client) -> User:
    person: User = sign_in(client, *ALL, *MORE)
    return person


def make(name: str = "Nightly", **fields: Any) -> PeriodicTask:
    row = schedule(name, changed=timezone.now() - timedelta(days=3), interval=every(1, "hours"), **fields)
    tick(timezone.now(), starting=True)
    return row


def local(moment: Any) -> str:
    return timezone.localtime(moment).strftime("%Y-%m-%d %H:%M")


# --- The policy in the form, and in words ---------------------------------------------------------


def test_a_policy_is_filled_in_said_in_words_and_taken_back(client: Client, staff: User) -> None:
    row = make()
    page = client.get(url("change", row)).content.decode()
    assert "If the last run is still going, the next one runs beside it." in page
    answer = client.post(
        url("change", row),
        filled(
            name=row.name, kind="every", if_running="wait", group="  Night   exports ", most_failures="3",
            retries="0", late_after="10", too_long_after="90",
        ),
    )  # fmt: skip
    assert answer.status_code == 302, answer.content.decode()
    policy = SchedulePolicy.objects.get()
    assert (policy.if_running, policy.most_failures, policy.retries) == ("wait", 3, 0)
    assert policy.group == ScheduleGroup.objects.get(name="Night exports")
    page = client.get(url("change", row)).content.decode()
    for sentence in (
        "the next one waits for its end; one waits at most.",
        "Of the group “Night exports” one runs at a time.",
        "After 3 failures in a row it is paused, until somebody resumes it.",
        "A run that fails is not tried again.",
        "It is late where it starts more than 10 minutes after its time.",
        "It takes too long where it runs for more than 90 minutes.",
    ):
        assert sentence in page, sentence
    assert 'value="Night exports"' in page
    client.post(url("change", row), filled(name=row.name, kind="every"))
    policy.refresh_from_db()
    assert not policy.if_running
    assert [policy.group, policy.most_failures, policy.retries] == [None, None, None]


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("if_running", "explode"), ("most_failures", "0"), ("most_failures", "-1"), ("retries", "51"),
        ("late_after", "10081"), ("too_long_after", "x"), ("group", "x" * 101), ("after_downtime", ""),
    ],
)  # fmt: skip
def test_a_policy_that_makes_no_sense_is_refused_beside_its_field(
    client: Client, staff: User, field: str, value: str
) -> None:
    row = make()
    answer = client.post(url("change", row), filled(name=row.name, kind="every", **{field: value}))
    assert answer.status_code == 200
    assert list(answer.context["schedule_form"].errors) == [field]
    assert not SchedulePolicy.objects.exists()


# --- Pause and resume -----------------------------------------------------------------------------


def test_a_pause_is_asked_for_shown_changed_and_ended(client: Client, staff: User) -> None:
    row = make()
    assert "until somebody resumes it" in client.get(url("pause", row)).content.decode()
    until = timezone.now() + timedelta(days=2)
    given = {"until": local(until), "reason": "month-end closing", "between": "once"}
    client.post(url("pause", row), given)
    pause = SchedulePause.objects.get()
    assert (pause.by, pause.between, pause.reason) == (staff, Between.ONCE, "month-end closing")
    assert "month-end closing" in LogEntry.objects.latest("pk").get_change_message()
    for page in (LIST, url("change", row)):
        shown = client.get(page).content.decode()
        assert "Paused until" in shown
        assert "month-end closing" in shown
    client.post(url("pause", row), given | {"until": "", "between": "skip"})
    assert SchedulePause.objects.get().until is None
    dialog = client.get(url("resume", row)).content.decode()
    assert "Next run" in dialog
    client.post(url("resume", row))
    client.post(url("resume", row))  # a second click finds it resumed
    assert SchedulePause.objects.get().ended_at is not None
    assert LogEntry.objects.filter(change_message__contains="schedule_resumed").count() == 1
    assert "Paused" not in client.get(LIST).content.decode()


def test_a_selection_is_paused_by_one_pause_and_resumed_as_one_entry_each(
    client: Client, staff: User
) -> None:
    rows = [make(), make(name="Weekly"), make(name="Left alone")]
    chosen = {"_selected_action": [row.pk for row in rows[:2]]}
    pause(rows[0], by=staff, reason="since yesterday")
    dialog = client.post(LIST, {"action": "pause_selected", **chosen}).content.decode()
    assert "Pause 2 schedules?" in dialog
    assert "since yesterday" in dialog
    assert SchedulePause.objects.count() == 1
    until = timezone.now() + timedelta(days=2)
    given = {"until": local(until), "reason": "month-end closing", "between": "each", "answer": "1"}
    wrong = client.post(LIST, {"action": "pause_selected", **chosen, **given, "until": "2001-01-01 00:00"})
    assert wrong.status_code == 200
    assert SchedulePause.objects.count() == 1
    client.post(LIST, {"action": "pause_selected", **chosen, **given})
    pauses = SchedulePause.objects.values_list("schedule", "reason", "between", "by")
    assert set(pauses) == {(row.pk, "month-end closing", Between.EACH, staff.pk) for row in rows[:2]}
    assert "Paused 2 schedules." in LogEntry.objects.latest("pk").get_change_message()
    assert "month-end closing" in LogEntry.objects.latest("pk").get_change_message()
    everything = {"_selected_action": [row.pk for row in rows]}
    dialog = client.post(LIST, {"action": "resume_selected", **everything}).content.decode()
    assert "Resume 2 schedules?" in dialog
    assert "it is not paused" in dialog
    client.post(LIST, {"action": "resume_selected", "answer": "1", **everything})
    assert not SchedulePause.objects.on(timezone.now()).exists()
    assert "Resumed 2 schedules." in LogEntry.objects.latest("pk").get_change_message()
    assert LogEntry.objects.count() == 2


def test_a_selection_is_paused_by_who_may_pause_alone_and_not_before_the_clock_knows_it(
    client: Client,
) -> None:
    person = sign_in(client, *ALL)
    row = make()
    sent = {"_selected_action": [row.pk], "between": "skip", "answer": "1"}
    for action in ("pause_selected", "resume_selected"):
        client.post(LIST, {"action": action, **sent})
    assert not SchedulePause.objects.exists()
    person.user_permissions.add(Permission.objects.get(codename="pause_schedule"))
    ScheduleOptions.objects.all().delete()
    answer = client.post(LIST, {"action": "pause_selected", **sent}).content.decode()
    assert "the clock has not worked out its next time yet" in answer
    assert not SchedulePause.objects.exists()


@pytest.mark.parametrize("name", ["pause", "resume", "run", "fill_in", "switch"])
def test_a_schedule_that_the_clock_has_not_seen_yet_answers_with_a_page(
    client: Client, staff: User, name: str
) -> None:
    row = schedule("Just made", changed=timezone.now(), interval=every(1, "hours"))
    ScheduleOptions.objects.all().delete()
    assert client.get(url(name, row)).status_code == 200
    given = {"between": "once"} if name == "pause" else span()
    answer = client.post(url(name, row), given, follow=True)
    assert answer.status_code == 200
    if name in {"pause", "resume", "fill_in"}:
        assert "The clock has not seen this schedule yet" in answer.content.decode()
        assert not SchedulePause.objects.exists()


def test_a_key_or_an_address_that_can_be_none_answers_with_a_page(client: Client, staff: User) -> None:
    for name, more in (("versions", ()), ("put_back", (1,)), ("meanwhile", (1,))):
        page = reverse(f"admin:django_celery_beat_periodictask_{name}", args=[2**63, *more])
        assert client.get(page).status_code == 404
    opened_on = {"HX-Request": "true", "HX-Current-URL": "http://[::/"}
    answer = client.post(url("switch", make()), headers=opened_on)
    assert answer["HX-Redirect"].endswith("/change/")


def test_the_list_says_when_a_paused_schedule_runs_next(client: Client, staff: User) -> None:
    row = make()
    until = timezone.now() + timedelta(days=2)
    SchedulePause.objects.create(schedule=row, begins_at=timezone.now(), until=until)
    shown = client.get(LIST).content.decode()
    moments = [timezone.datetime.fromisoformat(one) for one in re.findall(r'<time datetime="([^"]+)"', shown)]
    assert any(until <= one <= until + timedelta(hours=1) for one in moments)


@pytest.mark.parametrize("until", ["2020-01-01 08:00", "2999-01-01 08:00", "tomorrow", "2026-02-30 08:00"])
def test_a_pause_with_an_end_that_is_none_is_refused(client: Client, staff: User, until: str) -> None:
    row = make()
    answer = client.post(url("pause", row), {"until": until, "between": "skip"})
    assert answer.context["dialog"].form.errors["until"]
    client.post(url("pause", row), {"between": "skip", "reason": "x" * 501})
    client.post(url("pause", row), {"between": "never"})
    assert not SchedulePause.objects.exists()


# --- Switching on ---------------------------------------------------------------------------------


def test_switching_on_says_the_next_run_and_fires_nothing(client: Client, staff: User) -> None:
    row = make(enabled=False)
    assert "Next run" in client.get(url("switch", row)).content.decode()
    answer = client.post(url("switch", row), {"turn_on": "True"}, follow=True)
    assert "Switched on. Next run" in answer.content.decode()
    tick(timezone.now())
    assert not Job.objects.exists()


def test_a_moment_that_has_passed_is_not_switched_on_it_would_run_at_once(
    client: Client, staff: User
) -> None:
    past = ClockedSchedule.objects.create(clocked_time=timezone.now() - timedelta(days=1))
    row = schedule("Once", changed=timezone.now(), clocked=past, one_off=True, enabled=False)
    tick(timezone.now())
    answer = client.post(url("switch", row), {"turn_on": "True"})
    assert "would run at once" in answer.content.decode()
    client.post(LIST, {"action": "switch_on", "answer": "1", "_selected_action": [row.pk]})
    tick(timezone.now())
    assert not Job.objects.exists()
    row.refresh_from_db()
    assert not row.enabled


def test_what_was_held_back_does_not_run_by_surprise_once_it_is_on_again(client: Client, staff: User) -> None:
    row = make()
    Slot.objects.create(
        schedule=row, schedule_name=row.name, moment=timezone.now(), state=SlotState.HELD,
        decided_at=timezone.now(), reason="x", held_until=timezone.now(),
    )  # fmt: skip
    before = Job.objects.count()
    client.post(url("switch", row), {"turn_on": "False"})
    client.post(url("switch", row), {"turn_on": "True"})
    tick(timezone.now())
    assert Job.objects.count() == before
    assert "switched off" in client.get(url("change", row)).content.decode()


# --- By hand --------------------------------------------------------------------------------------


def test_run_now_is_refused_with_a_sentence_while_a_run_goes_on_that_none_may_join(
    client: Client, staff: User
) -> None:
    row = make()
    SchedulePolicy.objects.create(schedule=row, if_running=IfRunning.SKIP)
    client.post(url("run", row), {"launch_key": "a"})
    dialog = client.get(url("run", row)).content.decode()
    assert "still going" in dialog
    client.post(url("run", row), {"launch_key": "b"})
    client.post(LIST, {"action": "run_selected", "answer": "1", "_selected_action": [row.pk]})
    assert Job.objects.count() == 1


class ConnectForm(forms.Form):
    host = forms.CharField()
    password = forms.CharField(required=False, widget=forms.PasswordInput)


def test_once_with_other_arguments_by_the_jobs_own_form(
    client: Client, staff: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    kind = JobKind(name=DEBUG_TASK, label="Connect", form=ConnectForm, secret=["password"])
    monkeypatch.setitem(catalogue._kinds, DEBUG_TASK, kind)
    row = make()
    stored = '{"host": "a.example.org", "password": "s3cret-of-theirs"}'
    PeriodicTask.objects.filter(pk=row.pk).update(kwargs=stored)
    page = client.get(url("run_changed", row))
    assert "a.example.org" in page.content.decode()
    assert "s3cret" not in page.content.decode()
    key, before = page.context["key"], Job.objects.count()
    assert "host" in client.post(url("run_changed", row), {"launch_key": key}).context["form"].errors
    elsewhere = {"host": "b.example.org", "launch_key": key}
    refused = client.post(url("run_changed", row), elsewhere)  # whose secret would go elsewhere
    assert "write this secret once more" in refused.content.decode()
    for _click in range(2):
        answer = client.post(url("run_changed", row), elsewhere | {"password": "own"})
        assert answer.status_code == 302, answer.context["form"].errors
    assert Job.objects.count() == before + 1
    slot = Slot.objects.get(how=SlotHow.CHANGED)
    assert Job.objects.get(pk=slot.job_id).kwargs == {"host": "b.example.org", "password": "own"}
    row.refresh_from_db()
    assert row.kwargs == stored
    assert "Run by hand, with other arguments" in client.get(url("change", row)).content.decode()


def test_a_kind_that_is_gone_has_no_form_to_change(client: Client, staff: User) -> None:
    row = make()
    PeriodicTask.objects.filter(pk=row.pk).update(task="gone.task")
    assert client.get(url("run_changed", row)).status_code == 404
    for name in ("pause", "fill_in", "run", "resume"):
        assert client.get(url(name, row)).status_code == 200, name
    assert "gone.task" in client.get(url("fill_in", row)).content.decode()


# --- Filling in -----------------------------------------------------------------------------------


def span(**more: Any) -> dict[str, Any]:
    now = timezone.now()
    given = {"first": local(now - timedelta(hours=30)), "last": local(now - timedelta(hours=20)), "pace": 60}
    return given | {"which": "missing"} | more


def test_a_fill_in_shows_its_count_first_and_begins_only_then(client: Client, staff: User) -> None:
    row = make()
    Slot.objects.all().delete()
    dry = client.post(url("fill_in", row), span())
    dialog = dry.context["dialog"]
    assert "10 jobs" in dialog.title
    assert "10 without a job" in dialog.text
    assert not FillIn.objects.exists()
    hidden = dict(dialog.hidden)
    for _click in range(2):
        client.post(url("fill_in", row), hidden)
    one = FillIn.objects.get()
    assert (one.total, one.by, one.pace) == (10, staff, 60)
    assert "10 past times" in LogEntry.objects.latest("pk").get_change_message()
    assert "0 of 10 past times" in client.get(url("change", row)).content.decode()
    stop = reverse("admin:django_celery_beat_periodictask_fill_in_stop", args=[row.pk, one.pk])
    client.get(stop)
    client.post(stop)
    client.post(stop)
    one.refresh_from_db()
    assert one.state == FillState.STOPPED
    assert "Stopped by" in client.get(url("change", row)).content.decode()


def test_a_count_that_changed_meanwhile_is_shown_anew(client: Client, staff: User) -> None:
    row = make()
    Slot.objects.all().delete()
    hidden = dict(client.post(url("fill_in", row), span()).context["dialog"].hidden)
    answer = client.post(url("fill_in", row), hidden | {"last": local(timezone.now() - timedelta(hours=25))})
    assert "5 jobs" in answer.context["dialog"].title
    assert not FillIn.objects.exists()


@pytest.mark.parametrize(
    ("given", "field", "words"),
    [
        ({"first": "", "last": ""}, "first", "required"),
        ({"last": "2020-01-01 00:00"}, "last", "before it begins"),
        ({"first": "2020-01-01 00:00"}, "first", "kept for 90 days"),
        ({"first": "2999-01-01 00:00", "last": "2999-01-02 00:00"}, "first", "still to come"),
        ({"pace": "0"}, "pace", "greater"),
        ({"pace": "601"}, "pace", "less"),
        ({"which": "some"}, "which", "valid choice"),
    ],
)
def test_a_span_that_cannot_be_filled_in_is_refused_beside_its_field(
    client: Client, staff: User, given: dict[str, str], field: str, words: str
) -> None:
    row = make()
    form = client.post(url("fill_in", row), span(**given)).context["dialog"].form
    assert words in " ".join(form.errors[field])
    assert not FillIn.objects.exists()


def test_a_hundred_thousand_times_are_refused_with_a_sentence(client: Client, staff: User) -> None:
    row = schedule("Each second", changed=timezone.now() - timedelta(days=2), interval=every(1, "seconds"))
    tick(timezone.now(), starting=True)
    given = span(first=local(timezone.now() - timedelta(hours=28)), last=local(timezone.now()))
    form = client.post(url("fill_in", row), given).context["dialog"].form
    assert "more than 10000 times" in form.errors["first"][0]


def test_nothing_to_fill_in_is_said(client: Client, staff: User) -> None:
    row = make()
    answer = client.post(
        url("fill_in", row), span(which="failed", first=local(timezone.now()), last=local(timezone.now()))
    )
    assert "nothing to fill in" in answer.content.decode()


# --- Rights ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("right", "pages"),
    [
        ("tasks_app.run_schedule", {"run", "run_changed"}),
        ("tasks_app.pause_schedule", {"pause", "resume"}),
        ("tasks_app.fill_in_schedule", {"fill_in"}),
        ("django_celery_beat.change_periodictask", {"switch"}),
    ],
)
def test_run_pause_fill_in_and_edit_are_rights_of_their_own(
    client: Client, right: str, pages: set[str]
) -> None:
    row = make()
    sign_in(client, "django_celery_beat.view_periodictask", "tasks_app.launch_job", right)
    opened = set()
    for name in ("run", "run_changed", "pause", "resume", "fill_in", "switch"):
        for answer in (client.get(url(name, row)), client.post(url(name, row), {"between": "x"})):
            assert answer.status_code in (200, 302, 403)
            opened |= {name} if answer.status_code != 403 else set()
    assert opened == pages


# --- Quiet periods --------------------------------------------------------------------------------


@pytest.fixture
def keeper(client: Client) -> User:
    rights = [f"tasks_app.{verb}_quietperiod" for verb in ("view", "add", "change", "delete")]
    person: User = sign_in(client, *rights)
    return person


def period(**given: Any) -> dict[str, Any]:
    return {
        "name": "Nights",
        "enabled": "on",
        "between": "each",
        "from_time": "22:00",
        "until_time": "06:00",
    } | given


def test_a_quiet_period_is_kept_on_its_page(client: Client, keeper: User) -> None:
    answer = client.post(QUIET, period(weekdays=[6, 7], queue="low"))
    assert answer.status_code == 302, answer.context["adminform"].form.errors
    row = QuietPeriod.objects.get()
    assert (row.weekdays, row.queue, row.between) == ("67", "low", Between.EACH)
    shown = client.get(reverse("admin:tasks_app_quietperiod_changelist")).content.decode()
    assert "Sat, Sun from 22:00 to 06:00" in shown
    assert "Queue low" in shown
    page = client.get(reverse("admin:tasks_app_quietperiod_change", args=[row.pk])).content.decode()
    assert page.count("checked") >= 2


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ({"until_time": "22:00"}, "never end"),
        ({"until_time": ""}, "either once"),
        (ONCE, "either once"),
        (
            ONCE | {"ends_at": "2027-01-01 00:00"},
            "ends before it begins",
        ),
        (
            ONCE | {"ends_at": "2029-01-01 00:00"},
            "a year at most",
        ),
        ({"queue": "low", "kind": "tasks_app.tasks.envoi_email"}, "not both"),
        ({"weekdays": ["8"]}, "valid choice"),
        ({"zone": "Mars/Olympus"}, "valid choice"),
        ({"name": "x" * 10_000}, "100"),
        ({"name": ""}, "required"),
    ],
)  # fmt: skip
def test_a_quiet_period_that_never_ends_or_makes_no_sense_is_refused(
    client: Client, keeper: User, given: dict[str, Any], words: str
) -> None:
    answer = client.post(QUIET, period(**given))
    assert answer.status_code == 200
    assert words in str(answer.context["adminform"].form.errors)
    assert not QuietPeriod.objects.exists()


def test_two_quiet_periods_that_leave_no_time_between_them_are_refused(client: Client, keeper: User) -> None:
    client.post(QUIET, period())
    answer = client.post(QUIET, period(name="Days", from_time="06:00", until_time="22:00"))
    assert "never end" in str(answer.context["adminform"].form.errors)
    client.post(QUIET, period(name="Days", from_time="06:00", until_time="22:00", queue="low"))
    assert QuietPeriod.objects.count() == 1
