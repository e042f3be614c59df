"""The page on which the look of reports is chosen, with a sample to look at before anything is kept."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import admin
from django.core.exceptions import PermissionDenied, ValidationError
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils.text import capfirst
from django.utils.translation import gettext, pgettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_POST
from unfold.admin import ModelAdmin
from unfold.decorators import display
from unfold.widgets import UnfoldAdminFileFieldWidget, UnfoldBooleanSwitchWidget

from backoffice.models import ReportLook
from backoffice.models.report_look import COLOUR, ONLY
from backoffice.reports import sample
from backoffice.reports.looks import logos
from backoffice.reports.looks.colours import is_readable
from backoffice.reports.looks.look import look_of
from tasks_app.admin.layout import Layout


class LookForm(forms.ModelForm):  # type: ignore[type-arg]  # a form takes no parameters when it runs
    logo_file = forms.FileField(
        label=capfirst(_("logo")),
        required=False,
        widget=UnfoldAdminFileFieldWidget(attrs={"accept": "image/png,image/jpeg"}),
        help_text=_("PNG or JPEG, at most 2 MB; it stands on the cover, on white, 12 mm high."),
    )
    without_logo = forms.BooleanField(
        label=capfirst(_("without the logo that is kept")),
        required=False,
        widget=UnfoldBooleanSwitchWidget,
    )

    class Meta:
        model = ReportLook
        fields = ("company", "accent", "footer")

    def clean_accent(self) -> str:
        accent: str = self.cleaned_data["accent"].lower()
        if accent:
            COLOUR(accent)
        if accent and not is_readable(accent):
            raise ValidationError(
                gettext(
                    "White text on this colour cannot be read: the contrast is below 4.5 to 1. "
                    "Choose a darker one."
                )
            )
        return accent

    def clean_logo_file(self) -> bytes:
        file = self.cleaned_data["logo_file"]
        return logos.cleaned(file) if file else b""

    def clean(self) -> dict[str, Any]:
        """What is chosen goes into the row, which a preview needs as much as what is saved."""
        cleaned = super().clean() or self.cleaned_data
        if logo := cleaned.get("logo_file"):
            self.instance.logo = logo
        elif cleaned.get("without_logo"):
            self.instance.logo = b""
        return cleaned


@admin.register(ReportLook)
class ReportLookAdmin(ModelAdmin):
    """A list of one, or of none while nobody chose anything."""

    form = LookForm
    list_display = ("name", "accent", "footer")
    layout = Layout(title="name", wide=("footer",))
    empty_icon = "palette"
    empty_title = _("Reports look as they came")
    empty_text = _("Choose the company's name, logo, colour and footer for all reports.")
    change_form_after_template = "backoffice/look_preview.html"  # type: ignore[assignment]  # Unfold: None alone

    def has_add_permission(self, request: HttpRequest) -> bool:
        """Asked by every page for the sidebar's sake: rows are looked at on its own alone."""
        asked = request.resolver_match.url_name if request.resolver_match else ""
        if not self.has_change_permission(request):
            return False
        return not str(asked).startswith("backoffice_reportlook_") or not ReportLook.objects.exists()

    def has_delete_permission(self, request: HttpRequest, obj: ReportLook | None = None) -> bool:
        return False

    def has_view_permission(self, request: HttpRequest, obj: ReportLook | None = None) -> bool:
        return self.has_change_permission(request, obj)

    def get_fieldsets(self, request: HttpRequest, obj: Any = None) -> Any:
        logo = ("logo_file", "without_logo") if obj and obj.logo else ("logo_file",)
        return ((None, {"fields": ("company", "accent", "footer", *logo)}),)

    def render_change_form(self, request: HttpRequest, context: Any, *how: Any, **named: Any) -> HttpResponse:
        return super().render_change_form(
            request, context | {"show_save_and_add_another": False}, *how, **named
        )

    @display(description=_("Company"))
    def name(self, row: ReportLook) -> str:
        return look_of(row).name

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        obj.pk = ONLY
        super().save_model(request, obj, form, change)

    def get_urls(self) -> list[URLPattern]:
        preview = path(
            "preview/",
            self.admin_site.admin_view(require_POST(self.preview)),
            name="backoffice_reportlook_preview",
        )
        return [preview, *super().get_urls()]

    def preview(self, request: HttpRequest) -> HttpResponse:
        """A sample with what is being chosen, of which nothing is kept; or the form with what is wrong."""
        if not self.has_change_permission(request):
            raise PermissionDenied
        row = ReportLook.objects.filter(pk=ONLY).first() or ReportLook(pk=ONLY)
        form = LookForm(request.POST, request.FILES, instance=row)
        if not form.is_valid():
            context = self.admin_site.each_context(request) | {
                "title": gettext("No preview: something is wrong"),
                "errors": [error for errors in form.errors.values() for error in errors],
                "back": reverse("admin:backoffice_reportlook_changelist"),
            }
            return TemplateResponse(request, "backoffice/look_refused.html", context, status=422)
        document = sample.preview(look_of(form.instance), request.user.get_username())
        name = pgettext("file", "sample")
        return HttpResponse(
            document,
            content_type="application/pdf",
            headers={"Content-Disposition": f'inline; filename="{name}.pdf"'},
        )
