"""A notice: a code with its parameters, in plain JSON, said in the language of whoever reads it.

What each code says is a wording, declared once as a module's constant beside what raises or writes it:

    OPTED_OUT = declare(
        "email.recipient_opted_out",
        _("%(recipient)s asked for no more emails."),
        general=_("The recipient asked for no more emails."),
        hint=_("Make the recipient active again if that is a mistake."),
        recipient=PERSON,
    )
    raise Refused(OPTED_OUT(recipient=recipient))
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from enum import Enum
from typing import Any

from django.conf import settings
from django.utils import timezone, translation
from django.utils.dateparse import parse_date, parse_datetime
from django.utils.formats import date_format
from django.utils.functional import Promise
from django.utils.translation import get_language, gettext

from tasks_app.db.text import storable_text
from tasks_app.logs.masking import masked
from tasks_app.notices import foreign
from tasks_app.zones import is_named, read_in

type Text = str | Promise

CODE = re.compile(r"[a-z][a-z0-9_]*(\.[a-z][a-z0-9_]*)+")
LONGEST = 2_000  # characters of one text: a parameter can quote a whole document
# What is no plain JSON is a dictionary with one of these keys.
WORDS, NOTICE, MOMENT, DAY, FIELD = "@words", "@notice", "@moment", "@day", "@field"


class Kind(Enum):
    """What a parameter is: who may read it follows from that. None is ever part of a general sentence."""

    PERSON = "person"  # names, addresses or describes somebody
    VALUE = "value"  # what was given, counted or measured
    TECHNICAL = "technical"  # for those who mend: a provider's words, the text of a foreign exception


PERSON, VALUE, TECHNICAL = Kind.PERSON, Kind.VALUE, Kind.TECHNICAL
FOREIGN = {"message": Kind.TECHNICAL}  # the parameters of any exception that is not ours


@dataclass(frozen=True)
class Notice:
    code: str
    params: Mapping[str, Any] = field(default_factory=dict)

    def __str__(self) -> str:
        return say(self.code, self.params)

    @property
    def in_general(self) -> str:
        return say_in_general(self.code)

    @property
    def technical(self) -> dict[str, str]:
        """What is only for those who mend, by name, in the reader's language."""
        found = wording_of(self.code)
        kinds = FOREIGN if found is None else found.parameters
        return {
            name: shown(value)
            for name, value in self.params.items()
            if kinds.get(name) is Kind.TECHNICAL and value != ""
        }

    def masked(self, secrets: tuple[str, ...] | None = None) -> Notice:
        """Without these secrets; by default those of the job that runs in this thread."""
        return Notice(self.code, masked(dict(self.params), secrets))


@dataclass(frozen=True)
class Wording:
    """What one code says; call it with its parameters for a notice."""

    code: str  # stays: rows, reports and people's notes name it
    sentence: Text  # with %(name)s for parameters
    general: Text  # the same without persons or values: for groups and documents
    hint: Text  # what to do, beside the general sentence; "" where there is nothing to do
    parameters: Mapping[str, Kind]
    mends: tuple[str, ...] = ()  # words for what mends it, each for a page: tasks_app/admin/jobs/mending.py

    def __call__(self, **params: Any) -> Notice:
        """The notice; raises TypeError for a parameter too many or too few."""
        if params.keys() != self.parameters.keys():
            raise TypeError(f"{self.code} takes {sorted(self.parameters)}, not {sorted(params)}")
        return Notice(self.code, {name: plain(value) for name, value in params.items()})


_wordings: dict[str, Wording] = {}


def declare(
    code: str,
    sentence: Text,
    *,
    general: Text | None = None,
    hint: Text = "",
    mends: str = "",
    **parameters: Kind,
) -> Wording:
    """Make a code known. Without `general` the sentence names neither persons nor values, so it takes none.

    `mends`: words, with blanks between them, for what mends it, where the job would fail again as it is.
    Sentences are lazy translations: they are said in the language of whoever reads.
    """
    if not CODE.fullmatch(code):
        raise ValueError(f"{code!r} is no code such as email.recipient_opted_out")
    if code in _wordings:
        raise ValueError(f"{code} is declared twice")
    if general is None and parameters:
        raise ValueError(f"{code} has parameters and no general sentence")
    general = sentence if general is None else general
    _wordings[code] = Wording(code, sentence, general, hint, parameters, tuple(mends.split()))
    return _wordings[code]


def wordings() -> Iterable[Wording]:
    return _wordings.values()


def wording_of(code: str) -> Wording | None:
    """None for the code of a foreign exception, and for one that this version does not know."""
    return _wordings.get(code)


