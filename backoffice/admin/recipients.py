"""Recipients: whom we write to. Lists of them come in by recipient_lists.py, and leave as CSV."""

from __future__ import annotations

from collections.abc import Callable
from itertools import batched
from typing import Any

from django.contrib import admin
from django.contrib.admin.options import IncorrectLookupParameters
from django.contrib.admin.utils import unquote
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.db.models import Exists, OuterRef, QuerySet
from django.http import HttpRequest, HttpResponse
from django.urls import URLPattern, path
from django.utils.html import format_html_join
from django.utils.safestring import mark_safe
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_POST
from import_export.admin import ExportMixin
from unfold.contrib.filters.admin import BooleanRadioFilter, ChoicesDropdownFilter
from unfold.contrib.import_export.forms import SelectableFieldsExportForm
from unfold.decorators import action, display

from backoffice.admin import audience_members, audited, recipient_lists, recipient_messages
from backoffice.admin.recipient_form import OWN, RecipientForm, form_of
from backoffice.audiences.conditions import InvalidCondition
from backoffice.audiences.erasing import erase
from backoffice.audiences.people import recipients_of
from backoffice.models import Audience, AudienceKind, Recipient, RecipientField, RecipientTag, Tag
from backoffice.models.recipient_fields import names_in
from backoffice.people_lists import exporting
from backoffice.people_lists.own import written
from tasks_app.admin.common import log_list
from tasks_app.admin.filters import DayRangeFilter, OneOf
from tasks_app.admin.jobs.mending import LeadsBack
from tasks_app.admin.layout import Layout
from tasks_app.admin.searching import in_column
from tasks_app.db.pages import in_pages
from tasks_app.display import badge, labelled, when


class TagFilter(OneOf):
    """Those who have any of the chosen tags."""

    title = _("tag")
    parameter_name = "tag"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [(str(pk), name) for pk, name in Tag.objects.values_list("pk", "name")]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        chosen = self.chosen()
        tags = [pk for pk in Tag.objects.values_list("pk", flat=True) if str(pk) in chosen]
        tagged = RecipientTag.objects.filter(recipient=OuterRef("pk"), tag__in=tags)
        return queryset.filter(Exists(tagged)) if chosen else queryset


class AudienceFilter(OneOf):
    """Whom all of the chosen audiences find: whatever may be asked of recipients."""

    title = _("audience")
    parameter_name = "audience"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [(str(one.pk), one.name) for one in self._audiences(request)]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        known = {str(one.pk): one for one in self._audiences(request)}
        for key in self.chosen():
            if key not in known:  # gone, or not for this reader
                raise IncorrectLookupParameters(key)
            try:
                queryset = queryset.filter(pk__in=recipients_of(known[key]).order_by().values("pk"))
            except InvalidCondition:  # it finds nobody; its page says why
                queryset = queryset.none()
        return queryset

    def _audiences(self, request: HttpRequest) -> QuerySet[Audience]:
        if not request.user.has_perm("backoffice.view_audience"):
            return Audience.objects.none()
        return Audience.objects.seen_by(request.user).exclude(kind=AudienceKind.FILE)


@admin.register(Recipient)
class RecipientAdmin(ExportMixin, LeadsBack):  # type: ignore[misc]  # import-export has no types
    form = RecipientForm
    list_display = ("email", "name", "company", "language", "active_shown", "added")
    layout = Layout(title="email", state="active_shown", time="added", wide=("name", "company"))
    list_filter = (
        ("active", BooleanRadioFilter),
        ("for_tests", BooleanRadioFilter),
        ("language", ChoicesDropdownFilter),
        TagFilter,
        AudienceFilter,
        ("created_at", DayRangeFilter),
    )
    list_filter_submit = True
    list_per_page = 50
    ordering = ("email",)
    sortable_by = ("email", "added")  # by what an index carries
    search_fields = ("email", "name", "company")
    search_help_text = _("Part of the address, name, company or a field of your own")
    empty_icon = "contacts"
    empty_title = _("No recipient yet")
    empty_text = _("Whom emails go to appears here: add them one by one, or import a list.")
    actions = ("add_to_audience",)
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

    @display(description=_("Tags"))
    def tags_shown(self, recipient: Recipient) -> str:
        return names_in(recipient.tags.all()) or "–"

    @display(description=_("Own fields"))
    def own_shown(self, recipient: Recipient) -> str:
        told = [
            labelled(field.label, written(recipient.own[field.name]))
            for field in RecipientField.objects.all()
            if field.name in recipient.own
        ]
        return format_html_join(mark_safe("<br>"), "{}", ((one,) for one in told)) or "–"

    # --- The form, with a field for each that the house has of its own ---------------------------

    def get_form(self, request: HttpRequest, obj: Any = None, change: bool = False, **options: Any) -> Any:
        return super().get_form(
            request, obj, change, **options | {"form": form_of(list(RecipientField.objects.all()))}
        )

    def get_fields(self, request: HttpRequest, obj: Recipient | None = None) -> list[Any]:
        may_write = self.has_change_permission(request, obj) if obj else self.has_add_permission(request)
        known = [("email", "name"), ("company", "language")]
        if not may_write:
            return [*known, "zone", "tags_shown", "own_shown", "active", "for_tests"]
        own = [f"{OWN}{field.name}" for field in RecipientField.objects.all()]
        pairs = [tuple(pair) for pair in batched(own, 2)]
        return [*known, ("zone", "tagged"), *pairs, "active", "for_tests"]

    def save_related(self, request: HttpRequest, form: Any, formsets: Any, change: bool) -> None:
        super().save_related(request, form, formsets, change)
        form.put_tags()

    # --- Erasing: out of audiences too ----------------------------------------------------------

    def delete_model(self, request: HttpRequest, obj: Recipient) -> None:
        with transaction.atomic():
            erase([obj])
            super().delete_model(request, obj)

    def delete_queryset(self, request: HttpRequest, queryset: QuerySet[Recipient]) -> None:
        with transaction.atomic():
            for some in in_pages(queryset):
                erase(some)
            super().delete_queryset(request, queryset)

    @action(description=_("Add to an audience…"), permissions=["change_audience"])
    def add_to_audience(self, request: HttpRequest, queryset: QuerySet[Recipient]) -> HttpResponse | None:
        return audience_members.add_selected(request, queryset)

    def has_change_audience_permission(self, request: HttpRequest) -> bool:
        return audience_members.may_choose(request)

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
