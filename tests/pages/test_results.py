"""Results as they are stored; a row opens its job."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
from django.contrib import admin
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from django_celery_results.models import GroupResult, TaskResult

from tests.pages.work import DEBUG, EMAIL, a_job, person

LIST = "/admin/django_celery_results/taskresult/"
VIEW = "django_celery_results.view_taskresult"

pytestmark = pytest.mark.django_db


def a_result(**values: Any) -> TaskResult:
    given = {
        "task_id": str(uuid4()),
        "task_name": DEBUG,
        "status": "SUCCESS",
        "result": '{"status": "ok"}',
        "content_type": "application/json",
        "content_encoding": "utf-8",
        "date_started": timezone.now() - timedelta(seconds=3),
    }
    return TaskResult.objects.create(**given | values)


def listed(response: Any) -> set[str]:
    return {result.task_id for result in response.context["cl"].result_list}


def test_a_row_opens_its_job_or_itself_once_the_job_is_pruned() -> None:
    job = a_job(about="lea@example.org")
    a_result(task_id=job.pk)
    orphan = a_result()
    page = person(VIEW).get(LIST).content.decode()
    assert f'href="/admin/tasks_app/job/{job.pk}/change/"' in page
    assert "lea@example.org" in page
    assert f"{LIST}{orphan.pk}/change/" in page


def test_states_have_colour_word_and_icon() -> None:
    a_result(status="FAILURE")
    page = person(VIEW).get(LIST).content.decode()
    assert "bg-red-100 text-red-700" in page
    assert "Failed" in page


@pytest.mark.parametrize("query", ["", "?status=FAILURE", "?q=abc", "?kind=" + EMAIL])
def test_the_list_counts_nothing(query: str) -> None:
    for _ in range(60):
        a_result()
    client = person(VIEW)
    with CaptureQueriesContext(connection) as captured:
        assert client.get(LIST + query).status_code == 200
    about_results = [q["sql"].upper() for q in captured if "TASKRESULT" in q["sql"].upper()]
    assert about_results
    assert not [sql for sql in about_results if "DISTINCT" in sql or "LIMIT" not in sql]


def test_results_are_filtered_and_found_by_id() -> None:
    wanted, _ = a_result(status="FAILURE", task_name=EMAIL), a_result()
    client = person(VIEW)
    for query in ({"status": "FAILURE"}, {"kind": EMAIL}, {"q": wanted.task_id}, {"q": wanted.task_id[:10]}):
        assert listed(client.get(LIST, query)) == {wanted.task_id}


def test_a_stored_result_is_shown_and_cannot_write_on_the_page() -> None:
    evil = "<script>alert(1)</script>"
    result = a_result(result=f'"{evil}"', traceback=evil, task_kwargs=evil)
    page = person(VIEW).get(f"{LIST}{result.pk}/change/").content.decode()
    assert evil not in page
    assert "&lt;script&gt;" in page


@pytest.mark.parametrize(
    ("language", "said"),
    [
        ("en", ["Result |", "Job", "Id", "Positional arguments", "Arguments"]),
        ("fr", ["Résultat |", "Tâche", "Identifiant", "Arguments positionnels", "Arguments"]),
    ],
)
def test_a_result_says_job_as_every_page_does(language: str, said: list[str]) -> None:
    result = a_result(task_args="[4711]", task_kwargs='{"speed": 4712}')
    client = person(VIEW)
    page = client.get(f"{LIST}{result.pk}/change/", headers={"accept-language": language}).content.decode()
    title = page[page.index("<title>") : page.index("</title>")]
    labels = re.findall(r"<label[^>]*>(.*?)</label>", page, re.DOTALL)
    assert said[0] in title
    assert {word for label in labels for word in said[1:] if word in label} == set(said[1:])
    assert not [text for text in (title, *labels) if "ask" in text or "Tâche Celery" in text]
    assert "[4711]" in page
    assert "4712" in page


@pytest.mark.parametrize("path", ["add/", "{pk}/delete/"])
def test_results_are_neither_added_nor_deleted_by_hand(path: str) -> None:
    result = a_result()
    client = person(
        *(f"django_celery_results.{verb}_taskresult" for verb in ("view", "add", "change", "delete"))
    )
    assert client.post(LIST + path.format(pk=result.pk), {"post": "yes"}).status_code == 403
    assert TaskResult.objects.count() == 1


def test_the_list_is_for_whom_may_see_results() -> None:
    assert person("tasks_app.view_job").get(LIST).status_code == 403


def test_groups_of_results_have_no_page() -> None:
    assert not admin.site.is_registered(GroupResult)
