"""Comparisons, ranges and loops of templates, where Liquid's own would take text for something else.

All words of a template are text. To Liquid a text never equals a number, two texts are compared by their
letters ("9" is more than "100"), and what is no number makes a range of 0.
"""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from typing import Any

from django.utils.translation import gettext_noop
from liquid import RenderContext, Token
from liquid.builtin.expressions import LoopExpression
from liquid.builtin.expressions.logical import (
    ContainsExpression,
    EqExpression,
    GeExpression,
    GtExpression,
    LeExpression,
    LtExpression,
    NeExpression,
)
from liquid.builtin.expressions.primitive import Blank, Empty, RangeLiteral
from liquid.builtin.tags.case_tag import _AnyExpression
from liquid.expression import Expression
from liquid.undefined import is_undefined

from backoffice.emails.templating.currencies import are_of_two, common_mark
from backoffice.emails.templating.dates import day, is_day
from backoffice.emails.templating.faults import Fault
from backoffice.emails.templating.limits import MAX_LOOP, TooMuch, extent
from backoffice.emails.templating.numbers import NO_VALUE, integer, is_number, number, whole

NOT_COMPARABLE = gettext_noop("these two cannot be compared: one is a list, or true or false.")


class Nothing(str):
    """A word without a value: empty when written, false when asked for, equal to ""."""

    __slots__ = ()

    def __liquid__(self) -> None:
        """What Liquid asks for where something is true or false, or has a default."""


NOTHING = Nothing()


def equal(one: object, other: object) -> bool:
    """As Liquid has it, but "1" is 1, and a word without a value is as good as empty or nil."""
    if type(one) is str and isinstance(other, str):
        return one == other
    one, other = (NOTHING if side is None else side for side in (one, other))
    if isinstance(other, (Empty, Blank)):
        one, other = other, one
    if isinstance(one, (Empty, Blank)):
        return one == other
    if isinstance(one, bool) or isinstance(other, bool):
        return one is other
    if _is_text(one) != _is_text(other) and _is_simple(one) and _is_simple(other):
        text = one if isinstance(one, str) else str(other)
        return is_number(text) and _same_amount(one, other)
    if _is_simple(one) and not _is_text(one) and _is_simple(other):
        return _same_amount(one, other)
    return one == other


def less(one: object, other: object) -> bool:
    """Numbers by their size, days by their time, other texts by their letters; raises Fault otherwise."""
    left, right = _alike(one, other)
    return bool(left < right)


def _alike(one: object, other: object) -> tuple[Any, Any]:
    if one is None or other is None or one == NOTHING or other == NOTHING:
        raise Fault(NO_VALUE)
    if not (_is_simple(one) and _is_simple(other)):
        raise Fault(NOT_COMPARABLE)
    if not (isinstance(one, str) and isinstance(other, str)) or is_number(one) or is_number(other):
        common_mark((one, other))
        return number(one), number(other)
    if is_day(one) or is_day(other):
        return _moment(one), _moment(other)
    return one, other


def _same_amount(one: object, other: object) -> bool:
    return number(one) == number(other) and not are_of_two(one, other)


def _moment(text: str) -> datetime:
    return day(text).replace(tzinfo=None)


def _is_text(value: object) -> bool:
    return isinstance(value, str)


def _is_simple(value: object) -> bool:
    return isinstance(value, (str, int, float, Decimal)) and not isinstance(value, bool)


# --- In place of Liquid's expressions, whose fields they have ----------------------------------------


class _TwoSided:
    """What two sides are, paid for and defined."""

    __slots__ = ()

    def _sides(self, context: RenderContext) -> tuple[object, object]:
        one, other = self.left.evaluate(context), self.right.evaluate(context)  # type: ignore[attr-defined]  # Liquid's
        return _weighed(one, context), _weighed(other, context)

    def _less(self, context: RenderContext, *, turned: bool) -> bool:
        one, other = self._sides(context)
        try:
            return less(other, one) if turned else less(one, other)
        except Fault as fault:
            fault.token = self.token  # type: ignore[attr-defined]  # Liquid's
            raise


def _weighed(value: object, context: RenderContext) -> object:
    if not isinstance(value, str) and is_undefined(value):  # the first is the quicker question
        str(value)  # raises Liquid's own error, with the name
    context.meter.charge(1, extent(value))  # type: ignore[attr-defined]  # a Context of ours
    return value


class Equal(_TwoSided, EqExpression):
    __slots__ = ()

    def evaluate(self, context: RenderContext) -> bool:
        return equal(*self._sides(context))


class NotEqual(_TwoSided, NeExpression):
    __slots__ = ()

    def evaluate(self, context: RenderContext) -> bool:
        return not equal(*self._sides(context))


class Less(_TwoSided, LtExpression):
    __slots__ = ()

    def evaluate(self, context: RenderContext) -> bool:
        return self._less(context, turned=False)


class More(_TwoSided, GtExpression):
    __slots__ = ()

    def evaluate(self, context: RenderContext) -> bool:
        return self._less(context, turned=True)


class AtMost(_TwoSided, LeExpression):
    __slots__ = ()

    def evaluate(self, context: RenderContext) -> bool:
        return not self._less(context, turned=True)


class AtLeast(_TwoSided, GeExpression):
    __slots__ = ()

    def evaluate(self, context: RenderContext) -> bool:
        return not self._less(context, turned=False)


class Contains(_TwoSided, ContainsExpression):
    __slots__ = ()

    def evaluate(self, context: RenderContext) -> object:
        self._sides(context)
        return super().evaluate(context)


class AnyOf(_AnyExpression):
    """One of several values of `when`: once, though it stands there a hundred times."""

    __slots__ = ()

    def evaluate(self, context: RenderContext) -> list[bool]:
        left = _weighed(self.left.evaluate(context), context)
        return [any(equal(left, _weighed(one.evaluate(context), context)) for one in self.expressions)]


class Range(RangeLiteral):
    """Between two whole numbers, no longer than a loop may be."""

    __slots__ = ()

    def evaluate(self, context: RenderContext) -> range:
        try:
            start, stop = integer(self.start.evaluate(context)), integer(self.stop.evaluate(context))
        except Fault as fault:
            fault.token = self.token
            raise
        if stop - start >= MAX_LOOP:
            raise TooMuch
        return range(start, max(stop + 1, start))


class Turns(LoopExpression):
    """What a loop goes through: its limit and offset are whole numbers beyond doubt."""

    __slots__ = ()

    def _to_int(self, obj: object, *, token: Token) -> int:
        try:
            return whole(obj)
        except Fault as fault:
            fault.token = token
            raise


IN_PLACE_OF: dict[type[Expression], type[Expression]] = {
    EqExpression: Equal,
    NeExpression: NotEqual,
    LtExpression: Less,
    GtExpression: More,
    LeExpression: AtMost,
    GeExpression: AtLeast,
    ContainsExpression: Contains,
    _AnyExpression: AnyOf,
    RangeLiteral: Range,
    LoopExpression: Turns,
}
