"""A batch is many jobs that are run again under one decision; its items are those jobs, frozen then."""

from __future__ import annotations

import uuid
from collections.abc import Iterable

from django.conf import settings
from django.core.serializers.json import DjangoJSONEncoder
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from tasks_app.models.quick import QuicklyRead

REASON_LENGTH = 500  # characters


class BatchState(models.TextChoices):
    PREPARING = "preparing", _("Being sorted")
    READY = "ready", _("Ready to start")
    RUNNING = "running", pgettext_lazy("batch", "Running")
    PAUSED = "paused", pgettext_lazy("batch", "Paused")
    STOPPING = "stopping", pgettext_lazy("batch", "Stopping")
    STOPPED = "stopped", pgettext_lazy("batch", "Stopped")
    FINISHED = "finished", pgettext_lazy("batch", "Finished")


# Nothing more becomes of it.
ENDED = frozenset({BatchState.STOPPED, BatchState.FINISHED})
STOPPABLE = frozenset({BatchState.PREPARING, BatchState.READY, BatchState.RUNNING, BatchState.PAUSED})


class ItemClass(models.TextChoices):
    """What running it again would mean."""

    UNSORTED = "unsorted", _("Not sorted yet")
    NOTHING = "nothing", _("Would repeat nothing")
    EFFECT = "effect", _("Would repeat an outside effect that is recorded")
    DONE = "done", _("Done already")
    UNDER_WAY = "under_way", _("Waits or runs already, itself or run again")
    TWIN = "twin", _("The same work as another of this batch")
    HELD = "held", _("In another batch that is open")
    FORBIDDEN = "forbidden", _("May not be launched by who began the batch")
    UNFIT = "unfit", _("Its arguments do not fit their form any more")
    KIND_GONE = "kind_gone", _("This version has no such job")
    UNREADABLE = "unreadable", _("Stands for a message that nobody could read")
    NOT_KEPT = "not_kept", _("No longer kept")


# What a person may include all the same, by class and with a reason.
INCLUDABLE = (ItemClass.EFFECT, ItemClass.DONE)


class ItemState(models.TextChoices):
    PENDING = "pending", _("Not launched yet")
    LEFT_OUT = "left_out", _("Left out")
    STOPPED = "stopped", _("Not launched: the batch was stopped")
    LAUNCHED = "launched", _("Launched, outcome to come")
    SUCCEEDED = "succeeded", pgettext_lazy("item", "Succeeded")
    SAME_CAUSE = "same_cause", _("Failed again with the same cause")
    FAILED = "failed", _("Failed with another cause")
    CANCELLED = "cancelled", pgettext_lazy("item", "Cancelled")
    UNKNOWN = "unknown", _("Of unknown outcome")
    FORGOTTEN = "forgotten", _("Launched; its job is no longer kept")


# How a job that was launched may have ended.
OUTCOMES = (
    ItemState.SUCCEEDED, ItemState.SAME_CAUSE, ItemState.FAILED, ItemState.CANCELLED, ItemState.UNKNOWN,
    ItemState.FORGOTTEN,
)  # fmt: skip


class Canary(models.TextChoices):
    WATCH = "watch", _("One, then ten, then the rest: it stops by itself where the same cause returns")
    ASK = "ask", _("One, then ten, then the rest: it waits for my word after each")
    NONE = "none", _("All at once")


