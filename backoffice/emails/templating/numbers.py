"""Numbers as people write them: read where there is one reading alone, or else refused.

A template's words are text that somebody typed for readers of every language. "19,99" and "1 250,00 €" are
the same number in all of them; "1,250" is not: a thousand and more in English, one and a quarter in French.
So it is no number at all until somebody writes which.
"""

from __future__ import annotations

import re
from decimal import ROUND_FLOOR, ROUND_HALF_UP, Decimal, InvalidOperation

from babel.numbers import get_currency_precision
from django.utils.translation import gettext_noop
from liquid.undefined import is_undefined

from backoffice.emails.templating.currencies import MAX_WRITTEN, common_mark, in_common_signs, without_mark
from backoffice.emails.templating.faults import Fault, quoted

NOT_A_NUMBER = gettext_noop(
    "“%(value)s” cannot be read as a number with certainty. Write it in digits, like 1250 or 1250.50."
)
TWO_READINGS = gettext_noop("“%(value)s” may mean %(small)s or %(large)s. Write which of the two.")
NO_VALUE = gettext_noop(
    "a word without a value is used as a number. Ask first whether it has one, with {%% if %%}."
)
TOO_LARGE = gettext_noop("a number here is too large for an email.")
DIVIDED_BY_ZERO = gettext_noop("nothing can be divided by zero.")
NOT_WHOLE = gettext_noop("“%(value)s” is no whole number, and one is needed here.")

MAX_NUMBER = 10**15  # what a float, and so any other program, still tells from its neighbour
MAX_COUNT = 1_000_000  # of signs, words, decimals
DECIMALS = 12  # that are printed

WHOLE = re.compile(r"\d+")
# A group of three after one mark: thousands in one language, thousandths in another.
TWO_WAYS = re.compile(r"(?P<before>[1-9]\d{0,2})[.,](?P<after>\d{3})")
DECIMAL = re.compile(r"(?:0|[1-9]\d*)[.,]\d+")
GROUPED = re.compile(r"[1-9]\d{0,2}(?P<group>[ .,'’])\d{3}(?:(?P=group)\d{3})*(?:(?P<point>[.,])\d+)?")
SIGNED = re.compile(r"(?P<sign>[+\-−]?)(?P<amount>.*)", re.DOTALL)


class Whole(int):
    """A whole number that was worked out, with the currency that it is of."""

    mark: str = ""


class Number(Decimal):
    """A decimal number that prints without zeros behind it, and without an exponent; with its currency."""

    mark: str = ""

    def __str__(self) -> str:
        said = format(self, f".{DECIMALS}f").rstrip("0").rstrip(".")
        return "0" if said == "-0" else said


class Written(str):
    """A number as a letter has it: without its currency, which it is of all the same."""

    mark: str = ""


def number(value: object) -> int | Decimal:
    """A number, or a text that is one beyond doubt; raises Fault otherwise."""
    if isinstance(value, float):
        return _bounded(Decimal(repr(value)))
    if isinstance(value, (int, Decimal)) and not isinstance(value, bool):
        return _bounded(value)
    if is_undefined(value):
        str(value)  # raises Liquid's own error, with the name
    if value is None or (isinstance(value, str) and (not value or value.isspace())):
        raise Fault(NO_VALUE)
    read = _read(value) if isinstance(value, str) and len(value) <= MAX_WRITTEN else None
    if read is None:
        raise Fault(NOT_A_NUMBER, value=quoted(_as_written(value)))
    return _bounded(read)


def is_number(text: str) -> bool:
    """Whether a text is one, or may be one of two."""
    try:
        number(text)
    except Fault as fault:
        return fault.sentence == TWO_READINGS
    return True


def integer(value: object) -> int:
    """A number without a fraction; raises Fault otherwise."""
    read = number(value)
    if read != int(read):
        raise Fault(NOT_WHOLE, value=quoted(_as_written(value)))
    return int(read)


def whole(value: object) -> int:
    """A count or a place in a text; raises Fault on a fraction, or more than any text has signs."""
    read = integer(value)
    if abs(read) > MAX_COUNT:
        raise Fault(TOO_LARGE)
    return read


def result(made: int | Decimal, *of: object) -> Whole | Number:
    """What a calculation gave, in the currency of what it was made of.

    Raises Fault where no letter has such a number, or where two currencies came together.
    """
    bounded = _bounded(made)
    worked_out = Whole(bounded) if isinstance(bounded, int) else Number(bounded)
    worked_out.mark = common_mark(of)
    return worked_out


def _bounded(value: int | Decimal) -> int | Decimal:
    if not -MAX_NUMBER <= value <= MAX_NUMBER:
        raise Fault(TOO_LARGE)
    return value


def rounded(value: int | Decimal, digits: int = 0) -> int | Decimal:
    """To so many decimals, a half away from zero, as invoices do; a whole number to none."""
    made = Decimal(value).quantize(Decimal(1).scaleb(-digits), ROUND_HALF_UP)
    return int(made) if digits <= 0 or isinstance(value, int) else made


def divided(one: int | Decimal, other: int | Decimal) -> int | Decimal:
    """Two whole numbers by whole numbers, as Liquid has it: 7 by 2 is 3, by 2.0 it is 3.5."""
    if not other:
        raise Fault(DIVIDED_BY_ZERO)
    return one // other if isinstance(one, int) and isinstance(other, int) else Decimal(one) / other


def remainder(one: int | Decimal, other: int | Decimal) -> int | Decimal:
    if not other:
        raise Fault(DIVIDED_BY_ZERO)
    try:
        return one % other
    except InvalidOperation as error:  # so many times that no decimal has the digits for it
        raise Fault(TOO_LARGE) from error


def floor(value: int | Decimal) -> int:
    return int(Decimal(value).to_integral_value(ROUND_FLOOR))


def in_cents(value: int | Decimal, currency: str) -> Decimal:
    """With the decimals that this currency has: two of EUR, none of JPY."""
    return Decimal(rounded(Decimal(value), get_currency_precision(currency)))


def _read(text: str) -> int | Decimal | None:
    sign, amount = SIGNED.fullmatch(without_mark(in_common_signs(text))).groups()  # type: ignore[union-attr]  # it fits anything
    read = _amount(without_mark(amount), text)
    return -read if read is not None and sign in {"-", "−"} else read


def _amount(text: str, written: str) -> int | Decimal | None:
    if WHOLE.fullmatch(text):
        return int(text)
    if twice := TWO_WAYS.fullmatch(text):
        small = Number(f"{twice['before']}.{twice['after']}")
        raise Fault(
            TWO_READINGS, value=quoted(written), small=str(small), large=twice["before"] + twice["after"]
        )
    if DECIMAL.fullmatch(text):
        return Decimal(text.replace(",", "."))
    grouped = GROUPED.fullmatch(text)
    if grouped is None or grouped["group"] == grouped["point"]:
        return None
    plain = text.replace(grouped["group"], "").replace(",", ".")
    return Decimal(plain) if grouped["point"] else int(plain)


def _as_written(value: object) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    return ", ".join(map(str, value[:5])) if isinstance(value, list) else str(value)
