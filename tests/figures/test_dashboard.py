"""Every tile, chart, table and list of the first page, for each person, against rows counted by hand."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import date, datetime, time
from typing import Any

import pytest
from django.contrib.auth.models import User

from backoffice.admin.dashboard import live_parts
from backoffice.reports import registry
from projet.admin_site import sidebar
from tests.figures.by_hand import Row, Rows, within
from tests.figures.conftest import PEOPLE
from tests.figures.lists import counted_at
from tests.figures.past import DAY, HERE, HOUR, MINUTE, user_of
from tests.figures.reading import ANYTHING, numbers_in

SHOWN = 6  # lines of a list of the first page


def capped(count: int, most: int = 99) -> str:
    return f"{most}+" if count > most else str(count)


# --- charts ----------------------------------------------------------------------------------------


def columns_of_the_day(now: datetime) -> list[datetime]:
    this_hour = now.replace(minute=0, second=0, microsecond=0)
    return [this_hour - hours * HOUR for hours in range(23, -1, -1)]


def columns_of_the_week(now: datetime) -> list[datetime]:
    today = now.astimezone(HERE).date()
    return [datetime.combine(today - days * DAY, time.min, HERE) for days in range(6, -1, -1)]


@pytest.mark.parametrize("name", PEOPLE)
def test_each_bar_of_each_chart_is_what_the_rows_say(
    name: str, rows: Rows, first_page: Callable[[str], Any]
) -> None:
    context = first_page(name)
    drawn = {chart.key: chart for chart in context.get("charts", [])}
    if not user_of(name).has_perm("tasks_app.view_job"):
        assert not drawn
        return
    cuts = {"day": columns_of_the_day(rows.now), "week": columns_of_the_week(rows.now)}
    assert drawn.keys() == cuts.keys()
    for key, begins in cuts.items():
        chart, ends = drawn[key], [*begins[1:], None]
        for state in ("succeeded", "failed"):
            bars = [getattr(column, state).count for column in chart.columns]
            assert bars == [rows.ended(state, *span) for span in zip(begins, ends, strict=True)]
            assert getattr(chart, state).count == sum(bars) == rows.ended(state, begins[0])
        assert chart.since == begins[0]
        assert chart.until is None


def test_each_bar_leads_to_as_many_jobs_as_it_says(first_page: Callable[[str], Any]) -> None:
    user = user_of("support@example.org")
    for chart in first_page(user.username)["charts"]:
        for figure in (chart.succeeded, chart.failed, chart.columns[-1].succeeded, chart.columns[-1].failed):
            assert counted_at(user, figure.url) == figure.count


# --- what needs somebody ---------------------------------------------------------------------------


def needs_by_hand(rows: Rows, user: User) -> dict[str, list[Any]]:
    """The numbers of each need's title, by its icon."""
    found: dict[str, list[Any]] = {}
    if user.has_perm("tasks_app.view_job"):
        found["error"] = [[min(rows.failed_unseen(user.pk), 99)]]
        found["running_with_errors"] = [[min(len(rows.causes_to_look_at), 99)]]
        found["help"] = [[len(rows.in_state("unknown"))]]
    if user.has_perm("backoffice.view_message"):
        today = rows.now.astimezone(HERE).date()
        lately = within(rows.messages, today - DAY, date.max)
        lost = [one for one in lately if one["state"] in ("failed", "bounced", "complained")]
        repaired = {job["id"] for job in rows.repaired}
        lost = [one for one in lost if one["job_id"] not in repaired]
        found["unsubscribe"] = [[min(len(lost), 99)]]
        found["contact_support"] = [[sum(one["state"] == "unknown" for one in rows.messages)]]
        found["pan_tool"] = [[]]
    if user.has_perm("django_celery_beat.view_periodictask"):
        found["event_busy"] = [[len(rows.invalid)], [len(rows.late)]]
    if user.has_perm("django_celery_beat.change_periodictask"):
        found["person_off"] = [[len(rows.left_behind)]]
    if user.has_perm("tasks_app.view_queuestate"):
        found["low_priority"] = slow_queues(rows)
        found["heart_broken"] = [[len(rows.silent)]]
        found["hard_drive"] = [[70]]  # MiB
        found["outbox"] = [[len(rows.unpublished)]]
        found["hourglass_disabled"] = [[len(rows.stuck)]]
    there = {icon: said for icon, said in found.items() if said and said != [[0]]}
    if "hard_drive" in there:  # of one who sees hosts: these run different versions
        there["difference"] = [ANYTHING]
    return there


def slow_queues(rows: Rows) -> list[Any]:
    said: list[Any] = []
    for name in sorted(rows.queue_names):
        waiting = [job for job in rows.in_state("waiting") if job["queue"] == name]
        due = [job for job in waiting if rows.is_due(job)]
        if name in rows.paused or (due and not rows.workers_of(name)):
            said.append([len(waiting)])
        elif due and rows.now - min(since_when(job) for job in due) > 15 * MINUTE:
            said.append([])  # how long the oldest has waited, in words
    return said


