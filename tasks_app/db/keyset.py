"""Pages of an order by key: the rows next to a place in it, read from an index however far back it is.

An offset reads all that it passes over, and shows rows twice or never while others arrive. A key is the
values that a row has in the columns of its order, so that it stays a place when its row goes.

Rows without a value in the first column come last, whatever the direction, on both databases.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from django.core.exceptions import FieldDoesNotExist
from django.db.models import BooleanField, F, Field, Func, Model, OrderBy, Q, QuerySet, Value

from tasks_app.db.windows import windows

# Values of the first columns of an order, or of all of them.
type Key = tuple[Any, ...]


@dataclass(frozen=True)
class Order:
    """Columns of the model itself, in one direction, the last one unique. None but the first may be NULL."""

    columns: tuple[Field[Any, Any], ...]
    descending: bool

    def key_of(self, row: Model) -> Key:
        return tuple(getattr(row, column.attname) for column in self.columns)

    def names(self, *, backwards: bool = False) -> list[str]:
        sign = "-" if self.descending != backwards else ""
        return [f"{sign}{column.attname}" for column in self.columns]

    def beyond(self, key: Key, *, backwards: bool = False) -> Q:
        """What comes after the key, or before it; of rows that have values alone."""
        sign = "<" if self.descending != backwards else ">"
        return Q(Compared(self.columns[: len(key)], sign, key))


class Compared(Func):
    """A condition for `filter`: columns, compared as one with as many values.

    Both databases begin to read an index at such a place, however many rows have the same first value.
    """

    output_field = BooleanField()

    def __init__(self, columns: Sequence[Field[Any, Any]], sign: str, key: Key) -> None:
        values = [Value(value, output_field=column) for column, value in zip(columns, key, strict=True)]
        super().__init__(*(F(column.attname) for column in columns), *values)
        self.sign = sign

    def as_sql(  # type: ignore[override]  # it is never written as a function
        self, compiler: Any, connection: Any, **options: Any
    ) -> tuple[str, Any]:
        compiled = [compiler.compile(one) for one in self.source_expressions]
        texts = [sql for sql, _params in compiled]
        half = len(texts) // 2
        sql = f"({', '.join(texts[:half])}) {self.sign} ({', '.join(texts[half:])})"
        return sql, [value for _sql, params in compiled for value in params]


def order_of(rows: QuerySet[Any]) -> Order | None:
    """The order of these rows; None for one that no key can name a place in."""
    found = [_column(rows.model, part) for part in rows.query.order_by]
    parts = [one for one in found if one is not None]
    if not parts or len(parts) < len(found) or len({descending for _column, descending in parts}) > 1:
        return None
    columns = tuple(column for column, _descending in parts)
    if any(column.null for column in columns[1:]) or not columns[-1].unique:
        return None
    return Order(columns, parts[0][1])


def page(
    rows: QuerySet[Any], order: Order, size: int, key: Key = (), *, backwards: bool = False
) -> list[Any]:
    """So many rows after the key, or before it, in the order of the list; without one, from either end."""
    found: list[Any] = []
    ordered = rows.order_by(*order.names(backwards=backwards))
    for part in _parts(order, key, backwards):
        for some in _windows(ordered.filter(part), order, key, backwards) if len(found) < size else ():
            found += some[: size - len(found)]
            if len(found) == size:  # before the next is asked for
                break
    return found[::-1] if backwards else found


def _windows(rows: QuerySet[Any], order: Order, key: Key, backwards: bool) -> Iterator[QuerySet[Any]]:
    since = key[0] if key else None
    return windows(rows, order.columns[0].attname, descending=order.descending != backwards, since=since)


def before(rows: QuerySet[Any], order: Order, row: Model) -> QuerySet[Any]:
    """The rows that stand before this one."""
    parts = _parts(order, order.key_of(row), True)
    return rows.filter(parts[0] if len(parts) == 1 else parts[0] | parts[1])


def _parts(order: Order, key: Key, backwards: bool) -> list[Q]:
    """Conditions whose rows follow each other: an index has those with a value and those without in places
    that differ from database to database."""
    first = order.columns[0]
    if not first.null:
        return [order.beyond(key, backwards=backwards) if key else Q()]
    name = first.attname
    with_value, without = Q(**{f"{name}__isnull": False}), Q(**{f"{name}__isnull": True})
    if not key:
        return [without, with_value] if backwards else [with_value, without]
    if key[0] is None:
        rest = Order(order.columns[1:], order.descending).beyond(key[1:], backwards=backwards)
        return [without & rest, with_value] if backwards else [without & rest]
    near = with_value & order.beyond(key, backwards=backwards)
    return [near] if backwards else [near, without]


def _column(model: type[Model], part: Any) -> tuple[Field[Any, Any], bool] | None:
    """The model's own column of a part of an order, and whether it descends."""
    if isinstance(part, OrderBy) and isinstance(part.expression, F):
        expression: Any = part.expression  # whose name the stubs do not know
        name, descending = expression.name, part.descending
    elif isinstance(part, str):
        name, descending = part.removeprefix("-"), part.startswith("-")
    else:
        return None
    try:
        field = model._meta.pk if name == "pk" else model._meta.get_field(name)
    except FieldDoesNotExist:
        return None
    if not isinstance(field, Field) or (field.is_relation and name != field.attname):
        return None
    return field, descending


def one_way(model: type[Model], order: Sequence[Any]) -> list[Any]:
    """The same order with each column once, and its key in the direction of what stands before it.

    So an index of both is read in either direction.
    """
    kept: dict[str, Any] = {}
    descending = False
    for part in order:
        known = _column(model, part)
        if known is None:
            kept[repr(part)] = part
            continue
        field, own = known
        if kept and field.primary_key:
            part = f"{'-' if descending else ''}{field.attname}"
        elif field.attname not in kept:
            descending = own
        kept.setdefault(field.attname, part)
    return list(kept.values())
