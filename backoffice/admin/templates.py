"""Email templates: edited with their variables, checked as they are saved, previewed as they are typed."""

from __future__ import annotations

import re
from typing import Any, NamedTuple

from django import forms
from django.conf import settings
from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils import translation
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_POST
from unfold.admin import TabularInline
from unfold.decorators import display
from unfold.widgets import UnfoldAdminTextareaWidget

from backoffice.admin.rows import RowForm
from backoffice.emails.errors import Refused
from backoffice.emails.preview import as_document, sample_recipient
from backoffice.emails.render import PARTS, RESERVED_WORDS, Draft, Source, Words, render, words_for
from backoffice.emails.template_checks import problems_of
from backoffice.models import EmailTemplate, Message, TemplateVariable
from backoffice.spelling import is_blank
from tasks_app.admin.framing import allows_preview
from tasks_app.admin.jobs.mending import LeadsBack
from tasks_app.admin.layout import Layout
from tasks_app.admin.searching import by_reading
from tasks_app.display import COUNTED_ROWS, badge, up_to, when

CODE = {
    "style": "font-family: ui-monospace, monospace; tab-size: 2",
    "spellcheck": "false",
    "autocapitalize": "off",
}


MAX_VARIABLES = 200  # of a posted form that are read


class Posted(NamedTuple):
    """The variables as they stand in a posted form, saved or not, by name."""

    values: dict[str, str]  # as emails say them
    samples: dict[str, str]  # the sample, or else the value


def posted_variables(data: Any) -> Posted:
    posted = Posted({}, {})
    said = data.get("variables-TOTAL_FORMS", "")
    forms_posted = min(int(said), MAX_VARIABLES) if re.fullmatch(r"\d{1,4}", said) else 0
    for number in range(forms_posted):
        cell = f"variables-{number}-"
        name = data.get(f"{cell}name", "").strip()
        if name and not data.get(f"{cell}DELETE"):
            posted.values[name] = data.get(f"{cell}value", "").strip()
            sample = data.get(f"{cell}sample", "").strip()
            posted.samples[name] = posted.values[name] if is_blank(sample) else sample
    return posted


class TemplateForm(forms.ModelForm):  # type: ignore[type-arg]  # a form takes no parameters when it runs
    class Meta:
        model = EmailTemplate
        fields = ("name", "slug", "active", "subject", "text", "html")
        widgets = {
            "subject": UnfoldAdminTextareaWidget(attrs={**CODE, "rows": 2}),  # made one line when rendered
            "text": UnfoldAdminTextareaWidget(attrs={**CODE, "rows": 12}),
            "html": UnfoldAdminTextareaWidget(attrs={**CODE, "rows": 22}),
        }

    def clean(self) -> dict[str, Any]:
        """Whatever a reader would stumble over is an error of its part."""
        cleaned = super().clean() or self.cleaned_data
        written = {part: cleaned[part] for part in PARTS if part in cleaned}  # the others have their errors
        source = Draft(*(written.get(part, "") for part in PARTS))
        posted = posted_variables(self.data)
        for problem in problems_of(source, posted.samples, posted.values):
            if problem.part in written:
                self.add_error(problem.part, problem.sentence)
        return cleaned


class VariableForm(RowForm):
    class Meta:
        model = TemplateVariable
        fields = ("name", "value", "sample")

    def clean_name(self) -> str:
        name: str = self.cleaned_data["name"]
        if name in RESERVED_WORDS:
            raise forms.ValidationError(
                _("“%(name)s” has a meaning already. Choose another name.") % {"name": name}
            )
        return name


class VariableInline(TabularInline):
    model = TemplateVariable
    form = VariableForm
    extra = 0
    verbose_name_plural = _("variables: words of this template, with what they say")


