"""The page "Settings & retention": how the installation runs and does, to each by their rights; no secret."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from html import unescape
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings as configured
from django.contrib.auth.models import Permission, User
from django.core.cache import cache
from django.db import DatabaseError
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from backoffice.admin import installation_checks
from backoffice.admin.installation_facts import RETENTIONS, redacted
from backoffice.health import CHECKS
from backoffice.models import MessageState
from tasks_app.broker.ping import Broker
from tasks_app.models import Node, QueueState, State
from tasks_app.monitor.health import Check, Cost, Finding, Level
from tasks_app.monitor.health.checks import degraded, failed, noted, ok
from tests.pages.rows import make_job, make_message, make_schedule
from tests.servers import wait_until

pytestmark = [pytest.mark.django_db, pytest.mark.once]

URL = "admin:settings"
DANGERS = {"demo", "factors", "encryption_keys", "settings_file"}
OF_KEEPERS = {"owners"}  # of schedules: whoever may hand them over is told
OF_REVIEWERS = {"saved_questions"}


def page(client: Client) -> str:
    answer = client.get(reverse(URL))
    assert answer.status_code == 200
    return unescape(answer.content.decode())


def rows(client: Client) -> list[installation_checks.Row]:
    found: list[installation_checks.Row] = client.get(reverse(URL)).context["examination"].rows
    return found


# --- Facts -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("url", "shown"),
    [
        ("redis://127.0.0.1:6379/1", "redis://127.0.0.1:6379/1"),
        ("redis://:secret@redis.example.org:6379/1", "redis://:•••@redis.example.org:6379/1"),
        ("rediss://app:secret@redis.example.org/0", "rediss://app:•••@redis.example.org/0"),
        ("redis://redis.example.org/0?password=secret", "redis://redis.example.org/0?…"),
        (
            "sentinel://:secret@one.example.org:26379;sentinel://:secret@two.example.org:26379",
            "sentinel://:•••@one.example.org:26379;sentinel://:•••@two.example.org:26379",
        ),
        ("eu-west-3", "eu-west-3"),
    ],
)
def test_a_url_is_shown_without_its_secrets(url: str, shown: str) -> None:
    assert redacted(url) == shown


def test_every_retention_is_explained() -> None:
    assert RETENTIONS.keys() == configured.RETENTION_DAYS.keys()


def test_the_page_shows_each_retention_in_days(signed_in: Callable[[str], Client], settings: Any) -> None:
    settings.RETENTION_DAYS = settings.RETENTION_DAYS | {"reports": 123}
    text = page(signed_in("Support"))
    assert "123 days" in text
    assert "RETENTION_REPORTS_DAYS" in text


def test_no_password_is_on_the_page(signed_in: Callable[[str], Client], settings: Any) -> None:
    settings.CELERY_BROKER_URL = "redis://:hunter2@redis.example.org:6379/1"
    text = page(signed_in("superuser"))
    assert "redis.example.org" in text
    assert "hunter2" not in text
    assert configured.SECRET_KEY not in text


# --- Checks: what needs somebody first ---------------------------------------------------------


def found(*findings: Finding) -> Callable[[datetime], Iterator[Finding]]:
    return lambda now: iter(findings)


def unanswered(now: datetime) -> Iterator[Finding]:
    raise DatabaseError("canceling statement due to statement timeout")


def check(key: str, ask: Callable[[datetime], Iterator[Finding]], audience: str = "x.y") -> Check:
    return Check(key, f"The {key}", ask, audience)


FAR = Check("far", "Far", found(failed("Gone.", "Bring it back.")), "x.y", cost=Cost.OUTSIDE)


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> Callable[..., None]:
    return lambda *checks: monkeypatch.setattr(installation_checks, "CHECKS", list(checks))


def test_what_does_not_work_is_first_then_what_needs_a_look_then_what_is_well(
    signed_in: Callable[[str], Client], asked: Callable[..., None]
) -> None:
    asked(
        check("well", found(ok("Here."))),
        check("weak", found(ok("Partly."), degraded("Slow.", "Hurry."))),
        check("silent", unanswered),
        check("broken", found(degraded("Odd.", "Look."), failed("Gone.", "Bring it back."))),
        check("bare", found(ok("Here."), noted("Not there."))),
        check("both", found(noted("Not there."), degraded("Slow.", "Hurry."))),
    )
    seen = rows(signed_in("superuser"))
    assert [str(row.title) for row in seen] == [
        "The silent", "The broken", "The weak", "The both", "The bare", "The well",
    ]  # fmt: skip
    assert [line.sentence for line in seen[1].lines] == ["Gone.", "Odd."]


@pytest.mark.parametrize(
    ("levels", "summary"),
    [
        ("o", "0 of 1 need somebody. 1 is well."),
        ("oof", "1 of 3 needs somebody. 2 are well."),
        ("onn", "0 of 3 need somebody. 1 is well. 2 are good to know."),
        ("fn", "1 of 2 needs somebody. 0 are well. 1 is good to know."),
        ("dddd", "4 of 4 need somebody. 0 are well."),
        ("od?", "1 of 3 needs somebody. 1 is well. 1 is still being asked: look again in a moment."),
    ],
)
def test_the_figures_above_are_those_of_the_list(
    levels: str, summary: str, signed_in: Callable[[str], Client], asked: Callable[..., None]
) -> None:
    findings = {
        "o": ok("Here."),
        "n": noted("Not there."),
        "d": degraded("Slow.", "Hurry."),
        "f": failed("Gone.", "Bring it back."),
    }
    asks = [
        check(f"{n}", found(findings[one])) if one in findings else replace(FAR, key=f"{n}")
        for n, one in enumerate(levels)
    ]
    for one in asks:
        if one.cost is Cost.OUTSIDE:  # asked a moment ago, and silent since
            cache.set(f"outside-{one.key}-en-asked", True)
    asked(*asks)
    client = signed_in("superuser")
    assert summary in page(client)
    seen = rows(client)
    assert len(seen) == len(levels)
    assert summary.startswith(f"{sum(row.needs_somebody for row in seen)} of {len(seen)} ")


def test_each_level_is_told_by_sign_and_word_and_not_by_colour_alone() -> None:
    marks = installation_checks.MARKS
    assert marks.keys() == {*Level, installation_checks.NOTED, None}
    for told in ("tone", "icon", "word"):
        assert len({str(getattr(mark, told)) for mark in marks.values()}) == len(marks)


def test_a_row_has_its_sign_its_word_what_to_do_and_where(
    signed_in: Callable[[str], Client], asked: Callable[..., None]
) -> None:
    asked(check("broken", found(failed("Gone.", "Bring it back.", "queues/"))))
    text = re.sub(r"\s+", " ", page(signed_in("superuser")))
    [row] = re.findall(r'<li class="bo-check bo-tone-danger">.*?</li>', text)
    for shown in (">error<", "Does not work", "Gone.", "Bring it back.", 'href="/admin/queues/"'):
        assert shown in row
    assert "docs/operations.md, “Is it well?”" in row


def test_what_is_outside_is_asked_behind_the_page(
    signed_in: Callable[[str], Client], asked: Callable[..., None]
) -> None:
    asked(FAR)
    client = signed_in("superuser")
    rows(client)
    seen = wait_until(lambda: [r for r in rows(client) if r.level is Level.FAILED], what="the answer")
    assert seen[0].lines[0].sentence == "Gone."


def test_the_broker_is_asked_no_more_often_than_by_other_pages(signed_in: Callable[[str], Client]) -> None:
    cache.set("broker-answer", Broker("redis://somewhere", None, "it sleeps"))
    assert "it sleeps" in page(signed_in("Support"))


# --- Checks: to whom ---------------------------------------------------------------------------


def titles(client: Client) -> set[str]:
    return {str(row.title) for row in rows(client)}


def keys_told_to(user: User) -> set[str]:
    return {one.key for one in installation_checks.told_to(user)}


def test_each_role_is_told_what_concerns_its_work(
    signed_in: Callable[[str], Client], person: Callable[[str], User]
) -> None:
    every = {one.key for one in CHECKS}
    assert keys_told_to(person("superuser")) == every
    assert keys_told_to(person("Support")) == every - DANGERS - OF_KEEPERS - OF_REVIEWERS
    assert keys_told_to(person("Staff")) == every - DANGERS - OF_REVIEWERS
    assert keys_told_to(person("Managers")) == {"storage", "letters"}
    for role in ("superuser", "Support", "Staff", "Managers"):
        shown = {str(one.title) for one in CHECKS if one.key in keys_told_to(person(role))}
        assert titles(signed_in(role)) == shown


def test_who_may_break_in_is_told_to_nobody_who_only_does_the_work(
    signed_in: Callable[[str], Client], settings: Any
) -> None:
    settings.PRODUCTION = True
    User.objects.create(username="the-boss", is_staff=True, is_superuser=True)
    assert "the-boss" in page(signed_in("superuser"))
    for role in ("Support", "Staff", "Managers"):
        assert "the-boss" not in page(signed_in(role))


@pytest.mark.parametrize("role", ["Staff", "Managers"])
def test_who_does_not_see_settings_is_shown_none(role: str, signed_in: Callable[[str], Client]) -> None:
    text = page(signed_in(role))
    assert "How long things are kept" in text
    assert "tell who runs it" in text
    assert "DATABASE_URL" not in text
    assert "Versions" not in {
        section.title for section in signed_in(role).get(reverse(URL)).context["sections"]
    }


def test_somebody_without_rights_gets_no_page(signed_in: Callable[[str], Client]) -> None:
    assert signed_in("").get(reverse(URL)).status_code == 403
    assert reverse(URL) not in signed_in("").get(reverse("admin:index")).content.decode()


def test_each_audience_is_a_right_that_somebody_can_have() -> None:
    known = {
        f"{app}.{name}" for app, name in Permission.objects.values_list("content_type__app_label", "codename")
    }
    assert {one.audience for one in CHECKS} <= known


@pytest.mark.parametrize("one", CHECKS, ids=lambda one: one.key)
def test_each_check_is_led_to_a_paragraph_that_is_there(one: Check) -> None:
    text = Path(configured.BASE_DIR, "docs", one.guide.file).read_text(encoding="utf-8")
    assert re.search(rf"^#+ {re.escape(one.guide.heading)}$", text, re.MULTILINE)


@pytest.mark.parametrize("role", ["superuser", "Support", "Staff", "Managers"])
def test_whoever_is_told_may_open_where_it_is_mended(
    role: str, signed_in: Callable[[str], Client], settings: Any
) -> None:
    everything_is_wrong(settings)
    client = signed_in(role)
    urls = {line.url for row in rows(client) for line in row.lines if line.url}
    assert len(urls) >= (5 if role != "Managers" else 0)
    for url in urls:
        assert client.get(url).status_code == 200, url


def everything_is_wrong(settings: Any) -> None:
    """No process, a silent broker, jobs and emails of every trouble, a schedule that cannot run."""
    settings.PRODUCTION = True
    hour, now = timedelta(hours=1), timezone.now()
    cache.set("broker-answer", Broker("redis://somewhere", None, "it sleeps"))
    Node.objects.create(name="worker@gone", kind=Node.Kind.WORKER, started_at=now, beat_at=now - hour / 2)
    QueueState.objects.create(name="low", paused=True)
    make_job(State.UNKNOWN)
    make_job(State.WAITING, ago=hour)
    make_job(State.RUNNING, lease_until=now - hour)
    make_message(MessageState.UNKNOWN)
    make_schedule(invalid="There is no such job.", next_slot=None)
    User.objects.create(username="the-boss", is_staff=True, is_superuser=True)