class Batch(models.Model):
    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    state = models.CharField(_("state"), max_length=16, choices=BatchState, default=BatchState.PREPARING)
    # What it was made of, in words: a plain value of tasks_app/notices, said in its reader's language.
    words = models.JSONField(encoder=DjangoJSONEncoder)
    # Of all its items, where they share them.
    kind = models.CharField(_("kind"), max_length=255, blank=True)
    cause = models.CharField(_("cause"), max_length=255, blank=True)
    reason = models.CharField(_("reason"), max_length=REASON_LENGTH, blank=True)
    # What is given in place of an argument, to all of them.
    changes = models.JSONField(default=dict, encoder=DjangoJSONEncoder)
    included = models.JSONField(default=list)  # classes that are run all the same
    included_reason = models.CharField(max_length=REASON_LENGTH, blank=True)

    canary = models.CharField(max_length=8, choices=Canary, default=Canary.WATCH)
    # Of each step of the canary: how many it launched and, by state, what came of them.
    steps = models.JSONField(default=list)
    step = models.PositiveSmallIntegerField(default=0)  # where it is; len(SIZES) once it holds
    verdict = models.JSONField(null=True, encoder=DjangoJSONEncoder)  # why it stopped or waits: a notice

    by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, db_index=False, verbose_name=_("by")
    )
    created_at = models.DateTimeField(_("begun"))
    started_at = models.DateTimeField(_("started"), null=True)
    ended_at = models.DateTimeField(_("ended"), null=True)

    total = models.PositiveIntegerField(_("jobs"), default=0)
    # {class: {state: number}}, which add up to `total`; kept in the transaction that moves items.
    counts = models.JSONField(default=dict)
    counted_at = models.DateTimeField(null=True)
    prepared_to = models.BigIntegerField(default=0)  # key of the last item that was sorted
    # The one job that works on it: another one finds that it is not, and leaves.
    job_id = models.CharField(max_length=255, blank=True)
    key = models.CharField(max_length=64, unique=True)  # of its form: a double click begins one batch

    class Meta:
        verbose_name = _("batch")
        verbose_name_plural = _("batches")
        ordering = ["-created_at", "-id"]
        default_permissions = ("add", "view")
        indexes = [
            models.Index(fields=["-created_at", "-id"], name="batch_newest"),
            models.Index(fields=["cause", "kind", "-created_at"], name="batch_by_cause"),
        ]

    def __str__(self) -> str:
        return str(self.id)[:8]

    def count(self, classes: Iterable[str] | None = None, states: Iterable[str] | None = None) -> int:
        """How many items are of these classes and in these states; of all, where none are named."""
        wanted = None if states is None else set(states)
        return sum(
            number
            for name in (self.counts if classes is None else classes)
            for state, number in self.counts.get(name, {}).items()
            if wanted is None or state in wanted
        )

    @property
    def takes(self) -> list[str]:
        """The classes that it launches."""
        return [ItemClass.NOTHING, *self.included]

    @property
    def launched(self) -> int:
        return self.count(states=(ItemState.LAUNCHED, *OUTCOMES))


class BatchItem(QuicklyRead):
    # Without a constraint, which PostgreSQL would check for each item of a click by itself: items are written
    # with their batch, and a batch is removed once it has none.
    batch = models.ForeignKey(
        Batch, models.CASCADE, db_index=False, db_constraint=False, related_name="items"
    )
    job_id = models.CharField(_("job"), max_length=255)
    cause = models.CharField(max_length=255, null=True)  # of the job, as the batch began
    item_class = models.CharField(
        _("what running it again would mean"), max_length=16, choices=ItemClass, default=ItemClass.UNSORTED
    )
    state = models.CharField(_("state"), max_length=16, choices=ItemState, default=ItemState.PENDING)
    why = models.JSONField(null=True, encoder=DjangoJSONEncoder)  # the effect, or what does not fit: a notice
    arguments = models.JSONField(null=True, encoder=DjangoJSONEncoder)  # corrected for this one alone
    new_job_id = models.CharField(_("run again as"), max_length=255, null=True)
    step = models.PositiveSmallIntegerField(null=True)  # of the canary, that launched it

    class Meta:
        verbose_name = _("job of a batch")
        verbose_name_plural = _("jobs of batches")
        ordering = ["id"]
        default_permissions = ()
        # Ids of jobs are compared as bytes: by the rules of a language a click took a seventh longer.
        constraints = [
            # What an open batch holds is in no other.
            models.UniqueConstraint(
                fields=["job_id"],
                name="job_in_one_open_batch",
                condition=Q(state="pending"),
                opclasses=["varchar_pattern_ops"],
            )
        ]
        indexes = [
            models.Index(fields=["batch", "state", "id"], name="batchitem_by_state"),
            models.Index(fields=["job_id"], name="batchitem_by_job", opclasses=["varchar_pattern_ops"]),
            models.Index(
                fields=["new_job_id"], name="batchitem_by_new_job", condition=Q(new_job_id__isnull=False)
            ),
        ]

    def __str__(self) -> str:
        return self.job_id
