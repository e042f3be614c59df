"""The figures of a report are of one moment, though jobs end while they are collected."""

from __future__ import annotations

import threading
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest
from django.db import connection, transaction

from backoffice.reports import making
from backoffice.reports.types.activity import Activity
from tasks_app.db.one_moment import one_moment
from tasks_app.models import Job, State
from tests.reports.reading import text

pytestmark = pytest.mark.django_db(transaction=True)
OCTOBER = datetime(2026, 10, 5, 9, tzinfo=UTC)


def meanwhile(write: Callable[[], object]) -> None:
    """As another process would: on a connection of its own, and committed."""

    def run() -> None:
        try:
            write()
        finally:
            connection.close()

    thread = threading.Thread(target=run)
    thread.start()
    thread.join()


def test_what_is_written_meanwhile_is_not_seen(add_job: Callable[..., Job]) -> None:
    add_job(OCTOBER)
    with one_moment():
        before = Job.objects.count()
        meanwhile(lambda: add_job(OCTOBER))
        assert Job.objects.count() == before == 1
    assert Job.objects.count() == 2


def test_an_error_ends_it_and_the_connection_goes_on(add_job: Callable[..., Job]) -> None:
    with pytest.raises(LookupError), one_moment():
        raise LookupError
    with transaction.atomic():  # it would fail within a transaction that nobody ended
        add_job(OCTOBER)
    assert Job.objects.count() == 1


def test_within_somebodys_transaction_their_own_rows_are_seen(add_job: Callable[..., Job]) -> None:
    with transaction.atomic():
        add_job(OCTOBER)
        with one_moment():
            assert Job.objects.count() == 1
    assert Job.objects.count() == 1


def test_the_parts_of_a_report_add_up_while_jobs_end(
    add_job: Callable[..., Job], monkeypatch: pytest.MonkeyPatch
) -> None:
    waiting = add_job(OCTOBER, State.WAITING)
    collect: Any = Activity.sections

    def collect_while_one_fails(self: Activity, order: Any) -> Any:
        Job.objects.count()  # the moment that the report is of
        meanwhile(lambda: Job.objects.filter(pk=waiting.pk).update(state=State.FAILED, ended_at=OCTOBER))
        return collect(self, order)

    monkeypatch.setattr(Activity, "sections", collect_while_one_fails)
    moment = datetime(2026, 11, 3, 6, tzinfo=UTC)
    read = text(making.make("activity", {}, moment=moment))
    assert "Send an email 1 0 0 0 1" in read
    assert "No job failed in this period." in read
    assert Job.objects.get().state == State.FAILED
