"""The first page: what goes on, for each role what it may see."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from backoffice.admin import activity
from backoffice.models import Report
from tasks_app.models import State
from tests.pages.rows import dashboard, make_job, make_schedule

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("everything_reports")]


# --- What goes on ------------------------------------------------------------------------------


def test_a_running_job_shows_how_far_it_is(signed_in: Callable[[str], Client]) -> None:
    make_job(
        State.RUNNING,
        about="Activity, October",
        progress=40,
        progress_note="Typesetting",
        started_at=timezone.now(),
    )
    text = dashboard(signed_in("Support"))
    assert "Activity, October" in text
    assert "40 %" in text


def test_the_next_runs_come_in_their_order(signed_in: Callable[[str], Client]) -> None:
    later = make_schedule(next_slot=timezone.now() + timedelta(hours=2))
    sooner = make_schedule(next_slot=timezone.now() + timedelta(minutes=2))
    text = dashboard(signed_in("Staff"))
    assert 0 < text.index(sooner.name) < text.index(later.name)


def test_the_chart_counts_by_hour_what_ended() -> None:
    now = timezone.now().replace(minute=30)
    make_job(State.SUCCEEDED, ended_at=now - timedelta(minutes=10))
    make_job(State.SUCCEEDED, ended_at=now - timedelta(minutes=12))
    make_job(State.FAILED, ended_at=now - timedelta(hours=3))
    make_job(State.SUCCEEDED, ended_at=now - timedelta(days=2))
    chart = activity.chart_of(now)
    assert (chart.succeeded, chart.failed, chart.highest) == (2, 1, 2)
    assert (chart.hours[-1].succeeded, chart.hours[-4].failed) == (2, 1)
    assert chart.hours[-1].ok_height == chart.height
    assert chart.complete


def test_a_chart_of_more_jobs_than_it_draws_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(activity, "CHARTED", 2)
    for _ in range(3):
        make_job(State.SUCCEEDED)
    assert not activity.chart_of(timezone.now()).complete


# --- By role -----------------------------------------------------------------------------------


EVERY_PART = {"Start something", "Needs somebody now", "Running now", "Next runs", "Latest reports"}


def headings(text: str) -> set[str]:
    return {part for part in EVERY_PART if part in text}


@pytest.mark.parametrize(
    ("role", "expected"),
    [
        ("Staff", EVERY_PART),
        ("Support", EVERY_PART),
        ("Managers", {"Start something", "Latest reports"}),
        ("", set()),
    ],
)
def test_each_role_sees_its_own_parts(
    role: str, expected: set[str], signed_in: Callable[[str], Client]
) -> None:
    assert headings(dashboard(signed_in(role))) == expected


def test_somebody_without_any_group_is_told_whom_to_ask(signed_in: Callable[[str], Client]) -> None:
    assert "Ask an administrator" in dashboard(signed_in(""))


def test_who_runs_failed_work_again_sees_the_troubles_first(signed_in: Callable[[str], Client]) -> None:
    support, staff = dashboard(signed_in("Support")), dashboard(signed_in("Staff"))
    assert support.index("Needs somebody now") < support.index("Start something")
    assert staff.index("Start something") < staff.index("Needs somebody now")


def test_a_manager_is_offered_reports_and_nothing_else(signed_in: Callable[[str], Client]) -> None:
    offered = signed_in("Managers").get(reverse("admin:index")).context["launchables"]
    assert offered
    assert {one.kind.name for one in offered} == {"tasks_app.tasks.rapport_pdf"}


def test_a_report_one_may_not_see_is_not_listed(signed_in: Callable[[str], Client]) -> None:
    for number, kind in enumerate(("overview", "no-such-report")):
        Report.objects.create(
            type=kind, title=f"The {kind} report", format="pdf", language="en", file=f"f{number}",
            file_name="f.pdf", size=1, sha256="0", job_id=str(number),
        )  # fmt: skip
    text = dashboard(signed_in("Managers"))
    assert "The overview report" in text
    assert "The no-such-report report" not in text


def test_the_live_part_is_the_same_as_the_pages(signed_in: Callable[[str], Client]) -> None:
    client = signed_in("Support")
    make_job(State.FAILED)
    part = client.get(reverse("admin:dashboard_live")).content.decode()
    assert "1 job failed" in part
    assert "<html" not in part
