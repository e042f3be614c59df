"""What of an address means nothing to a list: it is left out, and the page says so.

A filter nobody declared, a value it does not offer, a day that is none, the order of a column that cannot be
ordered by, a search of a thousand words: none of these reaches the database.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from django.contrib.admin import BooleanFieldListFilter, ChoicesFieldListFilter, ListFilter
from django.contrib.admin.filters import RelatedFieldListFilter, SimpleListFilter
from django.contrib.admin.options import IS_FACETS_VAR, IS_POPUP_VAR, TO_FIELD_VAR, IncorrectLookupParameters
from django.contrib.admin.views.main import ALL_VAR, ERROR_FLAG, ORDER_VAR, PAGE_VAR, SEARCH_VAR
from django.core.exceptions import EmptyResultSet, FieldError, ValidationError
from django.db import DatabaseError, router
from django.http import HttpRequest, QueryDict

from projet.admin_site.guard.lookups import Admin, declared, filter_of
from tasks_app import places
from tasks_app.db.folding import LONGEST_SEARCH, MOST_WORDS
from tasks_app.display import COUNTED_ROWS

MOST_VALUES = 50  # of one parameter
# What a filter, ours or a library's, makes of a value that it cannot read.
UNREADABLE = (
    ArithmeticError, AttributeError, DatabaseError, FieldError, IncorrectLookupParameters, LookupError,
    TypeError, ValidationError, ValueError,
)  # fmt: skip
# Not meant for the list: Django's sign that it once refused an address, and the list that a page came from.
PASSED_ON = frozenset({ERROR_FLAG, "_changelist_filters"})
YES_OR_NO = frozenset({"True", "False", "true", "false", "1", "0"})

type Check = Callable[[Admin, HttpRequest, str], bool]


def meaningful(admin: Admin, request: HttpRequest) -> tuple[QueryDict, list[str]]:
    """The parameters that mean something to this list, and the names of the others."""
    kept, left_out = QueryDict(mutable=True), []
    for name, values in request.GET.lists():
        given = dict.fromkeys(value for value in values if value != "" or name in GENERAL)
        found = [value for value in [*given][:MOST_VALUES] if _means_something(admin, request, name, value)]
        if found:
            kept.setlist(name, found)
        if len(found) < len(given) and name not in PASSED_ON:
            left_out.append(name)
    return kept, left_out


def _means_something(admin: Admin, request: HttpRequest, name: str, value: str) -> bool:
    if name in GENERAL:
        return GENERAL[name](admin, request, value)
    filters = declared(admin, request)
    return name in filters and _is_taken(admin, request, filters[name], name, value)


# --- What every list takes ---------------------------------------------------------------------


def _is_search(admin: Admin, request: HttpRequest, value: str) -> bool:
    return len(value) <= LONGEST_SEARCH and len(value.split()) <= MOST_WORDS


def _is_page(admin: Admin, request: HttpRequest, value: str) -> bool:
    """Further back than rows are counted, pages have no numbers."""
    number = int(value) if value.isascii() and value.isdigit() and len(value) < 8 else 0
    return 1 <= number <= COUNTED_ROWS // admin.list_per_page + 1


def _is_row(admin: Admin, request: HttpRequest, value: str) -> bool:
    """What a row is named by in an address; whether it is one of this list's order, the list says itself."""
    return len(value) <= places.LONGEST and value.isascii()


def _is_day(admin: Admin, request: HttpRequest, value: str) -> bool:
    return places.is_day(value)


def _is_order(admin: Admin, request: HttpRequest, value: str) -> bool:
    """Each part is the number of a column, as the list shows them, that may be ordered by."""
    columns: list[Any] = list(admin.get_list_display(request))
    if admin.get_actions(request):
        columns.insert(0, "action_checkbox")
    sortable = admin.get_sortable_by(request)
    for part in value.split("."):
        number = part.removeprefix("-")
        if not (number.isascii() and number.isdigit() and len(number) < 4 and int(number) < len(columns)):
            return False
        if columns[int(number)] not in sortable:
            return False
    return True


def _is_field(admin: Admin, request: HttpRequest, value: str) -> bool:
    return value == "" or admin.to_field_allowed(request, value)


GENERAL: dict[str, Check] = {
    SEARCH_VAR: _is_search,
    PAGE_VAR: _is_page,
    ORDER_VAR: _is_order,
    TO_FIELD_VAR: _is_field,
    places.AFTER: _is_row,
    places.BEFORE: _is_row,
    places.LAST: lambda admin, request, value: value == "1",
    places.DAY: _is_day,
    ALL_VAR: lambda admin, request, value: True,
    IS_POPUP_VAR: lambda admin, request, value: True,
    IS_FACETS_VAR: lambda admin, request, value: False,  # counts for each choice of each filter: of no list
}


# --- What its filters take ---------------------------------------------------------------------


def _is_taken(admin: Admin, request: HttpRequest, one: ListFilter | None, name: str, value: str) -> bool:
    offered = _offered(one, name)
    if offered is not None:
        return value in offered
    return _can_be_asked(admin, request, name, value)


def _offered(one: ListFilter | None, name: str) -> Iterable[str] | None:
    """The values that may be chosen; None where any may be typed."""
    if name.endswith("__isnull"):
        return YES_OR_NO
    if isinstance(one, SimpleListFilter | RelatedFieldListFilter):
        return {str(key) for key, _label in one.lookup_choices}
    if isinstance(one, BooleanFieldListFilter):
        return {"1", "0"}
    if isinstance(one, ChoicesFieldListFilter):
        return {str(key) for key, _label in one.field.flatchoices}
    return None


def _can_be_asked(admin: Admin, request: HttpRequest, name: str, value: str) -> bool:
    """Whether a statement can be made of it: tried alone, and sent to no database."""
    using = router.db_for_read(admin.model)
    for item in admin.get_list_filter(request):
        parameters = {name: [value]}
        try:
            one = filter_of(admin, request, item, parameters)
            if one is None or name not in one.expected_parameters():
                continue
            rows = one.queryset(request, admin.model._default_manager.all())
            if rows is None:
                return False
            rows.query.get_compiler(using).as_sql()
        except EmptyResultSet:  # there is none such: it is asked as well as any
            return True
        except UNREADABLE:
            return False
        return True
    return True
