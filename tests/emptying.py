"""What a test committed is taken away: from the tables that it wrote into, where Django empties all of them.

Of some seventy tables a test writes into five. Content types and permissions stay, which Django removes, to
make the same anew each time; after the few tests that change some, it is done as Django does it.
"""

from __future__ import annotations

from collections.abc import Callable

from django.contrib.auth.models import Permission
from django.contrib.contenttypes.models import ContentType
from django.db import connection, transaction
from django.test import TransactionTestCase

KEPT = {model._meta.db_table for model in (ContentType, Permission)}


class Emptying:
    """Of the tests' database, from its beginning on; `flush` is how Django empties it."""

    def __init__(self, flush: Callable[[TransactionTestCase], None]) -> None:
        self.flush = flush
        tables = connection.introspection.django_table_names(only_existing=True, include_views=False)
        each = [connection.ops.quote_name(name) for name in sorted(set(tables) - KEPT)]
        self.which_are_filled = " UNION ALL ".join(
            f"SELECT '{one}' WHERE EXISTS (SELECT 1 FROM {one})"  # noqa: S608 - names of our own tables
            for one in each
        )
        self.kept = what_is_kept()

    def after(self, case: TransactionTestCase) -> None:
        if what_is_kept() == self.kept:
            self.empty()
        else:
            self.flush(case)
            self.kept = what_is_kept()

    def empty(self) -> None:
        # Foreign keys are looked at when it commits.
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(self.which_are_filled)
            for (one,) in cursor.fetchall():
                cursor.execute(f"DELETE FROM {one}")  # noqa: S608


def what_is_kept() -> list[object]:
    return [
        *ContentType.objects.order_by("pk").values_list(),
        *Permission.objects.order_by("pk").values_list(),
    ]
