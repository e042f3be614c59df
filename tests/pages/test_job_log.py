"""On a job's page: what it wrote to the log, live, by level, as text; and of no other job."""

from __future__ import annotations

import json
import logging
import re
from html import unescape
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from tasks_app.admin.jobs.log import CHUNKS, SHOWN
from tasks_app.logs.lines import PROGRESS, Line, encoded
from tasks_app.models import Job, LogChunk, State
from tests.pages.work import a_job, person

VIEW = "tasks_app.view_job"
INFO, WARNING, ERROR = logging.INFO, logging.WARNING, logging.ERROR

pytestmark = pytest.mark.django_db


def page(client: Client, job: Job, route: str = "change", **query: Any) -> str:
    answer = client.get(f"/admin/tasks_app/job/{job.pk}/{route}/", query)
    assert answer.status_code == 200
    return unescape(answer.content.decode())


def wrote(job: Job, *lines: tuple[int, str], run: int = 1, left_out: int = 0) -> LogChunk:
    now = timezone.now()
    begun = now.timestamp() + LogChunk.objects.count()  # each a second later
    kept = [Line(begun + at / 1000, level, "tests", text) for at, (level, text) in enumerate(lines)]
    return LogChunk.objects.create(
        job_id=job.pk, run=run, at=now, lines=encoded(kept), count=len(kept), size=1, left_out=left_out
    )


def lines_of(shown: str) -> list[str]:
    """The texts of the lines, without their logger."""
    text = r'class="bo-log-text" translate="no">(?:<span[^>]*>[^<]*</span> )?([^<]*)</span>'
    return re.findall(text, shown)


def live_of(shown: str) -> str:
    [live] = re.findall(r'hx-get="([^"]+/live/[^"]+)"', shown)
    return live


def test_lines_are_shown_in_their_order_with_level_time_and_logger() -> None:
    job = a_job()
    wrote(job, (INFO, "first"), (ERROR, "second"))
    shown = page(person(VIEW), job)
    assert lines_of(shown) == ["first", "second"]
    assert re.search(r'bo-tone-info.*?>Info<.*?bo-log-logger">tests<', shown, re.DOTALL)
    assert re.search(r"bo-tone-danger.*?>Error<", shown, re.DOTALL)


def test_a_job_that_wrote_nothing_has_no_such_part() -> None:
    wrote(a_job(), (INFO, "of another"))
    shown = page(person(VIEW), a_job())
    assert 'id="log"' not in shown
    assert "of another" not in shown


def test_narrowed_to_a_level_the_live_part_stays_so() -> None:
    job = a_job(State.RUNNING)
    wrote(job, (INFO, "well"), (WARNING, "hm"), (ERROR, "no"))
    client = person(VIEW)
    assert lines_of(page(client, job, level="warning")) == ["hm", "no"]
    assert lines_of(page(client, job, level="error")) == ["no"]
    assert lines_of(page(client, job, level="nonsense")) == ["well", "hm", "no"]
    live = live_of(page(client, job, level="error"))
    assert "level=error" in live
    wrote(job, (ERROR, "and no"))
    assert lines_of(unescape(client.get(live).content.decode())) == ["no", "and no"]
    live = live_of(page(client, job, level="error"))
    wrote(job, (INFO, "not asked for"))
    # The number of all is not said, so nothing changed.
    assert client.get(live).status_code == 204


def test_of_many_the_newest_are_shown_and_the_text_has_all() -> None:
    job = a_job()
    for number in range(CHUNKS + 5):
        wrote(job, *[(INFO, f"{number}/{at}") for at in range(10)])
    everything = [f"{number}/{at}" for number in range(CHUNKS + 5) for at in range(10)]
    client = person(VIEW)
    shown = page(client, job)
    assert lines_of(shown) == everything[-SHOWN:]
    assert f"The last {SHOWN} lines are shown; the text has all." in shown
    text = page(client, job, "log")
    assert [line.rpartition("tests: ")[2] for line in text.splitlines()] == everything


