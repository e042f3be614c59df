"""The filters of templates: Liquid's own, and ours where Liquid's would change a value in silence."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any

from babel.numbers import format_currency, format_decimal
from django.conf import settings
from django.utils.translation import gettext_noop
from liquid import Markup, RenderContext
from liquid.filter import string_filter, with_context
from liquid.undefined import is_undefined

from backoffice.emails.templating import dates, numbers
from backoffice.emails.templating.currencies import common_mark, currencies, marks_of, refuse_other_currency
from backoffice.emails.templating.faults import Fault, quoted
from backoffice.emails.templating.numbers import TOO_LARGE, Written, number, result, whole
from backoffice.emails.text import cut, signs

NO_SIZE = gettext_noop("a number has no size.")
NO_TEXT = gettext_noop(
    "a list stands here, and this takes a text: go through it with {%% for %%}, or take one of it."
)
NO_CURRENCY = gettext_noop("“%(code)s” is no code of a currency. Write one like EUR, USD or CHF.")

MAX_DECIMALS = 12

# Without these no template can reach another one, and no short template can make a huge string:
# `replace` and `join` multiply the lengths of their operands, `safe` would undo the escaping.
LIQUIDS_OWN = frozenset(
    {
        "append", "capitalize", "default", "downcase", "escape", "escape_once", "first", "last", "lstrip",
        "newline_to_br", "prepend", "remove", "remove_first", "remove_last", "rstrip", "squish", "strip",
        "strip_html", "strip_newlines", "upcase", "url_encode",
    }
)  # fmt: skip


TAKE_WHAT_COMES = frozenset({"default", "first", "last"})


def as_text(value: object) -> object:
    """True, false and nothing as Liquid writes them, not as Python does; raises Fault for a list."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, (list, range)):
        raise Fault(NO_TEXT)
    return value


def of_text(filter_: Callable[..., Any]) -> Callable[..., Any]:
    """The filter, given texts alone."""

    @wraps(filter_)
    def applied(*given: object, **named: object) -> Any:
        return filter_(*map(as_text, given), **{name: as_text(value) for name, value in named.items()})

    return applied


def text_first(filter_: Callable[..., Any]) -> Callable[..., Any]:
    """The filter, whose value is a text; its arguments are its own business."""
    of_strings = string_filter(filter_)

    @wraps(filter_)
    def applied(value: object, *given: object, **named: object) -> Any:
        return of_strings(as_text(value), *given, **named)

    return applied


def absolute(value: object) -> object:
    amount = number(value)
    return result(-amount if amount < 0 else amount, value)


def at_least(value: object, other: object) -> object:
    return result(max(number(value), number(other)), value, other)


def at_most(value: object, other: object) -> object:
    return result(min(number(value), number(other)), value, other)


def ceil(value: object) -> object:
    return result(-numbers.floor(-number(value)), value)


def floor(value: object) -> object:
    return result(numbers.floor(number(value)), value)


def plus(value: object, other: object) -> object:
    return result(number(value) + number(other), value, other)


def minus(value: object, other: object) -> object:
    return result(number(value) - number(other), value, other)


def times(value: object, other: object) -> object:
    return result(number(value) * number(other), value, other)


def divided_by(value: object, other: object) -> object:
    """An amount by an amount of the same currency is how many times, and no amount."""
    common_mark((value, other))
    of = () if marks_of(value) and marks_of(other) else (value, other)
    return result(numbers.divided(number(value), number(other)), *of)


def modulo(value: object, other: object) -> object:
    return result(numbers.remainder(number(value), number(other)), value, other)


def round_(value: object, digits: object = 0) -> object:
    return result(numbers.rounded(number(value), _decimals(digits)), value)


def _decimals(digits: object) -> int:
    count = whole(digits)
    if not -MAX_DECIMALS <= count <= MAX_DECIMALS:
        raise Fault(TOO_LARGE)
    return count


# --- In the letter's language -------------------------------------------------------------------


