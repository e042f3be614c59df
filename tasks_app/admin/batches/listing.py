"""The list of batches, and the addresses of their pages."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any, ClassVar

from django.contrib import admin
from django.http import HttpRequest, HttpResponse
from django.urls import URLPattern, path
from django.utils.formats import number_format
from django.utils.translation import gettext_lazy as _

from tasks_app.admin.batches import controls, items, new, page
from tasks_app.admin.common import BigTableAdmin
from tasks_app.admin.filters import OneOf
from tasks_app.admin.layout import Layout
from tasks_app.batches import proof
from tasks_app.batches.words import made_of, verdict_of
from tasks_app.display import when, who
from tasks_app.models import Batch, BatchState


class BatchStateFilter(OneOf):
    title = _("state")
    parameter_name = "state"
    column = "state"

    def lookups(self, request: HttpRequest, model_admin: admin.ModelAdmin[Any]) -> Iterable[tuple[str, str]]:
        return [(state.value, str(state.label)) for state in BatchState]


@admin.register(Batch)
class BatchAdmin(BigTableAdmin):
    list_display = ("status", "title", "came_of_it", "jobs", "created", "launched_by")
    list_display_links = ("title",)
    layout = Layout(title="title", state="status", time="created", problem="came_of_it")
    list_select_related = ("by",)
    list_filter = (BatchStateFilter,)
    ordering: ClassVar[tuple[str, ...]] = ("-created_at", "-id")
    sortable_by = ()
    empty_icon = "playlist_play"
    empty_title = _("No batches yet")
    empty_text = _(
        "A batch runs many jobs again: choose them in the list of jobs, or all of a cause, then “Run again”."
    )

    @admin.display(description=_("State"))
    def status(self, batch: Batch) -> str:
        return page.state_badge(batch)

    @admin.display(description=_("Made of"))
    def title(self, batch: Batch) -> str:
        return made_of(batch)

    @admin.display(description=_("What came of it"), empty_value="")
    def came_of_it(self, batch: Batch) -> str:
        return verdict_of(batch) or str(proof.of_batch(batch) or "")

    @admin.display(description=_("Jobs"))
    def jobs(self, batch: Batch) -> str:
        return number_format(batch.total, force_grouping=True)

    @admin.display(description=_("When"))
    def created(self, batch: Batch) -> str:
        return when(batch.created_at)

    @admin.display(description=_("By"))
    def launched_by(self, batch: Batch) -> str:
        return str(who(batch.by))

    def change_view(
        self,
        request: HttpRequest,
        object_id: str,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        return page.show(request, object_id)

    def get_urls(self) -> list[URLPattern]:
        def of_one(route: str, view: Callable[..., HttpResponse], name: str) -> URLPattern:
            wrapped = self.admin_site.admin_view(view)
            return path(f"<path:object_id>/{route}/", wrapped, name=f"tasks_app_batch_{name}")

        return [
            path("new/", self.admin_site.admin_view(new.new_batch), name="tasks_app_batch_new"),
            # Below the batches: its header says so, and there the sidebar lights them.
            path(
                "items/<path:object_id>/correct/",
                self.admin_site.admin_view(items.correct),
                name="tasks_app_batchitem_correct",
            ),
            of_one("live", page.live, "live"),
            of_one("start", controls.start, "start"),
            of_one("pause", controls.pause, "pause"),
            of_one("go-on", controls.go_on, "go_on"),
            of_one("stop", controls.stop, "stop"),
            *super().get_urls(),
        ]
