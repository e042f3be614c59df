"""From an order to rows: everything that is launched, in the order of time, and what came of each."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from heapq import merge

from django.db import connection, transaction
from django.utils import timezone

from backoffice.emails.seeds import seed_templates
from backoffice.history import mishaps, slots
from backoffice.history.cast import Cast, engage
from backoffice.history.desk import Desk, DeskTables, sign_in
from backoffice.history.emails import Letters
from backoffice.history.jobs import (
    CLEANUP,
    EMAIL,
    EVENTS,
    PING,
    REPORT,
    JobTables,
    Launched,
    Life,
    NotYet,
    Registry,
)
from backoffice.history.message_rows import BODIES_KEPT, EmailTables
from backoffice.history.reports import Documents, ReportTables
from backoffice.history.rhythm import hours
from backoffice.history.tables import Table, indexes_built_at_the_end
from backoffice.seeds import seed_groups
from tasks_app.admin import audit_log
from tasks_app.models import HourTally, State, TallyProgress
from tasks_app.models.job import Origin
from tasks_app.monitor import counters, hourly_counts
from tasks_app.notices import Notice
from tasks_app.schedules.seeds import seed as seed_schedules
from tasks_app.search.refolding import refold
from tasks_app.search.sweeping import start_over
from tasks_app.search.things import things

ROWS_AT_ONCE = 5_000  # jobs
LARGE = 100_000  # jobs from which on indexes are better built afterwards
REPORTS_A_DAY = 30  # people do not read more, however much is launched
# Of a thousand launches that no schedule makes.
KINDS = {"email": 880, "report": 45, "events": 30, "order": 30, "ping": 10, "cleanup": 5}
ORDER = "shop.tasks.import_order"  # a task of the company's other code, which sends plain messages
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


def make_history(wish: Wish, say: Callable[[str], None]) -> dict[str, int]:
    """Write the past in one transaction; how many rows each table got.

    The same wish makes the same past, but for the numbers that the database gives.
    """
    seed_groups()
    seed_templates()
    seed_schedules()
    with transaction.atomic():
        past = Past(wish, say)
        with indexes_built_at_the_end([one.name for one in past.tables], wanted=wish.jobs >= LARGE):
            past.happen()
            say("Building the indexes")
        count_anew(wish.until)
        search_anew()
    analyse(past.tables)
    return {table.name: table.written for table in past.tables}


def analyse(tables: list[Table]) -> None:
    """Let the database know what its tables hold now: it chooses its plans by that."""
    vacuum = connection.vendor == "postgresql" and not connection.in_atomic_block
    with connection.cursor() as cursor:
        for table in tables:
            cursor.execute(f'{"VACUUM ANALYZE" if vacuum else "ANALYZE"} "{table.name}"')


def count_anew(until: datetime) -> None:
    """The charts' counts of each hour, from the rows that there are now."""
    counters.count_ended(until)  # notes where to begin, in a new installation
    HourTally.objects.all().delete()
    TallyProgress.objects.update(hours_until=None)
    for _look in range(hourly_counts.KEPT // (hourly_counts.STEPS * hourly_counts.HOUR) + 2):
        hourly_counts.count_hours(until)


def search_anew() -> None:
    """The clock compares the whole past with what the search has; names and titles are folded at once."""
    refold()
    for thing in things():
        start_over(thing.name)


class Past:
    def __init__(self, wish: Wish, say: Callable[[str], None]) -> None:
        self.wish, self.say = wish, say
        self.chance = random.Random(f"{wish.seed} {wish.until.isoformat()}")  # noqa: S311
        self.cast: Cast = engage(self.chance, wish.jobs, wish.first)
        jobs, emails, reports = JobTables(), EmailTables(), ReportTables()
        desk = DeskTables()
        self.tables: list[Table] = [*jobs.all(), *emails.all(), *reports.all(), *desk.all()]
        self.desk = Desk(desk)
        self.registry = Registry(self.chance, wish.until, jobs)
        share = min(1.0, BODIES_KEPT / wish.jobs)
        self.letters = Letters(
            self.registry, self.cast, emails, wish.until - share * (wish.until - wish.first)
        )
        self.documents = Documents(self.registry, reports, self.cast.team)
        self.jobs = jobs.jobs
        self.troubles = list(self._troubles())
        self.made = self.owed = self.to_come = self.reports_today = 0

    def happen(self) -> None:
        slots.make_schedules(self.cast)
        due = list(
            slots.due_slots(
                self.chance, self.wish.first, self.wish.until, int(self.wish.jobs * slots.LONGEST_SHARE)
            )
        )
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
            self._write_when_many()
        for left in missed.values():
            self._run_late(left, self.wish.until)
        sign_in(self.chance, self.cast, self.wish.first, self.wish.until, self.desk.tables)
        self._write()

    # --- launches ---------------------------------------------------------------------------------

    def _moments(self, total: int) -> Iterator[datetime]:
        for start, length, count in hours(self.wish.first, self.wish.until, total):
            if timezone.localtime(start).hour == 0:
                self.reports_today = 0
            yield from sorted(start + length * self.chance.random() for _one in range(count))

    def _launch(self, at: datetime) -> None:
        self.to_come -= 1
        if self.owed:  # a re-run took its place
            self.owed -= 1
            return
        kind = self.chance.choices(list(KINDS), weights=list(KINDS.values()))[0]
        if kind == "report":
            self.reports_today += 1
            kind = "email" if self.reports_today > REPORTS_A_DAY else kind
        getattr(self, f"_{kind}")(at)

    def _email(self, at: datetime) -> None:
        person, template = self.chance.choice(self.cast.recipients), self.chance.choice(self.cast.templates)
        by = self.cast.staff if self.chance.random() < 0.3 else None
        why = Launched(at, Origin.PERSON if by else Origin.CODE, by)
        arguments = {"destinataire_id": person.pk, "modele_id": template.pk}

        def live(life: Life, again: bool) -> None:
            self.letters.live(life, person, template, trouble=self._in_trouble(life.now), again=again)

        self._with_reruns(self.registry.launch(EMAIL, arguments, why, person.email), live)

    def _report(self, at: datetime) -> None:
        by = self.chance.choice(self.cast.team)
        life = self.registry.launch(REPORT, self.documents.order(), Launched(at, Origin.PERSON, by))
        self._with_reruns(life, lambda one, again: self.documents.live(one, again=again))

    def _events(self, at: datetime) -> None:
        self._plain(EVENTS, at, {"status": "ok", "settled": 0})

    def _ping(self, at: datetime) -> None:
        self._plain(PING, at, {"status": "ok"}, by=self.cast.support)

    def _cleanup(self, at: datetime) -> None:
        life = self.registry.launch(
            CLEANUP, {"dry_run": True}, Launched(at, Origin.PERSON, self.cast.support)
        )
        self._clean(life)

    def _order(self, at: datetime) -> None:
        number = self.chance.randint(10_000, 99_999)
        life = self.registry.launch(ORDER, {"order": number}, Launched(at, Origin.ADOPTED), f"order {number}")

        def live(life: Life, again: bool) -> None:
            try:
                life.claim(self.chance.expovariate(1 / 0.5))
                life.work(self.chance.lognormvariate(0, 0.7))
                if again or self.chance.random() < 0.93:
                    life.succeed()
                else:
                    life.fail(self._odd_order(number))
            except NotYet:
                pass
            self.registry.write_down(life)

        self._with_reruns(life, live)

    def _odd_order(self, number: int) -> Callable[[], object]:
        if self.chance.random() < 0.6:
            return partial(mishaps.partner_is_silent, 5 * (1 + number % 6))
        return partial(self.chance.choice((mishaps.order_is_odd, mishaps.order_has_no_total)), number)

    def _plain(self, name: str, at: datetime, result: dict[str, object], by: object = None) -> None:
        origin = Origin.PERSON if by else Origin.CODE
        life = self.registry.launch(name, {}, Launched(at, origin, by))  # type: ignore[arg-type]
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
            self._note(by, life, audit_log.LAUNCHED(), life.now)
        live(life, False)
        self.made += 1
        earlier: list[Life] = []
        for _time in range(2):
            if life.state != State.FAILED or self.chance.random() > RERUN_SHARE or self.owed >= self.to_come:
                return
            at = life.now + timedelta(minutes=self.chance.expovariate(1 / 150))
            if at >= self.wish.until:
                return
            self.owed += 1
            failed = life
            earlier.append(failed)
            why = Launched(at, Origin.RERUN, self.cast.support, rerun_of=life.id, family=earlier[0].id)
            life = self.registry.launch(life.row["name"], life.arguments, why, life.row["about"])
            self._note(self.cast.support.pk, failed, audit_log.RUN_AGAIN(id=life.id), at)
            live(life, True)
            self.registry.tell_family(earlier, life)
            self.made += 1

    def _note(self, by: int, life: Life, what: Notice, at: datetime) -> None:
        shown = f"{life.row['name'].rpartition('.')[2]} {life.row['about'] or life.id[:8]}"
        self.desk.note(by, life.id, shown, what, at)

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
            self.letters.live(life, person, self.cast.templates[0], trouble=self._in_trouble(at), again=False)
        else:
            self._clean(life)
        slots.write_slot(self.registry, due, at, life, None)
        self.made += 1

    # --- the mail service's bad hours ---------------------------------------------------------------

    def _troubles(self) -> Iterator[tuple[datetime, datetime]]:
        for _week in range(max(1, self.wish.days // 7)):
            begin = self.wish.first + (self.wish.until - self.wish.first) * self.chance.uniform(0.05, 0.97)
            yield begin, begin + timedelta(minutes=self.chance.uniform(30, 150))

    def _in_trouble(self, at: datetime) -> bool:
        return any(begin <= at < end for begin, end in self.troubles)

    # --- writing ----------------------------------------------------------------------------------

    def _write_when_many(self) -> None:
        if self.made - self.jobs.written >= ROWS_AT_ONCE:
            self._write()
            self.say(f"{self.jobs.written:,} jobs")

    def _write(self) -> None:
        for table in self.tables:
            table.write()
