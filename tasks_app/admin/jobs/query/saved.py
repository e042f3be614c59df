"""Searches with a name: one's own, and those that others share. They stand in the sidebar, with a count.

Counting is a list's work. It is done when somebody looks at the list of jobs: for the search that is open,
and for one other whose count is old. No other page counts.
"""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from urllib.parse import urlencode

from django import forms
from django.contrib import admin
from django.contrib.messages.storage.cookie import CookieStorage
from django.core.exceptions import ValidationError
from django.db.models import Q, QuerySet
from django.http import HttpRequest, QueryDict
from django.urls import reverse
from django.utils.html import format_html
from django.utils.text import Truncator
from django.utils.translation import gettext_lazy as _
from unfold.admin import ModelAdmin

from tasks_app import places
from tasks_app.admin.common import Person
from tasks_app.admin.layout import Layout
from tasks_app.db import shared_time
from tasks_app.display import badge, when, who
from tasks_app.models import SavedSearch

SHARE = "tasks_app.share_search"
SEES_JOBS = "tasks_app.view_job"
MOST = 50  # of one person
COUNTED = 99  # what the sidebar counts to
FRESH = timedelta(minutes=5)
OWNER_SHOWN = 16  # signs of a name in a badge, which stays one line on a phone
KNOWN = "_saved_searches"  # of a request
# Of an address they say where in the list it is, or how it is shown, not what it finds.
NOT_KEPT = ("p", "all", "o", "e", "_popup", "_to_field", *places.NAMES)


def kept(query: str) -> str:
    """What of an address is a search, in one order whoever wrote it."""
    given = QueryDict(query.removeprefix("?"))
    pairs = [(name, value) for name, values in given.lists() for value in values if value]
    return urlencode(sorted(pair for pair in pairs if pair[0] not in NOT_KEPT))


def seen_by(user: Any) -> QuerySet[SavedSearch]:
    return SavedSearch.objects.filter(Q(owner=user) | Q(shared=True)).select_related("owner")


def searches_of(request: HttpRequest) -> list[SavedSearch]:
    """What this person finds in the sidebar: asked once a request."""
    known = vars(request)
    if KNOWN not in known:
        sees = request.user.has_perm(SEES_JOBS)
        known[KNOWN] = list(seen_by(request.user)[:MOST]) if sees else []
    found: list[SavedSearch] = known[KNOWN]
    return found


def address_of(search: SavedSearch) -> str:
    return f"{reverse('admin:tasks_app_job_changelist')}?{search.query}"


def address_to_save(query: str) -> str:
    """The page that gives this search a name; "" for a list that is not narrowed."""
    found = kept(query)
    return f"{reverse('admin:tasks_app_savedsearch_add')}?{urlencode({'query': found})}" if found else ""


# --- Counting ----------------------------------------------------------------------------------


def keep_counts(request: HttpRequest, cl: Any) -> None:
    """Of the search that this list is, and of one other: the one whose count is the oldest."""
    query, searches = kept(request.META.get("QUERY_STRING", "")), searches_of(request)
    for search in searches:
        if search.query == query and _is_old(search):
            _note(search, cl)
    others = [search for search in searches if search.query != query and _is_old(search)]
    if others:
        oldest = min(others, key=lambda search: (search.counted_at is not None, search.counted_at, search.pk))
        _note(oldest, cl.model_admin.get_changelist_instance(_look(request, oldest)))


def _is_old(search: SavedSearch) -> bool:
    return search.counted_at is None or not timedelta() <= shared_time.now() - search.counted_at < FRESH


def _note(search: SavedSearch, cl: Any) -> None:
    found, broken = cl.paginator.counted, bool(cl.address or cl.search_mistake)
    SavedSearch.objects.filter(pk=search.pk).update(
        count=None if found is None else min(found, COUNTED + 1), broken=broken, counted_at=shared_time.now()
    )


def _look(request: HttpRequest, search: SavedSearch) -> HttpRequest:
    """As if this person opened it; what its list says of it is shown to nobody."""
    look = HttpRequest()
    look.method, look.path, look.path_info, look.user = "GET", request.path, request.path, request.user
    look.GET = QueryDict(search.query)
    look._messages = CookieStorage(look)  # type: ignore[attr-defined]  # where its framework looks for it
    return look


