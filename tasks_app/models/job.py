"""A Job is one committed intention to run a task; a JobAttempt is one failed try at it."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.conf import settings
from django.core.serializers.json import DjangoJSONEncoder
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from tasks_app.models.caused import Caused
from tasks_app.models.quick import QuicklyRead
from tasks_app.notices import say, wording_of


class State(models.TextChoices):
    WAITING = "waiting", _("Waiting")
    RUNNING = "running", _("Running")
    SUCCEEDED = "succeeded", _("Succeeded")
    FAILED = "failed", _("Failed")
    CANCELLED = "cancelled", _("Cancelled")
    UNKNOWN = "unknown", pgettext_lazy("job", "Unknown")


# Written once. A re-run is a new Job that points back through `rerun_of`.
FINAL = frozenset({State.SUCCEEDED, State.FAILED, State.CANCELLED})
# Its outcome is to come: from a worker, or from a person.
OPEN = frozenset(State) - FINAL


class Origin(models.TextChoices):
    """Why a job exists."""

    PERSON = "person", _("Launched by a person")
    CODE = "code", _("Called by code")
    SCHEDULE = "schedule", _("Schedule")
    RERUN = "rerun", _("Re-run")
    FOLLOW_UP = "follow_up", _("Follows another job")
    ADOPTED = "adopted", _("Adopted from the broker")


def is_due(now: datetime) -> Q:
    """Of jobs that wait; the others are due later. Whoever tells the two apart does it by this."""
    return Q(published_at__isnull=False) | Q(available_at__isnull=False, available_at__lte=now)


class JobQuerySet(models.QuerySet["Job"]):
    def waiting(self) -> JobQuerySet:
        return self.filter(state=State.WAITING)

    def due(self, now: datetime) -> JobQuerySet:
        """Waiting, and their moment has come or the broker has them; with `not_due_yet` all that wait."""
        return self.waiting().filter(is_due(now))

    def not_due_yet(self, now: datetime) -> JobQuerySet:
        """Waiting for a later moment, or for what was to replace them."""
        return self.waiting().exclude(is_due(now))

    def running(self) -> JobQuerySet:
        return self.filter(state=State.RUNNING)

    def unfinished(self) -> JobQuerySet:
        """Jobs that still need a worker or a person."""
        return self.exclude(state__in=FINAL)

    def unrepaired(self) -> JobQuerySet:
        """Jobs that failed, and no later run of the same work has succeeded: they need somebody."""
        return self.filter(state=State.FAILED, repaired_at=None)

    def of_trace(self, trace_id: str) -> JobQuerySet:
        """Those of one trace, by its 32 hexadecimal digits."""
        return self.filter(trace_id=trace_id.lower())

    def repaired(self) -> JobQuerySet:
        """Jobs that failed, and a later run of the same work has succeeded."""
        return self.filter(state=State.FAILED, repaired_at__isnull=False)


class Job(QuicklyRead, Caused):
    # Celery's task id: a UUID unless the caller chose one.
    id = models.CharField(_("id"), primary_key=True, max_length=255)
    name = models.CharField(_("task"), max_length=255)
    args = models.JSONField(_("positional arguments"), default=list, encoder=DjangoJSONEncoder)
    kwargs = models.JSONField(_("arguments"), default=dict, encoder=DjangoJSONEncoder)
    # The message as it is published: headers, properties, embed (callbacks, chain …), routing.
    message = models.JSONField(default=dict, encoder=DjangoJSONEncoder)
    queue = models.CharField(_("queue"), max_length=255)
    # What it is about, in its launcher's language: an email address, a report's title. Searched by its
    # beginning; pages show `subject_of(job)`.
    # (db_index, unlike Meta.indexes, makes PostgreSQL's index for beginnings.)
    about = models.CharField(_("about"), max_length=255, blank=True, db_index=True)

    state = models.CharField(_("state"), max_length=16, choices=State, default=State.WAITING)
    # When it may start. NULL: only another job's publish makes it due (Celery's replace by a chord).
    available_at = models.DateTimeField(_("due"), null=True)
    published_at = models.DateTimeField(_("published"), null=True)
    token = models.CharField(max_length=36, blank=True)  # of the one run that may record an effect
    lease_until = models.DateTimeField(_("lease until"), null=True)
    worker = models.CharField(_("worker"), max_length=255, blank=True)
    created_at = models.DateTimeField(_("created"))
    started_at = models.DateTimeField(_("started"), null=True)
    ended_at = models.DateTimeField(_("ended"), null=True)

    runs = models.PositiveIntegerField(_("runs"), default=0)  # claims, whatever came of them
    retries = models.PositiveIntegerField(_("retries"), default=0)  # Celery's count, for errors
    deaths = models.PositiveIntegerField(_("workers lost"), default=0)
    progress = models.PositiveSmallIntegerField(_("progress"), null=True)  # percent
    # The code of a notice and, in the next column, its parameters; or words of the job's own.
    progress_note = models.CharField(_("progress note"), max_length=255, blank=True)
    progress_params = models.JSONField(null=True, editable=False, encoder=DjangoJSONEncoder)
    cancel_asked_at = models.DateTimeField(_("cancellation asked"), null=True)
    error_class = models.CharField(_("error class"), max_length=255, blank=True)
    error = models.TextField(_("error"), blank=True)  # the sentence of the last failed attempt

    origin = models.CharField(_("origin"), max_length=16, choices=Origin, default=Origin.CODE)
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.SET_NULL,
        null=True,
        blank=True,
        db_index=False,
        verbose_name=_("launched by"),
    )
    # One per form shown to a person: a double click carries the same key, so it launches once.
    launch_key = models.CharField(max_length=64, null=True)
    rerun_of = models.ForeignKey(
        "self",
        models.SET_NULL,
        null=True,
        blank=True,
        db_index=False,
        related_name="reruns",
        verbose_name=_("re-run of"),
    )
    # A job and all its re-runs are one family. This is the id of its first job, which has none itself;
    # it outlives whatever retention removes of the family.
    family = models.CharField(max_length=255, null=True, editable=False)
    # The later job of its family that tells how its work ended, and its state as ledger/reruns.py keeps it.
    rerun_id = models.CharField(max_length=255, null=True, editable=False)
    rerun_state = models.CharField(max_length=16, choices=State, null=True, editable=False)
    rerun_launched_at = models.DateTimeField(null=True, editable=False)
    # When a later job of its family first succeeded: it needs nobody any more.
    repaired_at = models.DateTimeField(_("repaired"), null=True, editable=False)
    parent_id = models.CharField(max_length=255, blank=True)
    root_id = models.CharField(max_length=255, blank=True)
    # Of the W3C `traceparent` in its message's headers, where its caller, or the request that launched it,
    # has one (tasks_app/logs/traces.py). A column: an index over JSON is asked at each change of a row.
    trace_id = models.CharField(max_length=32, null=True, editable=False)
    # The slot of the schedule that made it; moving periods ("last month") are resolved from it.
    scheduled_for = models.DateTimeField(_("scheduled for"), null=True)

    objects = JobQuerySet.as_manager()

    class Meta:
        verbose_name = _("job")
        verbose_name_plural = _("jobs")
        ordering = ["-created_at", "-id"]
        permissions = [
            ("launch_job", _("Can launch jobs")),
            ("rerun_job", _("Can run jobs again")),
            ("cancel_job", _("Can cancel jobs")),
            ("settle_job", _("Can settle jobs with an unknown outcome")),
            ("export_job", _("Can export lists of jobs")),
        ]
        indexes = [
            models.Index(fields=["-created_at", "-id"], name="job_newest"),
            models.Index(fields=["state", "-created_at"], name="job_by_state"),
            models.Index(fields=["name", "-created_at"], name="job_by_name"),
            models.Index(fields=["queue", "-created_at"], name="job_by_queue"),
            models.Index(fields=["ended_at"], name="job_by_end"),
            # "Failed since you looked": few rows among all that ended.
            models.Index(
                fields=["-ended_at"],
                name="job_unrepaired",
                condition=Q(state="failed", repaired_at__isnull=True),
            ),
            # The failures of one cause, of one from before there were causes, and those that the clock has
            # not counted yet: a job that does not fail is in none of them.
            models.Index(
                fields=["cause", "name", "-ended_at"], name="job_failed_by_cause", condition=Q(state="failed")
            ),
            models.Index(
                fields=["error_class", "name", "-ended_at"],
                name="job_failed_by_class",
                condition=Q(state="failed", cause__isnull=True),
            ),
            models.Index(fields=["ended_at"], name="job_failed_by_end", condition=Q(state="failed")),
            models.Index(
                fields=["repaired_at"], name="job_by_repair", condition=Q(repaired_at__isnull=False)
            ),
            models.Index(fields=["root_id"], name="job_by_root"),
            # The three questions of a tick, each answered from a few rows however long the history.
            models.Index(
                fields=["available_at"],
                name="job_to_publish",
                condition=Q(state="waiting", published_at__isnull=True),
            ),
            models.Index(
                fields=["queue", "published_at"],
                name="job_published",
                condition=Q(state="waiting", published_at__isnull=False),
            ),
            models.Index(fields=["lease_until"], name="job_leased", condition=Q(state="running")),
            # Most jobs have neither: a row writes into each index it has a value for, at each change.
            models.Index(
                fields=["created_by", "-created_at"],
                name="job_of_launcher",
                condition=Q(created_by__isnull=False),
            ),
            models.Index(fields=["rerun_of"], name="job_by_rerun", condition=Q(rerun_of__isnull=False)),
            models.Index(fields=["family"], name="job_by_family", condition=Q(family__isnull=False)),
            models.Index(fields=["trace_id"], name="job_by_trace", condition=Q(trace_id__isnull=False)),
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["launch_key"], name="job_launched_once", condition=Q(launch_key__isnull=False)
            )
        ]

    def __str__(self) -> str:
        return f"{self.name.rpartition('.')[2]} {self.about or self.id[:8]}"

    @property
    def said_of_progress(self) -> str:
        """How far it is, in the reader's language where the job says it in words of ours."""
        if wording_of(self.progress_note) is None:
            return self.progress_note
        return say(self.progress_note, self.progress_params or {})

    @property
    def is_final(self) -> bool:
        return self.state in FINAL

    @property
    def duration(self) -> timedelta | None:
        """Of the last run, from its claim to its end."""
        if self.started_at is None or self.ended_at is None:
            return None
        return self.ended_at - self.started_at


