"""Old rows may hold what no answer can be written with, or more than a page can carry: pages show them."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest
from django.db import connection
from django.template.loader import render_to_string
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django_celery_results.models import TaskResult

from tasks_app.admin.jobs.page import ATTEMPTS
from tasks_app.ledger.refused_message import Received, count_messages, keep_refused, refused
from tasks_app.models import Job, JobAttempt, MessageTally, State
from tests.pages.test_results import a_result
from tests.pages.work import a_job, person

pytestmark = pytest.mark.django_db

JOB_RIGHTS = (
    "tasks_app.view_job",
    "tasks_app.rerun_job",
    "tasks_app.launch_job",
    "django_celery_results.view_taskresult",
)
# As JSON writes them: a high half, a low half, NUL.
HALVES = r'{"subject": "Rappel \ud83d", "\udc00": ["\u0000"]}'


# A long column of a result that is read, and not its beginning alone.
WHOLE = re.compile(
    r'(?<!\()"django_celery_results_taskresult"\."(result|traceback|task_args|task_kwargs|meta)"'
)


def job_page(job: Job) -> str:
    return reverse("admin:tasks_app_job_change", args=[job.pk])


def result_page(result: TaskResult) -> str:
    return reverse("admin:django_celery_results_taskresult_change", args=[result.pk])


def shown(client: Client, address: str) -> str:
    answer = client.get(address)
    assert answer.status_code == 200
    return answer.content.decode()


def test_a_result_with_half_a_character_is_shown_with_another() -> None:
    job = a_job()
    result = a_result(task_id=job.pk, result=HALVES)
    client = person(*JOB_RIGHTS)
    assert "Rappel \ufffd" in shown(client, job_page(job))
    assert "Rappel" in shown(client, result_page(result))
    shown(client, reverse("admin:tasks_app_job_changelist"))
    shown(client, reverse("admin:tasks_app_job_live", args=[job.pk]))


@pytest.mark.skipif(connection.vendor != "sqlite", reason="PostgreSQL never took them")
def test_arguments_with_half_a_character_are_shown_with_another() -> None:
    job = a_job(State.FAILED, error="It failed.")
    with connection.cursor() as cursor:
        cursor.execute("UPDATE tasks_app_job SET kwargs = %s WHERE id = %s", [HALVES, job.pk])
    client = person(*JOB_RIGHTS)
    assert "Rappel \ufffd" in shown(client, job_page(job))
    shown(client, reverse("admin:tasks_app_job_changelist"))


@pytest.mark.parametrize(
    ("value", "kept"),
    [
        ("a\ud83d", "a\ufffd"),
        ("\udc00b", "\ufffdb"),
        ("a\x00", "a\ufffd"),
        ("\ud83d\ude00", "😀"),
        ("é", "é"),
    ],
)
def test_whatever_a_template_is_given_can_be_sent(value: str, kept: str) -> None:
    assert f"<h1>{kept}</h1>" in render_to_string("503.html", {"title": value})


def test_no_more_of_a_result_is_read_than_is_shown() -> None:
    length = 1_000_000
    job = a_job()
    result = a_result(task_id=job.pk, result=json.dumps("x" * length), traceback="y" * length)
    client = person(*JOB_RIGHTS)
    for address in (job_page(job), result_page(result)):
        with CaptureQueriesContext(connection) as asked:
            page = shown(client, address)
        assert "x" * 1_000 in page
        assert len(page) < 200_000
        for query in asked.captured_queries:
            assert not WHOLE.search(query["sql"])


def test_a_long_argument_is_cut_where_it_is_shown() -> None:
    job = a_job(kwargs={"text": "z" * 500_000, "list": ["w" * 10] * 50_000})
    assert len(shown(person(*JOB_RIGHTS), job_page(job))) < 200_000


def test_of_many_attempts_the_latest_are_shown() -> None:
    job = a_job(State.FAILED)
    now = job.created_at
    JobAttempt.objects.bulk_create(
        JobAttempt(
            job=job, number=n, outcome="retried", ended_at=now, error=f"try {n}.", traceback="t" * 9_000
        )
        for n in range(1, ATTEMPTS + 6)
    )
    page = shown(person(*JOB_RIGHTS), job_page(job))
    assert "try 5." not in page
    assert "try 6." in page
    assert "5 earlier attempts are not shown." in page


def test_a_refused_message_shows_what_arrived_and_is_not_run_again() -> None:
    received = Received(queue="default", parts={"text": "<b>garbage</b>\ud83d"})
    job = keep_refused(received, refused("default", "It is no message."))
    client = person(*JOB_RIGHTS)
    page = shown(client, job_page(job))
    assert "&lt;b&gt;garbage" in page
    assert "Unreadable message" in page
    assert "another version" not in page
    rerun = reverse("admin:tasks_app_job_rerun", args=[job.pk])
    assert rerun not in page
    client.post(rerun, {"confirmed": "yes", "key": "k"})
    assert Job.objects.count() == 1
    selection: dict[str, Any] = {"action": "run_selected_again", "_selected_action": [job.pk]}
    answer = client.post(reverse("admin:tasks_app_job_changelist"), selection)
    assert "could not be read" in answer.content.decode()


def test_what_arrived_is_for_support_alone() -> None:
    client = person()
    job = keep_refused(Received("default", parts={"text": "garbage"}), refused("default", "It is none."))
    Job.objects.update(created_by=client.session["_auth_user_id"])
    assert "What arrived" not in shown(client, job_page(job))


def test_messages_that_left_no_job_are_told_with_the_queues() -> None:
    client = person("tasks_app.view_queuestate")
    assert "left no job" not in shown(client, reverse("admin:queues"))
    count_messages(MessageTally.Reason.FLOOD, 4_213)
    count_messages(MessageTally.Reason.PRUNED)
    count_messages(MessageTally.Reason.PRUNED, 2)
    page = shown(client, reverse("admin:queues"))
    assert "4,213" in page
    assert "Came after their job was removed" in page
    assert sorted(MessageTally.objects.values_list("count", flat=True)) == [3, 4_213]
