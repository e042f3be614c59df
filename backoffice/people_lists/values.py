"""What the cells of a line mean: as the model has them, or a sentence of what is wrong."""

from __future__ import annotations

import unicodedata
from collections.abc import Callable, Iterator, Sequence
from functools import cache, partial
from typing import Any, cast
from zoneinfo import available_timezones

from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.validators import MaxLengthValidator
from django.db.models import Field
from django.utils.text import get_text_list
from django.utils.translation import gettext as _

from backoffice import spelling
from backoffice.models import Recipient
from backoffice.models.fields import validate_mailbox
from backoffice.people_lists.columns import Columns
from backoffice.people_lists.own import read_value, tag_names
from tasks_app.spreadsheets import meant

YES = frozenset({"1", "yes", "y", "true", "on", "x", "active", "subscribed"}) | frozenset(
    {"oui", "o", "vrai", "actif", "abonne", "inscrit"}
)
NO = frozenset({"0", "no", "n", "false", "off", "inactive", "unsubscribed"}) | frozenset(
    {"non", "faux", "inactif", "desabonne", "desinscrit"}
)
LANGUAGES = {code: code for code, _name in settings.LANGUAGES} | {
    "english": "en",
    "anglais": "en",
    "eng": "en",
    "french": "fr",
    "francais": "fr",
    "fra": "fr",
    "fre": "fr",
}

type Values = dict[str, Any]  # by name of the field; what a line does not say is not in it
type Wrong = dict[str, str]  # by name of the field, what is wrong with it


def values_of(cells: Sequence[str], columns: Columns) -> tuple[Values, Wrong]:
    """What a line says. A blank or missing cell says nothing, and so changes nothing."""
    said: Values = {}
    wrong: Wrong = {}
    for name, read in _readers(columns):
        text = _name_of(cells, columns) if name == "name" else _cell(cells, columns, name)
        if not text:
            continue
        try:
            said[name] = read(text)
        except ValidationError as error:
            wrong[name] = " ".join(error.messages)
    _opt_out(cells, columns, said, wrong)
    if "email" not in said and "email" not in wrong:
        wrong["email"] = _("There is no address on this line.")
    return said, wrong


def _readers(columns: Columns) -> Iterator[tuple[str, Callable[[str], Any]]]:
    yield from READERS.items()
    for name, field in columns.own.items():
        yield name, partial(read_value, field)


def _cell(cells: Sequence[str], columns: Columns, meaning: str) -> str:
    place = columns.places.get(meaning, len(cells))
    return spelling.one_line(meant(cells[place].strip())) if place < len(cells) else ""


def _name_of(cells: Sequence[str], columns: Columns) -> str:
    parts = (_cell(cells, columns, part) for part in ("given", "family"))
    return _cell(cells, columns, "name") or " ".join(part for part in parts if part)


def _opt_out(cells: Sequence[str], columns: Columns, said: Values, wrong: Wrong) -> None:
    """What others keep as a column of those who opted out: yes there is no here; and no says nothing."""
    if text := _cell(cells, columns, "opted_out"):
        try:
            if truth(text):
                said["active"] = False
        except ValidationError as error:
            wrong["active"] = " ".join(error.messages)


def address(cell: str) -> str:
    """Raises ValidationError for what no mail service takes."""
    text = spelling.address(cell)
    validate_mailbox(text)
    return _short_enough(text, "email")


def language(cell: str) -> str:
    """Its code; raises ValidationError."""
    said = _plain(cell)
    found = LANGUAGES.get(said) or LANGUAGES.get(said.replace("_", "-").partition("-")[0])  # en-GB, fr_CA
    if found is None:
        codes = get_text_list([code for code, _name in settings.LANGUAGES])
        raise ValidationError(
            _("“%(said)s” is no language we write in: use %(codes)s.") % {"said": cell[:50], "codes": codes}
        )
    return found


def zone(cell: str) -> str:
    """Its name, whatever its case; raises ValidationError."""
    found = _zones().get(cell.casefold().replace(" ", "_"))
    if found is None:
        raise ValidationError(
            _("“%(said)s” is no time zone. Write its place, like Europe/Paris or America/Montreal.")
            % {"said": cell[:50]}
        )
    return found


@cache
def _zones() -> dict[str, str]:
    return {name.casefold(): name for name in available_timezones()}


def truth(cell: str) -> bool:
    """Raises ValidationError for a word that is neither yes nor no."""
    said = _plain(cell)
    if said in YES | NO:
        return said in YES
    raise ValidationError(_("Write yes or no here, not “%(cell)s”.") % {"cell": cell[:50]})


def _plain(cell: str) -> str:
    """In small letters without accents."""
    parted = unicodedata.normalize("NFKD", cell).casefold()
    return "".join(sign for sign in parted if not unicodedata.combining(sign))


def _short_enough(text: str, name: str) -> str:
    MaxLengthValidator(cast(int, field_of(name).max_length))(text)
    return text


def field_of(name: str) -> Field[Any, Any]:
    """The model's, by the name it has here too."""
    return cast("Field[Any, Any]", Recipient._meta.get_field(name))


READERS: dict[str, Callable[[str], Any]] = {
    "email": address,
    "name": lambda cell: _short_enough(cell, "name"),
    "company": lambda cell: _short_enough(cell, "company"),
    "language": language,
    "active": truth,
    "zone": zone,
    "tags": tag_names,
}
