"""Runs counted by arithmetic are those that the rhythm has, run by run; zones and clock changes too."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import icalendar
import pytest
from django.contrib.admin.models import LogEntry
from django.contrib.auth import get_user_model
from django.contrib.auth.models import Permission
from django.urls import reverse
from django.utils import timezone
from django_celery_beat.models import ClockedSchedule

from tasks_app.logs.masking import without_passwords
from tasks_app.models import CalendarFeed, OnDayOff, ScheduleRule, SlotState
from tasks_app.schedules.planning import plan
from tasks_app.schedules.rhythm import IntervalRhythm, Rhythm, crontab_rhythm
from tasks_app.schedules.timeline import arithmetic, tokens
from tasks_app.schedules.timeline.cells import Cells, days_from
from tasks_app.schedules.timeline.coming import Lane, coming, switched_on
from tasks_app.schedules.timeline.past import outcomes
from tasks_app.schedules.timeline.quiet import quiet_hours
from tasks_app.schedules.timeline.runs import runs_of
from tests.clock.hourly import quiet
from tests.clock.making import DEBUG_TASK, PARIS, crontab, every, schedule
from tests.clock.test_pages import sign_in
from tests.schedules.making import paris, slot

# Weeks of both nights of changing clocks in Paris and, on other days, in New York and on Lord Howe.
WEEKS = [date(2026, 11, 2), date(2026, 3, 23), date(2026, 10, 19), date(2026, 10, 26), date(2026, 3, 30)]
ZONES = ["Europe/Paris", "America/New_York", "Australia/Lord_Howe", "Asia/Kathmandu", "UTC"]


def by_hand(rhythm: Rhythm, cells: Cells, after: int) -> Counter[int]:
    """By the wall of the reader, each run by itself."""
    found: Counter[int] = Counter()
    for moment in arithmetic.moments(rhythm, max(after, cells.begin), cells.end):
        local = moment.astimezone(cells.zone)
        found[cells.days.index(local.date()) * 24 + local.hour] += 1
    return found


@pytest.mark.once
@pytest.mark.parametrize("zone", ZONES)
@pytest.mark.parametrize(
    "fields",
    ["30 2 * * *", "0 0 * * 1-5", "*/15 8-18 * * *", "7 * * * *", "*/7 * * * *", "59 23 1,25,26 * *"],
)
def test_a_crontab(fields: str, zone: str) -> None:
    rhythm = crontab_rhythm(*fields.split(), zone)
    for first in WEEKS:
        for reader in (PARIS, "Asia/Kathmandu"):
            cells = Cells(days_from(first, 7), ZoneInfo(reader))
            for after in (0, cells.begin + 200_000):
                expected = by_hand(Rhythm(rhythm), cells, after)
                assert arithmetic.of_crontab(rhythm, cells, after) == expected
                assert arithmetic.of_frequent(rhythm, cells, after) == expected


@pytest.mark.once
@pytest.mark.parametrize("period", [1, 7, 60, 300, 899, 900, 901, 3600, 5_400, 86_400, 604_799])
def test_an_interval(period: int) -> None:
    for first in WEEKS:
        cells = Cells(days_from(first, 2), ZoneInfo(PARIS))
        for anchor in (cells.begin - 12_345, cells.begin, cells.begin + 4_321):
            start = datetime.fromtimestamp(anchor, UTC)
            rhythm = Rhythm(IntervalRhythm(start, timedelta(seconds=period)))
            assert arithmetic.of_interval(anchor, period, cells, 0) == by_hand(rhythm, cells, 0)


NOW = paris("2026-11-02 00:00")
CELLS = Cells(days_from(date(2026, 11, 2), 7), ZoneInfo(PARIS))


def planned(row):
    plan(row, NOW)
    return row


@pytest.mark.django_db
def test_all_runs_of_a_week_by_lane_whatever_their_rhythm_is_made_of(django_assert_max_num_queries):
    daily = crontab("0 6 * * *")
    for number in range(3):
        planned(schedule(f"Daily {number}", changed=NOW, crontab=daily))
    ruled = schedule("Working days", changed=NOW, crontab=daily)
    ScheduleRule.objects.create(schedule=ruled, on_day_off=OnDayOff.SKIP)
    ending = schedule("Ends", changed=NOW, crontab=daily, expires=paris("2026-11-04 00:00"))
    low = schedule("Elsewhere", changed=NOW, crontab=daily, queue="low")
    hourly = schedule("Hourly", changed=NOW, interval=every(6, "hours"))
    once = ClockedSchedule.objects.create(clocked_time=paris("2026-11-05 06:30"))
    clocked = schedule("Once", changed=NOW, clocked=once, one_off=True)
    off = schedule("Off", changed=NOW, crontab=daily, enabled=False)
    for row in (ruled, ending, low, hourly, clocked, off):
        planned(row)
    with django_assert_max_num_queries(5):
        lanes = coming(CELLS, NOW, switched_on())
    assert sum(lanes[Lane("low", DEBUG_TASK)]) == 7
    [other] = [lane for lane in lanes if lane.queue != "low"]
    assert sum(lanes[other]) == 3 * 7 + 5 + 2 + 7 * 4 + 1
    thursday_at_six = 3 * 24 + 6
    assert lanes[other][thursday_at_six] == 3 + 1 + 1 + 1


@pytest.mark.django_db
def test_past_outcomes_are_counted_where_they_were_due():
    row = planned(schedule("Nightly", changed=NOW, crontab=crontab("0 2 * * *")))
    slot(row, "2026-11-02 02:00")
    slot(row, "2026-11-03 02:00", SlotState.FAILED)
    slot(row, "2026-11-03 02:20", SlotState.FAILED, due=paris("2026-11-03 05:20"))
    slot(row, "2026-11-01 23:59")  # of the week before
    found = outcomes(CELLS, paris("2026-11-04 12:00"))
    [cells] = found.values()
    assert {place: dict(one) for place, one in enumerate(cells) if one} == {
        2: {"done": 1},
        26: {"failed": 1},
        29: {"failed": 1},
    }
    assert outcomes(CELLS, paris("2026-11-01 12:00")) == {}


@pytest.mark.django_db
def test_runs_of_a_day_are_listed_in_their_order_and_folded_where_they_are_many():
    for name, fields in (("Late", "0 22 * * *"), ("Early", "30 5 * * *"), ("Often", "*/5 * * * *")):
        planned(schedule(name, changed=NOW, crontab=crontab(fields)))
    listed = runs_of(switched_on(), Cells(days_from(date(2026, 11, 3), 1), ZoneInfo(PARIS)), NOW)
    assert [(one.schedule.name, one.count) for one in listed.runs] == [
        ("Often", 288),
        ("Early", 1),
        ("Late", 1),
    ]


# --- Quiet periods -------------------------------------------------------------------------------


@pytest.mark.django_db
def test_quiet_hours_are_those_of_the_wall_over_midnight_and_both_nights_of_changing_clocks():
    quiet("Nights", from_time="22:30", until_time="03:00", zone=PARIS)
    autumn = Cells(days_from(date(2026, 10, 25), 1), ZoneInfo(PARIS))
    spring = Cells(days_from(date(2026, 3, 29), 1), ZoneInfo(PARIS))
    [in_autumn], [in_spring] = quiet_hours(autumn, NOW), quiet_hours(spring, NOW)
    assert in_autumn.cells == {0, 1, 2, 22, 23}  # the hour from 2 to 3 is there twice
    assert in_spring.cells == {0, 1, 22, 23}  # and is left out


@pytest.mark.django_db
def test_a_quiet_period_is_shown_in_the_hours_that_it_touches_and_looking_back_too():
    quiet("Once", begins_at=paris("2026-11-03 23:50"), ends_at=paris("2026-11-04 01:00"))
    quiet("Over", begins_at=paris("2026-10-01 00:00"), ends_at=paris("2026-11-02 00:00"))
    quiet("Off", from_time="05:00", until_time="06:00", enabled=False)
    [once] = quiet_hours(CELLS, paris("2026-12-01 00:00"))
    assert once.cells == {24 + 23, 48}


@pytest.mark.django_db
def test_the_timeline_shades_quiet_hours_of_the_lanes_that_they_hold_up_alone(client):
    person = sign_in(client, "django_celery_beat.view_periodictask")
    for name, queue in (("Nightly", None), ("Elsewhere", "low")):
        planned(schedule(name, changed=NOW, crontab=crontab("0 2 * * *"), queue=queue))
    period = quiet("Maintenance <b>", from_time="01:00", until_time="04:00", queue="low", zone=PARIS)
    address = reverse("admin:django_celery_beat_periodictask_timeline")
    shown = client.get(address + "?day=2040-11-06")  # far ahead of any day on which this runs
    boxes = {lane["queue"]: lane["boxes"] for lane in shown.context["lanes"]}
    assert {queue: boxes[queue][1].quiet_hours for queue in boxes} == {"low": [1, 2, 3], "default": []}
    assert boxes["low"][1].quiet == ["Maintenance <b>"]
    text = shown.content.decode()
    assert text.count("Quiet: Maintenance &lt;b&gt;") == 7
    assert "Quiet in this time" in text
    assert "Queue low" in text
    page = reverse("admin:tasks_app_quietperiod_change", args=[period.pk])
    assert page not in text
    person.user_permissions.add(Permission.objects.get(codename="view_quietperiod"))
    day = client.get(address + "?day=2040-11-06&span=day")
    assert page in day.content.decode()
    [low] = [lane["boxes"] for lane in day.context["lanes"] if lane["queue"] == "low"]
    assert [hour for hour, box in enumerate(low) if box.quiet] == [1, 2, 3]


# --- Pages and feeds -----------------------------------------------------------------------------


@pytest.mark.django_db
@pytest.mark.parametrize(
    "query",
    ["", "?span=day", "?day=tomorrow&span=day", "?day=2026-02-30", "?day=0001-01-01", "?day=9999-12-31",
     "?span=year", "?calendar=x", "?calendar=99999999999999999999", "?calendar=²", "?queue=%00",
     "?day=2026-10-25&span=day"],
)  # fmt: skip
def test_whatever_is_asked_the_timeline_answers(client, query):
    sign_in(client, "django_celery_beat.view_periodictask")
    planned(schedule("Nightly", changed=NOW, crontab=crontab("0 2 * * *")))
    answer = client.get(reverse("admin:django_celery_beat_periodictask_timeline") + query)
    assert answer.status_code in (200, 302, 400) if "%00" in query else answer.status_code == 200


def of_feed(client) -> str:
    page = reverse("admin:django_celery_beat_periodictask_feeds")
    client.post(reverse("admin:django_celery_beat_periodictask_feed_give"))
    return client.get(page).context["given"]


@pytest.mark.django_db
def test_a_feed_is_shown_once_read_without_a_session_and_taken_back(client, django_user_model):
    person = sign_in(client, "django_celery_beat.view_periodictask")
    now = timezone.now()
    row = schedule("Nightly, of “all”; things", changed=now, crontab=crontab("0 2 * * *"))
    plan(row, now)
    address = of_feed(client)
    assert address
    assert client.get(reverse("admin:django_celery_beat_periodictask_feeds")).context["given"] == ""
    client.logout()
    answer = client.get(address)
    events = icalendar.Calendar.from_ical(answer.content).walk("VEVENT")
    assert answer["Content-Type"].startswith("text/calendar")
    assert 7 <= len(events) <= 8
    assert {str(event["SUMMARY"]) for event in events} == {row.name}
    assert {event["DTSTART"].dt.astimezone(ZoneInfo(PARIS)).hour for event in events} == {2}
    feed = CalendarFeed.objects.get()
    assert feed.asked_at is not None
    assert feed.digest not in address
    client.force_login(person)
    client.post(reverse("admin:django_celery_beat_periodictask_feed_back", args=[feed.pk]))
    assert client.get(address).status_code == 404
    said = [entry.get_change_message() for entry in LogEntry.objects.order_by("pk")]
    assert len(said) == 2


@pytest.mark.django_db
def test_a_feed_answers_nobody_who_may_not_see_schedules_any_more(client):
    person = sign_in(client, "django_celery_beat.view_periodictask")
    address = of_feed(client)
    person.user_permissions.clear()
    assert client.get(address).status_code == 404
    person.user_permissions.add(Permission.objects.get(codename="view_periodictask"))
    assert client.get(address).status_code == 200
    get_user_model().objects.update(is_active=False)
    assert client.get(address).status_code == 404


@pytest.mark.django_db
def test_a_feed_is_answered_so_often_a_minute_and_no_more(client):
    person = sign_in(client, "django_celery_beat.view_periodictask")
    token, now = tokens.give(person, NOW), NOW
    asked = [tokens.ask(token, now).too_often for _ in range(tokens.MOST_A_MINUTE + 2)]
    assert asked == [False] * tokens.MOST_A_MINUTE + [True, True]
    assert not tokens.ask(token, now + tokens.MINUTE).too_often
    assert tokens.ask("guessed", now).user is None


@pytest.mark.django_db
def test_one_who_asks_too_often_is_told_when_to_come_again(client):
    sign_in(client, "django_celery_beat.view_periodictask")
    address = of_feed(client)
    answers = [client.get(address) for _ in range(tokens.MOST_A_MINUTE + 1)]
    assert answers[-1].status_code == 429
    assert answers[-1]["Retry-After"] == "60"


@pytest.mark.django_db
def test_feeds_are_ones_own_and_a_few(client):
    other = get_user_model().objects.create_superuser("other")
    theirs = tokens.give(other, NOW)
    sign_in(client, "django_celery_beat.view_periodictask")
    back = reverse("admin:django_celery_beat_periodictask_feed_back", args=[CalendarFeed.objects.get().pk])
    assert client.post(back).status_code == 404
    assert tokens.ask(theirs, NOW).user == other
    for _ in range(tokens.MOST_FEEDS + 1):
        client.post(reverse("admin:django_celery_beat_periodictask_feed_give"))
    assert CalendarFeed.objects.exclude(user=other).count() == tokens.MOST_FEEDS


@pytest.mark.once
def test_a_log_line_does_not_tell_the_token() -> None:
    token = "a-Very_long0token-of-random-signs"
    assert token not in without_passwords(f'127.0.0.1 "GET /schedules/{token}.ics HTTP/1.1" 200')
