"""The people a past happens to: demo accounts, and recipients with plainly fictional names on example.org."""

from __future__ import annotations

import json
import random
import unicodedata
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cached_property
from typing import Any

from django.contrib.auth.models import User

from backoffice.demo import make_demo
from backoffice.emails.addresses import address
from backoffice.history.copying import write
from backoffice.history.tables import Json, Table
from backoffice.history.wish import Wish
from backoffice.models import EmailTemplate, Recipient, Suppression

FIRST = (
    "Alex", "Camille", "Dominique", "Élodie", "Françoise", "Jean-Noël", "Kim", "Lou", "Morgan", "Noa", "Pat",
    "Robin", "Sacha", "Sam", "Zoé", "Ada", "Benoît", "Chloë", "Dana", "Émile", "Inès", "Jo", "Maxime",
    "Océane", "Jürgen", "Łucja", "Søren", "Ngọc", "Şule", "Ágnes",
)  # fmt: skip
FAMILY = (
    "Example", "Exemple", "Sample", "Modèle", "Placeholder", "Fictive", "Demo", "Specimen", "Dummy", "Muster",
    "Ejemplo", "Esempio", "Imaginaire", "O'Sample", "de la Démo", "Exemple-Modèle", "Mustermann", "Przykład",
    "Örnek", "Minta", "Nguyễn Mẫu", "Dæmisdóttir",
)  # fmt: skip
# “Example”, “sample” or nobody's name, as each language has it, with what stands in the address.
ABROAD = (
    ("Ελένη Παραδείγματος", "eleni.paradeigma"),
    ("Анна Примерова", "anna.primerova"),
    ("Оксана Зразкова", "oksana.zrazkova"),
    ("示例小明", "xiaoming.shili"),
    ("見本 太郎", "taro.mihon"),
    ("홍길동", "gildong.hong"),
    ("سمير مثال", "samir.mithal"),
    ("ישראל ישראלי", "israel.israeli"),
    ("उदाहरण कुमार", "kumar.udaharan"),
    ("নমুনা রহমান", "rahman.namuna"),
    ("สมชาย ตัวอย่าง", "somchai.tuayang"),
    ("ნინო ნიმუშიძე", "nino.nimushidze"),
    ("Անի Օրինակյան", "ani.orinakyan"),
    (
        "Maria-Magdalena Wilhelmine Friederike von Musterhausen zu Beispielsberg-Attrappenstein",
        "maria-magdalena.musterhausen-zu-beispielsberg-attrappen",
    ),
    (
        "Ranasinghe Arachchige Example Placeholder Sampleratne Bandara Specimen Mudiyanselage",
        "specimen-mudiyanselage.sampleratne",
    ),
)
COMPANIES = (
    "Example Books", "Boulangerie du Port", "Sample & Daughters", "Ateliers Modèle", "Northwind Placeholders",
    "Librairie Fictive", "Demo Logistics", "Specimen SARL", "Imaginary Gardens", "", "見本商事株式会社",
    "ООО «Пример»", "Παράδειγμα Α.Ε.",
    "Société coopérative d’exemple pour l’illustration et la démonstration de très longues raisons sociales",
)  # fmt: skip
FROM_ABROAD = 0.18  # of all recipients
OPTED_OUT, DELETED = 0.02, 0.01  # of all recipients
ANSWERS = ((0.012, "bounced"), (0.002, "complained"))  # of all recipients
SPARED = 0.9  # of the launches to somebody who is gone or suppressed: who launches knows, mostly


@dataclass
class Person:
    """A recipient, as messages name one."""

    pk: int
    email: str
    name: str
    language: str
    active: bool
    deleted: bool = False  # there is no row any more
    answer: str = ""  # what their mailbox says to one email, after which there are no more
    suppressed: str = ""  # the reason, once something came back
    suppressed_from: datetime | None = None

    @cached_property
    def headers(self) -> Json:
        """Of each message to them."""
        return Json(
            json.dumps({"To": str(address(self.email, self.name)), "Content-Language": self.language})
        )

    @property
    def gone(self) -> bool:
        return self.deleted or not self.active

    def is_suppressed(self, at: datetime) -> bool:
        return self.suppressed_from is not None and at >= self.suppressed_from

    def suppress(self, reason: str, at: datetime) -> None:
        self.suppressed, self.suppressed_from = reason, at


