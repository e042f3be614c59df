"""Audiences: their list, the page of one with its people counted, and the ways a new one begins."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.contrib import admin, messages
from django.contrib.admin.utils import unquote
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils.text import get_text_list
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_POST
from unfold.admin import ModelAdmin
from unfold.decorators import display

from backoffice.admin import audience_count, audience_files, audited
from backoffice.admin.audience_form import AudienceForm, ChosenForm, ConditionInline
from backoffice.admin.viewer import viewer
from backoffice.audiences import choosing
from backoffice.audiences.conditions import in_words
from backoffice.audiences.people import people_of, sample_of
from backoffice.audiences.subjects import subjects
from backoffice.models import Audience, AudienceKind
from tasks_app.admin.common import log_action
from tasks_app.admin.layout import Layout
from tasks_app.admin.searching import by_reading
from tasks_app.admin.things import row_of
from tasks_app.display import badge, cut, when, who

TOLD = 5  # addresses that no recipient has, in a sentence


@admin.register(Audience)
class AudienceAdmin(ModelAdmin):
    form = AudienceForm
    inlines = (ConditionInline,)
    list_display = ("name", "kind_shown", "asks", "who_sees", "changed")
    layout = Layout(title="name", state="kind_shown", time="changed", wide=("asks", "who_sees"))
    ordering = ("name", "id")
    sortable_by = ()
    search_fields = ("name",)
    search_help_text = _("Part of the name")
    list_per_page = 50
    list_filter = ("kind",)
    warn_unsaved_form = True
    empty_icon = "groups"
    empty_title = _("No audience yet")
    empty_text = _(
        "To whom something may be written, under a name: recipients that conditions find, some chosen one by "
        "one, or the people of a file."
    )
    list_before_template = "backoffice/audiences/ways.html"  # type: ignore[assignment]  # Unfold: None alone
    change_form_after_template = "backoffice/audiences/people.html"  # type: ignore[assignment]  # Unfold: None alone

    # --- Rights: one's own, and those that are shared; only its owner changes one -----------------

    def get_queryset(self, request: HttpRequest) -> QuerySet[Audience]:
        rows = (
            Audience.objects.seen_by(viewer(request)).select_related("owner").prefetch_related("conditions")
        )
        return rows.order_by(*self.get_ordering(request))

    def has_change_permission(self, request: HttpRequest, obj: Audience | None = None) -> bool:
        return super().has_change_permission(request, obj) and _is_of(obj, request)

    def has_delete_permission(self, request: HttpRequest, obj: Audience | None = None) -> bool:
        return super().has_delete_permission(request, obj) and _is_of(obj, request)

    # --- Columns ----------------------------------------------------------------------------------

    @display(description=_("Kind"))
    def kind_shown(self, audience: Audience) -> str:
        icons = {"conditions": "filter_alt", "chosen": "checklist", "file": "upload_file"}
        return badge(audience.get_kind_display(), "", icons[audience.kind])

    @display(description=_("Who is in it"))
    def asks(self, audience: Audience) -> str:
        if audience.kind == AudienceKind.FILE:
            return cut(audience.file_name)
        if audience.kind == AudienceKind.CHOSEN:
            return "–"
        known = subjects()
        told = [in_words(one, known) for one in audience.conditions.all()]
        return cut(get_text_list(told, gettext("and"))) if told else gettext("Every recipient")

    @display(description=_("Seen by"))
    def who_sees(self, audience: Audience) -> str:
        if audience.shared:
            return cut(_("Shared by %(name)s") % {"name": who(audience.owner)})
        return cut(_("Only its owner"))

    @display(description=_("Changed"))
    def changed(self, audience: Audience) -> str:
        return when(audience.changed_at)

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Any], search_term: str
    ) -> tuple[QuerySet[Any], bool]:
        term = search_term.strip()
        return (by_reading(request, queryset, term, self.search_fields) if term else queryset), False

    # --- The page of one --------------------------------------------------------------------------

    def get_form(self, request: HttpRequest, obj: Any = None, change: bool = False, **options: Any) -> Any:
        chosen = _kind(request, obj) == AudienceKind.CHOSEN and (obj is None or _is_of(obj, request))
        form: Any = super().get_form(
            request, obj, change, **options | {"form": ChosenForm if chosen else AudienceForm}
        )
        form.user = viewer(request)
        return form

    def get_fields(self, request: HttpRequest, obj: Audience | None = None) -> list[Any]:
        may_write = self.has_change_permission(request, obj) if obj else self.has_add_permission(request)
        chosen = _kind(request, obj) == AudienceKind.CHOSEN and may_write
        return ["name", "shared", *(["addresses"] if chosen else [])]

    def get_inlines(self, request: HttpRequest, obj: Audience | None) -> Any:
        return self.inlines if _kind(request, obj) == AudienceKind.CONDITIONS else ()

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        obj.kind = _kind(request, obj if change else None)
        super().save_model(request, obj, form, change)
        if form.cleaned_data.get("addresses"):
            done = choosing.add_addresses(obj, form.cleaned_data["addresses"])
            log_action(request, obj, audited.CHOSEN(count=done.added))
            _tell(request, done)

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: Any = None
    ) -> HttpResponse:
        audience = row_of(Audience, unquote(object_id))
        context = {"audience": audience, "audience_kind": audience.kind if audience else ""}
        if audience and request.method == "GET" and self.has_view_permission(request, audience):
            context |= audience_count.of_audience(audience)
        return super().change_view(request, object_id, form_url, context | (extra_context or {}))

    def add_view(self, request: HttpRequest, form_url: str = "", extra_context: Any = None) -> HttpResponse:
        context = {"audience_kind": _kind(request, None)}
        return super().add_view(request, form_url, context | (extra_context or {}))

    def changelist_view(self, request: HttpRequest, extra_context: Any = None) -> HttpResponse:
        may = {"may_add_audience": self.has_add_permission(request)}
        return super().changelist_view(request, may | (extra_context or {}))

    # --- Pages of its own -------------------------------------------------------------------------

    def get_urls(self) -> list[URLPattern]:
        return [
            self._page("count/", "count", require_POST(self._count)),
            self._page("file/", "file", audience_files.upload_page),
            self._page("file/keep/", "keep", require_POST(audience_files.keep)),
            self._page("file/refused/", "refused", require_POST(audience_files.refused_lines)),
            path(
                "<path:object_id>/remove/",
                self.admin_site.admin_view(require_POST(self._remove)),
                name="backoffice_audience_remove",
            ),
            *super().get_urls(),
        ]

    def _page(self, route: str, name: str, view: Callable[[HttpRequest], HttpResponse]) -> URLPattern:
        def for_those_who_may_add(request: HttpRequest) -> HttpResponse:
            if not self.has_add_permission(request):
                raise PermissionDenied
            return view(request)

        return path(
            route, self.admin_site.admin_view(for_those_who_may_add), name=f"backoffice_audience_{name}"
        )

    def _count(self, request: HttpRequest) -> HttpResponse:
        """Whom the conditions of a form find, before they are saved."""
        found = audience_count.of_form(ConditionInline.form, request.POST)
        if "HX-Request" in request.headers:
            return TemplateResponse(request, "backoffice/audiences/count.html", found)
        context = admin.site.each_context(request) | {"title": gettext("Count"), "opts": Audience._meta}
        return TemplateResponse(request, "backoffice/audiences/count_page.html", context | found)

    def _remove(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Out of a chosen list, one recipient or several."""
        audience = row_of(Audience, unquote(object_id))
        if audience is None or not self.has_change_permission(request, audience):
            raise PermissionDenied
        if choosing.is_being_frozen(audience):
            messages.error(request, gettext("A mailing takes it down just now: try again in a minute."))
        else:
            chosen = set(request.POST.getlist("recipient"))
            shown = sample_of(people_of(audience)) if audience.kind == AudienceKind.CHOSEN else []
            keys = [one.pk for one in shown if str(one.pk) in chosen]
            count = choosing.remove(audience, keys)
            if count:
                log_action(request, audience, audited.UNCHOSEN(count=count))
            messages.success(request, gettext("Taken out: %(count)s.") % {"count": count})
        return HttpResponse(
            status=302, headers={"Location": reverse("admin:backoffice_audience_change", args=[audience.pk])}
        )


def _is_of(audience: Audience | None, request: HttpRequest) -> bool:
    """One without an owner is everybody's who may change audiences."""
    return audience is None or audience.owner_id in (None, request.user.pk) or viewer(request).is_superuser


def _kind(request: HttpRequest, audience: Audience | None) -> str:
    """Of a new one as its address says; a file has a page of its own."""
    if audience is not None:
        return str(audience.kind)
    asked = request.GET.get("kind") == AudienceKind.CHOSEN
    return str(AudienceKind.CHOSEN if asked else AudienceKind.CONDITIONS)


def _tell(request: HttpRequest, done: choosing.Chosen) -> None:
    messages.success(
        request,
        gettext("Added: %(added)s. In it before: %(known)s.") % {"added": done.added, "known": done.known},
    )
    if done.strangers:
        named = get_text_list(done.strangers[:TOLD], gettext("and"))
        messages.warning(
            request,
            gettext(
                "%(count)s addresses are no recipient's and were left out: %(named)s. Add or import them "
                "first."
            )
            % {"count": len(done.strangers), "named": named},
        )
