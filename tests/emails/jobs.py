"""Watching the jobs of emails."""

from __future__ import annotations

from collections.abc import Callable

from django.utils import timezone

from backoffice.models import Message
from tasks_app.clock.recovery import recover
from tasks_app.models import Job
from tests.servers import wait_until


def message_of(job: Job) -> Message:
    return Message.objects.get(job_id=job.pk)


def until(job_id: str, condition: Callable[[Job], bool]) -> Job:
    """The job once the condition holds; the clock's recovery is driven from here."""

    def there() -> Job | None:
        recover(timezone.now())
        job = Job.objects.get(pk=job_id)
        return job if condition(job) else None

    found = wait_until(there, what=f"job {job_id}")
    assert found is not None
    return found


def is_state(state: str, retries: int = 0) -> Callable[[Job], bool]:
    return lambda job: job.state == state and job.retries == retries


def wake(job: Job) -> None:
    """Its delay is over."""
    Job.objects.filter(pk=job.pk).update(available_at=timezone.now())
