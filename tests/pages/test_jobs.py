"""The list of jobs: what it shows, finds and never counts."""

from __future__ import annotations

import re
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from tasks_app.admin.jobs import listing as jobs_page
from tasks_app.admin.jobs.query import finding
from tasks_app.models import Job, JobAttempt, State
from tasks_app.models.job import Origin
from tests.pages.work import DEBUG, EMAIL, a_job, person

LIST = "/admin/tasks_app/job/"
VIEW = "tasks_app.view_job"

pytestmark = pytest.mark.django_db


def listed(response: Any) -> set[str]:
    return {job.pk for job in response.context["cl"].result_list}


def a_failure(error: str, **values: Any) -> Job:
    job = a_job(State.FAILED, error=error, **values)
    JobAttempt.objects.create(
        job=job, number=1, outcome="failed", error=error, traceback="Traceback", ended_at=timezone.now()
    )
    return job


def test_states_are_shown_in_colour_word_and_icon() -> None:
    for state in State:
        a_job(state)
    page = person(VIEW).get(LIST).content.decode()
    for word, icon in [("Failed", "error"), ("Succeeded", "check_circle"), ("Unknown", "help")]:
        assert re.search(rf">{icon}</span>\s+{word}\s+</span>", page)
    assert "bg-red-100 text-red-700" in page


def test_the_newest_job_comes_first_and_the_whole_of_its_time_has_a_zone() -> None:
    now = timezone.now()
    old, new = a_job(created_at=now - timedelta(hours=2)), a_job(created_at=now)
    response = person(VIEW).get(LIST)
    assert [job.pk for job in response.context["cl"].result_list] == [new.pk, old.pk]
    assert re.search(r'title="\d+ \w+ \d{4}, \d\d:\d\d:\d\d CES?T"', response.content.decode())


@pytest.mark.parametrize(
    "query", ["", "?state=failed&state=unknown", "?q=lea@example.org", "?queue=high", "?p=3"]
)
def test_the_list_counts_nothing_and_makes_nothing_distinct(query: str) -> None:
    for _ in range(60):
        a_failure("It broke.", about="lea@example.org")
    client = person(VIEW)
    with CaptureQueriesContext(
        connection,
    ) as captured:
        assert client.get(LIST + query).status_code == 200
    about_jobs = [q["sql"].upper() for q in captured if "TASKS_APP_JOB" in q["sql"].upper()]
    assert about_jobs
    assert not [sql for sql in about_jobs if "COUNT(" in sql and "LIMIT" not in sql]
    assert not [sql for sql in about_jobs if "DISTINCT" in sql]
    assert not [sql for sql in about_jobs if "LIMIT" not in sql and sql.startswith("SELECT")]


def test_previous_and_next_are_shown_only_where_there_is_more_than_one_page() -> None:
    client = person(VIEW)
    a_job()
    assert "Previous" not in client.get(LIST).content.decode()
    for _ in range(jobs_page.JobAdmin.list_per_page):
        a_job()
    for page in ("", "?p=2"):
        assert "Previous" in client.get(LIST + page).content.decode()


def test_the_number_of_queries_does_not_grow_with_the_rows() -> None:
    client = person(VIEW)

    def queries() -> int:
        with CaptureQueriesContext(connection) as captured:
            client.get(LIST)
        return len(captured)

    a_job(created_by=None)
    few = queries()
    for _ in range(30):
        a_failure("It broke.")
    assert queries() == few


def test_several_states_are_asked_at_once() -> None:
    failed, unknown, _ = a_job(State.FAILED), a_job(State.UNKNOWN), a_job(State.SUCCEEDED)
    assert listed(person(VIEW).get(LIST + "?state=failed&state=unknown")) == {failed.pk, unknown.pk}


@pytest.mark.parametrize(
    ("query", "values"),
    [
        ("kind=" + EMAIL, {"name": EMAIL}),
        ("queue=high", {"queue": "high"}),
        ("origin=schedule", {"origin": Origin.SCHEDULE}),
    ],
)
def test_jobs_are_filtered_by(query: str, values: dict[str, Any]) -> None:
    wanted, _ = a_job(**values), a_job(name=DEBUG, queue="default", origin=Origin.PERSON)
    assert listed(person(VIEW).get(f"{LIST}?{query}")) == {wanted.pk}


def test_a_filtered_list_shows_no_count_that_nobody_made() -> None:
    a_job(state=State.FAILED)
    assert "9999" not in person(VIEW).get(f"{LIST}?state=failed").content.decode()


