"""Recipients: whom we write to. Lists come in by CSV: a dry run first, rejected lines back as a file."""

from __future__ import annotations

from typing import Any

from django import forms
from django.conf import settings
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseBadRequest
from django.shortcuts import redirect
from django.template.defaultfilters import filesizeformat
from django.urls import URLPattern, path, reverse
from django.utils.html import format_html
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from import_export.admin import ImportExportModelAdmin
from unfold.admin import ModelAdmin
from unfold.contrib.filters.admin import BooleanRadioFilter, ChoicesDropdownFilter
from unfold.contrib.import_export.forms import ImportForm, SelectableFieldsExportForm
from unfold.decorators import display

from backoffice.emails import list_import, lists
from backoffice.emails.audience import refuse_accents
from backoffice.models import Recipient
from tasks_app.admin.filters import DayRangeFilter
from tasks_app.display import badge, moment

PREVIEWED = 100  # lines of each kind


class ListForm(ImportForm):
    """A file and no more: there is but one format to choose."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)  # type: ignore[no-untyped-call]  # Unfold annotates not all
        self.fields["format"].widget = forms.HiddenInput()

    def clean_import_file(self) -> Any:
        """Refuse what would fill the memory of the web process before its first line is read."""
        file = self.cleaned_data["import_file"]
        if file.size > settings.LARGEST_LIST:
            raise forms.ValidationError(
                _("This file has %(size)s; a list may have %(limit)s. Import it in several parts.")
                % {"size": filesizeformat(file.size), "limit": filesizeformat(settings.LARGEST_LIST)}
            )
        return file


class RecipientForm(forms.ModelForm):  # type: ignore[type-arg]  # a form takes no parameters when it runs
    class Meta:
        model = Recipient
        fields = ("email", "name", "company", "language", "active", "for_tests")

    def clean_email(self) -> str:
        """What the model refuses too, with more to say: accents, an address somebody has already."""
        email = refuse_accents(self.cleaned_data["email"])
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
class RecipientAdmin(ModelAdmin, ImportExportModelAdmin):  # type: ignore[misc]  # import-export has no types
    form = RecipientForm
    list_display = ("email", "name", "company", "language", "active_shown", "added")
    list_filter = (
        ("active", BooleanRadioFilter),
        ("for_tests", BooleanRadioFilter),
        ("language", ChoicesDropdownFilter),
        ("created_at", DayRangeFilter),
    )
    list_filter_submit = True
    list_per_page = 50
    ordering = ("email",)
    search_fields = ("email", "name", "company")
    search_help_text = _("Part of the address, name or company")
    fields = (("email", "name"), ("company", "language"), "active", "for_tests")
    warn_unsaved_form = True

    import_form_class = ListForm
    export_form_class = SelectableFieldsExportForm
    resource_classes = (list_import.RecipientResource,)
    import_template_name = "backoffice/recipients_import.html"

    @display(description=_("State"), ordering="active")
    def active_shown(self, recipient: Recipient) -> str:
        if recipient.active and recipient.for_tests:
            return badge(_("Test address"), "info", "science")
        if recipient.active:
            return badge(_("Active"), "success", "check_circle")
        return badge(_("Opted out"), "", "unsubscribe")

    @display(description=_("Added"), ordering="created_at")
    def added(self, recipient: Recipient) -> str:
        return moment(recipient.created_at)

    # --- Import and export ---------------------------------------------------------------------

    def get_import_formats(self) -> list[type]:
        return [lists.PeopleCSV]

    def get_export_formats(self) -> list[type]:
        return [lists.PeopleCSV]

    def has_import_permission(self, request: HttpRequest) -> bool:
        return self.has_add_permission(request) and self.has_change_permission(request)

    def has_export_permission(self, request: HttpRequest) -> bool:
        return self.has_view_permission(request)

    def get_urls(self) -> list[URLPattern]:
        rejected = path(
            "import/rejected/",
            self.admin_site.admin_view(self.rejected_lines),
            name="backoffice_recipient_rejected",
        )
        return [rejected, *super().get_urls()]

    def import_action(self, request: HttpRequest, **kwargs: Any) -> HttpResponse:
        """The dry run; accepted lines can be confirmed even where others were rejected."""
        response: HttpResponse = super().import_action(request, **kwargs)
        context = getattr(response, "context_data", None) or {}
        result = context.get("result")
        if result is not None and not result.has_errors():
            context["confirm_form"] = self.create_confirm_form(request, import_form=context["form"])
            context["totals"] = result.totals
            context["accepted"] = result.totals["new"] + result.totals["update"]
            context["columns"] = list_import.columns()
            context["accepted_rows"] = list_import.accepted_rows(result, PREVIEWED)
            context["rejected_rows"] = list_import.rejected_rows(result, PREVIEWED)
        return response

    def process_import(self, request: HttpRequest, **kwargs: Any) -> HttpResponse:
        """A list that waits no more was imported by the first click, or was left for too long."""
        try:
            answer: HttpResponse = super().process_import(request, **kwargs)
        except OSError:
            return self._waits_no_more(request)
        return answer

    def _waits_no_more(self, request: HttpRequest) -> HttpResponse:
        sentence = _("This list waits here no more. If it was not imported just now, upload it again.")
        messages.warning(request, sentence)
        return redirect("admin:backoffice_recipient_changelist")

    def process_result(self, result: Any, request: HttpRequest) -> HttpResponse:
        if not result.has_errors():
            imported: HttpResponse = super().process_result(result, request)
            return imported
        sentence = _(
            "Nothing was imported: a recipient of this list was added or deleted meanwhile. "
            "Upload the list again."
        )
        messages.error(request, sentence)
        return redirect("admin:backoffice_recipient_import")

    def rejected_lines(self, request: HttpRequest) -> HttpResponse:
        """The rejected lines of an uploaded list, as a CSV that says what is wrong with each."""
        if not self.has_import_permission(request):
            raise PermissionDenied
        form = self.create_confirm_form(request)
        if request.method != "POST" or not form.is_valid():
            return HttpResponseBadRequest(_("Upload the list again: it is not here any more."))
        list_format = lists.PeopleCSV()
        storage = self.get_tmp_storage_class()(
            name=form.cleaned_data["import_file_name"], read_mode=list_format.get_read_mode()
        )
        try:
            content = storage.read()
        except OSError:
            return self._waits_no_more(request)
        dataset = list_format.create_dataset(content)
        result = list_import.RecipientResource().import_data(dataset, dry_run=True, user=request.user)
        return HttpResponse(
            list_import.rejected_file(dataset, result),
            content_type="text/csv; charset=utf-8",
            headers={"Content-Disposition": 'attachment; filename="rejected-lines.csv"'},
        )

    def add_data_read_fail_error_to_form(self, form: Any, e: Exception) -> None:
        if isinstance(e, lists.UnreadableList):
            form.add_error("import_file", str(e))
        else:
            super().add_data_read_fail_error_to_form(form, e)