@admin.register(EmailTemplate)
class EmailTemplateAdmin(LeadsBack):
    form = TemplateForm
    inlines = (VariableInline,)
    list_display = ("name", "slug", "role", "updated")
    layout = Layout(title="name", state="role", time="updated", wide=("slug",))
    search_fields = ("name", "slug", "subject")
    search_help_text = _("Part of the name, code or subject")
    empty_icon = "draft"
    empty_title = _("No template yet")
    empty_text = _("What emails say appears here: add a template, and emails can be sent from it.")
    fieldsets = (
        (None, {"fields": (("name", "slug"), "active", "subject")}),
        (_("HTML"), {"fields": ("html",), "classes": ("tab",)}),
        (_("Plain text"), {"fields": ("text",), "classes": ("tab",)}),
    )
    warn_unsaved_form = True
    change_form_after_template = "backoffice/template_preview.html"  # type: ignore[assignment]  # Unfold: None alone

    change_form_outer_before_template = "backoffice/template_messages.html"  # type: ignore[assignment]  # Unfold: None alone

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[EmailTemplate], search_term: str
    ) -> tuple[QuerySet[EmailTemplate], bool]:
        term = search_term.strip()
        return (by_reading(request, queryset, term, self.search_fields) if term else queryset), False

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: Any = None
    ) -> HttpResponse:
        """With a way to the messages that were written from it."""
        context: dict[str, Any] = {}
        if object_id.isdecimal() and request.user.has_perm("backoffice.view_message"):
            written = Message.objects.filter(template_id=int(object_id))
            context = {
                "messages_written": up_to(written, COUNTED_ROWS),
                "messages_url": reverse("admin:backoffice_message_changelist", query={"template": object_id}),
            }
        return super().change_view(request, object_id, form_url, context | (extra_context or {}))

    def get_readonly_fields(self, request: HttpRequest, obj: EmailTemplate | None = None) -> tuple[str, ...]:
        # Settings and fixtures name a template by its code, so it stays as it was first written.
        return ("slug",) if obj else ()

    def has_delete_permission(self, request: HttpRequest, obj: EmailTemplate | None = None) -> bool:
        """The default template stays: it is what is sent where nobody chose."""
        if obj is not None and obj.slug == settings.DEFAULT_EMAIL_TEMPLATE:
            return False
        return super().has_delete_permission(request, obj)

    @display(description=_("Use"))
    def role(self, template: EmailTemplate) -> str:
        if not template.active:
            return badge(_("Switched off"), "", "block")
        if template.slug == settings.DEFAULT_EMAIL_TEMPLATE:
            return badge(_("Default"), "primary", "star")
        return badge(_("Active"), "success", "check_circle")

    @display(description=_("Edited"), ordering="updated_at")
    def updated(self, template: EmailTemplate) -> str:
        return when(template.updated_at)

    def changeform_view(self, *args: Any, **kwargs: Any) -> HttpResponse:
        return allows_preview(super().changeform_view)(*args, **kwargs)

    def get_urls(self) -> list[URLPattern]:
        preview = path(
            "preview/",
            self.admin_site.admin_view(require_POST(self.preview)),
            name="backoffice_emailtemplate_preview",
        )
        return [preview, *super().get_urls()]

    def preview(self, request: HttpRequest) -> HttpResponse:
        """What is being typed, as a made-up reader would get it; or what is wrong with it, by part.

        For those alone who may write it: what it does is work that somebody else chose.
        """
        if not (self.has_change_permission(request) or self.has_add_permission(request)):
            raise PermissionDenied
        source = Draft(*(request.POST.get(part, "") for part in PARTS))
        posted, language = posted_variables(request.POST), request.POST.get("preview_language", "")
        labels = {field.name: field.verbose_name for field in EmailTemplate._meta.fields}
        # Nobody is told off for a part they have not come to: that it lacks is said as they save.
        come_to = {part for part in PARTS if not is_blank(getattr(source, part))}
        context: dict[str, Any] = {
            "problems": [
                (labels[one.part], one.sentence)
                for one in problems_of(source, posted.samples, posted.values)
                if one.part in come_to
            ]
        }
        if come_to:
            says = posted.samples if request.POST.get("preview_says") == "samples" else posted.values
            context |= rendered_or_nothing(source, words_for(sample_recipient(known(language)), says))
        return TemplateResponse(request, "backoffice/template_preview_body.html", context)


def rendered_or_nothing(source: Source, words: Words) -> dict[str, Any]:
    try:
        rendered = render(source, words)
    except Refused:
        return {}  # its problems say so already, by part
    return {"rendered": rendered, "document": as_document(rendered)}


def known(language: str) -> str:
    """One of our languages: the chosen one, or the page's."""
    return language if language in dict(settings.LANGUAGES) else translation.get_language() or ""
