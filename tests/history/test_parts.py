"""The parts of a past: whoever makes them, and after whatever else, they are the same."""

from __future__ import annotations

import itertools
import json
import os
import signal
import time
from collections import Counter
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext

from backoffice.emails.seeds import seed_templates
from backoffice.history.cast import engage
from backoffice.history.copying import write
from backoffice.history.launches import Launches
from backoffice.history.parts import Part, parts
from backoffice.history.processes import in_order
from backoffice.history.tables import Json, Table
from backoffice.history.wish import Wish
from backoffice.history.world import World
from backoffice.seeds import seed_groups
from tasks_app.models import Job, State

UNTIL = datetime(2026, 3, 27, 15, 30, tzinfo=UTC)
WISH = Wish(days=14, jobs=1_500, seed=5, until=UNTIL)


def some_parts(total: int = 1_200, most: int = 400) -> list[Part]:
    return list(parts(WISH.first, WISH.until, total, most))


# --- Cut ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("days", [1, 14, 365])
@pytest.mark.parametrize(("total", "most"), [(1, 400), (97, 400), (5_000, 400), (1_000_003, 2_500)])
def test_parts_are_the_whole_and_none_is_too_large(days: int, total: int, most: int) -> None:
    first = UNTIL - timedelta(days=days)
    cut = list(parts(first, UNTIL, total, most))
    assert sum(part.jobs for part in cut) == total
    assert max(part.jobs for part in cut) <= most
    assert [part.number for part in cut] == list(range(len(cut)))
    assert len(cut) <= 2 * (total // most) + 1


def test_parts_follow_one_another_without_a_gap() -> None:
    spans = [span for part in some_parts(50_000) for span in part.spans]
    assert spans[0].start == WISH.first
    assert spans[-1].start + spans[-1].length == pytest.approx(UNTIL, abs=timedelta(milliseconds=1))
    for one, after in itertools.pairwise(spans):
        assert one.start + one.length == pytest.approx(after.start, abs=timedelta(milliseconds=1))


# --- Made ---------------------------------------------------------------------------------------


@pytest.fixture
def launches(db: None) -> Launches:
    seed_groups()
    seed_templates()
    return Launches(World(WISH, engage(WISH)))


def test_a_part_is_the_same_after_whatever_else_and_asks_the_database_for_nothing(launches: Launches) -> None:
    cut = some_parts()
    with CaptureQueriesContext(connection) as asked:
        forwards = [launches.make(part) for part in cut]
    assert not asked.captured_queries
    backwards = [launches.make(part) for part in reversed(cut)]
    assert forwards == backwards[::-1]
    assert forwards[0] != forwards[1]


@pytest.mark.processes
def test_several_processes_make_the_very_same_rows(launches: Launches) -> None:
    cut = some_parts()
    alone = list(in_order(launches.make, cut, 1))
    assert list(in_order(launches.make, cut, 2)) == alone


def test_each_part_has_as_many_jobs_as_it_should(launches: Launches) -> None:
    for part in some_parts(most=300):
        counts = {batch.table: batch.number for batch in launches.make(part)}
        assert counts["tasks_app_job"] == part.jobs


# --- By several processes ------------------------------------------------------------------------


def slower_at_first(number: int) -> int:
    time.sleep(0.2 if number == 0 else 0)
    return number


def odd_at_three(number: int) -> int:
    if number == 3:
        raise ValueError("Three is odd.")
    return number


def killed_at_three(number: int) -> int:
    if number == 3:
        os.kill(os.getpid(), signal.SIGKILL)
    return number


@pytest.mark.once
@pytest.mark.processes
def test_what_is_made_comes_in_its_order() -> None:
    assert list(in_order(slower_at_first, range(12), 2)) == list(range(12))


@pytest.mark.once
@pytest.mark.processes
@pytest.mark.parametrize(
    ("make", "error", "says"),
    [(odd_at_three, ValueError, "Three is odd"), (killed_at_three, ChildProcessError, "ended from outside")],
)
def test_a_process_that_cannot_go_on_ends_it(make: Any, error: type[Exception], says: str) -> None:
    with pytest.raises(error, match=says):
        list(in_order(make, range(12), 2))


# --- Written ------------------------------------------------------------------------------------

ODD = ["", "\\", "\\N", "a\tb", "a\nb\r\n", "\\.", "é€😀\u2028", '{"a": "\\n"}', " ", "NULL", "'\"", "1", "0"]


@pytest.mark.django_db
def test_each_value_comes_back_as_it_was_given() -> None:
    table, at = Table(Job), UNTIL - timedelta(microseconds=1)
    for number, text in enumerate(ODD):
        given = {"words": text, "more": [text, None, True, 1.5]}
        row = {"id": f"{number}", "name": text, "about": text, "error": text, "created_at": at}
        table.add(**row, kwargs=Json(json.dumps(given)), args=[text], runs=number, started_at=None)
    with transaction.atomic():
        write(table.take())
    rows = {int(job.pk): job for job in Job.objects.all()}
    for number, text in enumerate(ODD):
        job = rows[number]
        assert (job.name, job.about, job.error, job.args) == (text, text, text, [text])
        assert job.kwargs == {"words": text, "more": [text, None, True, 1.5]}
        assert (job.runs, job.created_at, job.started_at) == (number, at, None)
    assert Counter(job.state for job in rows.values()) == {State.WAITING: len(ODD)}
    assert table.take().number == 0
