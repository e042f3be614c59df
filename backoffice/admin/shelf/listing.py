"""The shelf as a list: a line a binder, the latest first."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from django.contrib import admin
from django.contrib.admin.options import IncorrectLookupParameters
from django.db.models import Exists, OuterRef, QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.urls import URLPattern, path
from django.utils.translation import gettext_lazy as _
from unfold.decorators import display

from backoffice.admin.reports import TypeFilter
from backoffice.admin.shelf import favourites, page
from backoffice.admin.shelf.access import SEE, may_see, title_of
from backoffice.admin.viewer import viewer
from backoffice.models import Binder, Favourite
from backoffice.reports import registry
from backoffice.reports.periods import Period
from tasks_app.admin.common import BigTableAdmin
from tasks_app.admin.filters import DayRangeFilter, OneOf
from tasks_app.admin.layout import Layout
from tasks_app.admin.searching import in_column
from tasks_app.display import badge, cut, when


class DaysFilter(DayRangeFilter):
    """Binders about any of these days."""

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self.title = _("days covered")

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        first, last = self.day_of("from"), self.day_of("to")
        if first and last and last < first:
            raise IncorrectLookupParameters
        if first:
            queryset = queryset.filter(last_day__gte=first)
        return queryset.filter(first_day__lte=last) if last else queryset


class FavouriteFilter(OneOf):
    title = _("favourites")
    parameter_name = "favourite"

    def lookups(self, request: HttpRequest, model_admin: Any) -> Iterable[tuple[str, Any]]:
        return [("mine", _("My favourites"))]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        if "mine" not in self.chosen():
            return queryset
        mine = Favourite.objects.filter(user=viewer(request), type=OuterRef("type"))
        return queryset.filter(Exists(mine))


@admin.register(Binder)
class BinderAdmin(BigTableAdmin):
    list_display = ("name", "kind", "days", "issues_shown", "liked", "latest")
    list_display_links = ("name",)
    layout = Layout(title="name", state="liked", time="latest", wide=("kind", "days"))
    list_filter = (TypeFilter, ("last_day", DaysFilter), FavouriteFilter)
    ordering = ("-latest_at", "-id")
    sortable_by = ()
    search_fields = ("title",)
    search_help_text = _("Part of the title")
    actions = None
    empty_icon = "shelves"
    empty_title = _("The shelf is empty")
    empty_text = _(
        "Each report that is made stands here, with all its issues, by what it is about and which days."
    )

    def get_queryset(self, request: HttpRequest) -> QuerySet[Binder]:
        liked = Favourite.objects.filter(user=viewer(request), type=OuterRef("type"))
        binders: QuerySet[Binder] = (
            super().get_queryset(request).defer("folded").annotate(is_liked=Exists(liked))
        )
        if viewer(request).is_superuser:
            return binders
        return binders.filter(type__in=[one.slug for one in registry.visible_types(request.user)])

    def has_view_permission(self, request: HttpRequest, obj: Binder | None = None) -> bool:
        user = viewer(request)
        return bool(user.has_perm(SEE)) and (obj is None or may_see(user, obj))

    def has_module_permission(self, request: HttpRequest) -> bool:
        return self.has_view_permission(request)

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Binder], search_term: str
    ) -> tuple[QuerySet[Binder], bool]:
        term = search_term.strip()
        return (in_column(request, queryset, term) if term else queryset), False

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: Any = None
    ) -> HttpResponse:
        return page.show(request, object_id)

    def get_urls(self) -> list[URLPattern]:
        def own(route: str, view: Callable[..., HttpResponseBase]) -> URLPattern:
            name = f"backoffice_binder_{route}"
            return path(f"<path:object_id>/{route}/", self.admin_site.admin_view(view), name=name)

        return [own("favourite", favourites.switch), *super().get_urls()]

    # --- Columns

    @display(description=_("Report"))
    def name(self, binder: Binder) -> str:
        return cut(binder.title)

    @display(description=_("Type"))
    def kind(self, binder: Binder) -> str:
        return title_of(binder.type)

    @display(description=_("Days covered"))
    def days(self, binder: Binder) -> str:
        return cut(str(Period(binder.first_day, binder.last_day)))

    @display(description=_("All issues"))
    def issues_shown(self, binder: Binder) -> str:
        return str(binder.issues_count)

    @display(description="")
    def liked(self, binder: Any) -> str:
        return badge(_("Favourite"), "info", "star") if binder.is_liked else ""

    @display(description=_("Latest issue"))
    def latest(self, binder: Binder) -> str:
        return when(binder.latest_at)
