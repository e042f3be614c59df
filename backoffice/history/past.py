"""A past as it happens: everything that is launched, in the order of time, and what came of each."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from heapq import merge

from django.contrib.auth.models import User
from django.utils import timezone

from backoffice.history import mishaps, slots
from backoffice.history.cast import Cast, engage
from backoffice.history.chances import Draw
from backoffice.history.desk import Desk, DeskTables
from backoffice.history.emails import Letters
from backoffice.history.jobs import CLEANUP, EMAIL, EVENTS, OK, PING, REPORT, JobTables, Launched, Registry
from backoffice.history.keeping import Kept
from backoffice.history.life import Life, NotYet
from backoffice.history.message_rows import BODIES_KEPT, EmailTables
from backoffice.history.orders import Orders
from backoffice.history.other_mail import OtherMail
from backoffice.history.reports import Documents, ReportTables
from backoffice.history.rhythm import at_work, hours, next_at_work
from backoffice.history.tables import Json, Table, Writes
from backoffice.history.weather import Weather
from tasks_app.admin import audit_log
from tasks_app.models import State
from tasks_app.models.job import Origin

ROWS_AT_ONCE = 2_000  # jobs
SAID_EACH = 50_000  # jobs
REPORTS_A_DAY = 30  # people do not read more, however much is launched
# Of a thousand launches that no schedule makes.
KIND = Draw(
    {"email": 855, "report": 45, "events": 30, "order": 30, "notice": 22, "ping": 10, "cleanup": 5, "link": 3}
)
KIND_WITHOUT_PEOPLE = Draw({"email": 915, "events": 30, "order": 30, "notice": 25})
FOLLOWED = 0.5  # of the orders
RERUN_SHARE = 0.55  # of failures: support looks after them


@dataclass(frozen=True)
class Wish:
    """What kind of past is to be made."""

    days: int
    jobs: int
    seed: int
    until: datetime

    @property
    def first(self) -> datetime:
        return self.until - timedelta(days=self.days)


class Past:
    def __init__(self, wish: Wish, say: Callable[[str], None]) -> None:
        self.wish, self.say = wish, say
        self.chance = random.Random(f"{wish.seed} {wish.until.isoformat()}")  # noqa: S311
        self.cast: Cast = engage(self.chance, wish.jobs, wish.first)
        jobs, emails, reports, desk = JobTables(), EmailTables(), ReportTables(), DeskTables()
        self.tables: list[Table] = [*jobs.all(), *emails.all(), *reports.all(), *desk.all()]
        self.weather = Weather(self.chance, wish.first, wish.until)
        self.registry = Registry(self.chance, wish.until, Kept.at(wish.until), jobs)
        self.desk = Desk(desk, self.registry.kept)
        share = min(1.0, BODIES_KEPT / wish.jobs)
        self.letters = Letters(
            self.registry, self.weather, emails, wish.until - share * (wish.until - wish.first)
        )
        self.other_mail = OtherMail(self.registry, self.weather, emails, self.letters.rows.keep_bodies_from)
        self.documents = Documents(self.registry, reports, self.cast.team)
        self.orders = Orders(self.registry)
        self.jobs = jobs.jobs
        self.made = self.owed = self.to_come = self.reports_today = self.said = 0
        self.write_at = ROWS_AT_ONCE
        self.at_work = False

    def happen(self, write: Writes) -> None:
        slots.make_schedules(self.cast)
        longest = int(self.wish.jobs * slots.LONGEST_SHARE)
        due = list(slots.due_slots(self.chance, self.wish.first, self.wish.until, longest))
        with_jobs = sum(not one.missed for one in due) + len({one.schedule.pk for one in due if one.missed})
        self.to_come = self.wish.jobs - with_jobs
        happenings = merge(
            ((at, 0, at) for at in self._moments(self.to_come)),
            ((one.moment, 1, one) for one in due),
            key=lambda happening: happening[:2],
        )
        missed: dict[int, list[slots.DueSlot]] = {}
        for at, _order, what in happenings:
            if isinstance(what, slots.DueSlot):
                self._slot(what, missed)
            else:
                self._launch(at)
            if self.made >= self.write_at:
                self.write_at = self.made + ROWS_AT_ONCE
                self._write(write)
        for left in missed.values():
            self._run_late(left, self.wish.until)
        slots.tell_schedules(due)
        self.desk.daily(self.chance, self.cast, self.wish.first, self.wish.until, self.weather)
        self._write(write)

    def make_reports(self, write: Writes, *, newest: bool) -> None:
        self.documents.finish(newest=newest)
        self._write(write)

    # --- launches ---------------------------------------------------------------------------------

    def _moments(self, total: int) -> Iterator[datetime]:
        for start, length, count in hours(self.wish.first, self.wish.until, total):
            if timezone.localtime(start).hour == 0:
                self.reports_today = 0
            self.at_work = at_work(start)
            yield from sorted(start + length * self.chance.random() for _one in range(count))

    def _launch(self, at: datetime) -> None:
        self.to_come -= 1
        if self.owed:  # a re-run took its place
            self.owed -= 1
            return
        kind = (KIND if self.at_work else KIND_WITHOUT_PEOPLE)(self.chance)
        if kind == "report":
            self.reports_today += 1
            kind = "email" if self.reports_today > REPORTS_A_DAY else kind
        getattr(self, f"_{kind}")(at)

    def _email(self, at: datetime) -> None:
        person, template = self.cast.somebody(self.chance), self.chance.choice(self.cast.templates)
        by = self.cast.staff if self.at_work and self.chance.random() < 0.3 else None
        why = Launched(at, Origin.PERSON if by else Origin.CODE, by)
        arguments = {"destinataire_id": person.pk, "modele_id": template.pk}

        def live(life: Life, again: bool) -> None:
            self.letters.live(life, person, template, again=again)

        self._with_reruns(self.registry.launch(EMAIL, arguments, why, person.email), live)

    def _report(self, at: datetime) -> None:
        by = self.chance.choice(self.cast.team)
        life = self.registry.launch(REPORT, self.documents.order(), Launched(at, Origin.PERSON, by))
        self._with_reruns(life, lambda one, again: self.documents.live(one, again=again))

    def _events(self, at: datetime) -> None:
        self._plain(EVENTS, at, Json('{"status": "ok", "settled": 0}'))

    def _ping(self, at: datetime) -> None:
        self._plain(PING, at, OK, by=self.cast.support)

    def _cleanup(self, at: datetime) -> None:
        life = self.registry.launch(
            CLEANUP, {"dry_run": True}, Launched(at, Origin.PERSON, self.cast.support)
        )
        self._clean(life)

    def _order(self, at: datetime) -> None:
        life, live = self.orders.place(at)
        self._with_reruns(life, live)
        if life.state == State.SUCCEEDED and self.chance.random() < FOLLOWED and self.owed < self.to_come:
            self.owed += 1
            self.made += 1
            self.orders.follow(life)

    def _notice(self, at: datetime) -> None:
        person = self.cast.somebody(self.chance)
        if person.suppressed or person.gone:
            person = self.cast.accountant
        self.other_mail.of_an_order(at, person)
        self.made += 1

    def _link(self, at: datetime) -> None:
        self.other_mail.of_a_password(at, self.chance.choice(self.cast.team))
        self.made += 1

    def _plain(self, name: str, at: datetime, result: Json, by: User | None = None) -> None:
        origin = Origin.PERSON if by else Origin.CODE
        life = self.registry.launch(name, {}, Launched(at, origin, by))
        try:
            life.claim(self.chance.expovariate(1 / 0.5))
            life.work(self.chance.lognormvariate(-2, 0.7))
            life.succeed()
        except NotYet:
            pass
        self.registry.write_down(life, result)

    def _clean(self, life: Life) -> None:
        try:
            life.claim(self.chance.expovariate(1 / 0.5))
            life.work(self.chance.lognormvariate(0, 0.7))
            if self.chance.random() < 0.004:
                life.fail(mishaps.database_locked)
            else:
                life.succeed()
        except NotYet:
            pass
        self.registry.write_down(life)

    def _with_reruns(self, life: Life, live: Callable[[Life, bool], None]) -> None:
        """What failed is run again by support, often with success, sometimes a second time."""
        by = life.row["created_by_id"]
        if by is not None:
            self.desk.note(by, life, audit_log.LAUNCHED(), life.now)
        live(life, False)
        self.made += 1
        earlier: list[Life] = []
        for _time in range(2):
            if life.state != State.FAILED or self.chance.random() > RERUN_SHARE or self.owed >= self.to_come:
                return
            at = next_at_work(life.now + timedelta(minutes=self.chance.expovariate(1 / 90)), self.chance)
            if at >= self.wish.until:
                return
            self.owed += 1
            failed = life
            earlier.append(failed)
            why = Launched(at, Origin.RERUN, self.cast.support, rerun_of=failed)
            life = self.registry.launch(life.row["name"], life.arguments, why, life.row["about"])
            self.desk.note(self.cast.support.pk, failed, audit_log.RUN_AGAIN(id=life.id), at)
            live(life, True)
            self.registry.tell_family(earlier, life)
            self.made += 1

    # --- schedules --------------------------------------------------------------------------------

    def _slot(self, due: slots.DueSlot, missed: dict[int, list[slots.DueSlot]]) -> None:
        waiting = missed.pop(due.schedule.pk, [])
        if due.missed:
            missed[due.schedule.pk] = [*waiting, due]
            return
        if waiting:
            self._run_late(waiting, due.moment)
        self._run_slot(due, due.moment + timedelta(seconds=self.chance.uniform(0.1, 1.2)))

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
            person = next(one for one in self.cast.recipients if one.pk == life.arguments["destinataire_id"])
            self.letters.live(life, person, self.cast.templates[0], again=False)
        else:
            self._clean(life)
        slots.write_slot(self.registry, due, at, life, None)
        self.made += 1

    # --- writing ----------------------------------------------------------------------------------

    def _write(self, write: Writes) -> None:
        for table in self.tables:
            table.write(write)
        if self.jobs.written - self.said >= SAID_EACH:
            self.said = self.jobs.written
            self.say(f"{self.jobs.written:,} jobs")
