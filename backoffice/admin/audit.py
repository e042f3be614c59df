"""Who did what, and who signed in: two lists to be read."""

from __future__ import annotations

import re
from typing import Any

from django.contrib import admin
from django.contrib.admin.models import ADDITION, DELETION, LogEntry
from django.contrib.admin.utils import unquote
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.urls import URLPattern, path, reverse
from django.utils.html import format_html
from django.utils.text import Truncator
from django.utils.translation import gettext_lazy as _
from unfold.contrib.filters.admin import (
    BooleanRadioFilter,
    ChoicesDropdownFilter,
    RelatedDropdownFilter,
)
from unfold.views import ChangeList

from backoffice.admin import audit_export
from backoffice.admin.audit_filters import ActionFilter, ThingFilter, with_words
from backoffice.models import SendingHold, SignIn, SignInLock
from tasks_app.admin.audit_things import many, things_of, told
from tasks_app.admin.common import BigTableAdmin, starts_with
from tasks_app.admin.filters import DayRangeFilter
from tasks_app.admin.layout import Layout
from tasks_app.admin.searching import among_newest
from tasks_app.admin.things import NAMES, SHOWN_ON, Thing
from tasks_app.audit.entries import is_of_many
from tasks_app.audit.reading import items_of, of_object
from tasks_app.display import badge, beside, when, who

ACTION_LOOKS = {ADDITION: ("success", "add"), DELETION: ("danger", "delete")}
ITEMS_SHOWN = 50
NAMES[LogEntry] = lambda entry: Truncator(entry.get_change_message() or str(entry)).chars(80)
# Rows that have no page of their own.
SHOWN_ON[SendingHold] = ("admin:backoffice_message_changelist", "backoffice.view_message")
SHOWN_ON[SignInLock] = ("admin:backoffice_signinlock_changelist", "backoffice.view_signinlock")


class AuditList(ChangeList):
    """Knows what the page's entries are about: a query for each kind of thing."""

    def get_results(self, request: HttpRequest) -> None:
        super().get_results(request)
        entries = list(self.result_list)
        self.result_list = entries
        things = things_of(request, entries)
        for entry in entries:
            entry.thing = things[entry.pk]
            entry.told = told(request, entry.change_message)


# What was done or tried: nobody does anything to it, so its page offers no history of that.
RECORD = {"show_history": False}


