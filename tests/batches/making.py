"""Failed jobs and batches of them; a batch's job by hand, one step after the other."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from uuid import uuid4

from django.contrib.auth.models import Permission, User
from django.db.models import QuerySet

from tasks_app.batches import control, steps
from tasks_app.batches.beginning import Wish, begin
from tasks_app.batches.steps import Next
from tasks_app.db import shared_time
from tasks_app.ledger.insertion import insert_jobs
from tasks_app.ledger.new_job import build_job
from tasks_app.ledger.reruns import tell_family
from tasks_app.models import Batch, BatchItem, BatchState, Canary, ItemState, Job, State

DEBUG = "projet.celery.debug_task"
CAUSE = "job.time_limit"
OTHER = "worker.died"


def somebody(*permissions: str, name: str = "ada") -> User:
    """Who may run jobs again, see and begin batches, and has these permissions besides."""
    user = User.objects.create_user(name, f"{name}@example.org", is_staff=True)
    wanted = (
        "tasks_app.rerun_job", "tasks_app.launch_job", "tasks_app.view_job", "tasks_app.view_batch",
        "tasks_app.add_batch", *permissions,
    )  # fmt: skip
    for permission in wanted:
        app, _, codename = permission.partition(".")
        user.user_permissions.add(Permission.objects.get(content_type__app_label=app, codename=codename))
    return User.objects.get(pk=user.pk)


def failures(
    count: int,
    *,
    name: str = DEBUG,
    kwargs: Mapping[str, Any] | None = None,
    cause: str | None = CAUSE,
    state: State = State.FAILED,
) -> list[Job]:
    jobs = insert_jobs([build_job(name, kwargs=kwargs or {}) for _ in range(count)])
    return [end(job, state, cause) for job in jobs]


def end(job: Job, state: State, cause: str | None = CAUSE) -> Job:
    """As the engine leaves it in that state."""
    failed = {"cause": cause, "error": "It broke."} if state == State.FAILED else {}
    Job.objects.filter(pk=job.pk).update(state=state, ended_at=shared_time.now(), **failed)
    tell_family(job.pk)
    job.refresh_from_db()
    return job


def begun(by: User | None, jobs: QuerySet[Job] | None = None, **wish: Any) -> Batch:
    rows = Job.objects.filter(state=State.FAILED) if jobs is None else jobs
    return begin(Wish(rows, "These", by, wish.pop("key", None) or str(uuid4()), **wish))


def work(batch: Batch, most: int = 1_000) -> Batch:
    """Its job, until there is nothing to do but to wait; its figures add up after each step."""
    for _ in range(most):
        batch.refresh_from_db()
        _now, then = steps.step(str(batch.pk), batch.job_id)
        adds_up(batch)
        if then is not Next.MORE:
            return batch
    raise AssertionError(f"{most} steps did not do")


def adds_up(batch: Batch) -> None:
    batch.refresh_from_db()
    rows: dict[str, dict[str, int]] = {}
    for name, state in BatchItem.objects.filter(batch=batch).values_list("item_class", "state"):
        rows.setdefault(name, {}).setdefault(state, 0)
        rows[name][state] += 1
    assert batch.counts == rows
    assert batch.count() == batch.total


def ready(by: User | None, jobs: QuerySet[Job] | None = None, **wish: Any) -> Batch:
    batch = work(begun(by, jobs, **wish))
    assert batch.state == BatchState.READY
    return batch


def started(by: User, jobs: QuerySet[Job] | None = None, *, canary: str = Canary.NONE, **how: Any) -> Batch:
    """Begun, sorted and started; nothing is launched yet."""
    begin_with = {name: how.pop(name) for name in ("changes",) if name in how}
    batch = ready(by, jobs, **begin_with)
    assert control.start(batch, by=by, canary=canary, **how)
    batch.refresh_from_db()
    return batch


def launched(batch: Batch) -> list[Job]:
    """The jobs that it made and that have not ended."""
    ids = BatchItem.objects.filter(batch=batch, state=ItemState.LAUNCHED).values("new_job_id")
    return list(Job.objects.filter(pk__in=ids).order_by("created_at"))


def classes(batch: Batch) -> dict[str, str]:
    """By the id of the job, its class."""
    return dict(BatchItem.objects.filter(batch=batch).values_list("job_id", "item_class"))
