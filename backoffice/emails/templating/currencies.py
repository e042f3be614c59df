"""The currency that an amount is written in: kept, and never taken for another."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable
from functools import cache

from babel.numbers import get_currency_name, list_currencies
from django.utils.translation import gettext_noop

from backoffice.emails.templating.faults import Fault, quoted

OTHER_CURRENCY = gettext_noop(
    "“%(value)s” is not in %(code)s, and nothing converts it. Write the amount in %(code)s, or name its own "
    "currency in the template."
)
TWO_CURRENCIES = gettext_noop(
    "%(one)s and %(other)s are two currencies, and nothing converts one into the other. Write both amounts "
    "in the same."
)
CODE = 3  # letters of a currency's code
MAX_WRITTEN = 40  # characters of a number
# What currencies with that sign are called where Unicode calls the sign otherwise; ¤ may be of any.
_ALSO_CALLED = {"dollar": ("peso", "real"), "yen": ("yuan",), "sheqel": ("shekel",), "currency": ("",)}


def refuse_other_currency(value: object, code: str) -> None:
    """Raises Fault for "USD 5" where euros are to be written: that would be another amount."""
    for mark in marks_of(value):
        if not are_same(mark, code):
            raise Fault(OTHER_CURRENCY, value=quoted(_as_written(value, mark)), code=code)


def common_mark(values: Iterable[object]) -> str:
    """The sign or code that these amounts have, the code where one has it; raises Fault for two of them."""
    common = ""
    for mark in (mark for value in values for mark in marks_of(value)):
        if common and not are_same(common, mark):
            raise Fault(TWO_CURRENCIES, one=common, other=mark)
        common = max(common, mark, key=len)
    return common


def are_of_two(one: object, other: object) -> bool:
    """Whether both are amounts, in two currencies."""
    return any(not are_same(mark, its) for mark in marks_of(one) for its in marks_of(other))


def marks_of(value: object) -> list[str]:
    """The signs and codes of a text, or of what was worked out with one."""
    if not isinstance(value, str) or hasattr(value, "mark"):
        return [mark] if (mark := getattr(value, "mark", "")) else []
    text = in_common_signs(value) if len(value) <= MAX_WRITTEN else ""
    return [mark for mark in (_mark_of(text), _mark_of(text.lstrip("+-−"))) if mark]


def without_mark(text: str) -> str:
    """Without the one sign or code of a currency at its beginning or end."""
    mark = _mark_of(text)
    if mark and text.startswith(mark):
        return text[len(mark) :].strip()
    return text[: -len(mark)].strip() if mark else text


def are_same(one: str, other: str) -> bool:
    """Whether two signs or codes may be of the same currency: $ is of USD and of CAD, which are two."""
    if one == other:
        return True
    sign, code = sorted((one, other), key=len)
    return len(sign) < CODE <= len(code) and _is_sign_of(sign, code)


def in_common_signs(text: str) -> str:
    """Digits of any script as 0 to 9, and any space as a space."""
    return "".join(
        str(unicodedata.decimal(sign))
        if sign.isdecimal()
        else " "
        if unicodedata.category(sign) == "Zs"
        else sign
        for sign in text
    ).strip()


@cache
def currencies() -> frozenset[str]:
    """The codes of ISO 4217: EUR, USD …"""
    return frozenset(list_currencies())


def _as_written(value: object, mark: str) -> str:
    return value if isinstance(value, str) and mark in value else f"{value} {mark}"


def _is_sign_of(sign: str, code: str) -> bool:
    """By their names: € is the EURO SIGN, and ₽ the RUBLE SIGN."""
    called = unicodedata.name(sign).removesuffix(" SIGN").lower().rpartition(" ")[2]
    name = unicodedata.normalize("NFKD", get_currency_name(code, locale="en"))
    named = name.encode("ascii", "ignore").decode().lower()  # Costa Rican Colón
    return any(one in named for one in (called, *_ALSO_CALLED.get(called, ())))


def _mark_of(text: str) -> str:
    """That sign or code; "" where there is none."""
    marks = (mark for length in (1, CODE) for mark in (text[:length], text[-length:]))
    return next((mark for mark in marks if _is_currency(mark)), "")


def _is_currency(mark: str) -> bool:
    """¢ is none: fifty of them are a half."""
    is_sign = len(mark) == 1 and unicodedata.category(mark) == "Sc"
    return mark in currencies() or (is_sign and "CENT" not in unicodedata.name(mark))
