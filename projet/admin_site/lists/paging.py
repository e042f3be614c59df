"""The page of a list that an address asks for, by key where its order has one, and where it leads on."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from django.contrib import messages
from django.contrib.admin.views.main import PAGE_VAR
from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext as _

from tasks_app.db.keyset import Order, before, order_of, page
from tasks_app.display import count_up_to, zoned
from tasks_app.places import AFTER, BEFORE, DAY, LAST, Place, asked, end_of, has_days, place_of, text_of


@dataclass(frozen=True)
class Turned:
    """A page of a list; each way from it is an address, "" where there is none."""

    rows: list[Any]
    range: str = ""  # which rows these are, in words
    ways: dict[str, str] = field(default_factory=dict)  # first, previous, next, last
    days: list[tuple[str, str]] | None = None  # what a form keeps that leads to a day; None: no list of days


def turn(cl: Any, request: HttpRequest) -> Turned:
    """`cl` has its total already, and which numbered page was asked for."""
    order = order_of(cl.queryset)
    place = _place(cl, request, order)
    if not cl.multi_page or (cl.show_all and cl.can_show_all):
        rows = list(cl.queryset[: cl.list_max_show_all])
        return Turned(rows, cl.paginator.range_of(0, len(rows)))
    if order is None:
        return _numbered(cl)
    return _by_key(cl, order, place)


def _place(cl: Any, request: HttpRequest, order: Order | None) -> Place | None:
    """None for the beginning; a sentence beside it for a place that is none."""
    name = asked(request.GET)
    if not name:
        return None
    try:
        if order is None:
            raise ValueError
        if name == DAY and not has_days(order):
            return _day_by_writing(cl, request.GET[DAY], order)
        return place_of(request.GET, order)
    except ValueError:
        messages.warning(
            request,
            _("This list has no such place as its address says: here is its beginning. Go on from here."),
        )
        return None


def _has_days(cl: Any, order: Order) -> bool:
    return has_days(order) or (order.descending and hasattr(cl.model_admin, "written_at"))


def _day_by_writing(cl: Any, day: str, order: Order) -> Place:
    """In the order of keys, of rows that are written in the order of an indexed moment: `written_at`."""
    if not _has_days(cl, order):
        raise ValueError(day)
    column = cl.model_admin.written_at
    later = cl.model._default_manager.filter(**{f"{column}__gte": end_of(day)}).order_by(column, "pk")
    return Place(tuple(later.values_list("pk", flat=True)[:1]))


# --- By key ------------------------------------------------------------------------------------


def _by_key(cl: Any, order: Order, place: Place | None) -> Turned:
    rows, more = _rows(cl, order, place)
    if not rows:
        return Turned([])
    passed = _passed(cl, order, rows[0], place)
    ways = {}
    if passed != 0:
        ways["first"] = cl.get_query_string()
        ways["previous"] = cl.get_query_string({BEFORE: text_of(rows[0], order)})
    if more:
        ways["next"] = cl.get_query_string({AFTER: text_of(rows[-1], order)})
        ways["last"] = cl.get_query_string({LAST: "1"})
    return Turned(rows, _range(cl, order, rows, passed), ways, _kept(cl) if _has_days(cl, order) else None)


def _rows(cl: Any, order: Order, place: Place | None) -> tuple[list[Any], bool]:
    """The page, and whether rows stand after it. One that is beyond either end is the page at that end."""
    size: int = cl.list_per_page
    if place is None and cl.page_num > 1:
        first = (cl.page_num - 1) * size
        found = list(cl.queryset[first : first + size + 1])
    else:
        place = place or Place()
        found = page(cl.queryset, order, size + 1, place.key, backwards=place.backwards)
        if place.backwards and place.key and len(found) <= size:
            found = page(cl.queryset, order, size + 1)
        elif place.backwards:
            return found[-size:], bool(place.key)
    if not found:
        return page(cl.queryset, order, size, backwards=True), False
    return found[:size], len(found) > size


def _passed(cl: Any, order: Order, row: Any, place: Place | None) -> int | None:
    """How many rows stand before this one, one more than the bound for more; None where that is slow."""
    if place is None and cl.page_num == 1:
        return 0
    if cl.paginator.counted is None:
        return None
    return count_up_to(cl.paginator.bound, before(cl.queryset, order, row))


def _range(cl: Any, order: Order, rows: list[Any], passed: int | None) -> str:
    """ "51–100 of 1,234"; far back, from which moment to which."""
    if passed is not None and passed <= cl.paginator.bound:
        return str(cl.paginator.range_of(passed, len(rows)))
    if not has_days(order):
        return ""
    ends = [order.key_of(row)[0] for row in (rows[0], rows[-1])]
    first, last = (zoned(timezone.localtime(end), _("j M Y, H:i T")) if end else "–" for end in ends)
    return _("%(first)s to %(last)s, of %(total)s") % {"first": first, "last": last, "total": cl.total}


def _kept(cl: Any) -> list[tuple[str, str]]:
    return [(name, value) for name, values in cl.filter_params.items() for value in values if name != DAY]


# --- By number ---------------------------------------------------------------------------------


def _numbered(cl: Any) -> Turned:
    """An order of small tables that people chose, by several columns or another table's."""
    first = (cl.page_num - 1) * cl.list_per_page
    found = list(cl.queryset[first : first + cl.list_per_page + 1])
    rows, ways = found[: cl.list_per_page], {}
    if cl.page_num > 1:
        ways["first"] = cl.get_query_string()
        ways["previous"] = cl.get_query_string({PAGE_VAR: cl.page_num - 1})
    if len(found) > len(rows):
        ways["next"] = cl.get_query_string({PAGE_VAR: cl.page_num + 1})
    return Turned(rows, cl.paginator.range_of(first, len(rows)), ways)
