"""A condition of an audience: read from what people typed, asked of the database, said in words."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from datetime import date, datetime, time, timedelta
from typing import Any

from django.core.exceptions import ValidationError
from django.db import connection
from django.db.models import Exists, OuterRef, Q
from django.utils import timezone
from django.utils.formats import date_format, number_format
from django.utils.text import get_text_list
from django.utils.translation import gettext as _

from backoffice.audiences.subjects import Kind, Subject, either
from backoffice.emails.templating.dates import day
from backoffice.emails.templating.faults import Fault
from backoffice.models import AudienceCondition, Comparison, Message, RecipientField, RecipientTag, Tag
from backoffice.people_lists.own import plain, read_value, written
from backoffice.people_lists.values import truth

NEGATIONS = {
    Comparison.IS_NOT: Comparison.IS,
    Comparison.CONTAINS_NOT: Comparison.CONTAINS,
    Comparison.NOT_LAST_DAYS: Comparison.LAST_DAYS,
    Comparison.EMPTY: Comparison.FILLED,
}
WITHOUT_VALUE = frozenset({Comparison.EMPTY, Comparison.FILLED})
IN_DAYS = frozenset({Comparison.LAST_DAYS, Comparison.NOT_LAST_DAYS})
SEVERAL = frozenset({Comparison.IS, Comparison.IS_NOT, Comparison.CONTAINS, Comparison.CONTAINS_NOT})
PARTED = "; "  # of several values, any of which is meant
MOST_DAYS = 36_500
ONE_DAY = timedelta(days=1)

type Subjects = Mapping[str, Subject]


class InvalidCondition(ValueError):
    """It cannot be asked; `str()` says why and what to do, `part` which of subject, comparison and value."""

    def __init__(self, part: str, sentence: str) -> None:
        super().__init__(sentence)
        self.part = part


# --- Read --------------------------------------------------------------------------------------


def read(subject: Subject, comparison: Comparison, typed: str) -> str:
    """The value as it is kept; raises InvalidCondition."""
    if comparison not in subject.comparisons:
        offered = get_text_list([str(one.label) for one in subject.comparisons], _("or"))
        raise InvalidCondition(
            "comparison",
            _("“%(subject)s” cannot be compared so. Choose: %(offered)s.")
            % {"subject": subject.label, "offered": offered},
        )
    if comparison in WITHOUT_VALUE:
        return ""
    parts = typed.split(PARTED.strip()) if comparison in SEVERAL else [typed]
    said = [" ".join(part.split()) for part in parts if part.strip()]
    if not said:
        raise InvalidCondition("value", _("Write what it is compared with."))
    try:
        return PARTED.join(dict.fromkeys(_value(subject, comparison, part) for part in said))
    except ValidationError as error:
        raise InvalidCondition("value", " ".join(error.messages)) from error
    except Fault as fault:
        raise InvalidCondition("value", str(fault)) from fault


def _value(subject: Subject, comparison: Comparison, text: str) -> str:
    if comparison in IN_DAYS:
        return _days(text)
    match subject.kind:
        case Kind.NUMBER:
            return written(read_value(_own(subject), text))
        case Kind.DAY | Kind.WRITTEN:
            return day(text).date().isoformat()
        case Kind.CHOICE:
            return _choice(subject, text)
        case Kind.TAG:
            return _tag(text)
        case Kind.TRUTH:
            return "yes" if truth(text) else "no"
    return text


def _own(subject: Subject) -> RecipientField:
    if subject.own is None:
        raise LookupError(subject.key)
    return subject.own


def _days(text: str) -> str:
    if not re.fullmatch(r"\d{1,5}", text, re.ASCII) or not 0 < int(text) <= MOST_DAYS:
        raise ValidationError(_("Write a number of days, from 1 to %(most)s.") % {"most": MOST_DAYS})
    return str(int(text))


def _choice(subject: Subject, text: str) -> str:
    if subject.own is not None:
        return str(read_value(subject.own, text))
    offered = {plain(name): key for key, label in subject.choices() for name in (key, str(label))}
    found = offered.get(plain(text))
    if found is None:
        names = get_text_list([str(label) for _key, label in subject.choices()], _("or"))
        raise ValidationError(
            _("“%(said)s” is no choice here. Choose one of: %(choices)s.")
            % {"said": text[:50], "choices": names}
        )
    return found


def _tag(text: str) -> str:
    found = Tag.objects.filter(name__iexact=text).first()
    if found is None:
        raise ValidationError(
            _("There is no tag “%(name)s”. Put it on a recipient first, or choose another.")
            % {"name": text[:60]}
        )
    return str(found.name)


# --- Ask ---------------------------------------------------------------------------------------


def question(condition: AudienceCondition, known: Subjects) -> Q:
    """What it asks of recipients; raises InvalidCondition where its subject or value is gone."""
    subject = known.get(condition.subject)
    if subject is None:
        raise InvalidCondition("subject", _("It asks for a field that there is no more: choose another."))
    comparison = Comparison(condition.comparison)
    value = read(subject, comparison, condition.value)
    positive = NEGATIONS.get(comparison, comparison)
    found = either(_one(subject, positive, one) for one in value.split(PARTED))
    if comparison not in NEGATIONS:
        return found
    # Of JSON, what is not there is neither equal nor unequal.
    missing = ~Q(own__has_key=subject.own.name) if subject.own is not None else Q(pk=None)
    return ~found | missing


def _one(subject: Subject, comparison: Comparison, value: str) -> Q:
    return _QUESTIONS[subject.kind](subject, comparison, value)


def _of_text(subject: Subject, comparison: Comparison, value: str) -> Q:
    if comparison == Comparison.FILLED:
        return Q(own__has_key=subject.own.name) if subject.own else ~Q(**{subject.column: ""})
    column = f"own__{subject.own.name}" if subject.own else subject.column
    lookup = "iexact" if comparison == Comparison.IS else "icontains"
    # SQLite knows small and capital letters of English alone.
    spellings = {value} if value.isascii() else {value, value.lower(), value.upper(), value.title()}
    return either(Q(**{f"{column}__{lookup}": one}) for one in spellings)


def _of_number(subject: Subject, comparison: Comparison, value: str) -> Q:
    own = _own(subject)
    if comparison == Comparison.FILLED:
        return Q(own__has_key=own.name)
    wanted = read_value(own, value)
    if comparison == Comparison.IS:
        return _exactly(own, wanted)
    lookup = "gte" if comparison == Comparison.FROM else "lte"
    return Q(**{f"own__{own.name}__{lookup}": wanted})


def _of_choice(subject: Subject, comparison: Comparison, value: str) -> Q:
    if subject.own is None:
        return ~Q(**{subject.column: ""}) if comparison == Comparison.FILLED else Q(**{subject.column: value})
    return (
        Q(own__has_key=subject.own.name) if comparison == Comparison.FILLED else _exactly(subject.own, value)
    )


def _exactly(own: RecipientField, value: Any) -> Q:
    """By the index of whole values, where the database has one."""
    if connection.features.supports_json_field_contains:
        return Q(own__contains={own.name: value})
    return Q(**{f"own__{own.name}": value})


def _of_tag(_subject: Subject, comparison: Comparison, value: str) -> Q:
    tags = RecipientTag.objects.filter(recipient=OuterRef("pk"))
    if comparison != Comparison.FILLED:
        tags = tags.filter(tag__in=list(Tag.objects.filter(name__iexact=value).values_list("pk", flat=True)))
    return Q(Exists(tags))


def _of_truth(subject: Subject, _comparison: Comparison, value: str) -> Q:
    return Q(**{subject.column: value == "no"})  # who opted out is not active


def _of_day(subject: Subject, comparison: Comparison, value: str) -> Q:
    own = subject.own
    if own is None:
        return _in_span(subject.column, *_span(comparison, value))
    if comparison == Comparison.FILLED:
        return Q(own__has_key=own.name)
    if comparison == Comparison.IS:
        return _exactly(own, value)
    first, last = _span(comparison, value)
    asked = Q()
    if first:
        asked &= Q(**{f"own__{own.name}__gte": first.isoformat()})
    if last:
        asked &= Q(**{f"own__{own.name}__lte": last.isoformat()})
    return asked


def _of_written(_subject: Subject, comparison: Comparison, value: str) -> Q:
    """By the latest: up to a day means that nothing was written after it, and something was before."""
    messages = Message.objects.filter(recipient=OuterRef("pk"), sent_at__isnull=False)
    first, last = _span(comparison, value)
    since = Exists(messages.filter(_in_span("created_at", first, None)))
    return (
        Q(since) & ~Q(Exists(messages.filter(_in_span("created_at", last + ONE_DAY, None))))
        if last
        else Q(since)
    )


def _span(comparison: Comparison, value: str) -> tuple[date | None, date | None]:
    """The first and the last day; None for no bound."""
    if comparison == Comparison.LAST_DAYS:
        return timezone.localdate() - int(value) * ONE_DAY, None
    if comparison == Comparison.FILLED:
        return None, None
    wanted = date.fromisoformat(value)
    return (
        wanted if comparison != Comparison.UNTIL else None,
        wanted if comparison != Comparison.FROM and wanted < date.max else None,
    )


def _in_span(column: str, first: date | None, last: date | None) -> Q:
    asked = Q(**{f"{column}__isnull": False})
    if first:
        asked &= Q(**{f"{column}__gte": _midnight(first)})
    if last:
        asked &= Q(**{f"{column}__lt": _midnight(last + ONE_DAY)})
    return asked


def _midnight(of: date) -> datetime:
    return timezone.make_aware(datetime.combine(of, time.min))


_QUESTIONS: dict[Kind, Callable[[Subject, Comparison, str], Q]] = {
    Kind.TEXT: _of_text,
    Kind.NUMBER: _of_number,
    Kind.CHOICE: _of_choice,
    Kind.TAG: _of_tag,
    Kind.TRUTH: _of_truth,
    Kind.DAY: _of_day,
    Kind.WRITTEN: _of_written,
}


# --- Say ---------------------------------------------------------------------------------------


def in_words(condition: AudienceCondition, known: Subjects) -> str:
    """“Company contains Ltd”, in the reader's language."""
    subject = known.get(condition.subject)
    label = subject.label if subject else condition.subject
    comparison = Comparison(condition.comparison)
    if comparison in IN_DAYS:
        text = (
            _("%(subject)s: in the last %(days)s days")
            if comparison == Comparison.LAST_DAYS
            else _("%(subject)s: not in the last %(days)s days")
        )
        return text % {"subject": label, "days": condition.value}
    values = [_said(subject, one) for one in condition.value.split(PARTED)]
    told = get_text_list(values, _("or")) if condition.value else ""
    return f"{label} {_how(subject, comparison)} {told}".strip()


def _how(subject: Subject | None, comparison: Comparison) -> str:
    on_days = subject is not None and subject.kind in (Kind.DAY, Kind.WRITTEN)
    if comparison == Comparison.FROM:
        return _("on or after") if on_days else "≥"
    if comparison == Comparison.UNTIL:
        return _("on or before") if on_days else "≤"
    return str(comparison.label)


def _said(subject: Subject | None, value: str) -> str:
    if subject is None or not value:
        return value
    if subject.kind in (Kind.DAY, Kind.WRITTEN):
        return date_format(date.fromisoformat(value), "DATE_FORMAT")
    if subject.kind == Kind.NUMBER:
        read = read_value(_own(subject), value)
        return str(number_format(read, force_grouping=True))
    if subject.kind == Kind.TRUTH:
        return _("yes") if value == "yes" else _("no")
    return str(dict(subject.choices()).get(value, value)) if subject.kind == Kind.CHOICE else value
