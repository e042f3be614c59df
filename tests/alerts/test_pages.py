"""Alert rules as people set them: what makes no sense is refused; a test goes to all that it names."""

from __future__ import annotations

import re
from collections.abc import Callable
from html import unescape
from typing import Any

import pytest
from django.contrib.admin.models import LogEntry
from django.test import Client
from django.urls import reverse

from tasks_app.alerts.rules import BY_MAIL, BY_WEBHOOK
from tasks_app.models import AlertNotice, AlertOn, AlertRule, Job
from tests.failures.conftest import time as time
from tests.failures.work import Time
from tests.pages.conftest import signed_in as signed_in

pytestmark = [pytest.mark.django_db, pytest.mark.once]
ADD = reverse("admin:tasks_app_alertrule_add")
GOOD: dict[str, Any] = {
    "name": "The desk",
    "on": "cause_rate",
    "threshold": "5",
    "mail_to": "desk@example.org\n\n night@example.org ",
    "webhook": "https://hooks.example.org/x",
    "enabled": "on",
}


@pytest.fixture
def support(signed_in: Callable[[str], Client]) -> Client:
    return signed_in("Support")


def a_rule(**fields: Any) -> AlertRule:
    given: dict[str, Any] = {"name": "The desk", "on": AlertOn.NEW_CAUSE, "mail_to": "desk@example.org"}
    return AlertRule.objects.create(**given | fields)


def test_a_rule_is_made_and_said_in_words(support: Client, time: Time) -> None:
    assert support.post(ADD, GOOD).status_code == 302
    rule = AlertRule.objects.get()
    assert rule.addresses == ["desk@example.org", "night@example.org"]
    assert rule.since == time.now
    page = unescape(support.get(reverse("admin:tasks_app_alertrule_changelist")).content.decode())
    assert "More failures of one cause in an hour than 5" in page
    assert "desk@example.org, night@example.org, a webhook" in page


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"mail_to": "", "webhook": ""}, "Say who is told"),
        ({"mail_to": "desk"}, "is no address"),
        ({"mail_to": "\n".join(f"p{n}@example.org" for n in range(11))}, "too many"),
        ({"webhook": "http://hooks.example.org"}, "https://"),
        ({"webhook": "https://sam:hidden@hooks.example.org"}, "https://"),
        ({"threshold": "0"}, "1 or more"),
        ({"threshold": "-1"}, 'id="id_threshold_error"'),
        ({"threshold": "99999999999999999999"}, 'id="id_threshold_error"'),
        ({"on": "failed_share", "threshold": "100"}, "choose less"),
        ({"on": "everything"}, 'id="id_on_error"'),
        ({"name": ""}, 'id="id_name_error"'),
    ],
)
def test_what_makes_no_sense_is_refused_beside_its_field(
    fields: dict[str, str], words: str, support: Client
) -> None:
    page = support.post(ADD, GOOD | fields)
    assert page.status_code == 200
    text = unescape(page.content.decode())
    assert words in text or re.search(r"errorlist|errors", text), words
    assert words in text or words.startswith("id=")
    assert not AlertRule.objects.exists()


def test_a_test_is_asked_sent_to_all_and_logged(support: Client, time: Time) -> None:
    rule = a_rule(webhook="https://hooks.example.org/x", since=time.now)
    url = reverse("admin:tasks_app_alertrule_test", args=[rule.pk])
    page = support.get(reverse("admin:tasks_app_alertrule_change", args=[rule.pk])).content.decode()
    assert url in page
    asked = unescape(support.get(url).content.decode())
    assert "desk@example.org" in asked
    assert "https://hooks.example.org/x" in asked
    assert not AlertNotice.objects.exists()
    assert support.post(url).status_code == 302
    assert Job.objects.filter(name__in=[BY_MAIL, BY_WEBHOOK]).count() == 2
    assert LogEntry.objects.filter(object_id=str(rule.pk)).count() == 1
    assert AlertRule.objects.get().told_at is None  # no rule waits because of a test


def test_a_rule_that_is_switched_on_again_tells_of_nothing_that_began_before(
    support: Client, time: Time
) -> None:
    rule = a_rule(since=time.ago(days=9), enabled=False)
    url = reverse("admin:tasks_app_alertrule_change", args=[rule.pk])
    assert support.post(url, GOOD | {"on": "new_cause"}).status_code == 302
    assert AlertRule.objects.get().since == time.now
    time.passes(hours=1)
    support.post(url, GOOD | {"on": "new_cause", "name": "Another name"})
    assert AlertRule.objects.get().since == time.ago(hours=1)


def test_who_may_not_sets_no_rule(signed_in: Callable[[str], Client], time: Time) -> None:
    rule = a_rule(since=time.now)
    staff = signed_in("Staff")
    for name, keys in (("test", [rule.pk]), ("change", [rule.pk]), ("add", []), ("changelist", [])):
        url = reverse(f"admin:tasks_app_alertrule_{name}", args=keys)
        assert staff.get(url).status_code == staff.post(url).status_code == 403
