"""The people a past happens to: demo accounts, and recipients with plainly fictional names on example.org."""

from __future__ import annotations

import json
import random
import unicodedata
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cached_property

from django.contrib.auth.models import User

from backoffice.demo import make_demo
from backoffice.emails.addresses import address
from backoffice.history.tables import Json
from backoffice.models import EmailTemplate, Recipient

FIRST = (
    "Alex", "Camille", "Dominique", "Élodie", "Françoise", "Jean-Noël", "Kim", "Lou", "Morgan", "Noa", "Pat",
    "Robin", "Sacha", "Sam", "Zoé", "Ada", "Benoît", "Chloë", "Dana", "Émile", "Inès", "Jo", "Maxime",
    "Océane",
)  # fmt: skip
FAMILY = (
    "Example", "Exemple", "Sample", "Modèle", "Placeholder", "Fictive", "Demo", "Specimen", "Dummy", "Muster",
    "Ejemplo", "Esempio", "Imaginaire", "O'Sample", "de la Démo", "Exemple-Modèle",
)  # fmt: skip
COMPANIES = (
    "Example Books", "Boulangerie du Port", "Sample & Daughters", "Ateliers Modèle", "Northwind Placeholders",
    "Librairie Fictive", "Demo Logistics", "Specimen SARL", "Imaginary Gardens", "",
)  # fmt: skip
OPTED_OUT, DELETED = 0.02, 0.01  # of all recipients


@dataclass
class Person:
    """A recipient, as messages name one."""

    pk: int
    email: str
    name: str
    language: str
    active: bool
    deleted: bool = False  # there is no row any more
    suppressed: str = ""  # the reason, once something came back

    @cached_property
    def headers(self) -> Json:
        """Of each message to them."""
        return Json(
            json.dumps({"To": str(address(self.email, self.name)), "Content-Language": self.language})
        )

    @property
    def gone(self) -> bool:
        return self.deleted or not self.active


@dataclass
class Cast:
    recipients: list[Person]
    templates: list[EmailTemplate]
    staff: User
    support: User
    manager: User

    @property
    def team(self) -> list[User]:
        return [self.staff, self.support, self.manager]


def engage(chance: random.Random, jobs: int, first: datetime) -> Cast:
    """The demo accounts and so many recipients as such a number of jobs would have."""
    make_demo()
    made = [_recipient(chance, number, first) for number in range(max(40, min(jobs // 12, 20_000)))]
    Recipient.objects.bulk_create(made, batch_size=2_000, ignore_conflicts=True)
    stored = Recipient.objects.with_addresses([one.email for one in made])
    people = [Person(one.pk, one.email, one.name, one.language, one.active) for one in stored]
    people.sort(key=lambda one: one.email)
    for one in chance.sample(people, max(2, int(len(people) * DELETED))):
        one.deleted = True
    Recipient.objects.filter(pk__in=[one.pk for one in people if one.deleted]).delete()
    users = {
        name: User.objects.get(username=f"{name}@example.org") for name in ("staff", "support", "manager")
    }
    return Cast(people, list(EmailTemplate.objects.active().order_by("pk")), **users)


def _recipient(chance: random.Random, number: int, first: datetime) -> Recipient:
    given, family = chance.choice(FIRST), chance.choice(FAMILY)
    french = chance.random() < 0.6
    return Recipient(
        email=f"{_plain(given)}.{_plain(family)}.{number}@example.org",
        name=f"{given} {family}",
        company=chance.choice(COMPANIES),
        language="fr" if french else "en",
        active=chance.random() >= OPTED_OUT,
        created_at=first - timedelta(days=chance.uniform(1, 400)),
    )


def _plain(name: str) -> str:
    """As it stands in an address."""
    return "".join(
        one
        for one in _without_accents(name).lower().replace(" ", "-")
        if one.isascii() and (one.isalnum() or one == "-")
    )


def _without_accents(name: str) -> str:
    return "".join(one for one in unicodedata.normalize("NFD", name) if not unicodedata.combining(one))
