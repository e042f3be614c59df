"""The list of subscriptions: one's own and those one reads, or all; and the addresses of their pages."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from django.contrib import admin
from django.db.models import Count, Q, QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.urls import URLPattern, path
from django.utils.translation import gettext_lazy as _
from unfold.decorators import display

from backoffice.admin.subscriptions import dealing, page, writing
from backoffice.admin.subscriptions.access import kind_of
from backoffice.admin.subscriptions.facts import STATES, next_of, rhythm_of, state_badge
from backoffice.admin.viewer import viewer
from backoffice.models import Subscription
from backoffice.subscriptions.owners import SUBSCRIBE, visible
from tasks_app.admin.common import BigTableAdmin
from tasks_app.admin.filters import OneOf
from tasks_app.admin.layout import Layout
from tasks_app.admin.searching import by_reading
from tasks_app.display import cut, when, who
from tasks_app.schedules.planning import with_rhythms


class StateFilter(OneOf):
    title = _("state")
    parameter_name = "state"

    def lookups(self, request: HttpRequest, model_admin: Any) -> Iterable[tuple[str, Any]]:
        return [(key, label) for key, (label, _condition) in STATES.items()]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        wanted = Q()
        for one in self.chosen():
            wanted |= STATES[one][1] if one in STATES else Q()
        return queryset.filter(wanted)


@admin.register(Subscription)
class SubscriptionAdmin(BigTableAdmin):
    list_display = ("state", "title", "kind", "rhythm", "reader_count", "owned_by", "next_time")
    list_display_links = ("title",)
    layout = Layout(title="title", state="state", time="next_time", wide=("rhythm", "owned_by"))
    list_filter = (StateFilter,)
    ordering = ("name", "id")
    sortable_by = ()
    search_fields = ("name",)
    search_help_text = _("Part of the name")
    actions = None
    empty_icon = "forward_to_inbox"
    empty_title = _("No subscription yet")
    empty_text = _(
        "A subscription has a report come by itself: every month on the first working day, to you and to "
        "whom you choose."
    )

    # --- Who sees what

    def get_queryset(self, request: HttpRequest) -> QuerySet[Subscription]:
        rows = with_rhythms(super().get_queryset(request), "schedule__")
        counted = rows.annotate(going_on=Count("readers", filter=Q(readers__stopped_at=None), distinct=True))
        return visible(viewer(request), counted.select_related("owner", "schedule__options"))

    def has_add_permission(self, request: HttpRequest) -> bool:
        return viewer(request).has_perms([SUBSCRIBE, writing.ORDER])

    def has_view_permission(self, request: HttpRequest, obj: Subscription | None = None) -> bool:
        allowed: bool = super().has_view_permission(request, obj)
        own = obj is None or visible(viewer(request), Subscription.objects.filter(pk=obj.pk)).exists()
        return allowed and own

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Subscription], search_term: str
    ) -> tuple[QuerySet[Subscription], bool]:
        term = search_term.strip()
        return (by_reading(request, queryset, term, self.search_fields) if term else queryset), False

    # --- Its pages

    def add_view(self, request: HttpRequest, form_url: str = "", extra_context: Any = None) -> HttpResponse:
        return writing.add(request)

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: Any = None
    ) -> HttpResponse:
        return page.show(request, object_id)

    def get_urls(self) -> list[URLPattern]:
        def own(route: str, view: Callable[..., HttpResponseBase]) -> URLPattern:
            name = f"backoffice_subscription_{route}"
            return path(f"<path:object_id>/{route}/", self.admin_site.admin_view(view), name=name)

        return [
            own("edit", writing.edit),
            own("end", dealing.end),
            own("go_on", dealing.go_on),
            own("keep", dealing.keep),
            own("hand_over", dealing.hand_over),
            own("leave", dealing.leave),
            *super().get_urls(),
        ]

    # --- Columns

    @display(description=_("State"))
    def state(self, subscription: Subscription) -> str:
        return state_badge(subscription)

    @display(description=_("Name"))
    def title(self, subscription: Subscription) -> str:
        return cut(subscription.name)

    @display(description=_("Report"))
    def kind(self, subscription: Subscription) -> str:
        kind = kind_of(subscription)
        return str(kind.title) if kind else subscription.type

    @display(description=_("How often"))
    def rhythm(self, subscription: Subscription) -> str:
        return cut(rhythm_of(subscription))

    @display(description=_("Readers"))
    def reader_count(self, subscription: Any) -> str:
        return str(subscription.going_on)

    @display(description=_("Owner"))
    def owned_by(self, subscription: Subscription) -> str:
        return cut(who(subscription.owner)) if subscription.owner else "–"

    @display(description=_("Next time"))
    def next_time(self, subscription: Subscription) -> str:
        return when(next_of(subscription))
