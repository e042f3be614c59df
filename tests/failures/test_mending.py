"""From what failed to what mends it, and back: the page of a cause leads to the pages that mend all of it."""

from __future__ import annotations

import re
from typing import Any

import pytest
from django.contrib.auth.models import Group, User
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from backoffice.emails import causes
from backoffice.models import EmailTemplate
from tasks_app.admin.failures.saying import address
from tasks_app.models import Job
from tests.failures.test_inbox import SignedIn, text
from tests.failures.work import OPTED_OUT, Time, fail, repair, the_clock_counts, the_group
from tests.pages.conftest import signed_in as signed_in
from tests.pages.test_job_explains import NO_PARTS, primary

pytestmark = [pytest.mark.django_db, pytest.mark.once]

OFF = causes.TEMPLATE_OFF.code


@pytest.fixture
def support(signed_in: SignedIn) -> Client:
    return signed_in("Support")


def a_template(time: Time, name: str) -> EmailTemplate:
    made = EmailTemplate.objects.create(name=name, slug=name.lower(), subject="Hello", text="Hello")
    EmailTemplate.objects.filter(pk=made.pk).update(updated_at=time.ago(days=3))
    return made


def fail_with(time: Time, *templates: EmailTemplate, cause: str = OFF) -> list[Job]:
    found = [fail(time.ago(minutes=9), cause, kwargs={"modele_id": one.pk}) for one in templates]
    the_clock_counts(time)
    return found


def page_of(client: Client, cause: str = OFF) -> str:
    return shown(client, reverse("admin:tasks_app_failuregroup_change", args=[the_group(cause).pk]))


def shown(client: Client, url: str) -> str:
    return " ".join(text(client, url).split())


def test_the_page_of_a_cause_leads_to_what_mends_it_and_back(time: Time, signed_in: SignedIn) -> None:
    welcome = a_template(time, "Welcome")
    fail_with(time, welcome, welcome)
    client = signed_in("Support")
    User.objects.get(groups__name="Support").groups.add(Group.objects.get(name="Staff"))
    page = page_of(client)
    assert primary(page) == ["Open the template"]
    assert "Run again as they are, they would fail the same way: mend this first." in page
    [way] = re.findall(r'href="([^"]*emailtemplate[^"]*mends=[^"]*)"', page)
    saved = {"name": "Welcome", "active": "on", "subject": "Hello", "text": "Hello again", **NO_PARTS}
    answer = client.post(way, saved)
    assert answer["Location"] == address(the_group(OFF))
    EmailTemplate.objects.update(updated_at=time.ago(minutes=1))
    page = shown(client, answer["Location"])
    assert "was changed successfully" in page
    assert "Edited since the latest failure: " in page
    assert "would fail the same way" not in page
    assert primary(page) == ["Run again …"]
    assert "Open the template" in page


def test_of_several_templates_each_is_named(time: Time, support: Client) -> None:
    fail_with(time, a_template(time, "Welcome"), a_template(time, "Reminder"), a_template(time, "Welcome2"))
    page = page_of(support)
    assert {"Welcome", "Reminder", "Welcome2"} == set(re.findall("Open the template “(.+?)”", page))
    assert len(primary(page)) == 1


@pytest.mark.parametrize("value", [["a", {}], "1e400", None, -1])
def test_arguments_that_name_no_template_lead_nowhere(value: Any, time: Time, support: Client) -> None:
    fail(time.ago(minutes=9), OFF, kwargs={"modele_id": value})
    the_clock_counts(time)
    page = page_of(support)
    assert "mend this first" in page
    assert primary(page) == ["Run again …"]


def test_what_each_job_mends_on_a_page_of_its_own_is_led_to_from_there(time: Time, support: Client) -> None:
    fail_with(time, a_template(time, "Welcome"), cause=OPTED_OUT)
    page = page_of(support, OPTED_OUT)
    assert "Open the recipient" not in page
    assert "mend this first" in page
    assert primary(page) == ["Run again …"]


def test_what_needs_nobody_is_not_to_be_mended(time: Time, support: Client) -> None:
    [job] = fail_with(time, a_template(time, "Welcome"))
    repair(job, time.now)
    page = page_of(support)
    assert "Open the template" not in page
    assert "mend this first" not in page
    assert primary(page) == []


def test_it_asks_once_for_all_of_them(time: Time, support: Client) -> None:
    fail_with(time, *(a_template(time, f"T{number}") for number in range(8)))
    page_of(support)
    with CaptureQueriesContext(connection) as asked:
        page_of(support)
    of_templates = [one["sql"] for one in asked if 'FROM "backoffice_emailtemplate"' in one["sql"]]
    assert len(of_templates) == 1
