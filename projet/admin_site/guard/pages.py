"""The ModelAdmin and the ChangeList that hold to what a list declares, whoever wrote it."""

from __future__ import annotations

import logging
from collections.abc import Iterable
from functools import cache, cached_property
from typing import Any, cast
from urllib.parse import quote

from django.contrib import admin, messages
from django.contrib.admin.helpers import ACTION_CHECKBOX_NAME
from django.contrib.admin.models import DELETION
from django.contrib.admin.utils import quote as quoted_key
from django.contrib.admin.utils import unquote
from django.contrib.admin.views.main import ChangeList
from django.core.exceptions import BadRequest, ValidationError
from django.core.paginator import Paginator
from django.db.models import Model, QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, QueryDict
from django.urls import reverse
from django.utils.formats import number_format
from django.utils.http import RFC3986_SUBDELIMS
from django.utils.text import Truncator
from django.utils.translation import gettext as _

from projet.admin_site.guard.lookups import declared
from projet.admin_site.guard.paging import BoundedPaginator
from projet.admin_site.guard.parameters import meaningful
from projet.admin_site.lists.mistakes import mistake_in
from projet.admin_site.lists.paging import turn
from projet.readable_requests import NUL, replace_parameters
from tasks_app.audit.changes import DELETED, DELETED_TOGETHER, of_form
from tasks_app.audit.entries import as_json
from tasks_app.audit.reading import with_items
from tasks_app.audit.requests import log_action, log_together
from tasks_app.db.keyset import one_way
from tasks_app.display import count_up_to
from tasks_app.places import NAMES
from tasks_app.search.saying import mistake_of, notes_of

KEY = "0KEY0"  # stands for a row's key in an address
SAFE_IN_PATHS = RFC3986_SUBDELIMS + "/~:@"  # as Django's resolver has it
SEEN = "_meaningful"  # of a request: by ModelAdmin
NAMED = 3  # parameters that are named in a sentence
LONGEST_NAME, LOGGED = 60, 300  # characters
MODEL_ADMIN = 9  # its place among what a ChangeList is made of, after request and model
# Of a selection of all that match, by an action that has not said that it takes its rows in batches.
MOST_AT_ONCE = 500

logger = logging.getLogger(__name__)