def since_when(job: Row) -> datetime:
    return min(moment for moment in (job["available_at"], job["published_at"]) if moment)


@pytest.mark.parametrize("name", PEOPLE)
def test_each_need_says_the_number_that_there_are(
    name: str, rows: Rows, first_page: Callable[[str], Any]
) -> None:
    said: dict[str, list[Any]] = {}
    needs = first_page(name)["needs"] or []
    for need in needs:
        text = re.sub(r"has waited for .*", "", str(need.title))
        said.setdefault(need.icon, []).append(numbers_in(text))
    assert said == needs_by_hand(rows, user_of(name))


def test_each_need_leads_to_as_many_rows_as_it_says(first_page: Callable[[str], Any]) -> None:
    user, followed = user_of("admin@example.org"), 0
    for need in first_page(user.username)["needs"]:
        count, said = counted_at(user, need.url), numbers_in(need.title)
        if count is not None and said:
            assert capped(count) == capped(said[0]), need.title
            followed += 1
    assert followed >= 7


@pytest.mark.parametrize("name", PEOPLE)
def test_the_sidebar_says_how_many_causes_nobody_has_decided_about(name: str, rows: Rows) -> None:
    badges = {entry.url_name: entry.badge for _group, entries in sidebar.GROUPS for entry in entries}
    said = {page: badge(user_of(name)) for page, badge in badges.items() if badge}
    assert said == {"admin:tasks_app_failuregroup_changelist": capped(len(rows.causes_to_look_at))}
    assert rows.causes_to_look_at


# --- what goes on ----------------------------------------------------------------------------------


def test_no_part_of_the_page_goes_uncounted(rows: Rows) -> None:
    assert live_parts(user_of("admin@example.org"), launches=True).keys() == {
        *("queues", "needs", "failing", "running", "started", "next_runs", "reports"),  # counted here
        *("now", "sees_jobs", "troubles_first", "schedules_wait", "may_schedule", "may_order"),  # no figures
    }


@pytest.mark.parametrize("name", PEOPLE)
def test_failures_by_cause_add_up_to_those_that_need_somebody(
    name: str, rows: Rows, first_page: Callable[[str], Any]
) -> None:
    failing = first_page(name).get("failing")
    said = [] if failing is None else [one.times for one in failing.causes] + [failing.others]
    user = user_of(name)
    count = rows.failed_unseen(user.pk) if user.has_perm("tasks_app.view_job") else 0
    assert sum(number for text in said for number in numbers_in(text)[:1]) == count
    assert count <= 99  # more are not read: it would say so


@pytest.mark.parametrize("name", PEOPLE)
def test_the_queues_say_what_waits_and_runs(name: str, rows: Rows, first_page: Callable[[str], Any]) -> None:
    context = first_page(name)
    if not user_of(name).has_perm("tasks_app.view_queuestate"):
        assert "queues" not in context
        return
    said = {queue.name: (str(queue.waiting), str(queue.later), queue.running) for queue in context["queues"]}
    assert said == {queue: waiting_by_hand(rows, queue) for queue in rows.queue_names}
    assert context["running"]["count"] in (str(sum(one[2] for one in said.values())), "999+")


def waiting_by_hand(rows: Rows, queue: str) -> tuple[str, str, int]:
    waiting = [job for job in rows.in_state("waiting") if job["queue"] == queue]
    later = sum(not rows.is_due(job) for job in waiting)
    running = sum(job["queue"] == queue for job in rows.in_state("running"))
    return str(len(waiting)), str(later), running


@pytest.mark.parametrize("name", PEOPLE)
def test_the_lists_show_the_latest_and_the_next(
    name: str, rows: Rows, first_page: Callable[[str], Any]
) -> None:
    context, user = first_page(name), user_of(name)
    own = [job for job in rows.jobs if job["created_by_id"] == user.pk]
    own = [job for job in own if job["created_at"] >= rows.now - 7 * DAY]
    assert [job.created_at for job, _label in context["started"]] == newest(own)
    if "next_runs" in context:
        soon = [one["next_slot"] for one in rows.with_next_run if one not in rows.late]
        assert [options.next_slot for options, _label in context["next_runs"]] == soon[:SHOWN]
    if "reports" in context:
        visible = {one.slug for one in registry.visible_types(user)}
        seen = [one for one in rows.reports if one["type"] in visible]
        assert [one.created_at for one in context["reports"]] == newest(seen)
    if "running" in context:
        started = sorted((job["started_at"] for job in rows.in_state("running")), reverse=True)
        assert [job.started_at for job, _label in context["running"]["jobs"]] == started[:SHOWN]


def newest(found: list[Row]) -> list[datetime]:
    return sorted((row["created_at"] for row in found), reverse=True)[:SHOWN]


# --- words -----------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", PEOPLE)
def test_a_page_of_failures_does_not_say_that_nothing_failed(
    name: str, first_page: Callable[[str], Any]
) -> None:
    shown = first_page(name)
    if shown["needs"] is None:  # who watches over nothing
        assert "Needs somebody now" not in shown["page"]
    assert "calm" not in shown
    assert "Nothing needs you" not in shown["page"]