def test_a_day_is_taken_whole_and_in_local_time() -> None:
    paris = timezone.get_current_timezone()
    first = a_job(created_at=datetime(2026, 3, 2, 0, 0, 1, tzinfo=paris))
    last = a_job(created_at=datetime(2026, 3, 2, 23, 59, 59, tzinfo=paris))
    a_job(created_at=datetime(2026, 3, 3, 0, 0, 0, tzinfo=paris))
    a_job(created_at=datetime(2026, 3, 1, 23, 59, 59, tzinfo=paris))
    response = person(VIEW).get(LIST + "?created_at_from=2026-03-02&created_at_to=2026-03-02")
    assert listed(response) == {first.pk, last.pk}


@pytest.mark.parametrize("query", ["?created_at_from=2026-99-99", "?created_at_to=yesterday", "?state=none"])
def test_a_filter_that_makes_no_sense_harms_nobody(query: str) -> None:
    assert person(VIEW).get(LIST + query, follow=True).status_code == 200


@pytest.mark.parametrize("term", ["lea@example.org", "Lea@Example.org", "lea@", " lea@example.org "])
def test_a_job_is_found_by_the_beginning_of_an_address(term: str) -> None:
    wanted, _ = a_job(about="lea@example.org"), a_job(about="tom@example.org")
    assert listed(person(VIEW).get(LIST, {"q": term})) == {wanted.pk}


def test_a_job_is_found_by_its_id_or_the_beginning_of_it() -> None:
    wanted, _ = a_job(), a_job()
    client = person(VIEW)
    assert listed(client.get(LIST, {"q": wanted.pk})) == {wanted.pk}
    assert listed(client.get(LIST, {"q": wanted.pk[:9].upper()})) == {wanted.pk}


def test_a_job_is_found_by_words_of_its_error() -> None:
    wanted, _ = a_failure("The mailbox of Tom is full."), a_failure("The template is broken.")
    assert listed(person(VIEW).get(LIST, {"q": "mailbox OF tom"})) == {wanted.pk}


def test_a_search_for_an_error_reads_no_more_than_the_latest_attempts(monkeypatch: Any) -> None:
    for module in (finding, jobs_page):  # what is read, and what the page says of it
        monkeypatch.setattr(module, "SEARCHED_ATTEMPTS", 2)
    old = a_failure("The mailbox is full.")
    JobAttempt.objects.filter(job=old).update(ended_at=timezone.now() - timedelta(days=1))
    recent = [a_failure("The mailbox is full.") for _ in range(2)]
    response = person(VIEW).get(LIST, {"q": "mailbox"})
    assert listed(response) == {job.pk for job in recent}
    assert "in the latest 2 failed attempts" in response.content.decode()


def test_an_error_cannot_write_on_the_page() -> None:
    a_failure("<script>alert(1)</script>", about="<img src=x onerror=alert(1)>")
    page = person(VIEW).get(LIST).content.decode()
    assert "<script>alert(1)" not in page
    assert "<img src=x" not in page


def test_an_empty_list_says_what_to_do_and_an_empty_search_how_to_widen_it() -> None:
    client = person(VIEW)
    assert "A job appears here as soon as" in client.get(LIST).content.decode()
    assert "Show everything" in client.get(LIST, {"q": "nothing"}).content.decode()


def test_the_list_is_for_whom_may_see_jobs() -> None:
    assert person("tasks_app.launch_job").get(LIST).status_code == 403


@pytest.mark.parametrize("path", ["add/", "{pk}/delete/"])
def test_a_job_is_neither_added_nor_deleted_by_hand(path: str) -> None:
    job = a_job()
    client = person(VIEW, "tasks_app.add_job", "tasks_app.change_job", "tasks_app.delete_job")
    url = LIST + path.format(pk=job.pk)
    assert client.get(url).status_code == 403
    assert client.post(url, {"post": "yes"}).status_code == 403
    assert Job.objects.get() == job


def test_a_post_to_a_jobs_page_changes_nothing() -> None:
    job = a_job(State.FAILED)
    client = person(VIEW, "tasks_app.change_job")
    client.post(f"{LIST}{job.pk}/change/", {"state": "succeeded"})
    job.refresh_from_db()
    assert job.state == State.FAILED


def test_a_report_s_words_cost_a_list_no_statement_for_each_row_and_survive_an_older_form() -> None:
    client = person(VIEW)

    def order(**kwargs: Any) -> None:
        a_job(name="tasks_app.tasks.rapport_pdf", about="As it was launched", kwargs=kwargs)

    def statements() -> int:
        with CaptureQueriesContext(connection) as asked:
            page = client.get(LIST).content.decode()
        assert page.count(">Activity – Last month<") == Job.objects.count() - 2
        assert page.count(">As it was launched<") == 2
        return len(asked)

    order(type="activity", period="custom", start="the first of May")
    order(type="gone")
    order(type="activity", period="last_month")
    few = statements()
    for _ in range(5):
        order(type="activity", period="last_month")
    assert statements() == few