def language_of(context: RenderContext) -> str:
    """The reader's: whatever a template assigns, it stands in what was given to it."""
    recipient = context.globals.get("recipient")
    return str(recipient["language"]) if isinstance(recipient, dict) else settings.LANGUAGE_CODE


@with_context
def number_(value: object, decimals: object = None, *, context: RenderContext) -> str:
    """1250.5 as 1,250.5 in English and 1 250,5 in French; with as many decimals as are given."""
    amount, pattern = number(value), "#,##0.############"
    if decimals is not None:
        count = max(_decimals(decimals), 0)
        amount, pattern = numbers.rounded(amount, count), f"#,##0.{'0' * count}" if count else "#,##0"
    said = Written(format_decimal(amount, format=pattern, locale=language_of(context)))
    said.mark = common_mark((value,))
    return said


@with_context
def money(value: object, currency: object = "", *, context: RenderContext) -> str:
    """1250.5 as €1,250.50 in English and 1 250,50 € in French."""
    code = str(as_text(currency))
    if code not in currencies():
        raise Fault(NO_CURRENCY, code=quoted(code))
    refuse_other_currency(value, code)
    return format_currency(numbers.in_cents(number(value), code), code, locale=language_of(context))


@with_context
def date(value: object, pattern: object = None, *, context: RenderContext) -> str:
    """A day by strftime's directives, or as the letter's language writes one."""
    for one in (value, pattern):
        if is_undefined(one):
            str(one)  # raises Liquid's own error, with the name
    moment, language = dates.day(value), language_of(context)
    if pattern is None:
        return dates.in_words(moment, language)
    said = dates.formatted(moment, str(pattern), language)
    return Markup(said) if isinstance(pattern, Markup) else said


# --- Text, sign by sign as readers see them -----------------------------------------------------


def size(value: Any) -> int:
    if isinstance(value, (str, list, tuple, range, dict)):
        return len(value)
    if is_undefined(value):
        str(value)  # raises Liquid's own error, with the name
    if value is None:
        return 0
    raise Fault(NO_SIZE)


def slice_(value: Any, start: object, length: object = 1) -> Any:
    """So many signs, or members of a list, from the given one on; negative counts from the end."""
    is_list = isinstance(value, (list, tuple, range))
    members = list(value) if is_list else list(signs(str(as_text(value))))
    begins, count = whole(start), whole(length)
    if begins < 0:
        begins += len(members)
    kept = members[begins : begins + max(count, 0)] if begins >= 0 else []
    return kept if is_list else _like(value, "".join(kept))


@text_first
def split(value: str, separator: object) -> list[str]:
    """The parts between separators; without one the signs, one by one."""
    apart = str(as_text(separator))
    if not apart:
        return [_like(value, sign) for sign in signs(value)]
    if not value or value == apart:
        return []
    return value.split(None if apart == " " else apart)


@text_first
def truncate(value: str, length: object = 50, end: object = "...") -> str:
    """At most so many characters, `end` included where something is cut, and no sign in halves."""
    limit = whole(length)
    if len(value) <= limit:
        return value
    kept = max(limit - len(str(as_text(end))), 0)
    return _like(value, cut(value, kept) if kept else "") + str(as_text(end))


@text_first
def truncatewords(value: str, count: object = 15, end: object = "...") -> str:
    limit, words = max(whole(count), 1), value.split()
    return value if len(words) <= limit else _like(value, " ".join(words[:limit])) + str(as_text(end))


def _like(value: object, part: str) -> str:
    """A part of what was escaped is escaped."""
    return Markup(part) if isinstance(value, Markup) else part


OURS: dict[str, Callable[..., Any]] = {
    "abs": absolute, "at_least": at_least, "at_most": at_most, "ceil": ceil, "date": date,
    "divided_by": divided_by, "floor": floor, "minus": minus, "modulo": modulo, "money": money,
    "number": number_, "plus": plus, "round": round_, "size": size, "slice": slice_, "split": split,
    "times": times, "truncate": truncate, "truncatewords": truncatewords,
}  # fmt: skip
FILTERS = LIQUIDS_OWN | OURS.keys()