def test_what_was_left_out_is_said() -> None:
    job = a_job()
    wrote(job, (INFO, "one"), left_out=1_204)
    sentence = "1204 more lines were written, beyond what a job may keep."
    client = person(VIEW)
    assert sentence in page(client, job)
    assert page(client, job, "log").splitlines()[-1] == sentence


def test_attempts_are_told_apart_where_there_were_several() -> None:
    job = a_job(runs=2)
    wrote(job, (INFO, "one"), run=1)
    wrote(job, (INFO, "two"), run=2)
    assert re.findall(r'class="bo-log-run" title="Attempt (\d)"', page(person(VIEW), job)) == ["1", "2"]


def test_a_progress_line_is_said_in_its_readers_language() -> None:
    job = a_job()
    now = timezone.now().timestamp()
    told = [
        Line(now, INFO, PROGRESS, "report.typesetting", {}, 75),
        Line(now, INFO, PROGRESS, "Page 3", None, None),
        Line(now, INFO, PROGRESS, "gone.since", {}, 10),
    ]
    LogChunk.objects.create(job_id=job.pk, run=1, at=timezone.now(), lines=encoded(told), count=3, size=1)
    client = person(VIEW)
    assert lines_of(page(client, job)) == ["75 %: Typesetting", "Page 3", "10 %: gone.since"]
    client.cookies["django_language"] = "fr"
    assert lines_of(page(client, job))[0].replace("\xa0", " ") == "75 % : Mise en page"


def test_what_a_line_says_cannot_write_on_the_page() -> None:
    job = a_job()
    wrote(job, (INFO, "</li><script>alert(1)</script>"))
    client = person(VIEW)
    answer = client.get(f"/admin/tasks_app/job/{job.pk}/change/").content.decode()
    assert "&lt;script&gt;alert(1)" in answer
    text = client.get(f"/admin/tasks_app/job/{job.pk}/log/")
    assert text["Content-Type"] == "text/plain; charset=utf-8"
    assert text["X-Content-Type-Options"] == "nosniff"


def test_whoever_may_see_the_job_reads_its_lines_and_nobody_else() -> None:
    mine = person(name="mine")
    job = a_job(created_by_id=mine.session["_auth_user_id"])
    wrote(job, (INFO, "mine to read"))
    assert "mine to read" in page(mine, job)
    assert "mine to read" in page(mine, job, "log")
    stranger = person(name="stranger")
    for route in ("change", "live", "log"):
        assert stranger.get(f"/admin/tasks_app/job/{job.pk}/{route}/").status_code == 403


@pytest.mark.sweep
def test_a_page_reads_the_chunks_of_its_own_job_alone() -> None:
    """Whatever else there is: its plan asks the index, of a table that the database knows to be large."""
    job = a_job()
    lines = json.dumps([[0, INFO, "tests", "x"]])
    LogChunk.objects.bulk_create(
        LogChunk(job_id=f"other-{number % 5_000}", run=1, at=timezone.now(), lines=lines, count=1, size=1)
        for number in range(20_000)
    )
    wrote(job, (INFO, "alone"))
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")
    client = person(VIEW)
    with CaptureQueriesContext(connection) as asked:
        page(client, job)
    of_lines = [one["sql"] for one in asked if 'FROM "tasks_app_logchunk"' in one["sql"]]
    assert 1 <= len(of_lines) <= 2
    for sql in of_lines:
        plan = _plan(sql)
        assert "log_by_job" in plan, plan


def _plan(sql: str) -> str:
    words = "EXPLAIN QUERY PLAN" if connection.vendor == "sqlite" else "EXPLAIN"
    with connection.cursor() as cursor:
        cursor.execute(f"{words} {sql}")
        return "\n".join(str(row) for row in cursor.fetchall())