class JobAttempt(Caused):
    """One run that did not succeed. A run that does leaves no row: it costs nothing to be well."""

    class Outcome(models.TextChoices):
        RETRIED = "retried", _("Will be tried again")
        FAILED = "failed", _("Failed")
        LOST = "lost", _("Worker lost")
        TIMED_OUT = "timed_out", _("Time limit")
        RELEASED = "released", _("Handed over")
        CANCELLED = "cancelled", _("Cancelled")

    job = models.ForeignKey(Job, models.CASCADE, related_name="attempts")
    number = models.PositiveIntegerField(_("attempt"))
    outcome = models.CharField(_("outcome"), max_length=16, choices=Outcome)
    worker = models.CharField(_("worker"), max_length=255, blank=True)
    started_at = models.DateTimeField(_("started"), null=True)
    ended_at = models.DateTimeField(_("ended"))
    error_class = models.CharField(_("error class"), max_length=255, blank=True)
    error = models.TextField(_("error"), blank=True)
    traceback = models.TextField(_("traceback"), blank=True)
    # Equal for the same cause, see Failure; of exceptions that are not ours by notices/foreign.py.
    fingerprint = models.CharField(max_length=64, blank=True)
    # The rule it was made by: those of two rules are never compared. NULL: of the first.
    fingerprint_rule = models.PositiveSmallIntegerField(null=True, editable=False)

    class Meta:
        verbose_name = _("attempt")
        verbose_name_plural = _("attempts")
        ordering = ["number", "id"]
        indexes = [
            models.Index(fields=["fingerprint", "-ended_at"], name="attempt_by_fingerprint"),
            models.Index(fields=["-ended_at"], name="attempt_newest"),
        ]

    def __str__(self) -> str:
        return f"{self.job_id} #{self.number}"
