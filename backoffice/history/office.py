"""What happens once or by a plan: schedules, reports, emails that come back, and what people did each day.

It is made before the many launches, which take as many jobs as it leaves.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from functools import partial
from itertools import groupby

from django.utils import timezone

from backoffice.history import keepers, slots
from backoffice.history.cast import Person
from backoffice.history.chores import live_cleanup
from backoffice.history.jobs import EMAIL, REPORT, Launched
from backoffice.history.parts import Span
from backoffice.history.reports import Documents
from backoffice.history.reruns import Quota, live_with_reruns
from backoffice.history.rhythm import at_work, hours
from backoffice.history.world import World
from tasks_app.models import SchedulePause
from tasks_app.models.job import Origin

REPORTS = 0.045  # of what is launched while people are there
REPORTS_A_DAY = 30  # people do not read more, however much is launched

type Happening = tuple[datetime, Callable[[], None]]


class Office:
    def __init__(self, world: World) -> None:
        self.world, self.cast, self.registry = world, world.cast, world.registry
        self.wish, self.chance = world.wish, world.chance
        self.documents = Documents(world.registry, world.report_tables, world.cast.team)
        self.quota = Quota(to_come=world.wish.jobs)
        self._missed: dict[int, list[slots.DueSlot]] = {}
        self._pause: SchedulePause | None = None

    def live(self) -> Iterator[None]:
        """One thing after the other, in the order of time."""
        self.world.begin("office")
        made = slots.make_schedules(self.cast)
        longest = int(self.wish.jobs * slots.LONGEST_SHARE)
        due = list(slots.due_slots(self.chance, self.wish.first, self.wish.until, longest))
        self._pause = keepers.keep(self.cast, self.wish, made, due)
        happenings: list[Happening] = [(one.moment, partial(self._slot, one)) for one in due]
        happenings += self._orders()
        happenings += self._returns()
        for _at, happen in sorted(happenings, key=lambda one: one[0]):
            happen()
            yield
        for left in self._missed.values():
            self._run_late(left, self.wish.until)
        slots.tell_schedules(due)
        self.world.desk.daily(self.chance, self.cast, self.wish.first, self.wish.until, self.world.weather)
        yield

    # --- reports ----------------------------------------------------------------------------------

    def _orders(self) -> Iterator[Happening]:
        spans = [Span(*one) for one in hours(self.wish.first, self.wish.until, self.wish.jobs)]
        busy = [one for one in spans if one.jobs and at_work(one.start)]
        for _day, of_the_day in groupby(busy, lambda span: timezone.localtime(span.start).date()):
            of_this = list(of_the_day)
            launched = [span.jobs for span in of_this]
            count = min(int(sum(launched) * REPORTS + self.chance.random()), REPORTS_A_DAY)
            for span in self.chance.choices(of_this, launched, k=count):
                at = span.start + span.length * self.chance.random()
                yield at, partial(self._order, at)

    def _order(self, at: datetime) -> None:
        why = Launched(at, Origin.PERSON, self.chance.choice(self.cast.team))
        life = self.registry.launch(REPORT, self.documents.order(), why)
        live_with_reruns(
            self.world, self.quota, life, lambda one, again: self.documents.live(one, again=again)
        )

    # --- emails that come back --------------------------------------------------------------------

    def _returns(self) -> Iterator[Happening]:
        for person in self.cast.returning:
            at = self.wish.first + (self.wish.until - self.wish.first) * self.chance.random()
            yield at, partial(self._return, at, person)

    def _return(self, at: datetime, person: Person) -> None:
        template = self.chance.choice(self.cast.templates)
        arguments = {"destinataire_id": person.pk, "modele_id": template.pk}
        life = self.registry.launch(EMAIL, arguments, Launched(at), person.email)
        self.world.letters.come_back(life, person, template)
        self.quota.made += 1

    # --- schedules --------------------------------------------------------------------------------

    def _slot(self, due: slots.DueSlot) -> None:
        waiting = self._missed.pop(due.schedule.pk, [])
        if due.missed:
            self._missed[due.schedule.pk] = [*waiting, due]
            return
        if waiting:
            self._run_late(waiting, due.moment)
        at = due.moment + timedelta(seconds=self.chance.uniform(0.1, 1.2))
        if self._pause and self._pause.schedule_id == due.schedule.pk and self._pause.holds(due.moment):
            slots.write_skipped(self.registry, due, at, self._pause)
        else:
            self._run_slot(due, at)

    def _run_late(self, waiting: list[slots.DueSlot], by: datetime) -> None:
        """The clock is back: the schedule runs once, for the last of the moments that it missed."""
        at = min(waiting[-1].moment + timedelta(hours=1), by - timedelta(seconds=1))
        for earlier in waiting[:-1]:
            slots.write_slot(self.registry, earlier, at, None, waiting[-1].moment)
        self._run_slot(waiting[-1], max(at, waiting[-1].moment))

    def _run_slot(self, due: slots.DueSlot, at: datetime) -> None:
        at = min(at, self.wish.until)
        life = slots.launch_slot(self.registry, due, at)
        if life.row["name"] == REPORT:
            self.documents.live(life)
        elif life.row["name"] == EMAIL:
            person = self.cast.person(life.arguments["destinataire_id"])
            self.world.letters.live(life, person, self.cast.templates[0], again=False)
        else:
            live_cleanup(self.registry, life)
        slots.write_slot(self.registry, due, at, life, None)
        self.quota.made += 1
