"""The steps of a tick: what one of them raises stops no other, and is told on the dashboard."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import contextmanager

from tasks_app.db.bad_rows import in_a_line, is_away

logger = logging.getLogger(__name__)


class Steps:
    """Of one tick: which of them failed, and why. `monitor/health/clock.py` has a sentence for each."""

    def __init__(self) -> None:
        self.failed: dict[str, str] = {}  # by step, the error in a line

    @contextmanager
    def step(self, name: str) -> Iterator[None]:
        """A database that is away is everybody's matter, and the scheduler's to wait for: it is raised."""
        try:
            yield
        except Exception as error:
            if is_away(error):
                raise
            logger.exception("The clock's step “%s” failed.", name)
            self.failed[name] = in_a_line(error)


@contextmanager
def going_on(sentence: str, *values: object) -> Iterator[None]:
    """What one job raises stops no other: it is logged, with this sentence."""
    try:
        yield
    except Exception as error:
        if is_away(error):
            raise
        logger.exception(sentence, *values)
