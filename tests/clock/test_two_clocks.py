"""Two clocks at once, each with its own connection: one job for each schedule and slot."""

from __future__ import annotations

import threading
from datetime import timedelta

import pytest
from django.db import connection
from django_celery_beat.models import PeriodicTask

from tasks_app.clock.tick import tick
from tasks_app.models import Job, ScheduleOptions, SeededSchedule, Slot
from tasks_app.schedules.seeds import seed
from tests.clock.making import DEBUG_TASK, at, every

pytestmark = pytest.mark.django_db(transaction=True)

MORNING = at("2026-06-01 08:00")
SCHEDULES = 450  # more than two batches


def at_once(work, times=2):
    """Run `work` in threads that start together; raises what one of them raised."""
    start, errors = threading.Barrier(times), []

    def run():
        try:
            start.wait()
            work()
        except Exception as error:  # told to the test below
            errors.append(error)
        finally:
            connection.close()

    threads = [threading.Thread(target=run) for _ in range(times)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if errors:
        raise errors[0]


@pytest.fixture
def many_schedules(broker):
    hourly = every(1, "hours")
    PeriodicTask.objects.bulk_create(
        PeriodicTask(name=f"Number {number}", task=DEBUG_TASK, interval=hourly) for number in range(SCHEDULES)
    )
    PeriodicTask.objects.update(date_changed=MORNING)


def test_two_clocks_make_one_job_of_each_slot(many_schedules):
    for hour in (1, 2):
        at_once(lambda now=MORNING + timedelta(hours=hour): tick(now, starting=True))
    tick(MORNING + timedelta(hours=2))  # what one clock held while the other looked
    assert Slot.objects.count() == 2 * SCHEDULES
    assert Job.objects.count() == 2 * SCHEDULES
    assert Job.objects.values("scheduled_for").distinct().count() == 2
    assert not ScheduleOptions.objects.exclude(next_slot=MORNING + timedelta(hours=3)).exists()
    assert set(PeriodicTask.objects.values_list("total_run_count", flat=True)) == {2}


def test_two_clocks_that_start_together_seed_once(broker):
    at_once(seed)
    names = list(PeriodicTask.objects.values_list("name", flat=True))
    assert sorted(names) == sorted(SeededSchedule.objects.values_list("name", flat=True))
    assert len(names) == len(set(names)) > 1
