"""Which jobs should send an email each, and which of them have no message (yet).

Every such job leaves one message by its end: what it sent, or why it sent nothing. Those that ended under a
version that did not write it have none.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from django.db.models import Exists, OuterRef

from backoffice.models import Message
from tasks_app.catalogue import kinds
from tasks_app.models import Job
from tasks_app.models.job import JobQuerySet
from tasks_app.notices import Notice


@dataclass(frozen=True)
class LeavesMessage:
    """What a kind whose jobs each send an email declares as `when_unsuccessful`."""

    write: Callable[[Job, Notice], None]

    def __call__(self, job: Job, why: Notice) -> None:
        self.write(job, why)


def sending_tasks() -> list[str]:
    """The tasks of those kinds."""
    return [kind.name for kind in kinds() if isinstance(kind.when_unsuccessful, LeavesMessage)]


def without_message(jobs: JobQuerySet) -> JobQuerySet:
    """Those that should send, or should have sent, and have no message."""
    its_message = Message.objects.filter(job_id=OuterRef("pk"))
    return jobs.filter(~Exists(its_message), name__in=sending_tasks())
