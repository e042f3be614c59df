"""The first page: what goes on, for each role what it may see."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable
from datetime import timedelta
from html import unescape

import pytest
from django.contrib.auth.models import User
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from backoffice.models import Report
from tasks_app.admin.schedules.access import job_label
from tasks_app.models import State
from tests.pages.rows import dashboard, make_job, make_schedule

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("everything_reports")]

NUMBERS = re.compile(r"'\d[^']*'")  # moments: two looks at the clock are never the same


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
    assert str(job_label(sooner)) in text


def test_queues_show_what_waits_and_lead_to_it(signed_in: Callable[[str], Client]) -> None:
    client = signed_in("Support")
    make_job(State.WAITING, published_at=timezone.now() - timedelta(minutes=4))
    make_job(State.WAITING, available_at=timezone.now() + timedelta(hours=1))
    make_job(State.WAITING, queue="low")
    page = client.get(reverse("admin:index"))
    [high] = [queue for queue in page.context["queues"] if queue.name == "high"]
    assert (str(high.waiting), str(high.due), str(high.later)) == ("2", "1", "1")
    address = reverse("admin:tasks_app_job_changelist") + "?state=waiting&queue=high"
    assert address in unescape(page.content.decode())
    assert len(client.get(address).context["cl"].result_list) == 2


def test_the_oldest_and_what_is_due_later_lead_to_them_in_their_order(
    signed_in: Callable[[str], Client],
) -> None:
    client, now = signed_in("Support"), timezone.now()
    minute = timedelta(minutes=1)
    new, old = (make_job(State.WAITING, ago=ago * minute, published_at=now - ago * minute) for ago in (2, 9))
    last, next_one = (make_job(State.WAITING, available_at=now + ago * minute) for ago in (60, 30))
    make_job(State.WAITING, queue="low")
    make_job(State.SUCCEEDED)
    text = unescape(client.get(reverse("admin:index")).content.decode())
    for due, expected in (("now", [old, new]), ("later", [next_one, last])):
        address = reverse("admin:tasks_app_job_changelist") + f"?state=waiting&queue=high&due={due}"
        assert f'href="{address}"' in text
        assert list(client.get(address).context["cl"].result_list) == expected
    both = reverse("admin:tasks_app_job_changelist") + "?queue=high&due=now&due=later"
    assert client.get(both).context["cl"].result_list


def test_what_somebody_started_is_theirs_alone(
    signed_in: Callable[[str], Client], person: Callable[[str], User]
) -> None:
    make_job(State.FAILED, about="the manager's", created_by=person("Managers"))
    make_job(State.FAILED, about="the staff's", created_by=person("Staff"))
    text = dashboard(signed_in("Managers"))
    assert "the manager's" in text
    assert "the staff's" not in text


# --- By role -----------------------------------------------------------------------------------


EVERY_PART = {
    "Start something",
    "Needs somebody now",
    "Running now",
    "Queues",
    "What you started",
    "Next runs",
    "Latest reports",
    "The last 24 hours",
    "The last 7 days",
}


def headings(text: str) -> set[str]:
    return {part for part in EVERY_PART if f">{part}<" in re.sub(r"\s*([<>])\s*", r"\1", text)}


@pytest.mark.parametrize(
    ("role", "expected"),
    [
        ("Staff", EVERY_PART),
        ("Support", EVERY_PART),
        ("Managers", {"Start something", "What you started", "Latest reports"}),
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


@pytest.mark.parametrize("role", ["Staff", "Support", "Managers"])
def test_no_question_is_asked_twice(role: str, signed_in: Callable[[str], Client]) -> None:
    client = signed_in(role)
    client.get(reverse("admin:index"))
    with CaptureQueriesContext(connection) as asked:
        client.get(reverse("admin:index"))
    often = Counter(NUMBERS.sub("…", query["sql"]) for query in asked.captured_queries)
    # Each known queue is asked the same of itself.
    assert not [sql for sql, times in often.items() if times > 1 and "published_at" not in sql]
