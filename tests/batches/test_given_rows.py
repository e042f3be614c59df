"""Rows that a statement is given as one value are the same on both databases."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

import pytest
from django.db import connection

from tasks_app.db import given_rows
from tasks_app.models import Job
from tests.batches.making import failures

pytestmark = pytest.mark.django_db
MOMENT = datetime(2026, 3, 1, 9, 30, 0, 120_000, tzinfo=UTC)


def read(rows: list[dict[str, Any]], **columns: str) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        sql = f"SELECT {', '.join(columns)} FROM {given_rows.table(**columns)} ORDER BY 1"  # noqa: S608
        cursor.execute(sql, [given_rows.value(rows)])
        return list(cursor.fetchall())


def test_texts_numbers_and_nothing_come_as_they_are() -> None:
    rows: list[dict[str, Any]] = [
        {"id": 1, "note": "it's “50 %s”, \\ and é"},
        {"id": 2**40, "note": None},
        {"id": 2**41, "note": ""},
    ]
    assert read(rows, id="bigint", note="text") == [tuple(row.values()) for row in rows]
    assert read([], id="bigint", note="text") == []


@pytest.mark.parametrize("why", [{"code": "a", "params": {"n": [1, None, "x"]}}, None, {}])
def test_a_value_of_json_is_kept_as_json(why: Any) -> None:
    [(_id, kept)] = read([{"id": 1, "why": why}], id="bigint", why="jsonb")
    assert (json.loads(kept) if kept is not None else None) == why


def test_a_moment_is_that_of_a_column() -> None:
    [job] = failures(1)
    table = given_rows.table(id="text", at="timestamptz")
    with connection.cursor() as cursor:
        cursor.execute(
            f"UPDATE tasks_app_job SET created_at = given.at FROM {table} WHERE tasks_app_job.id = given.id",  # noqa: S608
            [given_rows.value([{"id": job.pk, "at": MOMENT}])],
        )
    assert Job.objects.get(pk=job.pk, created_at=MOMENT).created_at == MOMENT
