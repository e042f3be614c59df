"""Results as django-celery-results stores them; a row opens its job."""

from __future__ import annotations

import json
from collections.abc import Iterable
from contextlib import suppress
from datetime import datetime, timedelta
from typing import Any

from celery import states
from django.contrib import admin
from django.contrib.admin.exceptions import NotRegistered
from django.db.models import Q, QuerySet
from django.db.models.functions import Left
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from django_celery_results.models import GroupResult, TaskResult
from unfold.views import ChangeList

from tasks_app.admin.arguments import RESULT_LENGTH, shortened
from tasks_app.admin.common import BigTableAdmin, starts_with
from tasks_app.admin.filters import DayRangeFilter, KindFilter, OneOf
from tasks_app.admin.layout import Layout
from tasks_app.admin.things import NAMES
from tasks_app.catalogue import label_of
from tasks_app.display import badge, beside, cut, span, when
from tasks_app.ledger.message_codec import secrets_of
from tasks_app.logs.masking import masked
from tasks_app.models import Job
from tasks_app.notices import Notice
from tasks_app.subject import listed, subject_of

# Celery's state: how it is called, its colour (a variant of Unfold's label) and its icon.
STATUS_LOOKS = {
    states.PENDING: (_("Pending"), "", "hourglass_empty"),
    states.RECEIVED: (_("Received"), "", "inbox"),
    states.STARTED: (_("Started"), "info", "play_circle"),
    states.SUCCESS: (_("Succeeded"), "success", "check_circle"),
    states.FAILURE: (_("Failed"), "danger", "error"),
    states.RETRY: (_("Will be tried again"), "warning", "replay"),
    states.REVOKED: (_("Cancelled"), "", "block"),
}


# Columns that may be long.
LONGEST_FAILURE = 20_000  # characters, of an error with its sentence and parameters as JSON
LONG = ("result", "traceback", "task_args", "task_kwargs")


class StatusFilter(OneOf):
    title = _("state")
    parameter_name = "status"
    column = "status"

    def lookups(self, request: HttpRequest, model_admin: admin.ModelAdmin[Any]) -> Iterable[tuple[str, str]]:
        return [(status, str(look[0])) for status, look in STATUS_LOOKS.items()]


class ResultKindFilter(KindFilter):
    column = "task_name"


class ResultChangeList(ChangeList):
    """Knows the jobs of the page's results: one query for all of them."""

    def get_results(self, request: HttpRequest) -> None:
        super().get_results(request)
        results = list(self.result_list)
        self.result_list = results
        ids = [result.task_id for result in results]
        self.jobs = {job.pk: subject_of(job) for job in listed(Job.objects.filter(pk__in=ids))}
        for result in results:
            result.about = self.jobs.get(result.task_id, "")

    def address_of(self, result: TaskResult) -> str:
        """Its job's page, or its own where no job is known (projet/admin_site/lists/rows.py)."""
        if result.task_id in self.jobs:
            return reverse("admin:tasks_app_job_change", args=[result.task_id])
        return str(self.url_for_result(result))


NAMES[TaskResult] = lambda row: gettext("Result")  # its own name is in Celery's words

for _stock in (TaskResult, GroupResult):
    with suppress(NotRegistered):
        admin.site.unregister(_stock)


