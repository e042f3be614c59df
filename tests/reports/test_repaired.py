"""Failures are counted as they ended; those repaired since and those that are not add up to them."""

from __future__ import annotations

import random
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import urlsplit

import pytest
from django.contrib import admin
from django.contrib.auth.models import User
from django.test import RequestFactory
from django.urls import reverse
from django.utils import timezone

from backoffice.admin.charts import charts
from backoffice.admin.failures import unseen_failures
from backoffice.reports import registry
from backoffice.reports.base import Order
from backoffice.reports.sections import Figure, Figures
from tasks_app.models import Job, State
from tasks_app.monitor.failure_counts import failures_of

OCTOBER = datetime(2026, 10, 5, 9, tzinfo=UTC)
NOVEMBER = datetime(2026, 11, 3, 6, tzinfo=UTC)


def figure(slug: str, label: str, moment: datetime) -> Figure:
    kind = registry.find(slug)
    order = Order(kind, kind.clean({}), moment, moment, "Ann Example")
    [figures] = [one for one in kind.sections(order) if isinstance(one, Figures)]
    return next(one for one in figures.figures if str(one.label) == label)


@pytest.mark.parametrize(
    ("failed", "repaired", "said", "tone"),
    [
        (0, 0, "", "good"),
        (3, 0, "See the causes below", "bad"),
        (3, 2, "of which 2 repaired since; 1 not repaired", "bad"),
        (1_300, 1_300, "of which 1,300 repaired since; 0 not repaired", "good"),
    ],
)
def test_the_activity_report_says_how_many_were_repaired(
    add_job: Callable[..., Job], failed: int, repaired: int, said: str, tone: str
) -> None:
    add_job(OCTOBER)
    for number in range(failed):
        add_job(OCTOBER, State.FAILED, repaired_at=NOVEMBER if number < repaired else None)
    found = figure("activity", "Failed", NOVEMBER)
    assert (found.value, str(found.note).replace("\xa0", " "), found.tone) == (failed, said, tone)


def test_the_overview_says_so_too(add_job: Callable[..., Job]) -> None:
    now = timezone.now()
    add_job(now - timedelta(hours=1), State.FAILED, repaired_at=now)
    add_job(now - timedelta(hours=2), State.FAILED)
    add_job(now - timedelta(hours=3))
    found = figure("overview", "Failed in 24 hours", now)
    assert found.value == 2
    assert found.note == "of 3 jobs that ended; of which 1 repaired since; 1 not repaired"


def listed(query: str) -> set[str]:
    """What the list of jobs has for these parameters."""
    model_admin = admin.site._registry[Job]
    request = RequestFactory().get(f"{reverse('admin:tasks_app_job_changelist')}?{query}")
    request.user = User(is_superuser=True, is_active=True, is_staff=True)
    found = model_admin.get_changelist_instance(request)
    return set(found.get_queryset(request).values_list("pk", flat=True))


@pytest.mark.parametrize("seed", range(5))
def test_every_figure_of_failures_obeys_the_one_law(
    add_job: Callable[..., Job], seed: int, admin_user: Any
) -> None:
    dice, now = random.Random(seed), timezone.now()
    rows = [
        add_job(
            now - timedelta(minutes=dice.randrange(60 * 40)),
            dice.choice(list(State)),
            repaired_at=dice.choice([None, now]),
        )
        for _ in range(80)
    ]
    failed = {job.pk for job in rows if job.state == State.FAILED}
    repaired = {job.pk for job in rows if job.pk in failed and job.repaired_at}
    counted = failures_of(Job.objects.all())
    assert (counted.ended, counted.repaired) == (len(failed), len(repaired))
    assert counted.repaired + counted.need_somebody == counted.ended
    assert listed("state=failed&repaired=any") == failed
    assert listed("state=failed&repaired=yes") == listed("repaired=yes") == repaired
    assert listed("state=failed") == listed("repaired=no") == failed - repaired
    assert len(unseen_failures(admin_user).jobs) == sum(
        1
        for job in rows
        if job.pk in failed - repaired and job.ended_at and job.ended_at >= now - timedelta(hours=24)
    )


@pytest.mark.django_db
def test_the_list_behind_a_chart_has_all_that_failed() -> None:
    for chart in charts(timezone.now()):
        assert "repaired=any" in urlsplit(chart.failed.url).query
        assert "repaired" not in urlsplit(chart.succeeded.url).query
