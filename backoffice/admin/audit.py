"""Who did what, and who signed in: two lists to be read."""

from __future__ import annotations

from django.contrib import admin
from django.contrib.admin.models import ADDITION, DELETION, LogEntry
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.html import format_html
from django.utils.translation import gettext_lazy as _
from unfold.contrib.filters.admin import (
    BooleanRadioFilter,
    ChoicesDropdownFilter,
    RelatedDropdownFilter,
)

from backoffice.models import SignIn
from tasks_app.admin.common import BigTableAdmin, starts_with
from tasks_app.admin.filters import DayRangeFilter
from tasks_app.admin.layout import Layout
from tasks_app.display import badge, beside, cut, when, who

ACTION_LOOKS = {ADDITION: ("success", "add"), DELETION: ("danger", "delete")}


@admin.register(LogEntry)
class LogEntryAdmin(BigTableAdmin):
    list_display = ("when", "person", "action", "thing", "what")
    list_display_links = ("when",)
    layout = Layout(title="thing", state="action", time="when", wide=("what",))
    list_select_related = ("user", "content_type")
    list_filter = (
        ("user", RelatedDropdownFilter),
        ("action_time", DayRangeFilter),
        ("action_flag", ChoicesDropdownFilter),
    )
    search_fields = ("object_repr", "=object_id")
    search_help_text = _("The name or the id of what was changed")
    ordering = ("-id",)  # rows are written in the order of time, and the id has an index
    sortable_by = ()
    fields = ("when", "person", "action", "kind", "thing", "what")
    readonly_fields = fields
    empty_icon = "history"
    empty_title = _("Nothing has been changed yet")
    empty_text = _("Whatever somebody adds, changes, deletes, launches or pauses appears here.")

    @admin.display(description=_("when"))
    def when(self, entry: LogEntry) -> str:
        return when(entry.action_time)

    @admin.display(description=_("who"))
    def person(self, entry: LogEntry) -> str:
        return who(entry.user)

    @admin.display(description=_("action"))
    def action(self, entry: LogEntry) -> str:
        return badge(entry.get_action_flag_display(), *ACTION_LOOKS.get(entry.action_flag, ("info", "edit")))

    @admin.display(description=_("kind"))
    def kind(self, entry: LogEntry) -> str:
        return entry.content_type.name if entry.content_type else "–"

    @admin.display(description=_("what"))
    def thing(self, entry: LogEntry) -> str:
        url = None if entry.is_deletion() else entry.get_admin_url()
        text = beside(entry.object_repr, self.kind(entry))
        return format_html('<a href="{}" class="bo-link">{}</a>', url, text) if url else text

    @admin.display(description=_("change"))
    def what(self, entry: LogEntry) -> str:
        return cut(entry.get_change_message()) or "–"


class OutcomeFilter(BooleanRadioFilter):
    def in_words(self, parameter: str, value: str) -> str:
        return str(_("Signed in") if value == "1" else _("Refused"))


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
