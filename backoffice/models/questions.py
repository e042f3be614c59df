"""Saved questions: SQL in versions, each reviewed by a second person before others may run it."""

from __future__ import annotations

import uuid

from django.conf import settings
from django.contrib.auth.models import Group
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _


class Question(models.Model):
    """What is asked, whatever its version; a report type as long as it has an approved one."""

    title = models.CharField(_("title"), max_length=100)  # of its latest version
    # What runs; none before the first approval.
    current = models.ForeignKey(
        "QuestionVersion", models.PROTECT, null=True, related_name="+", verbose_name=_("approved version")
    )
    withdrawn_at = models.DateTimeField(_("withdrawn"), null=True)
    created_at = models.DateTimeField(_("made"), auto_now_add=True)

    class Meta:
        verbose_name = _("saved question")
        verbose_name_plural = _("saved questions")
        ordering = ["title", "id"]
        default_permissions = ("view", "add")
        permissions = [
            ("review_question", _("Can review saved questions of others")),
            ("run_question", _("Can run saved questions")),
        ]

    def __str__(self) -> str:
        return self.title


class VersionState(models.TextChoices):
    WAITING = "waiting", _("To be reviewed")
    APPROVED = "approved", _("Approved")
    REFUSED = "refused", _("Sent back")


class Drawn(models.TextChoices):
    NOTHING = "", _("No chart")
    BARS = "bars", _("Bars")
    LINES = "lines", _("Lines")


class QuestionVersion(models.Model):
    """Nothing of it changes but its review: what is written anew is another version."""

    question = models.ForeignKey(Question, models.CASCADE, related_name="versions", db_index=False)
    number = models.PositiveIntegerField(_("version"))
    title = models.CharField(_("title"), max_length=100)
    definition = models.TextField(_("what it says"), max_length=2000)
    sql = models.TextField(_("SQL"), max_length=20_000)
    # Lines of its form: backoffice/questions/parameters.py.
    parameters = models.JSONField(default=list)
    groups = models.ManyToManyField(Group, related_name="+", verbose_name=_("who may run it"))
    totals = models.JSONField(default=list)  # names of columns
    group_by = models.CharField(_("group by"), max_length=63, blank=True)
    chart = models.CharField(_("chart"), max_length=8, choices=Drawn, blank=True, default="")
    chart_label = models.CharField(max_length=63, blank=True)
    chart_values = models.JSONField(default=list)  # names of columns
    author = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+", verbose_name=_("author")
    )
    written_at = models.DateTimeField(_("written"), auto_now_add=True)
    state = models.CharField(_("state"), max_length=8, choices=VersionState, default=VersionState.WAITING)
    reviewer = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+", verbose_name=_("reviewer")
    )
    reviewed_at = models.DateTimeField(_("reviewed"), null=True)
    review_note = models.CharField(_("note"), max_length=500, blank=True)

    class Meta:
        verbose_name = _("version of a question")
        verbose_name_plural = _("versions of questions")
        ordering = ["-number"]
        default_permissions = ()
        constraints = [
            models.UniqueConstraint(fields=["question", "number"], name="one_version_a_number"),
            # Whoever left is nobody: NULL is no second person, and no first.
            models.CheckConstraint(condition=~Q(reviewer=F("author")), name="reviewed_by_another"),
        ]

    def __str__(self) -> str:
        return f"{self.title} ({self.number})"


class QuestionAnswer(models.Model):
    """One answer, to be read on a page by who asked."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    version = models.ForeignKey(QuestionVersion, models.CASCADE, related_name="answers")
    job_id = models.CharField(max_length=255, unique=True)
    asked_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="+")
    parameters = models.JSONField(default=dict)
    columns = models.JSONField(default=list)
    numbers = models.JSONField(default=list)  # places of columns
    rows = models.JSONField(default=list)  # the first of them
    row_count = models.PositiveIntegerField(_("rows"))
    at = models.DateTimeField(_("asked"), auto_now_add=True, db_index=True)

    class Meta:
        verbose_name = _("answer")
        verbose_name_plural = _("answers")
        ordering = ["-at"]
        default_permissions = ()

    def __str__(self) -> str:
        return f"{self.version} {self.at:%Y-%m-%d %H:%M}"
