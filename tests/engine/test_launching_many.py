"""Many at once: made while others are written, published and marked batch by batch; all of them or none."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.db import IntegrityError, OperationalError

from tasks_app import launching
from tasks_app.broker import publishing
from tasks_app.broker.publishing import BATCH, publish
from tasks_app.ledger.insertion import insert_jobs
from tasks_app.ledger.new_job import build_job
from tasks_app.models import Job
from tests.engine import jobs
from tests.servers import RedisServer

TASK = "projet.celery.debug_task"


@pytest.fixture(autouse=True)
def _time_enough(settings: Any) -> None:
    settings.PUBLISH_BUDGET = timedelta(minutes=1)


def build(count: int) -> list[Job]:
    return [build_job(TASK) for _ in range(count)]


@pytest.mark.parametrize("count", [0, 1, BATCH, BATCH * 2 + 1])
def test_each_is_written_pushed_and_marked(broker: RedisServer, transactional_db: None, count: int) -> None:
    launched = launching.launch_many(TASK, ({} for _ in range(count)))
    assert len({job.id for job in launched}) == count
    assert Job.objects.exclude(published_at=None).count() == broker.client.llen("default") == count


def test_a_list_that_ends_in_a_mistake_launches_nothing(broker: RedisServer, transactional_db: None) -> None:
    def spoilt() -> Iterator[dict[str, Any]]:
        yield from ({} for _ in range(BATCH + 1))
        raise LookupError("the list ends in a mistake")

    with pytest.raises(LookupError):
        launching.launch_many(TASK, spoilt())
    fine = [{"path": "-"} for _ in range(BATCH + 1)]
    with pytest.raises(ValueError, match=rf"^Set {BATCH + 2} of {BATCH + 2}: .*not JSON serializable"):
        launching.launch_many(jobs.write.name, [*fine, {"path": object()}])
    for number in (1, 2, 3):
        sets: list[dict[str, Any]] = [{"path": "-"}, {"path": "-"}, {"path": "-"}]
        sets[number - 1]["line"] = "a\x00b"
        with pytest.raises(ValueError, match=rf"^Set {number} of 3: .*NUL.* Nothing was launched\.$"):
            launching.launch_many(jobs.write.name, sets)
    assert not Job.objects.exists()
    assert broker.client.llen("default") == 0


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        ({}, "missing 1 required positional argument: 'path'"),
        ({"path": "-", "lines": "x"}, "unexpected keyword argument 'lines'"),
        ({"Path": "-"}, "unexpected keyword argument 'Path'"),
    ],
)
def test_arguments_that_the_code_does_not_have_are_refused_as_by_delay(
    db: None, wrong: dict[str, Any], words: str
) -> None:
    with pytest.raises(TypeError, match=words):
        jobs.write.delay(**wrong)
    with pytest.raises(TypeError, match=f"{jobs.write.name} does not take these arguments: .*{words}"):
        launching.launch(jobs.write.name, wrong)
    with pytest.raises(TypeError, match=f"^Set 2 of 2: {jobs.write.name} does not take .*{words}"):
        launching.launch_many(jobs.write.name, [{"path": "-"}, wrong])
    assert not Job.objects.exists()


@pytest.mark.parametrize(
    ("name", "near"),
    [
        ("tasks_app.tasks.envoi_emial", "tasks_app.tasks.envoi_email"),
        ("envoi_email", "tasks_app.tasks.envoi_email"),
        ("tasks_app.task.raport_pdf", "tasks_app.tasks.rapport_pdf"),
        ("cleanup_result", "tasks_app.tasks.cleanup_results"),
        ("zzz", "tasks_app.tasks.envoi_email"),  # nothing is near: all there are
    ],
)
def test_a_task_that_nothing_runs_is_refused_with_what_there_is(db: None, name: str, near: str) -> None:
    for launch in (
        lambda: launching.launch(name, {}),
        lambda: launching.launch_many(name, [{}]),
        lambda: launching.launch_many(name, []),
    ):
        with pytest.raises(LookupError, match=f"no task named “{name}” here. There is: .*{near}"):
            launch()
    assert not Job.objects.exists()


def test_arguments_may_be_read_from_the_database(broker: RedisServer, transactional_db: None) -> None:
    launching.launch_many(TASK, [{} for _ in range(BATCH + 1)])
    again = launching.launch_many(TASK, ({} for _job in Job.objects.iterator()))
    assert len(again) == BATCH + 1


def test_what_exists_already_is_left_as_it_is(transactional_db: None) -> None:
    many = build(BATCH + 2)
    insert_jobs(many[-1:])
    Job.objects.update(worker="here")
    written = {job.id: job.worker for job in insert_jobs(job for job in many)}
    assert len(written) == len(many)
    assert written[many[-1].id] == "here"


def test_a_row_that_a_constraint_refuses_is_told_and_none_is_written(transactional_db: None) -> None:
    many = build(3)
    many[1].name = None  # type: ignore[assignment]
    with pytest.raises(IntegrityError):
        insert_jobs(many)
    assert not Job.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_each_batch_is_marked_before_the_next_is_published(monkeypatch: pytest.MonkeyPatch) -> None:
    """What dies on the way leaves at most one batch that is in the broker and not marked."""
    steps: list[str] = []

    def publish_batch(batch: Sequence[Job], now: datetime) -> list[str]:
        steps.append("published")
        return [job.id for job in batch]

    monkeypatch.setattr(publishing, "_publish_batch", publish_batch)
    monkeypatch.setattr(publishing, "mark_published", lambda ids, published_at: steps.append("marked"))
    assert publish(build(BATCH * 3)) == BATCH * 3
    assert steps == ["published", "marked"] * 3


@pytest.mark.django_db(transaction=True)
def test_a_database_that_is_away_is_told(broker: RedisServer, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(ids: Sequence[str], pushed_at: datetime) -> None:
        raise OperationalError("the database is away")

    monkeypatch.setattr(publishing, "mark_published", refuse)
    with pytest.raises(OperationalError):
        publish(build(BATCH * 2 + 1))
    assert broker.client.llen("default") <= BATCH  # not all of them published in vain
