"""What the first line of a list says: which column holds what, and which are not read.

Names are compared by their letters and digits alone: "E-mail Address" and "Adresse  e‑mail :" are spelled
as the table below has them. Columns of postal addresses, telephones and the like are no error.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import zip_longest

from django.utils.text import get_text_list
from django.utils.translation import gettext as _

from backoffice import spelling
from backoffice.people_lists.errors import UnreadableList
from backoffice.people_lists.limits import MOST_COLUMNS
from backoffice.people_lists.own import Fields, meanings_of, plain

FIELDS = ("email", "name", "company", "language", "active")  # which every list may have
MORE = ("zone", "tags")  # which pages show where a list has them

# As Outlook, Google Contacts, Thunderbird, Apple, Mailchimp, Brevo and offices call them, in both languages
# of the interface: each by its letters and digits.
_NAMES = {
    "email": """
        email mail emailaddress emailadress mailaddress primaryemail emailprimary emailaddress1 email1value
        email1 email1address workemail businessemail contactemail adresseemail adressemail adressesemail
        adressedemail adressedemessagerie adresseelectronique adressecourriel adressedecourriel courriel mel
        emailprofessionnel mailprofessionnel emailprincipal adresseemailprincipale adressemailprincipale
        adresseemailprofessionnelle emaildudestinataire recipientemail
        """,
    "postal_or_email": "address addresses adresse adresses",
    "name": """
        name fullname displayname contactname completename nomcomplet nometprenom nometprenoms prenometnom
        prenomnom nomprenom nomaffiche nomdaffichage nomducontact nomdudestinataire destinataire recipient
        recipientname
        """,
    "family_or_name": "nom noms",
    "given": "firstname givenname forename prenom prenoms",
    "family": "lastname surname familyname nomdefamille nomusuel",
    "company": """
        company companyname organization organisation organizationname organisationname organization1name
        employer business societe nomdelasociete nomdesociete entreprise nomdelentreprise raisonsociale
        denomination etablissement organisme compagnie nomdelorganisation employeur
        """,
    "language": """
        language languages lang langue langues preferredlanguage languagepreference languepreferee
        languedecontact
        """,
    "zone": "zone timezone timezonename tz fuseau fuseauhoraire zonehoraire",
    "tags": "tags tag etiquette etiquettes motscles keywords",
    "active": "active actif isactive subscribed abonne inscrit",
    "opted_out": """
        optedout optout unsubscribed unsubscribe emailoptout donotemail inactive inactif desabonne desinscrit
        """,
}
_MEANINGS = {name: meaning for meaning, names in _NAMES.items() for name in names.split()}
# What a column of addresses says of itself in other words: "Votre adresse e-mail", "Courriel (travail)" …
_OF_ADDRESSES = (
    {"mail"},
    {"email"},
    {"courriel"},
    {"mel"},
    {"courrier", "electronique"},
    {"adresse", "electronique"},
    {"adresse", "messagerie"},
)
# … and what says that it holds something else about them.
_ABOUT_THEM = frozenset(
    {
        "status", "statut", "type", "opt", "optin", "optout", "verified", "verifie", "date", "format",
        "consent", "sent",
    }
)  # fmt: skip


@dataclass(frozen=True)
class Columns:
    """Where what stands: by meaning, the place of its column in a line."""

    places: dict[str, int]
    headers: list[str]
    ignored: list[str] = field(default_factory=list)  # columns that are not read, as the file calls them
    own: Fields = field(default_factory=dict)  # the house's own fields that the list has

    @property
    def count(self) -> int:
        return len(self.headers)

    def sources(self) -> list[tuple[str, str]]:
        """Of each field that the list has, the columns it is read from, as the file calls them."""
        parts = {"name": ("name", "given", "family"), "active": ("active", "opted_out")}
        found = [
            (
                name,
                [self.headers[self.places[part]] for part in parts.get(name, (name,)) if part in self.places],
            )
            for name in (*FIELDS, *MORE, *self.own)
        ]
        return [(name, " + ".join(headers)) for name, headers in found if headers]

    def shown(self) -> list[str]:
        """The fields that a page shows of each line."""
        return [*FIELDS, *(name for name in MORE if name in self.places), *self.own]


def names_a_list(header: Sequence[str]) -> int:
    """How many of the columns this line names are ours; 0 where none of them holds addresses."""
    meanings = set(_meanings(header)) - {""}
    return len(meanings) if "email" in meanings else 0


def place_of_addresses(header: Sequence[str]) -> int:
    """Which column of this line holds them; one behind the last where none does."""
    meanings = _meanings(header)
    return meanings.index("email") if "email" in meanings else len(meanings)


def columns_of(header: Sequence[str], own: Fields | None = None) -> Columns:
    """Raises UnreadableList where addresses are missing, or two columns mean the same.

    `own` are the house's own fields, by what they mean: what a column of theirs is called, it is read as.
    """
    headers = [spelling.one_line(cell) for cell in header]
    while headers and not headers[-1]:
        headers.pop()
    if len(headers) > MOST_COLUMNS:
        raise UnreadableList(too_many_columns(len(headers)))
    places: dict[str, int] = {}
    named = meanings_of(own or {})
    meanings = _meanings(headers, [named.get(plain(cell), "") for cell in headers])
    for place, meaning in enumerate(meanings):
        if meaning and meaning in places:
            raise UnreadableList(_same_twice(meaning, headers[places[meaning]], headers[place]))
        places[meaning] = place
    places.pop("", None)
    if "email" not in places:
        raise UnreadableList(_no_addresses(headers))
    ignored = [cell for cell, meaning in zip(headers, meanings, strict=True) if cell and not meaning]
    return Columns(
        places, headers, ignored, {name: one for name, one in (own or {}).items() if name in places}
    )


def meaning_of(header: str) -> str:
    """The meaning of a column by its name; "" where we have none for it."""
    plain = unicodedata.normalize("NFKD", header).casefold()
    return _MEANINGS.get("".join(sign for sign in plain if sign.isalnum() and sign.isascii()), "")


def _meanings(header: Sequence[str], own: Sequence[str] = ()) -> list[str]:
    """Of each column; `own` says which are the house's own. Where none is known to hold addresses, the only
    one that says so in other words does."""
    meanings = [meaning_of(cell) or other for cell, other in zip_longest(header, own, fillvalue="")]
    if "email" not in meanings:
        found = [at for at, cell in enumerate(header) if not meanings[at] and _says_addresses(cell)]
        if len(found) == 1:
            meanings[found[0]] = "email"
    return _settled(meanings)


def _says_addresses(header: str) -> bool:
    apart = unicodedata.normalize("NFKD", header).casefold()
    words = set(re.findall(r"[a-z]+|\d+", "".join(sign for sign in apart if not unicodedata.combining(sign))))
    is_another = any(word.isdigit() and int(word) > 1 for word in words) or words & _ABOUT_THEM
    # An address itself is somebody's line, and no column's name.
    return "@" not in header and not is_another and any(said <= words for said in _OF_ADDRESSES)


def _settled(meanings: list[str]) -> list[str]:
    """What means one thing or another, by what stands beside it."""
    beside = set(meanings)
    settled = {
        # "Adresse" is where somebody lives where "Email" stands too.
        "postal_or_email": "" if "email" in beside else "email",
        # "Nom" is the family's name beside "Prénom", and the whole one alone.
        "family_or_name": "family" if "given" in beside and "family" not in beside else "name",
    }
    if "given" in beside and not beside & {"family", "family_or_name"}:
        settled["name"] = "family"
    return [settled.get(meaning, meaning) for meaning in meanings]


def too_many_columns(count: int) -> str:
    return _(
        "This list has %(count)s columns, and at most %(limit)s are read. Delete those that are not needed "
        "(the address, name, company and language of a person are), then upload the file again."
    ) % {"count": count, "limit": MOST_COLUMNS}


def _same_twice(meaning: str, first: str, second: str) -> str:
    if meaning == "email":
        return _(
            "Two columns hold addresses: “%(first)s” and “%(second)s”. A person has one here: delete or "
            "rename one of the columns, then upload the file again."
        ) % {"first": first, "second": second}
    return _(
        "Two columns mean the same: “%(first)s” and “%(second)s”. Delete or rename one of them, then "
        "upload the file again."
    ) % {"first": first, "second": second}


def _no_addresses(headers: list[str]) -> str:
    return _(
        "The first line must name the columns, and exactly one of them “email”. "
        "It says: %(line)s. Add the line, then upload the file again."
    ) % {"line": get_text_list([cell for cell in headers if cell], _("and"))[:200] or "–"}