@admin.register(TaskResult)
class ResultAdmin(BigTableAdmin):
    list_display = ("shown_status", "job", "finished", "took", "began", "worker_name")
    list_display_links = ("job",)
    layout = Layout(title="job", state="shown_status", time="finished", wide=("worker_name",))
    list_filter = (StatusFilter, ResultKindFilter, ("date_done", DayRangeFilter))
    ordering = ("-date_done", "-id")
    sortable_by = ()
    search_fields = ("task_id",)
    search_help_text = _("Beginning of an id")
    empty_icon = "inventory"
    empty_title = _("No results yet")
    empty_text = _("The outcome of each job is kept here once a worker has run it.")
    fieldsets = (
        (None, {"fields": ("shown_status", "job", "job_id", "worker_name", "began", "finished", "took")}),
        (_("Outcome"), {"fields": ("problem", "outcome", "shown_traceback")}),
        (_("Arguments"), {"fields": ("positional_arguments", "arguments")}),
    )
    # django-celery-results says "task" for what is called a job here.
    readonly_fields = (
        "shown_status", "job", "job_id", "worker_name", "began", "finished", "took", "problem", "outcome",
        "shown_traceback", "positional_arguments", "arguments",
    )  # fmt: skip

    def get_changelist(self, request: HttpRequest, **kwargs: Any) -> type[ChangeList]:
        return ResultChangeList

    def get_queryset(self, request: HttpRequest) -> QuerySet[TaskResult]:
        rows: QuerySet[TaskResult] = super().get_queryset(request).defer(*LONG, "meta")
        one_page = request.resolver_match and "object_id" in request.resolver_match.kwargs
        if not one_page:
            return rows
        # No more is read than is shown: one from before results had a bound may be of any size.
        beginnings = {f"{name}_beginning": Left(name, RESULT_LENGTH + 1) for name in LONG}
        shown: QuerySet[TaskResult] = rows.annotate(**beginnings, failure=Left("result", LONGEST_FAILURE))
        return shown

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Any], search_term: str
    ) -> tuple[QuerySet[Any], bool]:
        term = search_term.strip()
        return queryset.filter(starts_with("task_id", term) if term else Q()), False

    def change_view(
        self,
        request: HttpRequest,
        object_id: str,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        named = {"title": _("Result"), "subtitle": None}  # the row's own name is in Celery's words
        return super().change_view(request, object_id, form_url, named | (extra_context or {}))

    @admin.display(description=_("State"))
    def shown_status(self, result: TaskResult) -> str:
        label, variant, icon = STATUS_LOOKS.get(result.status, (result.status, "", ""))
        return badge(label, variant, icon)

    @admin.display(description=_("Job"))
    def job(self, result: TaskResult) -> str:
        return beside(label_of(result.task_name or "") or "–", getattr(result, "about", ""))

    @admin.display(description=_("id"))
    def job_id(self, result: TaskResult) -> str:
        return str(result.task_id)

    @admin.display(description=_("Error"), empty_value="–")
    def problem(self, result: TaskResult) -> str:
        """Why it failed, in the reader's language; "" where it did not."""
        return str(notice_of_result(getattr(result, "failure", None)) or "")

    @admin.display(description=_("positional arguments"))
    def positional_arguments(self, result: TaskResult) -> str:
        return _beginning(result, "task_args")

    @admin.display(description=_("arguments"))
    def arguments(self, result: TaskResult) -> str:
        return _beginning(result, "task_kwargs")

    @admin.display(description=TaskResult._meta.get_field("result").verbose_name)
    def outcome(self, result: TaskResult) -> str:
        """What it returned, without the job's secret arguments."""
        job = Job.objects.filter(pk=result.task_id).only("name", "args", "kwargs").first()
        secrets = secrets_of(job.name, job.args, job.kwargs) if job else ()
        return str(masked(_beginning(result, "result"), secrets))

    @admin.display(description=TaskResult._meta.get_field("traceback").verbose_name)
    def shown_traceback(self, result: TaskResult) -> str:
        return _beginning(result, "traceback")

    @admin.display(description=_("Worker"))
    def worker_name(self, result: TaskResult) -> str:
        return cut(result.worker) or "–"

    @admin.display(description=_("Started"))
    def began(self, result: TaskResult) -> str:
        return when(result.date_started)

    @admin.display(description=_("Ended"))
    def finished(self, result: TaskResult) -> str:
        return when(result.date_done)

    @admin.display(description=_("Took"))
    def took(self, result: TaskResult) -> str:
        return span(_duration(result))


def notice_of_result(stored: str | None) -> Notice | None:
    """What the result of a failure says beside Celery's own words (see `JobResults.prepare_exception`)."""
    try:
        match json.loads(stored or ""):
            case {"exc_type": str(), "code": str() as code, "params": dict() as params}:
                return Notice(code, params)
    except ValueError:
        pass  # of another serializer, or cut
    return None


def _beginning(result: TaskResult, name: str) -> str:
    return shortened(getattr(result, f"{name}_beginning", None) or "")


def _duration(result: TaskResult) -> timedelta | None:
    started: datetime | None = result.date_started
    ended: datetime | None = result.date_done
    return ended - started if started and ended and ended >= started else None