def shown_count(search: SavedSearch) -> str:
    """ "12", "99+"; "?" where it names what there is no more, "" where nobody counted yet."""
    if search.broken:
        return "?"
    if search.count is None:
        return ""
    return f"{COUNTED}+" if search.count > COUNTED else str(search.count)


# --- Their pages -------------------------------------------------------------------------------


class SavedSearchForm(forms.ModelForm):  # type: ignore[type-arg]  # it takes no parameter when it runs
    user: Any = None  # of the request, see get_form

    def clean_query(self) -> str:
        found = kept(self.cleaned_data["query"])
        if not found:
            raise ValidationError(
                _("This finds every job: narrow the list of jobs first, then save it there.")
            )
        return found

    def clean(self) -> dict[str, Any] | None:
        cleaned = super().clean()
        if self.instance.pk is None:
            self.instance.owner = self.user
            if SavedSearch.objects.filter(owner=self.user).count() >= MOST:
                raise ValidationError(
                    _("You have %(count)s saved searches already: delete one first.") % {"count": MOST}
                )
        return cleaned

    def _get_validation_exclusions(self) -> set[str]:
        """The owner is no field of the form, and one of two that are unique together."""
        excluded: set[str] = super()._get_validation_exclusions()  # type: ignore[misc]  # Django's types lack it
        return excluded - {"owner"}


@admin.register(SavedSearch)
class SavedSearchAdmin(ModelAdmin):
    form = SavedSearchForm
    list_display = ("name_shown", "who_sees", "found", "saved", "open_link")
    list_display_links = ("name_shown",)
    layout = Layout(title="name_shown", state="who_sees", time="saved", action="open_link")
    ordering = ("name", "id")
    sortable_by = ()
    empty_icon = "saved_search"
    empty_title = _("No saved search yet")
    empty_text = _("Narrow the list of jobs by its search or filters, then press “Save this search” there.")

    def get_queryset(self, request: HttpRequest) -> QuerySet[SavedSearch]:
        mine = seen_by(request.user)
        return mine.order_by(*self.get_ordering(request))

    def get_form(self, request: HttpRequest, *args: Any, **kwargs: Any) -> Any:
        form: Any = super().get_form(request, *args, **kwargs)
        form.user = request.user
        return form

    def get_fields(self, request: HttpRequest, obj: SavedSearch | None = None) -> Any:
        return ["name", "query", *(["shared"] if request.user.has_perm(SHARE) else [])]

    # --- Rights: whoever sees jobs has searches; only their owner changes them

    def has_module_permission(self, request: HttpRequest) -> bool:
        return request.user.has_perm(SEES_JOBS)

    def has_view_permission(self, request: HttpRequest, obj: SavedSearch | None = None) -> bool:
        return request.user.has_perm(SEES_JOBS)

    def has_add_permission(self, request: HttpRequest) -> bool:
        return request.user.has_perm(SEES_JOBS)

    def has_change_permission(self, request: HttpRequest, obj: SavedSearch | None = None) -> bool:
        return request.user.has_perm(SEES_JOBS) and (obj is None or is_of(obj, request.user))

    def has_delete_permission(self, request: HttpRequest, obj: SavedSearch | None = None) -> bool:
        return self.has_change_permission(request, obj)

    # --- Columns

    @admin.display(description=_("name"))
    def name_shown(self, search: SavedSearch) -> str:
        return search.name

    @admin.display(description=_("Seen by"))
    def who_sees(self, search: SavedSearch) -> str:
        if search.shared:
            owner = Truncator(who(search.owner)).chars(OWNER_SHOWN)
            return badge(_("Shared by %(name)s") % {"name": owner}, "info", "group")
        return badge(_("Only you"), "", "person")

    @admin.display(description=_("Jobs"))
    def found(self, search: SavedSearch) -> str:
        if search.broken:
            return str(_("It names something that there is no more: open it to see what."))
        return shown_count(search)

    @admin.display(description=_("Saved"))
    def saved(self, search: SavedSearch) -> str:
        return when(search.created_at)

    @admin.display(description="")
    def open_link(self, search: SavedSearch) -> str:
        return format_html('<a class="bo-link" href="{}">{}</a>', address_of(search), _("Open"))


def is_of(search: SavedSearch, user: Person) -> bool:
    return bool(search.owner_id == user.pk)
