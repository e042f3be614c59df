"""A row that cannot be removed stops no other, however old it is; nor does a sort of which none can."""

from __future__ import annotations

import json
import uuid
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.core.management import call_command
from django.db import IntegrityError, OperationalError
from django.utils import timezone
from django_celery_results.models import ChordCounter

from tasks_app.models import Job, Node, State
from tasks_app.retention.prunables import PRUNABLES
from tasks_app.retention.prune import Prunable, Refused, prune, rows
from tasks_app.tasks import NOT_ALL_REMOVED, NotCleanedUp, cleanup_results
from tests.clock.making import DEBUG_TASK

pytestmark = pytest.mark.django_db

NOW = timezone.now()
LONG_AGO = NOW - timedelta(days=4000)


def node(name: str, age: int = 0) -> Node:
    moment = LONG_AGO - timedelta(minutes=age)
    return Node.objects.create(name=name, kind="web", started_at=moment, beat_at=moment)


def nodes(*bad: str) -> Prunable:
    """As the cleanup's own, where the database keeps some rows."""

    def remove(ids: Sequence[Any]) -> None:
        Node.objects.filter(pk__in=ids).delete()
        if kept := set(bad) & set(ids):
            raise IntegrityError(f"{kept} is still referenced")

    return rows("nodes", "Nodes", "results", lambda before: Node.objects.order_by("beat_at"), remove)


@pytest.mark.parametrize("batch", [1, 2, 3, 100])
@pytest.mark.parametrize("bad", [["n0"], ["n9"], ["n0", "n1", "n2", "n3"], ["n2", "n5"]])
def test_what_the_database_keeps_stays_and_all_else_goes(batch: int, bad: list[str]) -> None:
    for number in range(10):
        node(f"n{number}", age=10 - number)
    result = prune([nodes(*bad)], NOW, batch=batch)
    assert sorted(Node.objects.values_list("pk", flat=True)) == bad
    assert result.removed == {"nodes": 10 - len(bad)}
    assert result.refused == {"nodes": len(bad)}
    assert result.more == []
    assert result.as_json()["refused"] == {"nodes": len(bad)}


def test_a_sort_that_fails_whole_stops_no_other(caplog: Any) -> None:
    def stumble(before: datetime, limit: int, refused: Refused) -> int:
        raise RuntimeError("a row that nobody foresaw")

    node("old")
    bad = Prunable("bad", "Bad", None, stumble, lambda before, most: 0)
    result = prune([bad, nodes()], NOW)
    assert result.failed == {"bad": "RuntimeError: a row that nobody foresaw"}
    assert result.removed == {"bad": 0, "nodes": 1}
    assert "Cleaning up “bad” failed." in caplog.text


def test_a_database_that_is_away_ends_the_cleanup() -> None:
    def away(before: datetime, limit: int, refused: Refused) -> int:
        raise OperationalError("no route to host")

    with pytest.raises(OperationalError):
        prune([Prunable("bad", "Bad", None, away, lambda before, most: 0)], NOW)


def test_the_job_fails_with_a_sentence_once_all_else_is_done(monkeypatch: Any) -> None:
    def stumble(before: datetime, limit: int, refused: Refused) -> int:
        raise RuntimeError("a row that nobody foresaw")

    node("old")
    bad = Prunable("bad", "Bad", None, stumble, lambda before, most: 0)
    monkeypatch.setattr("tasks_app.tasks.everything_prunable", lambda: [bad, *PRUNABLES])
    with pytest.raises(NotCleanedUp, match="bad: RuntimeError") as raised:
        cleanup_results.apply(throw=True).get()
    assert raised.value.code == NOT_ALL_REMOVED.code
    assert "RuntimeError" not in raised.value.notice.in_general
    assert not Node.objects.exists()


@pytest.mark.parametrize("sub_tasks", ["[", "not JSON", "[" * 100_000])
def test_a_chord_whose_jobs_cannot_be_read_holds_up_no_other(sub_tasks: str, capsys: Any) -> None:
    ended = Job.objects.create(
        id=str(uuid.uuid4()), name=DEBUG_TASK, queue="default", state=State.SUCCEEDED, created_at=NOW,
        ended_at=LONG_AGO,
    )  # fmt: skip
    ChordCounter.objects.create(group_id="bad", sub_tasks=sub_tasks, count=1)
    ChordCounter.objects.create(group_id="dead", sub_tasks=json.dumps([[[ended.pk, None], None]]), count=1)
    call_command("cleanup")
    assert ChordCounter.objects.get().group_id == "bad"
    assert "Not removed of chords, see the log: 1." in capsys.readouterr().out
