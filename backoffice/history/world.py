"""Where a past happens: its people, its weather, its tables, and who knows how to live which job.

One is made, with the database; copies of it go to the processes that make the parts, where nothing is asked
of the database any more.
"""

from __future__ import annotations

import random

from backoffice.history.cast import Cast
from backoffice.history.desk import Desk, DeskTables
from backoffice.history.emails import Letters
from backoffice.history.jobs import JobTables, Registry
from backoffice.history.keeping import Kept
from backoffice.history.message_rows import BODIES_KEPT, EmailTables
from backoffice.history.orders import Orders
from backoffice.history.other_mail import OtherMail
from backoffice.history.reports import ReportTables
from backoffice.history.tables import Batch, Table
from backoffice.history.weather import Weather
from backoffice.history.wish import Wish


class World:
    def __init__(self, wish: Wish, cast: Cast) -> None:
        self.wish, self.cast = wish, cast
        self.chance = random.Random()  # noqa: S311 - everybody's; each part has its own seed
        self.weather = Weather(wish.chance_of("weather"), wish.first, wish.until)
        self.job_tables, self.email_tables = JobTables(), EmailTables()
        self.report_tables, self.desk_tables = ReportTables(), DeskTables()
        self.registry = Registry(self.chance, wish.until, Kept.at(wish.until), self.job_tables)
        self.desk = Desk(self.desk_tables, self.registry.kept)
        share = min(1.0, BODIES_KEPT / wish.jobs)
        bodies_from = wish.until - share * (wish.until - wish.first)
        self.letters = Letters(self.registry, self.weather, self.email_tables, bodies_from)
        self.other_mail = OtherMail(
            self.registry, self.weather, self.email_tables, self.letters.rows.keep_bodies_from
        )
        self.orders = Orders(self.registry)

    @property
    def tables(self) -> list[Table]:
        """In the order in which their rows are written."""
        sorts = (self.job_tables, self.email_tables, self.report_tables, self.desk_tables)
        return [table for sort in sorts for table in sort.all()]

    def begin(self, part: object) -> None:
        """What happens from now on is decided by the seed of this part alone."""
        self.chance.seed(self.wish.seed_of(part))

    def take(self) -> list[Batch]:
        """The rows that wait in all tables."""
        return [table.take() for table in self.tables]
