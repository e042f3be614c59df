"""What people and code launch all day: the many jobs of a past, part by part."""

from __future__ import annotations

from datetime import datetime

from backoffice.history.chances import Draw, uuid_of
from backoffice.history.chores import live_cleanup, live_shortly
from backoffice.history.jobs import CLEANUP, EMAIL, EVENTS, OK, PING, Launched
from backoffice.history.life import Life
from backoffice.history.other_mail import DELIVER, LINK
from backoffice.history.parts import Part, Span
from backoffice.history.reruns import Quota, live_with_reruns
from backoffice.history.rhythm import at_work
from backoffice.history.tables import Batch, Json
from backoffice.history.world import World
from tasks_app.models import State
from tasks_app.models.job import Origin

# Of so many launches; the reports that people order are in office.py.
KIND = Draw({"email": 855, "events": 30, "order": 30, "notice": 22, "ping": 10, "cleanup": 5, "link": 3})
KIND_WITHOUT_PEOPLE = Draw({"email": 915, "events": 30, "order": 30, "notice": 25})
FOLLOWED = 0.5  # of the orders
BY_HAND = 0.3  # of the emails, while people are there
REHEARSE = {"dry_run": True}  # the cleanup that somebody starts
NO_EVENTS = Json('{"status": "ok", "settled": 0}')


class Launches:
    """Makes the rows of one part after the other, of each by its seed alone."""

    def __init__(self, world: World) -> None:
        self.world, self.cast, self.registry = world, world.cast, world.registry
        self.chance = world.chance
        self.quota = Quota(0)
        self.at_work = False
        self._learn()

    def make(self, part: Part) -> list[Batch]:
        """All rows of it. Asks nothing of the database."""
        self.world.begin(f"part {part.number}")
        self.quota = Quota(part.jobs)
        for span in part.spans:
            self.at_work = at_work(span.start)
            for at in self._moments(span):
                if self.quota.takes_a_launch():
                    kind = (KIND if self.at_work else KIND_WITHOUT_PEOPLE)(self.chance)
                    getattr(self, f"_{kind}")(at)
        return self.world.take()

    def _moments(self, span: Span) -> list[datetime]:
        return sorted(span.start + span.length * self.chance.random() for _one in range(span.jobs))

    def _learn(self) -> None:
        """Have the engine build one job of each shape: what such a job is about, it asks the database."""
        at, support = self.world.wish.first, self.cast.support
        by_code = Launched(at)
        email = {"destinataire_id": self.cast.accountant.pk, "modele_id": self.cast.templates[0].pk}
        first = self.registry.launch(EMAIL, email, by_code)
        for name, arguments, why in (
            (EMAIL, email, Launched(at, Origin.PERSON, self.cast.staff)),
            (EMAIL, email, Launched(at, Origin.RERUN, support, rerun_of=first)),
            (EVENTS, {}, by_code),
            (PING, {}, Launched(at, Origin.PERSON, support)),
            (CLEANUP, REHEARSE, Launched(at, Origin.PERSON, support)),
            (DELIVER, {"message_id": uuid_of(self.chance)}, by_code),
            (LINK, {"user_id": support.pk}, by_code),
        ):
            self.registry.launch(name, arguments, why)

    # --- kinds ------------------------------------------------------------------------------------

    def _email(self, at: datetime) -> None:
        person, template = self.cast.somebody(self.chance, at), self.chance.choice(self.cast.templates)
        by = self.cast.staff if self.at_work and self.chance.random() < BY_HAND else None
        why = Launched(at, Origin.PERSON if by else Origin.CODE, by)
        arguments = {"destinataire_id": person.pk, "modele_id": template.pk}

        def live(life: Life, again: bool) -> None:
            self.world.letters.live(life, person, template, again=again)

        life = self.registry.launch(EMAIL, arguments, why, person.email)
        live_with_reruns(self.world, self.quota, life, live)

    def _order(self, at: datetime) -> None:
        life, live = self.world.orders.place(at)
        live_with_reruns(self.world, self.quota, life, live)
        if life.state == State.SUCCEEDED and self.chance.random() < FOLLOWED and self.quota.has_room():
            self.quota.add_one()
            self.world.orders.follow(life)

    def _events(self, at: datetime) -> None:
        live_shortly(self.registry, self.registry.launch(EVENTS, {}, Launched(at)), NO_EVENTS)

    def _ping(self, at: datetime) -> None:
        why = Launched(at, Origin.PERSON, self.cast.support)
        live_shortly(self.registry, self.registry.launch(PING, {}, why), OK)

    def _cleanup(self, at: datetime) -> None:
        why = Launched(at, Origin.PERSON, self.cast.support)
        live_cleanup(self.registry, self.registry.launch(CLEANUP, REHEARSE, why))

    def _notice(self, at: datetime) -> None:
        person = self.cast.somebody(self.chance, at)
        if person.is_suppressed(at) or person.gone:
            person = self.cast.accountant
        self.world.other_mail.of_an_order(at, person)

    def _link(self, at: datetime) -> None:
        self.world.other_mail.of_a_password(at, self.chance.choice(self.cast.team))
