"""A real clock calls what is ours, and `celery beat` makes our Beat."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from celery.bin.celery import celery
from click.testing import CliRunner
from django_celery_beat.models import PeriodicTask

from projet.celery import app
from tests.servers import wait_until
from tests.stack import Stack
from tests.upstream.leaning import CLOCK, COMMAND, every_module, overrides
from tests.upstream.tables import called_in
from tests.upstream.tap import tap, tapping

pytestmark = pytest.mark.once


@pytest.mark.stack
def test_a_clock_calls_each_override_of_ours(processes: Stack, tmp_path: Path) -> None:
    seen = tapping(processes, tmp_path)
    clock = processes.start_clock()
    seeded = wait_until(
        PeriodicTask.objects.filter(name="cleanup-results-hourly").first, what="the first schedule"
    )
    clock.stop()

    missing = called_in(CLOCK) - seen()
    assert not missing, f"No library called what is ours of {sorted(missing)}.\n{clock.tail()}"
    # As ModelEntry._unpack_fields has it.
    assert (seeded.task, seeded.interval.every) == ("tasks_app.tasks.cleanup_results", 3600)


def test_the_command_makes_our_beat(monkeypatch: pytest.MonkeyPatch, settings: Any) -> None:
    """Which prints no banner among lines of JSON."""
    settings.LOG_FORMAT = "json"
    seen: set[str] = set()
    begun: list[Any] = []
    tap(overrides(every_module("projet.celery", "projet.beat")), seen.add, monkeypatch.setattr)
    monkeypatch.delitem(vars(app), "Beat", raising=False)
    monkeypatch.setattr("celery.apps.beat.Beat.run", lambda beat: begun.append(beat))
    done = CliRunner().invoke(celery, ["-A", "projet", "beat"], catch_exceptions=False)
    assert done.exit_code == 0, done.output
    assert [beat.quiet for beat in begun] == [True]
    assert called_in(COMMAND) <= seen
