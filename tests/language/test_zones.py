"""A zone is named where a moment could be taken for another: to readers elsewhere, in the doubled hour."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta, timezone, tzinfo
from types import SimpleNamespace
from zoneinfo import ZoneInfo

import pytest
from django.contrib.auth.models import User
from django.test import Client
from django.urls import reverse
from django.utils import timezone as django_timezone
from django.utils import translation

from tasks_app import zones
from tasks_app.display import instant, moment, when
from tasks_app.notices import notice
from tasks_app.schedules.rhythm import words
from tests.pages.work import a_job

pytestmark = pytest.mark.once

PARIS = ZoneInfo("Europe/Paris")
MORNING = datetime(2026, 11, 22, 8, 15, 7, tzinfo=UTC)
DOUBLED = datetime(2026, 10, 25, 0, 30, tzinfo=UTC)


@pytest.mark.parametrize(
    ("reader", "at", "named"),
    [
        (PARIS, MORNING, False),
        (ZoneInfo("Europe/Berlin"), MORNING, False),  # another name of the same time
        (ZoneInfo("Europe/London"), MORNING, True),
        (ZoneInfo("Asia/Kolkata"), MORNING, True),
        (timezone(timedelta(hours=1)), MORNING, False),
        (timezone(timedelta(hours=1)), datetime(2026, 7, 1, tzinfo=UTC), True),  # the same in winter alone
        (ZoneInfo("Africa/Lagos"), datetime(2026, 7, 1, tzinfo=UTC), True),
        (None, MORNING, True),  # a log, an email, a document: anybody
        (PARIS, DOUBLED, True),
        (PARIS, DOUBLED + timedelta(hours=1), True),
        (PARIS, DOUBLED + timedelta(hours=2), False),
        (PARIS, datetime.max.replace(tzinfo=UTC), False),
    ],
)
def test_when_a_zone_is_named(
    reader: tzinfo | None, at: datetime, named: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(django_timezone, "now", lambda: min(at, datetime(9998, 1, 1, tzinfo=UTC)))
    with zones.read_in(reader), translation.override("en"):
        for say in (moment, instant, when):
            assert ("CE" in seen(say(at))) is named, say


def seen(html: str) -> str:
    """Its text, but for what is read out alone."""
    return re.sub("<[^>]+>", "", html.partition('<span class="bo-read">')[0])


def test_the_whole_of_a_moment_always_has_it() -> None:
    with zones.read_in(PARIS), translation.override("en"):
        for say in (moment, instant, when):
            assert 'title="22 Nov 2026, 09:15:07 CET"' in say(MORNING)


@pytest.mark.parametrize(
    ("now", "said"),
    [
        (MORNING, "09:15"),
        (MORNING + timedelta(hours=14), "09:15"),
        (MORNING - timedelta(hours=8), "09:15"),  # of a run to come
        (MORNING + timedelta(days=1), "22 Nov, 09:15"),
        (MORNING - timedelta(days=1), "22 Nov, 09:15"),
        (MORNING - timedelta(days=400), "22 Nov 2026"),
        (MORNING + timedelta(days=60), "22 Nov 2026"),
    ],
)
def test_a_list_says_a_moment_in_brief_and_reads_it_whole(
    now: datetime, said: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(django_timezone, "now", lambda: now)
    with zones.read_in(PARIS), translation.override("en"):
        written = when(MORNING)
    assert seen(written) == said
    assert '<span class="bo-read">22 Nov 2026, 09:15:07 CET</span>' in written
    assert f'<span aria-hidden="true">{said}</span>' in written


def test_no_moment_is_a_dash() -> None:
    assert when(None) == moment(None) == "–"


def test_what_is_kept_in_words_is_read_by_anybody() -> None:
    crontab = SimpleNamespace(
        minute="0", hour="7", day_of_month="*", month_of_year="*", day_of_week="*", timezone=PARIS
    )
    schedule = SimpleNamespace(crontab=crontab)
    with zones.read_in(PARIS), translation.override("en"):
        assert words(schedule) == "Every day at 07:00"
        kept = notice.in_each_language(lambda: words(schedule))
    assert kept["@words"]["en"] == "Every day at 07:00 (Europe/Paris)"


@pytest.mark.parametrize(
    ("zone", "reader", "said"),
    [
        ("Europe/Paris", "Europe/Paris", "Every day at 07:00"),
        ("America/New_York", "Europe/Paris", "Every day at 07:00 (America/New York)"),
        ("Europe/Paris", "America/New_York", "Every day at 07:00 (Europe/Paris)"),
    ],
)
def test_a_rhythm_says_its_zone_where_it_is_not_its_readers(zone: str, reader: str, said: str) -> None:
    crontab = SimpleNamespace(
        minute="0", hour="7", day_of_month="*", month_of_year="*", day_of_week="*", timezone=ZoneInfo(zone)
    )
    with zones.read_in(ZoneInfo(reader)), translation.override("en"):
        assert words(SimpleNamespace(crontab=crontab)) == said


@pytest.mark.parametrize(
    ("cookie", "named"),
    [
        ("", False),
        ("Europe/Paris", False),
        ("Europe/Madrid", False),
        ("America/New_York", True),
        ("Nowhere/At_all", False),
        ("../../etc/passwd", False),
        ("/etc/localtime", False),
        ("\x00", False),
        ("x" * 5_000, False),
    ],
)
def test_a_page_names_the_zone_to_readers_elsewhere(
    cookie: str, named: bool, person: Callable[[str], User]
) -> None:
    job = a_job(created_at=MORNING, available_at=MORNING)
    client = Client()
    client.force_login(person("superuser"))
    client.cookies["reader_zone"] = cookie
    page = client.get(reverse("admin:tasks_app_job_change", args=[job.pk])).content.decode()
    assert (">22 Nov 2026, 09:15:07 CET</time>" in page) is named
    assert (">22 Nov 2026, 09:15:07</time>" in page) is not named
