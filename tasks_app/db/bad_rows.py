"""One row that a database or a conversion refuses, among many: it never stops the others.

`all_or_each` writes, `read_each` and `RowByRow` read; who the row belongs to says what becomes of it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any, cast

from django.db import (
    DatabaseError,
    DataError,
    IntegrityError,
    InterfaceError,
    OperationalError,
    connection,
    router,
    transaction,
)
from django.db.models import Model, QuerySet
from django.db.models.query import ModelIterable

from tasks_app.db.among import Among

# Of PostgreSQL (its manual, appendix A): a value that is too large for an index or a statement, which Django
# calls an OperationalError, as it does a database that is away; and a statement after one that was refused.
_OF_ONE_ROW = ("54", "25P02")
LONGEST_LINE = 300  # characters


def is_away(error: Exception) -> bool:
    """Whether the database is gone, starting or out of means, so that nothing else would do better."""
    return isinstance(error, OperationalError | InterfaceError) and not is_of_one_row(error)


def is_of_one_row(error: Exception) -> bool:
    """Whether the error says that a value is refused: not that the database is away, busy or not migrated."""
    if isinstance(error, DataError | IntegrityError):
        return True
    if isinstance(error, DatabaseError):
        return str(getattr(error.__cause__, "sqlstate", None)).startswith(_OF_ONE_ROW)
    return not isinstance(error, InterfaceError | MemoryError)


def in_a_line(error: Exception) -> str:
    """Class and first line, storable anywhere: PostgreSQL's others quote the row, secret arguments too."""
    said = (str(error).strip().splitlines() or [""])[0].rstrip(".")[:LONGEST_LINE]
    text = f"{type(error).__name__}: {said}".replace("\x00", "\N{REPLACEMENT CHARACTER}")
    return text.encode("utf-8", "replace").decode()


def all_or_each[T](
    items: Sequence[T], do: Callable[[Sequence[T]], object], refused: Callable[[T, Exception], object]
) -> None:
    """Do it with all of them in one transaction; where a row is refused, with each by itself.

    `refused` hears of those that cannot be done alone either, after their own transaction was undone.
    """
    try:
        with transaction.atomic():
            do(items)
    except Exception as error:
        if not is_of_one_row(error):
            raise
        if len(items) == 1:
            refused(items[0], error)
            return
        for item in items:
            all_or_each([item], do, refused)


@contextmanager
def undone_alone() -> Iterator[None]:
    """What a statement within raises spoils no transaction that is open around it."""
    if connection.in_atomic_block:
        with transaction.atomic():
            yield
    else:
        yield


def or_none[T](read: Callable[[], T]) -> T | None:
    """What it reads of a row; None where that cannot be read."""
    try:
        return read()
    except Exception as error:
        if not is_of_one_row(error):
            raise
        return None


def read_each[M: Model](rows: QuerySet[M, M], ids: Sequence[Any]) -> tuple[list[M], dict[Any, Exception]]:
    """The rows with these ids, and why some cannot be read."""
    try:
        return list(rows.filter(Among("pk", ids))), {}
    except Exception as error:
        if not is_of_one_row(error):
            raise
        if len(ids) == 1:
            return [], {ids[0]: error}
    read: list[M] = []
    unread: dict[Any, Exception] = {}
    for one in ids:
        found, refused = read_each(rows, [one])
        read, unread = read + found, unread | refused
    return read, unread


class RowByRow(ModelIterable):  # type: ignore[type-arg]  # generic for mypy alone
    """Rows of a queryset for a page: one that cannot be read is there all the same, with what can be."""

    def __iter__(self) -> Iterator[Any]:
        try:
            rows = list(super().__iter__())
        except Exception as error:
            if not is_of_one_row(error):
                raise
            rows = _each(cast("QuerySet[Any, Any]", self.queryset))
        return iter(rows)


def row_by_row[M: Model](rows: QuerySet[M, M]) -> QuerySet[M, M]:
    """The queryset, read so that one bad row takes none of the others along."""
    patient = rows.all()
    patient._iterable_class = RowByRow
    return patient


def _each(rows: QuerySet[Any, Any]) -> list[Any]:
    """The rows of this queryset, limits and order included, each read by itself."""
    plain = rows.all()
    plain._iterable_class = ModelIterable
    plain.query.clear_limits()
    found = []
    for pk in list(rows.values_list("pk", flat=True)):
        read, unread = read_each(plain, [pk])
        found += [what_can_be_read(rows.model, pk)] if unread else read
    return found


def begin_unread_anew(row: Model) -> None:
    """Before it is saved: its columns that could not be read are as those of a new row."""
    unread = row.get_deferred_fields()
    for field in row._meta.concrete_fields:
        if field.attname in unread:
            setattr(row, field.attname, field.get_default())


def what_can_be_read[M: Model](model: type[M], pk: Any) -> M:
    """The row without the columns that cannot be read: each is asked again, and raises, when it is used."""
    values: dict[str, Any] = {}
    alias = router.db_for_read(model)
    for field in model._meta.concrete_fields:
        column = model._default_manager.using(alias).filter(pk=pk).values_list(field.attname, flat=True)
        try:
            values[field.attname] = column.get()
        except Exception as error:
            if not is_of_one_row(error):
                raise
    return model.from_db(alias, list(values), list(values.values()))
