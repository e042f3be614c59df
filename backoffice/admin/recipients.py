"""Recipients: whom we write to. Lists of them come in by recipient_lists.py, and leave as CSV."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django import forms
from django.contrib import admin
from django.contrib.admin.utils import unquote
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.urls import URLPattern, path, reverse
from django.utils.html import format_html
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_POST
from import_export.admin import ExportMixin
from unfold.contrib.filters.admin import BooleanRadioFilter, ChoicesDropdownFilter
from unfold.contrib.import_export.forms import SelectableFieldsExportForm
from unfold.decorators import display

from backoffice.admin import audited, recipient_lists, recipient_messages
from backoffice.models import Recipient
from backoffice.people_lists import exporting
from tasks_app.admin.common import log_list
from tasks_app.admin.filters import DayRangeFilter
from tasks_app.admin.jobs.mending import LeadsBack
from tasks_app.admin.layout import Layout
from tasks_app.admin.searching import in_column
from tasks_app.display import badge, when


class RecipientForm(forms.ModelForm):  # type: ignore[type-arg]  # a form takes no parameters when it runs
    class Meta:
        model = Recipient
        fields = ("email", "name", "company", "language", "active", "for_tests")

    def clean_email(self) -> str:
        """What the model refuses too, with more to say: an address somebody has already."""
        email: str = self.cleaned_data["email"]
        other = Recipient.objects.with_address(email).exclude(pk=self.instance.pk).first()
        if other is not None:
            link = format_html(
                '<a href="{}" class="font-semibold underline">{}</a>',
                reverse("admin:backoffice_recipient_change", args=[other.pk]),
                other,
            )
            sentence = gettext("There is a recipient with this address already: {recipient}.")
            raise forms.ValidationError(format_html(sentence, recipient=link))
        return email


@admin.register(Recipient)
class RecipientAdmin(ExportMixin, LeadsBack):  # type: ignore[misc]  # import-export has no types
    form = RecipientForm
    list_display = ("email", "name", "company", "language", "active_shown", "added")
    layout = Layout(title="email", state="active_shown", time="added", wide=("name", "company"))
    list_filter = (
        ("active", BooleanRadioFilter),
        ("for_tests", BooleanRadioFilter),
        ("language", ChoicesDropdownFilter),
        ("created_at", DayRangeFilter),
    )
    list_filter_submit = True
    list_per_page = 50
    ordering = ("email",)
    sortable_by = ("email", "added")  # by what an index carries
    search_fields = ("email", "name", "company")
    search_help_text = _("Part of the address, name or company")
    empty_icon = "contacts"
    empty_title = _("No recipient yet")
    empty_text = _("Whom emails go to appears here: add them one by one, or import a list.")
    fields = (("email", "name"), ("company", "language"), "active", "for_tests")
    warn_unsaved_form = True
    change_form_outer_before_template = "backoffice/recipients/sending.html"  # type: ignore[assignment]  # Unfold: None alone
    change_form_outer_after_template = "backoffice/recipients/messages.html"  # type: ignore[assignment]  # Unfold: None alone

    export_form_class = SelectableFieldsExportForm
    resource_classes = (exporting.RecipientResource,)
    import_export_change_list_template = "admin/import_export/change_list_import_export.html"

    @display(description=_("State"))
    def active_shown(self, recipient: Recipient) -> str:
        if recipient.active and recipient.for_tests:
            return badge(_("Test address"), "info", "science")
        if recipient.active:
            return badge(_("Active"), "success", "check_circle")
        return badge(_("Opted out"), "", "unsubscribe")

    @display(description=_("Added"), ordering="created_at")
    def added(self, recipient: Recipient) -> str:
        return when(recipient.created_at)

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: Any = None
    ) -> HttpResponse:
        recipient = self.get_object(request, unquote(object_id))
        written = recipient_messages.shown(request, recipient) if recipient else {}
        shown: HttpResponse = super().change_view(
            request, object_id, form_url, written | (extra_context or {})
        )
        return shown

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Recipient], search_term: str
    ) -> tuple[QuerySet[Recipient], bool]:
        term = search_term.strip()
        return (in_column(request, queryset, term) if term else queryset), False

    # --- Lists in and out ---------------------------------------------------------------------

    def get_export_formats(self) -> list[type]:
        return [exporting.RecipientsCSV]

    def get_export_data(
        self, file_format: Any, request: HttpRequest, queryset: QuerySet[Recipient], **kwargs: Any
    ) -> Any:
        """Who took which list is in the audit log."""
        data = super().get_export_data(file_format, request, queryset, **kwargs)
        filters = request.GET.urlencode() or "–"
        log_list(request, Recipient, audited.EXPORTED(count=queryset.count(), filters=filters))
        return data

    def has_export_permission(self, request: HttpRequest) -> bool:
        return self.has_view_permission(request)

    def has_import_permission(self, request: HttpRequest) -> bool:
        return self.has_add_permission(request) and self.has_change_permission(request)

    def changelist_view(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        may_import = {"has_import_permission": self.has_import_permission(request)}
        shown: HttpResponse = super().changelist_view(request, may_import | (extra_context or {}))
        return shown

    def get_urls(self) -> list[URLPattern]:
        return [
            self._page("import/", "import", recipient_lists.upload_page),
            self._page("import/rejected/", "rejected", recipient_lists.rejected_lines),
            self._page("import/example/", "example", recipient_lists.example),
            self._page("process_import/", "process_import", require_POST(recipient_lists.confirm)),
            *super().get_urls(),
        ]

    def _page(self, route: str, name: str, view: Callable[[HttpRequest], HttpResponse]) -> URLPattern:
        def for_those_who_may_import(request: HttpRequest) -> HttpResponse:
            if not self.has_import_permission(request):
                raise PermissionDenied
            return view(request)

        return path(
            route, self.admin_site.admin_view(for_those_who_may_import), name=f"backoffice_recipient_{name}"
        )
