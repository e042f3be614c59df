"""A question is written, reviewed by a second person, and then a report like any other."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import pytest
from django.contrib.admin.models import LogEntry
from django.contrib.auth.models import User
from django.core.exceptions import PermissionDenied
from django.db import IntegrityError, transaction
from django.test import Client
from django.urls import reverse

from backoffice.models import QuestionAnswer, QuestionVersion, Report, VersionState
from backoffice.questions import causes, kinds, reviewing
from backoffice.questions.reviewing import CannotReview
from backoffice.reports import making, registry
from backoffice.reports.errors import CannotOrder
from tasks_app.catalogue import find_allowed, launchables
from tasks_app.models import Job, State
from tests.questions.making import BY_TEMPLATE, approved, filled_in, page, run, user_with, write
from tests.questions.reporting import Reporting
from tests.subscriptions.making import next_moment, outbox, run_at_its_time, subscribe

pytestmark = [pytest.mark.django_db, pytest.mark.once]
processes = pytest.mark.processes


@pytest.fixture
def author(person: Callable[[str], Any]) -> User:
    person("Managers")  # so that there are groups
    return user_with("analyst", "add_question")


@pytest.fixture
def reviewer(author: User) -> User:
    return user_with("second", "review_question")


@pytest.fixture(autouse=True)
def folders(settings: Any, tmp_path: Any) -> None:
    settings.MEDIA_ROOT, settings.OUTBOX_DIR = tmp_path / "files", tmp_path / "outbox"


def test_nobody_runs_it_before_a_second_person_approves_it(
    client: Client, author: User, reviewer: User, person: Callable[[str], Any]
) -> None:
    manager = User.objects.get(groups__name="Managers")
    client.force_login(author)
    question = write(client)
    assert not kinds.may_run(manager, question)
    assert client.post(page(question, "approve"), {"number": 1, "note": ""}).status_code == 403
    client.force_login(manager)
    assert client.get(page(question)).status_code == 403
    client.force_login(reviewer)
    assert client.post(page(question, "approve"), {"number": 1, "note": "Read."}).status_code == 302
    assert kinds.may_run(manager, question)
    client.force_login(manager)
    shown = client.get(page(question)).content.decode()
    assert "Emails of one template" in shown
    assert "SELECT" not in shown  # its text is its author's and its reviewers'
    logged = LogEntry.objects.filter(object_id=question.pk).order_by("pk")
    codes = [code for one in logged for code in re.findall(r"audit\.question_\w+", one.change_message)]
    assert codes == ["audit.question_written", "audit.question_approved"]


def test_the_database_knows_no_version_reviewed_by_its_author(author: User) -> None:
    version = QuestionVersion(title="T", definition="D", sql="SELECT 1", author=author)
    reviewing.write(None, version, [])
    with pytest.raises(CannotReview):
        reviewing.approve(version, author, "")
    with pytest.raises(IntegrityError), transaction.atomic():
        QuestionVersion.objects.filter(pk=version.pk).update(reviewer=author)


def test_a_newer_version_waits_while_the_approved_one_runs(
    client: Client, author: User, reviewer: User
) -> None:
    client.force_login(author)
    question = write(client)
    first = question.versions.get()
    reviewing.approve(first, reviewer, "")
    client.post(page(question, "edit"), filled_in(title="Another title"))
    question.refresh_from_db()
    assert (question.current_id, question.title) == (first.pk, "Emails by template")
    second = question.versions.first()
    assert second is not None
    assert (second.number, second.state) == (2, VersionState.WAITING)
    with pytest.raises(CannotReview):  # it is decided, and a newer one is there
        reviewing.send_back(first, reviewer, "")
    reviewing.send_back(second, reviewer, "Which emails?")
    question.refresh_from_db()
    assert question.current_id == first.pk


def test_a_reviewer_who_read_an_older_version_approves_no_newer_one(
    client: Client, author: User, reviewer: User
) -> None:
    client.force_login(author)
    question = write(client)
    client.post(page(question, "edit"), filled_in(sql="SELECT 1 AS sent"))
    client.force_login(reviewer)
    answer = client.post(page(question, "approve"), {"number": 1, "note": ""}, follow=True)
    assert str(causes.REVIEWED_ALREADY()) in answer.content.decode()
    question.refresh_from_db()
    assert question.current_id is None


def test_what_it_may_not_say_is_said_beside_its_text(client: Client, author: User) -> None:
    client.force_login(author)
    add = reverse("admin:backoffice_question_add")
    shown = client.post(add, filled_in(sql="DELETE FROM emails")).content.decode()
    assert "A question only reads" in shown
    shown = client.post(add, filled_in(sql="SELECT :nothing AS n")).content.decode()
    assert "There is no parameter for :nothing" in shown
    shown = client.post(add, filled_in({"name": "format"})).content.decode()
    assert "This name is taken" in shown
    shown = client.post(add, filled_in({"name": "n", "type": "integer", "initial": "many"})).content.decode()
    assert "This is no value of that type" in shown
    assert not QuestionVersion.objects.exists()


@processes
def test_it_is_a_report_in_every_format(reporting: Reporting, person: Callable[[str], Any]) -> None:
    manager = person("Managers")
    question = approved(
        BY_TEMPLATE,
        {"name": "template", "label": "Template", "type": "text", "initial": ""},
        totals=["sent"],
        chart="bars",
        chart_label="template",
        chart_values=["sent"],
    )
    slug = kinds.slug_of(question)
    assert slug in {one.variant.key for one in launchables(manager)}
    for form in ("csv", "xlsx", "pdf"):
        made = making.make(slug, {"template": "welcome", "format": form, "language": "en"}, by=manager)
        made.record()
    assert [one.rows for one in Report.objects.filter(format__in=["csv", "xlsx"])] == [1, 1]
    assert Report.objects.get(format="pdf").issue.figures == [["Rows", "1"], ["Sent", "2"]]


@processes
def test_a_parameter_that_is_an_injection_is_a_value(
    reporting: Reporting, person: Callable[[str], Any]
) -> None:
    manager = person("Managers")
    question = approved(BY_TEMPLATE, {"name": "template", "label": "Template", "type": "text"})
    before = reporting.state()
    evil = "welcome' OR '1'='1'; DROP TABLE backoffice_message; --"
    made = making.make(
        kinds.slug_of(question), {"template": evil, "format": "csv", "language": "en"}, by=manager
    )
    assert made.report.rows == 0
    assert reporting.state() == before


@processes
def test_every_type_of_parameter_reaches_the_database(reporting: Reporting, db: None) -> None:
    names = {"t": "text", "i": "integer", "n": "number", "d": "day", "b": "boolean", "c": "choice"}
    sql = "SELECT :t AS t, :i AS i, :n AS n, :d AS d, :b AS b, :c AS c, :period_start AS p, :period_end AS q"
    question = approved(
        sql,
        *({"name": name, "label": name, "type": kind, "choices": ["x", "y"]} for name, kind in names.items()),
    )
    kind = registry.find(kinds.slug_of(question))
    given = {
        "t": "ä'",
        "i": "7",
        "n": "1.25",
        "d": "2026-02-03",
        "b": "on",
        "c": "y",
        "period": "custom",
        "start": "2026-02-01",
        "end": "2026-02-02",
        "language": "en",
        "format": "csv",
    }
    from django.utils import timezone

    from backoffice.reports.base import Order

    order = Order(kind, kind.clean(given), timezone.now(), timezone.now(), "")
    assert isinstance(kind, kinds.QuestionReport)
    answer = kind.answer(order)
    [row] = answer.rows
    assert row[:3] == ["ä'", 7, 1.25]
    assert row[3].isoformat() == "2026-02-03"
    assert (bool(row[4]), row[5]) == (True, "y")
    assert row[6:] == [order.period.start, order.period.end]


@processes
def test_its_author_tries_it_on_a_page_and_a_manager_reads_its_answer(
    client: Client, author: User, reviewer: User, reporting: Reporting
) -> None:
    manager = User.objects.get(groups__name="Managers")
    client.force_login(author)
    question = write(client)
    answer = client.post(page(question, "ask"), {"template": "welcome", "language": "en"})
    assert run(Job.objects.latest("created_at")).state == State.SUCCEEDED
    table = client.get(answer["Location"]).content.decode()
    assert "welcome" in table
    assert "In all" in table
    client.force_login(manager)
    assert client.get(answer["Location"]).status_code == 403
    reviewing.approve(question.versions.get(), reviewer, "")
    assert client.get(answer["Location"]).status_code == 404  # somebody else's answer
    answer = client.post(page(question, "ask"), {"template": "bye", "language": "en"})
    run(Job.objects.latest("created_at"))
    assert "bye" in client.get(answer["Location"]).content.decode()
    assert QuestionAnswer.objects.count() == 2


def test_switched_off_it_says_so(client: Client, author: User, settings: Any) -> None:
    settings.REPORTING_DATABASE_URL = ""
    client.force_login(author)
    question = write(client)
    client.post(page(question, "ask"), {"template": "welcome", "language": "en"})
    job = run(Job.objects.latest("created_at"))
    assert (job.state, job.cause) == (State.FAILED, causes.OFF.code)
    assert "switched off" in client.get(reverse("admin:backoffice_question_changelist")).content.decode()


@processes
def test_its_subscription_arrives_and_ends_when_it_is_withdrawn(
    client: Client, person: Callable[[str], Any], reporting: Reporting
) -> None:
    manager, reader = person("Managers"), user_with("reader")
    reader.groups.set(manager.groups.all())
    client.force_login(manager)
    question = approved(
        BY_TEMPLATE.replace("GROUP", "AND created_at < :period_end GROUP"),
        {"name": "template", "label": "Template", "type": "text"},
        totals=["sent"],
    )
    subscription = subscribe(
        client,
        [manager, reader],
        report=kinds.slug_of(question),
        formats=["csv"],
        **{"report-template": "welcome", "skip_empty": ""},
    )
    ended = run_at_its_time(subscription)
    assert ended.state == State.SUCCEEDED, ended.error
    mail = outbox()["reader@example.org"]
    [attached] = list(mail.iter_attachments())
    assert attached.get_filename().endswith(".csv")
    assert "Template" in attached.get_content()
    reviewing.withdraw(question)
    next_moment(subscription)
    assert run_at_its_time(subscription).state == State.SUCCEEDED
    subscription.refresh_from_db()
    assert subscription.ended_at is not None


def test_who_lost_the_right_runs_it_no_more(client: Client, person: Callable[[str], Any]) -> None:
    manager = person("Managers")
    question = approved("SELECT 1 AS n", groups=("Managers",))
    slug = kinds.slug_of(question)
    assert find_allowed(f"rapport_pdf:{slug}", manager)
    manager.groups.clear()
    with pytest.raises(PermissionDenied):
        find_allowed(f"rapport_pdf:{slug}", User.objects.get(pk=manager.pk))


def test_withdrawn_it_is_no_report_any_more(person: Callable[[str], Any]) -> None:
    person("Managers")
    question = approved("SELECT 1 AS n")
    reviewing.withdraw(question)
    with pytest.raises(CannotOrder):
        registry.find(kinds.slug_of(question))
