"""What a list may be asked for: the parameters that its filters declare, and nothing else.

Django lets through every lookup on the model's own columns. Whatever a page masks could then be asked letter
by letter (`?kwargs__api_key__startswith=a`), and any column without an index be read from end to end.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from django.contrib.admin import FieldListFilter, ListFilter, ModelAdmin
from django.contrib.admin.utils import get_fields_from_path
from django.contrib.auth.models import AnonymousUser
from django.db.models import Field
from django.http import HttpRequest

type Admin = ModelAdmin[Any]
type Parameters = dict[str, list[str]]

KNOWN = "_declared_lookups"  # of a request: by ModelAdmin


def declared(admin: Admin, request: HttpRequest | None) -> dict[str, ListFilter | None]:
    """Each parameter that means something to this list, with the filter that takes it; asked once a request.

    A page that takes others says so: `allowed_lookups = ("…",)`.
    """
    if request is None:
        request = HttpRequest()
        request.user = AnonymousUser()
    known: dict[int, dict[str, ListFilter | None]] = vars(request).setdefault(KNOWN, {})
    if id(admin) not in known:
        known[id(admin)] = dict(_declared(admin, request))
    return known[id(admin)]


def _declared(admin: Admin, request: HttpRequest) -> Iterator[tuple[str, ListFilter | None]]:
    for name in getattr(admin, "allowed_lookups", ()):
        yield name, None
    if admin.date_hierarchy:
        for part in ("year", "month", "day"):
            yield f"{admin.date_hierarchy}__{part}", None
    for item in admin.get_list_filter(request):
        if one := filter_of(admin, request, item, {}):
            for name in one.expected_parameters():
                if name is not None:
                    yield name, one


def filter_of(admin: Admin, request: HttpRequest, item: Any, parameters: Parameters) -> ListFilter | None:
    """The filter of an item of `list_filter`, as Django makes it; it takes its own from the parameters."""
    given: dict[str, Any] = dict(parameters)
    if isinstance(item, type) and issubclass(item, ListFilter) and not issubclass(item, FieldListFilter):
        return item(request, given, admin.model, admin)
    path, make = item if isinstance(item, tuple | list) else (item, FieldListFilter.create)
    if isinstance(path, Field):
        return make(path, request, given, admin.model, admin, field_path=None)  # type: ignore[no-any-return]
    field = get_fields_from_path(admin.model, path)[-1]
    made: ListFilter | None = make(field, request, given, admin.model, admin, field_path=path)
    return made
