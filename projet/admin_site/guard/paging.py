"""Lists are counted up to a bound, and for as long as a page can wait: nobody reads on to the end of more."""

from __future__ import annotations

from typing import Any

from django.core.paginator import Page, Paginator
from django.db.models import QuerySet
from django.utils.formats import number_format
from django.utils.functional import cached_property
from django.utils.translation import gettext as _

from tasks_app.db.patience import in_time
from tasks_app.db.windows import total_found
from tasks_app.display import COUNTED_ROWS, count_up_to, more_than

PATIENCE = 300  # milliseconds that a page waits for its total


class BoundedPaginator(Paginator):  # type: ignore[type-arg]  # it takes no parameter when it runs
    """Pages have numbers up to the bound: lists are turned by key (projet/admin_site/lists/paging.py)."""

    template_name = "lists/pagination.html"

    @cached_property
    def counted(self) -> int | None:
        """How many rows there are, one more than the bound for more; None where it takes too long to tell."""
        rows = self.object_list
        if not isinstance(rows, QuerySet):
            return len(rows)
        if (found := total_found(rows)) is not None:
            return min(found, COUNTED_ROWS + 1)
        return in_time(rows.db, PATIENCE, lambda: count_up_to(COUNTED_ROWS, rows))

    @cached_property
    def count(self) -> int:
        return COUNTED_ROWS + 1 if self.counted is None else self.counted

    def nearest(self, number: int) -> int:
        """This page, or the last one where there are fewer."""
        return min(number, self.num_pages)

    def page(self, number: int | str) -> Page[Any]:
        asked = self.nearest(int(number))
        first = (asked - 1) * self.per_page
        return Page(self.object_list[first : first + self.per_page], asked, self)

    @property
    def bound(self) -> int:
        return COUNTED_ROWS

    @property
    def total(self) -> str:
        return _("many") if self.counted is None else more_than(self.counted, COUNTED_ROWS)

    def range_of(self, before: int, shown: int) -> str:
        """ "51–100 of 1,234", for a page that shows so many after so many others."""
        ends = [number_format(end, force_grouping=True) for end in (before + 1, before + shown)]
        words = {"first": ends[0], "last": ends[1], "total": self.total}
        return _("%(first)s–%(last)s of %(total)s") % words if shown else ""
