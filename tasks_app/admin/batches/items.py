"""The jobs of batches: what each would mean, what came of it; correcting one that does not fit."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any, ClassVar

from django.contrib import admin, messages
from django.db import transaction
from django.db.models import Model
from django.http import Http404, HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.html import format_html
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from tasks_app.admin import audit_log
from tasks_app.admin.batches.new import RIGHTS, batch_url
from tasks_app.admin.common import BigTableAdmin, log_action
from tasks_app.admin.dialogs import done, require
from tasks_app.admin.dressing import dress
from tasks_app.admin.filters import OneOf, once_a_request
from tasks_app.admin.jobs.access import find_job, may_run_again
from tasks_app.admin.jobs.actions import correctable, name_of
from tasks_app.admin.launch import add_errors
from tasks_app.admin.layout import Layout
from tasks_app.admin.things import row_of
from tasks_app.batches import steps
from tasks_app.batches.changing import changed
from tasks_app.batches.words import made_of, why
from tasks_app.catalogue import Arguments
from tasks_app.errors import InvalidArguments
from tasks_app.ledger import batch_counts as counts
from tasks_app.ledger.batch_lock import locked
from tasks_app.models import Batch, BatchItem, ItemClass, ItemState, Job
from tasks_app.models.batch import ENDED
from tasks_app.subject import arguments_of, listed

LISTED_BATCHES = 20  # the latest, offered by the filter


class BatchFilter(OneOf):
    title = gettext_lazy("batch")
    parameter_name = "batch"
    column = "batch"

    @once_a_request
    def lookups(self, request: HttpRequest, model_admin: admin.ModelAdmin[Any]) -> Iterable[tuple[str, str]]:
        asked = [found for key in request.GET.getlist("batch") if (found := row_of(Batch, key))]
        latest = Batch.objects.order_by("-created_at")[:LISTED_BATCHES]
        return list({str(batch.pk): made_of(batch) for batch in [*asked, *latest]}.items())


class ClassFilter(OneOf):
    title = gettext_lazy("what running it again would mean")
    parameter_name = "class"
    column = "item_class"

    def lookups(self, request: HttpRequest, model_admin: admin.ModelAdmin[Any]) -> Iterable[tuple[str, str]]:
        return [(name.value, str(name.label)) for name in ItemClass]


class ItemStateFilter(OneOf):
    title = gettext_lazy("outcome")
    parameter_name = "state"
    column = "state"

    def lookups(self, request: HttpRequest, model_admin: admin.ModelAdmin[Any]) -> Iterable[tuple[str, str]]:
        return [(state.value, str(state.label)) for state in ItemState]


@admin.register(BatchItem)
class BatchItemAdmin(BigTableAdmin):
    list_display = ("status", "job", "meaning", "again", "of_batch")
    list_display_links = None
    layout = Layout(title="job", state="status", wide=("meaning",))
    list_select_related = ("batch",)
    list_filter = (BatchFilter, ItemStateFilter, ClassFilter)
    ordering: ClassVar[tuple[str, ...]] = ("id",)
    sortable_by = ()
    empty_icon = "playlist_play"
    empty_title = gettext_lazy("No such jobs")
    empty_text = gettext_lazy("No job of a batch is as the filters say.")

    def changelist_view(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        named = {"title": _("Jobs of batches")} | (extra_context or {})
        answer = super().changelist_view(request, named)
        changelist = (getattr(answer, "context_data", None) or {}).get("cl")
        if changelist is not None:
            changelist.result_list = list(changelist.result_list)
            give_jobs(changelist.result_list)
        return answer

    def has_view_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return request.user.has_perms(["tasks_app.view_batch", "tasks_app.view_job"])

    @admin.display(description=gettext_lazy("Outcome"))
    def status(self, item: BatchItem) -> str:
        return str(item.get_state_display())

    @admin.display(description=gettext_lazy("Job"))
    def job(self, item: Any) -> str:
        return _job_link(item.job_id, item.its_jobs)

    @admin.display(description=gettext_lazy("Running it again"))
    def meaning(self, item: Any) -> str:
        said = why(item) or item.get_item_class_display()
        if item.state == ItemState.PENDING and item.item_class == ItemClass.UNFIT:
            url = reverse("admin:tasks_app_batchitem_correct", args=[item.pk])
            return format_html('{} <a class="underline" href="{}">{}</a>', said, url, _("Correct it"))
        if (holder := item.its_holders.get(item.job_id)) and item.item_class == ItemClass.HELD:
            return format_html('<a class="underline" href="{}">{}</a>', batch_url(holder), said)
        return said

    @admin.display(description=gettext_lazy("Run again as"), empty_value="")
    def again(self, item: Any) -> str:
        return _job_link(item.new_job_id, item.its_jobs) if item.new_job_id else ""

    @admin.display(description=gettext_lazy("Batch"))
    def of_batch(self, item: BatchItem) -> str:
        return format_html(
            '<a class="underline" href="{}">{}</a>', batch_url(item.batch), made_of(item.batch)
        )

    def change_view(
        self,
        request: HttpRequest,
        object_id: str,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        """An item is a row of its batch: what there is to see is its job."""
        if not self.has_view_permission(request):
            require(request, "tasks_app.view_batch", "tasks_app.view_job")
        item = row_of(BatchItem, object_id)
        if item is None:
            raise Http404
        return done(request, reverse("admin:tasks_app_job_change", args=[item.job_id]))


def give_jobs(items: Sequence[Any]) -> None:
    """To the rows of one page: their jobs and new jobs, and the open batches that hold one of them."""
    ids = {key for item in items for key in (item.job_id, item.new_job_id) if key}
    jobs = {job.pk: job for job in listed(Job.objects.filter(pk__in=ids))}
    held = [item.job_id for item in items if item.item_class == ItemClass.HELD]
    pending = BatchItem.objects.filter(job_id__in=held, state=ItemState.PENDING).select_related("batch")
    holders = {one.job_id: one.batch for one in pending} if held else {}
    for item in items:
        item.its_jobs, item.its_holders = jobs, holders


def _job_link(job_id: str, jobs: dict[str, Job]) -> str:
    if (job := jobs.get(job_id)) is None:
        return _("%(name)s (deleted)") % {"name": job_id[:8]}
    url = reverse("admin:tasks_app_job_change", args=[job_id])
    return format_html('<a class="underline" href="{}">{}</a>', url, name_of(job))


# --- Correcting one ---------------------------------------------------------------------------------


def correct(request: HttpRequest, object_id: str) -> HttpResponse:
    """The job's own form, with what it would be given: corrected, it is sorted anew."""
    require(request, *RIGHTS)
    item = row_of(BatchItem, object_id)
    if item is None:
        raise Http404
    job = find_job(request, item.job_id)
    one = correctable(job)
    if one is None or not may_run_again(request.user, job):
        raise Http404
    back = f"{reverse('admin:tasks_app_batchitem_changelist')}?batch={item.batch_id}&class={ItemClass.UNFIT}"
    if not _may_be_corrected(item):
        messages.warning(request, _("It is launched or left out already: correct it on its own page."))
        return done(request, reverse("admin:tasks_app_job_change", args=[item.job_id]))
    given = changed(job, item.batch.changes, item.arguments) or arguments_of(job)
    shown = {name: value for name, value in given.items() if name not in one.kind.secret}
    form = (
        one.form(request.POST, files=request.FILES) if request.method == "POST" else one.form(initial=shown)
    )
    if form.is_bound and form.is_valid():
        try:
            one.foretell(one.arguments(form))
            if _keep(request, item, one.arguments(form)):
                return done(request, back)
            messages.warning(request, _("It is launched or left out already: correct it on its own page."))
            return done(request, reverse("admin:tasks_app_job_change", args=[item.job_id]))
        except InvalidArguments as error:
            add_errors(form, error)
    dress(form, lambda name: reverse("admin:launch_choices", args=[one.slug, name]))
    context = admin.site.each_context(request) | {
        "title": _("Correct it"),
        "what": name_of(job),
        "why": why(item),
        "form": form,
        "back": back,
        "opts": Batch._meta,
    }
    return TemplateResponse(request, "tasks_app/batch_item.html", context)


def _may_be_corrected(item: BatchItem) -> bool:
    return item.state == ItemState.PENDING and item.batch.state not in ENDED


def _keep(request: HttpRequest, item: BatchItem, arguments: Arguments) -> bool:
    """The item has these arguments, and the class that follows; False where the batch was quicker."""
    with transaction.atomic():
        batch = locked(item.batch_id)
        now = BatchItem.objects.filter(pk=item.pk).first()
        if batch is None or now is None:
            return False
        now.batch = batch
        if not _may_be_corrected(now):
            return False
        now.arguments = arguments
        now.save(update_fields=["arguments"])
        steps.sort(batch, [now])
        counts.save(batch)
        log_action(request, batch, audit_log.BATCH_ITEM_CORRECTED(job=item.job_id))
    return True
