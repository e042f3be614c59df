"""Jobs of the company's other code, which sends plain messages of Celery, and what goes wrong with them."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from datetime import datetime
from functools import partial

from django.conf import settings

from backoffice.history import mishaps
from backoffice.history.jobs import Launched, Registry
from backoffice.history.life import Life, NotYet
from tasks_app.models.job import Origin

ORDER = "shop.tasks.import_order"
BOOK = "shop.tasks.book_order"
LOST = 0.08  # of those that fail


class Orders:
    """Lives the import of an order from the shop."""

    def __init__(self, registry: Registry) -> None:
        self.registry, self.chance = registry, registry.chance

    def place(self, at: datetime) -> tuple[Life, Callable[[Life, bool], None]]:
        """A job as it is adopted, and what lives it (`again` in a re-run)."""
        number = self.chance.randint(10_000, 99_999)
        why = Launched(at, Origin.ADOPTED)
        life = self.registry.launch(ORDER, {"order": number}, why, f"order {number}")
        return life, partial(self._live, number)

    def follow(self, order: Life) -> None:
        """The next step of the chain that an import begins."""
        why = Launched(order.now, Origin.FOLLOW_UP, parent=order.id)
        life = self.registry.launch(BOOK, order.arguments, why, order.row["about"])
        with suppress(NotYet):
            life.claim(self.chance.expovariate(1 / 0.3))
            life.work(self.chance.lognormvariate(-1, 0.5))
            life.succeed()
        self.registry.write_down(life)

    def _live(self, number: int, life: Life, again: bool) -> None:
        with suppress(NotYet):
            life.claim(self.chance.expovariate(1 / 0.5))
            life.work(self.chance.lognormvariate(0, 0.7))
            if again or self.chance.random() < 0.93:
                life.succeed()
            elif self.chance.random() < LOST:
                self._lose(life)
            else:
                life.fail(self._odd(number))
        self.registry.write_down(life)

    def _lose(self, life: Life) -> None:
        """An order so large that each worker which takes it dies."""
        for _time in range(settings.JOB_MAX_DEATHS - 1):
            life.lose(mishaps.worker_lost())
            life.claim(5 + self.chance.random())
            life.work(self.chance.lognormvariate(0, 0.7))
        life.give_up(mishaps.lost_for_good(settings.JOB_MAX_DEATHS))

    def _odd(self, number: int) -> Callable[[], object]:
        if self.chance.random() < 0.6:
            return partial(mishaps.partner_is_silent, 5 * (1 + number % 6))
        return partial(self.chance.choice((mishaps.order_is_odd, mishaps.order_has_no_total)), number)
