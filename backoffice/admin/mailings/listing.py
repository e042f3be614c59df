"""The list of mailings, the form of a new one, and the addresses of their pages."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any, ClassVar

from django import forms
from django.contrib import admin
from django.http import HttpRequest, HttpResponse
from django.urls import URLPattern, path
from django.utils.formats import number_format
from django.utils.translation import gettext_lazy as _
from unfold.admin import ModelAdmin

from backoffice.admin.mailings import controls, page, people
from backoffice.admin.viewer import viewer
from backoffice.models import Audience, EmailTemplate, Mailing, MailingState
from tasks_app.admin.common import BigTableAdmin
from tasks_app.admin.filters import OneOf
from tasks_app.admin.layout import Layout
from tasks_app.display import cause_of, cut, when, who


class MailingStateFilter(OneOf):
    title = _("state")
    parameter_name = "state"
    column = "state"

    def lookups(self, request: HttpRequest, model_admin: Any) -> Iterable[tuple[str, Any]]:
        return MailingState.choices


class MailingForm(forms.ModelForm):  # type: ignore[type-arg]  # a form takes no parameters when it runs
    user: Any = None  # of the request

    class Meta:
        model = Mailing
        fields = ("name", "audience", "template")

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        audience: Any = self.fields["audience"]
        audience.queryset = Audience.objects.seen_by(self.user)
        template: Any = self.fields["template"]
        template.queryset = EmailTemplate.objects.active()
        for field in (audience, template):
            field.required = True
            related: Any = field.widget  # each is written on its own page: no menu of its own beside it
            related.can_add_related = related.can_change_related = False
            related.can_delete_related = related.can_view_related = False
        audience.help_text = _("Who is in it is taken down once you say so on the next page.")


@admin.register(Mailing)
class MailingAdmin(BigTableAdmin):
    form = MailingForm
    fields = ("name", "audience", "template")
    list_display = ("status", "title", "problem", "people_shown", "created", "made_by")
    list_display_links = ("title",)
    layout = Layout(title="title", state="status", time="created", problem="problem")
    list_select_related = ("created_by",)
    list_filter = (MailingStateFilter,)
    ordering: ClassVar[tuple[str, ...]] = ("-created_at", "-id")
    sortable_by = ()
    empty_icon = "campaign"
    empty_title = _("No mailing yet")
    empty_text = _(
        "A mailing writes to everybody of an audience, once each, with a template: “Add mailing” begins one."
    )

    has_add_permission = ModelAdmin.has_add_permission

    def get_queryset(self, request: HttpRequest) -> Any:
        return super().get_queryset(request).defer("text", "html", "variables")

    @admin.display(description=_("State"))
    def status(self, mailing: Mailing) -> str:
        return page.state_badge(mailing)

    @admin.display(description=_("Name"))
    def title(self, mailing: Mailing) -> str:
        return cut(mailing.name)

    @admin.display(description=_("Reason"))
    def problem(self, mailing: Mailing) -> str:
        return cause_of(mailing)

    @admin.display(description=_("People"))
    def people_shown(self, mailing: Mailing) -> str:
        return number_format(mailing.people, force_grouping=True) if mailing.people else "–"

    @admin.display(description=_("When"))
    def created(self, mailing: Mailing) -> str:
        return when(mailing.created_at)

    @admin.display(description=_("By"))
    def made_by(self, mailing: Mailing) -> str:
        return str(who(mailing.created_by))

    def get_form(self, request: HttpRequest, obj: Any = None, change: bool = False, **options: Any) -> Any:
        form: Any = super().get_form(request, obj, change, **options)
        form.user = viewer(request)
        return form

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        obj.created_by = viewer(request)
        super().save_model(request, obj, form, change)

    def response_add(self, request: HttpRequest, obj: Any, post_url_continue: str | None = None) -> Any:
        """To its page, where it goes on."""
        url = controls.mailing_url(obj)
        return (
            super().response_add(request, obj, post_url_continue)
            if "_addanother" in request.POST
            else (HttpResponse(status=302, headers={"Location": url}))
        )

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: Any = None
    ) -> HttpResponse:
        return page.show(request, object_id)

    def get_urls(self) -> list[URLPattern]:
        def of_one(route: str, view: Callable[..., HttpResponse], name: str) -> URLPattern:
            wrapped = self.admin_site.admin_view(view)
            return path(f"<path:object_id>/{route}/", wrapped, name=f"backoffice_mailing_{name}")

        return [
            of_one("live", page.live, "live"),
            of_one("letter", page.letter_frame, "letter"),
            of_one("people", people.show, "people"),
            of_one("take-down", controls.take_down, "take_down"),
            of_one("approve", controls.approve, "approve"),
            of_one("withdraw", controls.withdraw, "withdraw"),
            of_one("send", controls.send, "send"),
            of_one("pause", controls.pause, "pause"),
            of_one("resume", controls.resume, "resume"),
            of_one("stop", controls.stop, "stop"),
            *super().get_urls(),
        ]