def codes_saying(words: str) -> list[str]:
    """The codes that have these words, in the reader's language, or whose name begins with them."""
    sought = words.casefold()
    return [
        one.code
        for one in wordings()
        if one.code.startswith(sought) or sought in f"{one.sentence}\n{one.general}".casefold()
    ]


def hint(code: str) -> str:
    """What to do about it, in the reader's language; "" where nothing is known."""
    found = wording_of(code)
    return str(found.hint) if found else ""


def say(code: str, params: Mapping[str, Any]) -> str:
    """The sentence, in the reader's language; "" for a code that this version does not know."""
    found = wording_of(code)
    if found is None:
        return foreign.say(code, params)
    if not found.parameters:
        return str(found.sentence)
    try:
        values = _Forgiving({name: shown(value) for name, value in params.items()})
        return str(found.sentence % values)
    except (TypeError, ValueError):  # an older row's parameters, which this wording counts or formats
        return str(found.general)


def say_in_general(code: str) -> str:
    """The sentence of a group: no person, no value, and of a foreign exception class and place alone."""
    found = wording_of(code)
    return str(found.general) if found else foreign.say_in_general(code)


class _Forgiving(dict[str, Any]):
    """Parameters of a row that an older or newer version wrote: what is missing does not hide the rest."""

    def __missing__(self, name: str) -> str:
        return "…"


# --- Values as JSON, and as they are read ---------------------------------------------------------


def plain(value: Any) -> Any:
    """The value as JSON that a row can keep; words of ours are kept in each language that people read."""
    if value is None or isinstance(value, bool | int):
        return value
    if isinstance(value, float):
        return value if math.isfinite(value) else str(value)
    if isinstance(value, Promise):
        return in_each_language(lambda: value)
    if isinstance(value, BaseException):  # one of ours is said in its reader's language, inside of another
        value = getattr(value, "notice", value)
    if isinstance(value, Notice):
        return {NOTICE: [value.code, dict(value.params)]}
    if isinstance(value, datetime):
        return {MOMENT: value.isoformat()}
    if isinstance(value, date):
        return {DAY: value.isoformat()}
    if isinstance(value, list | tuple):
        return [plain(one) for one in value]
    if isinstance(value, Mapping):
        return {storable_text(str(name)): plain(one) for name, one in value.items()}
    return storable_text(str(value))[:LONGEST]


def in_each_language(say: Callable[[], Any]) -> dict[str, dict[str, str]]:
    """The parameter that says to each reader what `say()` is in their language: for words that others made
    and did not keep as a code, such as the complaints of a form."""
    said = {}
    for language, _name in settings.LANGUAGES:
        with translation.override(language), read_in(None):
            said[language] = storable_text(str(say()))[:LONGEST]
    return {WORDS: said}


def of_field(name: str, label: Any, sentences: list[Any]) -> dict[str, Any]:
    """The parameter that says what is wrong with one field: programs find it by name, people read its label.

    Without a label it is said by its name, without both of no field.
    """
    return {FIELD: [name, label, sentences]}


def shown(value: Any) -> Any:
    """A stored value as its reader sees it; numbers stay numbers, for plurals."""
    match value:
        case {"@words": dict() as words}:
            language = (get_language() or "").partition("-")[0]
            return words.get(language) or next(iter(words.values()), "")
        case {"@notice": [str() as code, dict() as params]}:
            return say(code, params)
        case {"@moment": str() as moment}:
            found = parse_datetime(moment)
            return zoned(timezone.localtime(found), gettext("j M Y, H:i:s T")) if found else moment
        case {"@day": str() as day}:
            parsed = parse_date(day)
            return date_format(parsed, gettext("j F Y")) if parsed else day
        case {"@field": [name, label, list() as sentences]}:
            about, said = shown(label) or name, " ".join(str(shown(one)) for one in sentences)
            return gettext("%(name)s: %(text)s") % {"name": about, "text": said} if about else said
        case dict():
            return "; ".join(f"{name}: {shown(one)}" for name, one in value.items())
        case list():
            between = " " if any(isinstance(one, dict) for one in value) else ", "
            return between.join(str(shown(one)) for one in value)
        case None:
            return ""
    return value


def zoned(local: datetime, shape: str) -> str:
    """Django's date_format, with the zone for T at the end of a shape where its reader needs one.

    Django writes nothing for T in the hour that autumn has twice: where it counts.
    """
    day_and_time = date_format(local, shape.removesuffix("T").rstrip())
    zone = local.tzname() if shape.endswith("T") and is_named(local) else ""
    return f"{day_and_time} {zone}" if zone else day_and_time
