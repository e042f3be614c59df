"""What is found by its contents: see tasks_app/search/."""

from __future__ import annotations

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from tasks_app.db.trigrams import trigram_index

TEXT_INDEX = trigram_index(
    "search_text_trigrams",
    "tasks_app_searchtext",
    "text",
    parts=(("of_jobs", "thing = 'job'"), ("of_others", "thing <> 'job'")),
)


class SearchText(models.Model):
    """One row of a table that grows, in the words that it is found by; written behind, by the clock."""

    thing = models.CharField(max_length=16)  # what it is of: "job", "message"
    ref = models.CharField(max_length=255)  # its key there, as the database writes it
    text = models.TextField()  # folded: tasks_app/db/folding.py
    moment = models.DateTimeField()  # when its row was made
    stale = models.BooleanField(default=False)  # its row says something else by now

    class Meta:
        verbose_name = _("text of the search")
        verbose_name_plural = _("texts of the search")
        default_permissions = ()
        constraints = [models.UniqueConstraint(fields=["thing", "ref"], name="one_search_text_per_row")]
        # And TEXT_INDEX, which Django cannot say for both databases.
        indexes = [
            models.Index(fields=["thing", "-moment"], name="search_text_newest"),
            models.Index(fields=["id"], name="search_text_stale", condition=Q(stale=True)),
        ]

    def __str__(self) -> str:
        return f"{self.thing} {self.ref}"


class JobArgument(models.Model):
    """An argument that its kind declares searchable; written behind, by the clock, with the job's text."""

    job_id = models.CharField(max_length=255)
    name = models.CharField(max_length=100)
    value = models.CharField(max_length=100)  # folded; of a longer one its digest
    moment = models.DateTimeField()  # when its job was made

    class Meta:
        verbose_name = _("argument of the search")
        verbose_name_plural = _("arguments of the search")
        default_permissions = ()
        constraints = [
            models.UniqueConstraint(fields=["job_id", "name", "value"], name="one_search_argument_per_job")
        ]
        indexes = [models.Index(fields=["name", "value", "-moment"], name="search_argument_newest")]

    def __str__(self) -> str:
        return f"{self.name}: {self.value}"


class SearchProgress(models.Model):
    """How far the search has come with one thing: one row each, and whoever fills it holds its lock."""

    thing = models.CharField(primary_key=True, max_length=16)
    # Whatever was made before it is in, or was looked for when nobody could still be about to commit it.
    until = models.DateTimeField()
    # The next `until`: a moment, and the transaction that noted it (PostgreSQL's xid8). Once all that began
    # before that one have ended, what was made before that moment is there to be seen.
    pending_at = models.DateTimeField(null=True)
    pending_xid = models.BigIntegerField(null=True)
    # Whatever was committed before it is in.
    complete_to = models.DateTimeField()
    # The past, compared again and again from now backwards: how far this time, when it began, and when the
    # last comparison came to its end. NULL: none ever did, so that older rows are not in yet.
    swept_to = models.DateTimeField(null=True)
    swept_ref = models.CharField(max_length=255, blank=True)
    sweep_began_at = models.DateTimeField(null=True)
    swept_at = models.DateTimeField(null=True)

    class Meta:
        verbose_name = _("progress of the search")
        verbose_name_plural = _("progress of the search")
        default_permissions = ()

    def __str__(self) -> str:
        return f"{self.thing}: {self.complete_to}"