class GuardedAdmin(admin.ModelAdmin):  # type: ignore[type-arg]  # it takes no parameter when it runs
    """Stands before every ModelAdmin of the site. Whatever it holds of parameters, a list cannot undo."""

    paginator = BoundedPaginator
    show_full_result_count = False
    show_facets = admin.ShowFacets.NEVER

    def lookup_allowed(self, lookup: str, value: str, request: HttpRequest | None = None) -> bool:
        return lookup in declared(self, request)

    def get_changelist(self, request: HttpRequest, **kwargs: Any) -> type[ChangeList]:
        changelist: Any = super().get_changelist(request, **kwargs)
        return guarded_list(changelist)

    def get_paginator(
        self, request: HttpRequest, queryset: QuerySet[Any], per_page: int, *args: Any, **kwargs: Any
    ) -> Paginator[Any]:
        """A history is short: it is counted to its end, with what was done to its thing among others."""
        if queryset.model is not self.model:
            thing = unquote(request.resolver_match.kwargs["object_id"]) if request.resolver_match else ""
            return Paginator(with_items(queryset, self.model, thing), per_page)
        return super().get_paginator(request, queryset, per_page, *args, **kwargs)

    def get_object(self, request: HttpRequest, object_id: str, from_field: str | None = None) -> Any:
        """A field without a name, as a form may send it, is the key."""
        return super().get_object(request, object_id, from_field or None)

    def construct_change_message(
        self, request: HttpRequest, form: Any, formsets: Any, add: bool = False
    ) -> list[dict[str, Any]]:
        """What the audit log keeps of an edit: each field, from what to what."""
        return [as_json(one) for one in of_form(form, formsets, add)]

    def log_deletions(self, request: HttpRequest, queryset: Iterable[Any]) -> None:  # type: ignore[override]
        """Several that go at once are one line of the audit log."""
        with log_together(request, DELETED_TOGETHER):
            for row in queryset:
                log_action(request, row, DELETED(), DELETION)

    def changelist_view(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """Nothing is done to a list that is another than its reader asked for."""
        if not self.has_view_or_change_permission(request):
            return super().changelist_view(request, extra_context)  # which refuses it
        if leave_out_the_meaningless(self, request) and request.method == "POST":
            messages.warning(request, _("Nothing was done: look at the list as it is now, and choose again."))
            return HttpResponseRedirect(request.get_full_path())
        return super().changelist_view(request, extra_context)

    # The types are of a Django to come, which hands over the place of the buttons as well.
    def response_action(  # type: ignore[override]
        self, request: HttpRequest, queryset: QuerySet[Any]
    ) -> HttpResponse | None:
        """What is no id of this model is not among the ticked."""
        ticked = request.POST.getlist(ACTION_CHECKBOX_NAME)
        data = request.POST.copy()
        data.setlist(ACTION_CHECKBOX_NAME, [key for key in ticked if is_key(self.model, key)])
        request.POST = data  # type: ignore[assignment]  # Django's own type is of one that stays as it is
        if data.get("select_across", "0") not in ("", "0") and not self._takes(request, data, queryset):
            return None
        return super().response_action(request, queryset)

    def _takes(self, request: HttpRequest, data: QueryDict, queryset: QuerySet[Any]) -> bool:
        """Whether the action can be done to all that match; a sentence where they are too many for it."""
        if set(data.getlist("action")) <= {"", *getattr(self, "actions_in_batches", ())}:
            return True
        if count_up_to(MOST_AT_ONCE, queryset) <= MOST_AT_ONCE:
            return True
        limit = number_format(MOST_AT_ONCE, force_grouping=True)
        messages.warning(
            request,
            _("Nothing was done: this takes %(limit)s at once. Narrow the list by its filters.")
            % {"limit": limit},
        )
        return False


class GuardedList(ChangeList):
    """What of the address means nothing is gone before the list reads it."""

    def __init__(self, request: HttpRequest, model: type[Model], *args: Any, **kwargs: Any) -> None:
        model_admin = kwargs["model_admin"] if "model_admin" in kwargs else args[MODEL_ADMIN]
        left_out = leave_out_the_meaningless(model_admin, request)
        self.address = request.get_full_path() if left_out else ""  # where the page's forms go from now on
        if left_out and request.method == "POST":
            raise BadRequest("What is asked for is another list than its address says.")
        super().__init__(request, model, *args, **kwargs)
        self.search_notes = notes_of(request)
        self.search_mistake = mistake_in(self.query, mistake_of(request))

    def get_queryset(self, request: HttpRequest, exclude_parameters: Any = None) -> QuerySet[Any]:
        """A place in the list does not narrow it: links that change what is shown begin at its beginning."""
        for name in NAMES:
            self.params.pop(name, None)
            self.filter_params.pop(name, None)
        return super().get_queryset(request, exclude_parameters)

    def get_ordering(self, request: HttpRequest, queryset: QuerySet[Any]) -> list[Any]:
        return one_way(self.model, super().get_ordering(request, queryset))

    def get_results(self, request: HttpRequest) -> None:
        super().get_results(request)
        pages = cast(BoundedPaginator, self.paginator)
        self.page_num = pages.nearest(self.page_num)
        self.total = pages.total
        self.turned = turn(self, request)
        self.result_list = self.turned.rows

    def address_of(self, result: Model) -> str:
        """As Django's `url_for_result`, without asking for each row where its page is."""
        key = quote(str(quoted_key(getattr(result, self.pk_attname))), safe=SAFE_IN_PATHS)
        return self._pattern.replace(KEY, key)

    @cached_property
    def _pattern(self) -> str:
        name = f"admin:{self.opts.app_label}_{self.opts.model_name}_change"
        return reverse(name, args=(KEY,), current_app=self.model_admin.admin_site.name)

    @property
    def narrowed_to(self) -> list[str]:
        """In words, for pages and for the audit log."""
        from projet.admin_site.lists.chips import chips_of  # pages are not loaded when this file is

        return [chip.text for chip in chips_of(self)]


@cache
def guarded(admin_class: type[admin.ModelAdmin[Any]]) -> type[admin.ModelAdmin[Any]]:
    """The same class behind the guard."""
    made = type(admin_class.__name__, (GuardedAdmin, admin_class), {"__module__": admin_class.__module__})
    return cast("type[admin.ModelAdmin[Any]]", made)


@cache
def guarded_list(changelist: Any) -> type[ChangeList]:
    # After what others add to a list, before Django's own: the rows that they look through are bounded.
    made = type(changelist.__name__, (changelist, GuardedList), {"__module__": changelist.__module__})
    return cast("type[ChangeList]", made)


def leave_out_the_meaningless(model_admin: admin.ModelAdmin[Any], request: HttpRequest) -> bool:
    """Make the request one that the list understands, and say so, once; whether anything was left out."""
    seen: dict[int, bool] = vars(request).setdefault(SEEN, {})
    if id(model_admin) not in seen:
        kept, left_out = meaningful(model_admin, request)
        seen[id(model_admin)] = bool(left_out)
        if kept != request.GET:
            replace_parameters(request, kept)
        if left_out:
            messages.warning(request, sentence(left_out))
            logger.warning("Left out of %s: %s", request.path, ascii(left_out)[:LOGGED])
    return seen[id(model_admin)]


def sentence(names: list[str]) -> str:
    shown = ", ".join(f"“{Truncator(name).chars(LONGEST_NAME)}”" for name in names[:NAMED])
    more = " …" if len(names) > NAMED else ""
    return _("This list knows no such filter, value or order: %(names)s. It was left out.") % {
        "names": shown + more
    }


def is_key(model: type[Model], text: str) -> bool:
    """Whether a row of this model can have it as its key."""
    try:
        model._meta.pk.clean(text, None)
    except ValidationError:
        return False
    return NUL not in text
