"""Addresses that get no emails, and why; a person with the right lets them get some again."""

from __future__ import annotations

from typing import Any

from django.contrib import admin, messages
from django.db import transaction
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.template.loader import render_to_string
from django.urls import URLPattern, path, reverse
from django.utils.html import format_html
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from unfold.contrib.filters.admin import ChoicesDropdownFilter
from unfold.decorators import display

from backoffice.admin import audited
from backoffice.admin.viewer import viewer
from backoffice.emails import suppression as suppressing
from backoffice.models import Suppression
from tasks_app.admin.common import BigTableAdmin, log_action
from tasks_app.admin.dialogs import Dialog, ask, confirmed, done, require
from tasks_app.admin.jobs.access import may_see
from tasks_app.admin.jobs.actions import Button
from tasks_app.admin.layout import Layout
from tasks_app.admin.searching import by_reading
from tasks_app.display import badge, cause, when
from tasks_app.models import Job

LIFT = "backoffice.lift_suppression"
LIST = "admin:backoffice_suppression_changelist"
LOOKS = {
    Suppression.Reason.BOUNCED: ("warning", "unsubscribe"),
    Suppression.Reason.COMPLAINED: ("danger", "report"),
}


def lift_button(suppression: Suppression) -> Button:
    url = reverse("admin:backoffice_suppression_lift", args=[suppression.pk])
    return Button(gettext("Let it get emails"), url, "mark_email_read")


def lift(request: HttpRequest, object_id: str) -> HttpResponse:
    require(request, LIFT)
    suppression = get_object_or_404(Suppression, pk=object_id if object_id.isdecimal() else None)
    text = gettext("Do so when you know that the mailbox works again: mail that bounces harms all your mail.")
    if suppression.reason == Suppression.Reason.COMPLAINED:
        text = gettext("Do so only if its owner asked for it: they reported an email as spam.")
    dialog = Dialog(
        title=gettext("Let this address get emails again?"),
        text=text,
        items=[suppression.address],
        submit=gettext("Let it get emails"),
    )
    back = _where_it_was_asked(request)
    if not confirmed(request, dialog):
        return ask(request, dialog, back=back)
    with transaction.atomic():
        log_action(request, suppression, audited.SUPPRESSION_LIFTED())
        suppressing.lift(suppression)
    sentence = gettext("%(address)s gets emails again. What was suppressed is not sent by itself.")
    messages.success(request, sentence % {"address": suppression.address})
    return done(request, back)


def _where_it_was_asked(request: HttpRequest) -> str:
    """The page of the job that is to run again, or the list."""
    job = Job.objects.filter(pk=request.GET.get("job", "")).first()
    if job is None or not may_see(viewer(request), job):
        return reverse(LIST)
    return reverse("admin:tasks_app_job_change", args=[job.pk])


@admin.register(Suppression)
class SuppressionAdmin(BigTableAdmin):
    list_display = ("address", "reason_shown", "why", "since", "because_of")
    layout = Layout(
        title="address",
        state="reason_shown",
        time="since",
        problem="why",
        action="lifting",
        wide=("because_of",),
    )
    list_select_related = ("message",)
    list_filter = (("reason", ChoicesDropdownFilter),)
    sortable_by = ()
    search_fields = ("address",)
    search_help_text = _("Part of the address")
    ordering = ("-created_at", "-id")
    empty_icon = "mark_email_read"
    empty_title = _("No address is suppressed")
    empty_text = _(
        "An address whose mailbox does not exist, or whose owner reported an email as spam, appears here and "
        "gets no more emails."
    )

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Suppression], search_term: str
    ) -> tuple[QuerySet[Suppression], bool]:
        term = search_term.strip()
        return (by_reading(request, queryset, term, self.search_fields) if term else queryset), False

    def get_list_display(self, request: HttpRequest) -> list[Any] | tuple[Any, ...]:
        may_lift = viewer(request).has_perm(LIFT)
        return [*self.list_display, "lifting"] if may_lift else self.list_display

    def get_fields(self, request: HttpRequest, obj: Any = None) -> list[Any] | tuple[Any, ...]:
        return self.get_list_display(request)

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        return self.get_list_display(request)

    def get_urls(self) -> list[URLPattern]:
        view = self.admin_site.admin_view(lift)
        return [path("<path:object_id>/lift/", view, name="backoffice_suppression_lift"), *super().get_urls()]

    @display(description=_("reason"))
    def reason_shown(self, suppression: Suppression) -> str:
        return badge(suppression.get_reason_display(), *LOOKS[Suppression.Reason(suppression.reason)])

    @display(description=Suppression._meta.get_field("detail").verbose_name)
    def why(self, suppression: Suppression) -> str:
        return cause(suppression.detail) or "–"

    @display(description=_("since"))
    def since(self, suppression: Suppression) -> str:
        return when(suppression.created_at)

    @display(description=_("because of"))
    def because_of(self, suppression: Suppression) -> str:
        if suppression.message is None:
            return "–"
        url = reverse("admin:backoffice_message_change", args=[suppression.message.pk])
        return format_html('<a href="{}" class="hover:underline">{}</a>', url, suppression.message.title)

    @display(description="")
    def lifting(self, suppression: Suppression) -> str:
        button = lift_button(suppression)
        return render_to_string(
            "tasks_app/dialog_button.html", {"url": button.url, "label": button.label, "icon": button.icon}
        )
