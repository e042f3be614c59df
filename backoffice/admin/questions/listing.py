"""The list of saved questions, and the addresses of their pages."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from django.contrib import admin
from django.db.models import Q, QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.urls import URLPattern, path
from django.utils.translation import gettext_lazy as _
from unfold.decorators import display

from backoffice.admin.questions import answering, page, reviewing, writing
from backoffice.admin.questions.facts import STATES, state_badge
from backoffice.admin.viewer import viewer
from backoffice.models import Question
from backoffice.questions.asking.runner import is_on
from backoffice.questions.reviewing import WRITE
from backoffice.questions.seen import sees_all, visible
from tasks_app.admin.common import BigTableAdmin
from tasks_app.admin.filters import OneOf
from tasks_app.admin.layout import Layout
from tasks_app.admin.searching import by_reading
from tasks_app.display import cut, when, who


class StateFilter(OneOf):
    title = _("state")
    parameter_name = "state"

    def lookups(self, request: HttpRequest, model_admin: Any) -> Iterable[tuple[str, Any]]:
        return [(key, label) for key, (label, _condition) in STATES.items()]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        wanted = Q()
        for one in self.chosen():
            wanted |= STATES[one][1] if one in STATES else Q()
        return queryset.filter(wanted).distinct()


@admin.register(Question)
class QuestionAdmin(BigTableAdmin):
    list_display = ("state", "name", "version", "author", "approved")
    list_display_links = ("name",)
    layout = Layout(title="name", state="state", time="approved", wide=("author",))
    list_filter = (StateFilter,)
    list_before_template = "backoffice/questions/off.html"
    ordering = ("title", "id")
    sortable_by = ()
    search_fields = ("title",)
    search_help_text = _("Part of the title")
    actions = None
    empty_icon = "database_search"
    empty_title = _("No saved question yet")
    empty_text = _(
        "A question is one SELECT with its parameters. Whoever may writes it, a second person reviews it; "
        "from then on it is a report like any other."
    )

    # --- Who sees what

    def get_queryset(self, request: HttpRequest) -> QuerySet[Question]:
        rows = super().get_queryset(request).select_related("current__author")
        return visible(viewer(request), rows)

    def has_add_permission(self, request: HttpRequest) -> bool:
        return viewer(request).has_perm(WRITE)

    def has_view_permission(self, request: HttpRequest, obj: Question | None = None) -> bool:
        allowed: bool = super().has_view_permission(request, obj)
        seen = obj is None or visible(viewer(request), Question.objects.filter(pk=obj.pk)).exists()
        return allowed and seen

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Question], search_term: str
    ) -> tuple[QuerySet[Question], bool]:
        term = search_term.strip()
        return (by_reading(request, queryset, term, self.search_fields) if term else queryset), False

    def get_list_filter(self, request: HttpRequest) -> Any:
        """Others see what runs, and nothing else."""
        return super().get_list_filter(request) if sees_all(viewer(request)) else ()

    def changelist_view(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> Any:
        return super().changelist_view(request, {"questions_off": not is_on()} | (extra_context or {}))

    # --- Its pages

    def add_view(self, request: HttpRequest, form_url: str = "", extra_context: Any = None) -> HttpResponse:
        return writing.add(request)

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: Any = None
    ) -> HttpResponse:
        return page.show(request, object_id)

    def get_urls(self) -> list[URLPattern]:
        def own(route: str, view: Callable[..., HttpResponseBase]) -> URLPattern:
            name = f"backoffice_question_{route}"
            return path(f"<path:object_id>/{route}/", self.admin_site.admin_view(view), name=name)

        return [
            own("edit", writing.edit),
            own("approve", reviewing.approve),
            own("send_back", reviewing.send_back),
            own("withdraw", reviewing.withdraw),
            own("ask", answering.ask),
            own("answer", answering.show),
            *super().get_urls(),
        ]

    # --- Columns

    @display(description=_("State"))
    def state(self, question: Question) -> str:
        return state_badge(question)

    @display(description=_("Title"))
    def name(self, question: Question) -> str:
        return cut(question.title)

    @display(description=_("Approved version"))
    def version(self, question: Question) -> str:
        return str(question.current.number) if question.current else "–"

    @display(description=_("Author"))
    def author(self, question: Question) -> str:
        return cut(who(question.current.author)) if question.current and question.current.author else "–"

    @display(description=_("Approved"))
    def approved(self, question: Question) -> str:
        return when(question.current.reviewed_at) if question.current else "–"
