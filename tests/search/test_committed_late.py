"""What is committed after what came later is found all the same: no look passes a transaction under way."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from datetime import timedelta
from uuid import uuid4

import pytest
from django.db import connection, connections, transaction
from django.utils import timezone

from tasks_app.models import SearchProgress
from tasks_app.search.filling import WAITED_FOR, fill
from tests.search.making import a_job, fill_all, texts

pytestmark = pytest.mark.django_db(transaction=True)


class SlowTransaction(threading.Thread):
    """Writes a job, and commits it when it is told to."""

    def __init__(self) -> None:
        super().__init__(daemon=True)
        self.written, self.may_end = threading.Event(), threading.Event()
        self.key = str(uuid4())

    def run(self) -> None:
        try:
            with transaction.atomic():
                a_job("slow@example.org", timedelta(seconds=5), id=self.key)
                self.written.set()
                self.may_end.wait(60)
        finally:
            connections.close_all()

    def end(self) -> None:
        self.may_end.set()
        self.join(60)


@pytest.fixture
def slow() -> Iterator[SlowTransaction]:
    fill_all()
    thread = SlowTransaction()
    thread.start()
    assert thread.written.wait(60)
    yield thread
    thread.end()


def a_look() -> threading.Thread:
    def look() -> None:
        try:
            fill(timezone.now())
        finally:
            connections.close_all()

    looking = threading.Thread(target=look, daemon=True)
    looking.start()
    return looking


def test_a_slow_transaction_is_found_by_the_first_look_after_its_commit(slow: SlowTransaction) -> None:
    if connection.vendor == "sqlite":  # it has one writer, for whom a look waits
        looking = a_look()
        slow.end()
        looking.join(60)
    else:
        began = timezone.now()
        for minute in range(8):
            fast = a_job(f"fast{minute}@example.org", created_at=began + timedelta(minutes=minute))
            fill(began + timedelta(minutes=minute, seconds=30))
            assert fast.pk in texts("job")  # it holds up nobody else
        assert slow.key not in texts("job")
        slow.end()
        fill(began + timedelta(minutes=9))
    assert slow.key in texts("job")


def test_a_transaction_that_never_ends_is_not_waited_for_and_the_sweep_finds_it(
    slow: SlowTransaction,
) -> None:
    if connection.vendor == "sqlite":
        slow.end()
    later = timezone.now() + 2 * WAITED_FOR
    fill(later)
    reached = SearchProgress.objects.get(thing="job").until
    assert reached >= later - WAITED_FOR
    slow.end()
    late = a_job("late@example.org", created_at=reached - timedelta(seconds=1))
    fill(later + timedelta(seconds=10))
    assert late.pk not in texts("job")
    fill_all(later + timedelta(hours=1))
    assert {late.pk, slow.key} <= texts("job").keys()


def test_two_clocks_take_turns() -> None:
    fill_all()
    for number in range(20):
        a_job(f"a{number}@example.org", timedelta())
    for clock in [a_look() for _ in range(4)]:
        clock.join(60)
    assert len(texts("job")) == 20