@admin.register(LogEntry)
class LogEntryAdmin(BigTableAdmin):
    list_display = ("when", "person", "action", "thing", "what")
    list_display_links = ("when",)
    layout = Layout(title="thing", state="action", time="when", wide=("what",))
    list_select_related = ("user", "content_type")
    list_filter = (
        ("user", RelatedDropdownFilter),
        ThingFilter,
        ActionFilter,
        ("action_time", DayRangeFilter),
        ("action_flag", ChoicesDropdownFilter),
    )
    list_before_template = "backoffice/audit_export.html"
    search_fields = ("object_repr", "=object_id")
    search_help_text = _("The name or the id of what was changed, or words of a recent entry")
    ordering = ("-id",)  # rows are written in the order of time, and the id has an index
    written_at = "action_time"
    sortable_by = ()
    fields = ("when", "person", "action", "kind", "thing", "what")
    readonly_fields = fields
    empty_icon = "history"
    empty_title = _("Nothing has been changed yet")
    empty_text = _("Whatever somebody adds, changes, deletes, launches or pauses appears here.")
    change_form_outer_after_template = "backoffice/audit_items.html"  # type: ignore[assignment]  # Unfold: None alone

    def get_changelist(self, request: HttpRequest, **kwargs: Any) -> type[ChangeList]:
        return AuditList

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[LogEntry], search_term: str
    ) -> tuple[QuerySet[LogEntry], bool]:
        """By name or by words; or all that was done to the thing of a whole id, alone or among many."""
        term = search_term.strip()
        about = queryset.filter(pk__in=of_object(term).values("pk")) if term else queryset.none()
        if about.exists():
            return about, False
        if not term:
            return queryset, False
        named = among_newest(request, queryset, term, ("object_repr",))
        return named | with_words(queryset, term), False

    def get_urls(self) -> list[URLPattern]:
        view = self.admin_site.admin_view(audit_export.export)
        return [path("export/", view, name="admin_logentry_export"), *super().get_urls()]

    def get_object(
        self, request: HttpRequest, object_id: str, from_field: str | None = None
    ) -> LogEntry | None:
        entry = super().get_object(request, object_id, from_field)
        if entry is not None:
            thing = things_of(request, [entry])[entry.pk]
            entry.thing = Thing(thing.text) if thing.url == request.path else thing  # this very page
            entry.told = told(request, entry.change_message)
        return entry

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: Any = None
    ) -> HttpResponse:
        entry = self.get_object(request, unquote(object_id))
        items = _items(request, entry) if entry and is_of_many(entry) else {}
        return super().change_view(request, object_id, form_url, RECORD | items | (extra_context or {}))

    @admin.display(description=_("when"))
    def when(self, entry: LogEntry) -> str:
        return when(entry.action_time)

    @admin.display(description=_("who"))
    def person(self, entry: LogEntry) -> str:
        """All that they did is a click away."""
        url = reverse("admin:admin_logentry_changelist", query={"user__id__exact": entry.user_id})
        return format_html('<a href="{}" class="bo-link">{}</a>', url, who(entry.user))

    @admin.display(description=_("action"))
    def action(self, entry: LogEntry) -> str:
        return badge(entry.get_action_flag_display(), *ACTION_LOOKS.get(entry.action_flag, ("info", "edit")))

    @admin.display(description=_("kind"))
    def kind(self, entry: LogEntry) -> str:
        return entry.content_type.name if entry.content_type else "–"

    @admin.display(description=_("what"))
    def thing(self, entry: LogEntry) -> str:
        thing: Thing = getattr(entry, "thing", None) or Thing(entry.object_repr)
        is_one_thing = entry.content_type is not None and not is_of_many(entry)
        text = beside(thing.text, self.kind(entry) if is_one_thing else "")
        return format_html('<a href="{}" class="bo-link">{}</a>', thing.url, text) if thing.url else text

    @admin.display(description=_("change"))
    def what(self, entry: LogEntry) -> str:
        told: str = getattr(entry, "told", None) or entry.get_change_message()
        return format_html("<span>{}</span>", told or "–")


class OutcomeFilter(BooleanRadioFilter):
    def in_words(self, parameter: str, value: str) -> str:
        return str(_("Signed in") if value == "1" else _("Refused"))


def _items(request: HttpRequest, entry: LogEntry) -> dict[str, Any]:
    """A page of what an entry about many is about, each with its link and what was done to it."""
    asked = request.GET.get("after", "")
    after = int(asked) if re.fullmatch(r"\d{1,18}", asked) else 0
    items = items_of(entry, after, ITEMS_SHOWN + 1)
    things = things_of(request, items)
    shown = items[:ITEMS_SHOWN]
    return {
        "items": [(things[item.pk], told(request, item.change_message)) for item in shown],
        "many": many(entry),
        "next_after": shown[-1].pk if len(items) > ITEMS_SHOWN else None,
        "is_first": not after,
    }


@admin.register(SignIn)
class SignInAdmin(BigTableAdmin):
    list_display = ("when", "username", "outcome", "address")
    list_display_links = None
    layout = Layout(title="username", state="outcome", time="when")
    list_filter = (("success", OutcomeFilter), ("at", DayRangeFilter))
    search_fields = ("username",)
    search_help_text = _("The beginning of a user name")
    ordering = ("-at", "-id")
    sortable_by = ()
    fields = ("when", "username", "outcome", "address", "user")
    readonly_fields = fields
    empty_icon = "login"
    empty_title = _("Nobody has signed in yet")
    empty_text = _("Each attempt appears here, with the address it came from.")

    @admin.display(description=_("when"))
    def when(self, attempt: SignIn) -> str:
        return when(attempt.at)

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: Any = None
    ) -> HttpResponse:
        return super().change_view(request, object_id, form_url, RECORD | (extra_context or {}))

    @admin.display(description=_("outcome"))
    def outcome(self, attempt: SignIn) -> str:
        if attempt.success:
            return badge(_("Signed in"), "success", "check_circle")
        return badge(_("Refused"), "danger", "error")

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[SignIn], search_term: str
    ) -> tuple[QuerySet[SignIn], bool]:
        if not search_term:
            return queryset, False
        return queryset.filter(starts_with("username", search_term)), False