@dataclass
class Cast:
    recipients: list[Person]
    templates: list[EmailTemplate]
    staff: User
    support: User
    manager: User

    def somebody(self, chance: random.Random, at: datetime) -> Person:
        """Whom an email is launched for."""
        found = chance.choice(self.recipients)
        while (found.gone or found.is_suppressed(at)) and chance.random() < SPARED:
            found = chance.choice(self.recipients)
        return found

    def person(self, pk: int) -> Person:
        """Whom a schedule names, which may be older than this past."""
        found = next((one for one in self.recipients if one.pk == pk), None)
        return found or next(map(_person, Recipient.objects.filter(pk=pk)), _somebody_deleted(pk))

    @property
    def returning(self) -> list[Person]:
        """To whom one email comes back."""
        return [one for one in self.recipients if one.answer]

    @property
    def accountant(self) -> Person:
        """Somebody who gets what is sent to them."""
        return next(one for one in self.recipients if not (one.gone or one.answer))

    @property
    def team(self) -> list[User]:
        return [self.staff, self.support, self.manager]


def engage(wish: Wish) -> Cast:
    """The demo accounts and so many recipients as such a number of jobs would have."""
    make_demo()
    chance = wish.chance_of("cast")
    people = _recipients(chance, wish)
    for one in chance.sample(people, max(2, int(len(people) * DELETED))):
        one.deleted = True
    Recipient.objects.filter(pk__in=[one.pk for one in people if one.deleted]).delete()
    known = set(Suppression.objects.values_list("address", flat=True))
    there = [one for one in people if not (one.gone or one.email.lower() in known)]
    returning = chance.sample(there, sum(_number_of(share, people) for share, _answer in ANSWERS))
    for share, answer in ANSWERS:
        for _one in range(_number_of(share, people)):
            returning.pop().answer = answer
    users = {
        name: User.objects.get(username=f"{name}@example.org") for name in ("staff", "support", "manager")
    }
    templates = EmailTemplate.objects.active().prefetch_related("variables").order_by("pk")
    return Cast(people, list(templates), **users)


def _number_of(share: float, people: list[Person]) -> int:
    return max(1, int(len(people) * share))


def _recipients(chance: random.Random, wish: Wish) -> list[Person]:
    """Those that are there already stay as they are."""
    made = [_recipient(chance, number, wish.first) for number in range(max(40, min(wish.jobs // 12, 20_000)))]
    there = {one.email.lower() for one in Recipient.objects.with_addresses(row["email"] for row in made)}
    table, folded = Table(Recipient), Recipient.folded.field
    for row in made:
        if row["email"] not in there:
            table.add(**row, folded=folded.folded(Recipient(**row)))
    write(table.take())
    stored = Recipient.objects.with_addresses(row["email"] for row in made)
    return sorted(map(_person, stored), key=lambda one: one.email)


def _person(row: Recipient) -> Person:
    return Person(row.pk, row.email, row.name, row.language, row.active)


def _somebody_deleted(pk: int) -> Person:
    return Person(pk, "", "", "en", active=False, deleted=True)


def _recipient(chance: random.Random, number: int, first: datetime) -> dict[str, Any]:
    name, local = _name(chance)
    return {
        "email": f"{local}.{number}@example.org",
        "name": name,
        "company": chance.choice(COMPANIES),
        "language": "fr" if chance.random() < 0.6 else "en",
        "active": chance.random() >= OPTED_OUT,
        "created_at": first - timedelta(days=chance.uniform(1, 400)),
    }


def _name(chance: random.Random) -> tuple[str, str]:
    """A name, and its part of an address."""
    if chance.random() < FROM_ABROAD:
        return chance.choice(ABROAD)
    given, family = chance.choice(FIRST), chance.choice(FAMILY)
    return f"{given} {family}", f"{_plain(given)}.{_plain(family)}"


def _plain(name: str) -> str:
    """As it stands in an address."""
    return "".join(
        one
        for one in _without_accents(name).lower().replace(" ", "-")
        if one.isascii() and (one.isalnum() or one == "-")
    )


def _without_accents(name: str) -> str:
    return "".join(one for one in unicodedata.normalize("NFD", name) if not unicodedata.combining(one))
