"""Fields of the house's own, and tags: what a cell says of them, and how what is kept is written.

A number and a day are read as templates read them: beyond doubt, or not at all (docs/decisions/0023).
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Mapping
from datetime import date
from decimal import Decimal
from typing import Any

from django.core.exceptions import ValidationError
from django.db.models.functions import Lower
from django.utils.text import get_text_list
from django.utils.translation import gettext as _

from backoffice import spelling
from backoffice.emails.templating.dates import day
from backoffice.emails.templating.faults import Fault
from backoffice.emails.templating.numbers import number
from backoffice.models import FieldType, RecipientField, Tag
from backoffice.models.recipient_fields import LONGEST_VALUE

OWN = "own:"  # before a field's name, where it stands among others
SAID = 20  # choices that a sentence names
MOST_DIGITS = 15  # what every program tells from its neighbour

type Fields = Mapping[str, RecipientField]  # by OWN and name


def own_fields() -> dict[str, RecipientField]:
    return {f"{OWN}{field.name}": field for field in RecipientField.objects.all()}


def plain(name: str) -> str:
    """A name by its letters and digits alone, of any script, without accents."""
    parted = unicodedata.normalize("NFKD", name).casefold()
    return "".join(sign for sign in parted if sign.isalnum())


def meanings_of(fields: Fields) -> dict[str, str]:
    """What columns of a list may be called for them, plainly."""
    labels = {plain(field.label): meaning for meaning, field in fields.items()}
    return labels | {plain(field.name): meaning for meaning, field in fields.items()}


def read_value(field: RecipientField, text: str) -> str | int | float:
    """As it is kept; raises ValidationError. `text` says something."""
    try:
        match field.type:
            case FieldType.NUMBER:
                return _number(text)
            case FieldType.DATE:
                return day(text).date().isoformat()
            case FieldType.CHOICE:
                return _choice(field, text)
    except Fault as fault:
        raise ValidationError(str(fault)) from fault
    if len(text) > LONGEST_VALUE:
        raise ValidationError(
            _("Write at most %(limit)s characters here; it has %(count)s.")
            % {"limit": LONGEST_VALUE, "count": len(text)}
        )
    return text


def _number(text: str) -> int | float:
    read = number(text)
    if len(Decimal(read).normalize().as_tuple().digits) > MOST_DIGITS:
        raise ValidationError(_("Write a number with at most %(limit)s digits.") % {"limit": MOST_DIGITS})
    return int(read) if read == int(read) else float(read)


def _choice(field: RecipientField, text: str) -> str:
    offered = field.chosen_from()
    found = {plain(one): one for one in reversed(offered)}.get(plain(text))
    if found is None:
        shown = [*offered[:SAID], *(["…"] if len(offered) > SAID else [])]
        raise ValidationError(
            _("“%(said)s” is no choice here. Choose one of: %(choices)s.")
            % {"said": text[:50], "choices": get_text_list(shown, _("or"))}
        )
    return found


def written(value: Any) -> str:
    """A value as lists and pages write it, and as `read_value` reads it again; "" where there is none."""
    if value is None:
        return ""
    if not isinstance(value, int | float) or isinstance(value, bool):
        return str(value)
    text = format(Decimal(repr(value)), "f")
    whole, _point, digits = text.lstrip("-").partition(".")
    # Three decimals could be thousands.
    return f"{text}0" if len(digits) == 3 and len(whole) <= 3 else text


def as_day(value: Any) -> date | None:
    """What a field of days keeps, as a day; None for what is none."""
    try:
        return date.fromisoformat(str(value))
    except ValueError:
        return None


def tag_names(text: str) -> list[str]:
    """Parted by commas or semicolons, each once whatever its case; raises ValidationError."""
    longest = Tag._meta.get_field("name").max_length or 0
    names: dict[str, str] = {}
    for part in text.replace(";", ",").split(","):
        if name := spelling.one_line(part):
            names.setdefault(name.lower(), name)
    for name in names.values():
        if len(name) > longest:
            raise ValidationError(
                _("A tag has at most %(limit)s characters: “%(name)s…” is longer.")
                % {"limit": longest, "name": name[:30]}
            )
    return list(names.values())


def tags_called(names: Iterable[str]) -> dict[str, Tag]:
    """The tags of these names, by their small letters; those that nobody made yet are made."""
    wanted = {name.lower(): name for name in names}

    def there() -> dict[str, Tag]:
        found = Tag.objects.alias(small=Lower("name")).filter(small__in=list(wanted))
        return {tag.name.lower(): tag for tag in found}

    known = there()
    if missing := [name for small, name in wanted.items() if small not in known]:
        Tag.objects.bulk_create([Tag(name=name) for name in missing], ignore_conflicts=True)
        known = there()
    return known
