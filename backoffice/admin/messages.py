"""Messages: the list of what was sent, found by state, template, day, address, id or subject."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.urls import URLPattern, path
from django.utils.translation import gettext_lazy as _
from unfold.decorators import display

from backoffice.admin import message_page, message_settling, recipient_messages, sending_hold
from backoffice.admin.message_facts import message_badge
from backoffice.admin.message_repairs import RepairedFilter
from backoffice.emails.correspondence import messages_to
from backoffice.models import EmailTemplate, Message, MessageState, Recipient
from backoffice.models.message_states import WHOLE
from backoffice.searchables import MESSAGE
from tasks_app.admin.common import BigTableAdmin
from tasks_app.admin.filters import DayRangeFilter, OneOf, once_a_request
from tasks_app.admin.layout import Layout
from tasks_app.admin.searching import in_texts
from tasks_app.admin.things import row_of
from tasks_app.display import cause_of, cut, when

PEOPLE = "_recipients_by_key"  # of a request


class StateFilter(OneOf):
    title = _("state")
    parameter_name = "state"
    column = "state"

    def lookups(self, request: HttpRequest, model_admin: Any) -> Iterable[tuple[str, Any]]:
        return MessageState.choices


class OutcomeFilter(OneOf):
    """By the groups of states that reports count."""

    title = _("outcome")
    parameter_name = "outcome"

    def lookups(self, request: HttpRequest, model_admin: Any) -> Iterable[tuple[str, Any]]:
        return [(key, label) for key, (label, _states) in WHOLE.items()]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        chosen = [WHOLE[key][1] for key in self.chosen() if key in WHOLE]
        return queryset.filter(state__in=frozenset().union(*chosen)) if chosen else queryset


class TemplateFilter(OneOf):
    title = _("template")
    parameter_name = "template"
    column = "template_id"

    @once_a_request
    def lookups(self, request: HttpRequest, model_admin: Any) -> Iterable[tuple[str, str]]:
        return [(str(pk), name) for pk, name in EmailTemplate.objects.values_list("pk", "name")]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        chosen = [value for value in self.value() or [] if value.isdecimal()]
        return queryset.filter(template_id__in=chosen) if chosen else queryset


class RecipientFilter(OneOf):
    """Of one person, as their page counts them: also what went to their address without naming them.

    It offers no choice: people are many, and each page of theirs leads here.
    """

    title = _("recipient")
    parameter_name = recipient_messages.FILTER

    def lookups(self, request: HttpRequest, model_admin: Any) -> Iterable[tuple[str, str]]:
        keys = request.GET.getlist(self.parameter_name)
        return [(str(one.pk), str(one)) for one in self._people(request, keys)]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        for one in self._people(request, self.chosen()):
            queryset = messages_to(one, queryset)
        return queryset

    def _people(self, request: HttpRequest, keys: list[str]) -> list[Recipient]:
        """A list makes its filters twice, to see what its address means and to be shown: asked once."""
        known: dict[str, Recipient | None] = vars(request).setdefault(PEOPLE, {})
        for key in keys[:1]:
            if key not in known:
                known[key] = row_of(Recipient, key)
        return [one for key in keys[:1] if (one := known[key]) is not None]


@admin.register(Message)
class MessageAdmin(BigTableAdmin):
    list_display = (
        "state_shown",
        "to_shown",
        "problem",
        "subject_shown",
        "created_shown",
        "template_name",
    )
    list_display_links = ("to_shown",)
    layout = Layout(
        title="to_shown",
        state="state_shown",
        time="created_shown",
        problem="problem",
        wide=("subject_shown", "template_name"),
    )
    list_filter = (
        StateFilter,
        OutcomeFilter,
        RepairedFilter,
        TemplateFilter,
        RecipientFilter,
        ("created_at", DayRangeFilter),
    )
    ordering = ("-created_at", "-id")
    sortable_by = ("created_shown",)  # by what an index carries
    list_before_template = "backoffice/hold_notice.html"
    search_fields = ("to",)
    search_help_text = _("Part of the address, name or subject, or the whole id")
    empty_icon = "mail"
    empty_title = _("No message yet")
    empty_text = _(
        "Each email that is sent, or should have been, appears here: choose “Send an email” on the launch "
        "page."
    )

    def get_queryset(self, request: HttpRequest) -> QuerySet[Message]:
        return super().get_queryset(request).defer("text", "html", "headers")

    def changelist_view(self, request: HttpRequest, extra_context: Any = None) -> HttpResponse:
        return super().changelist_view(request, sending_hold.notice(request.user) | (extra_context or {}))

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Message], search_term: str
    ) -> tuple[QuerySet[Message], bool]:
        term = search_term.strip()
        if not term:
            return queryset, False
        if len(term) >= 32 and (found := queryset & Message.objects.with_id(term)).exists():
            return found, False
        return in_texts(request, MESSAGE, queryset, term), False

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: Any = None
    ) -> HttpResponse:
        return message_page.show(request, object_id)

    def get_urls(self) -> list[URLPattern]:
        def page(route: str, name: str, view: Callable[..., HttpResponse]) -> URLPattern:
            return path(
                f"<path:object_id>/{route}",
                self.admin_site.admin_view(view),
                name=f"backoffice_message_{name}",
            )

        return [
            page("html/", "html", message_page.html),
            page("raw/", "raw", message_page.raw),
            page("attachments/<int:attachment_id>/", "attachment", message_page.attachment),
            page("arrived/", "arrived", message_settling.arrived),
            page("send-again/", "send_again", message_settling.send_again),
            page("give-up/", "give_up", message_settling.give_up),
            *super().get_urls(),
        ]

    @display(description=_("State"))
    def state_shown(self, message: Message) -> str:
        return message_badge(message.state)

    @display(description=_("to"))
    def to_shown(self, message: Message) -> str:
        return message.addressee

    @display(description=_("Reason"))
    def problem(self, message: Message) -> str:
        return cause_of(message)

    @display(description=_("Subject"))
    def subject_shown(self, message: Message) -> str:
        return cut(message.subject) or "–"

    @display(description=_("Written"), ordering="created_at")
    def created_shown(self, message: Message) -> str:
        return when(message.created_at)
