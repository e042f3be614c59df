"""What is done to many at once is one line of the audit log, which opens to what was done to each."""

from __future__ import annotations

import re
from collections.abc import Callable
from html import unescape
from typing import Any

import pytest
from django.contrib.admin.models import ADDITION, CHANGE, DELETION, LogEntry
from django.contrib.auth.models import User
from django.contrib.contenttypes.models import ContentType
from django.db import connection
from django.test import Client, RequestFactory
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from backoffice.models import EmailTemplate, Recipient, SignIn
from tasks_app.admin import audit_log, searching, selection
from tasks_app.admin.jobs import rerun_many
from tasks_app.audit.entries import TOGETHER
from tasks_app.audit.recording import Line
from tasks_app.audit.requests import log_action, log_together
from tasks_app.audit.system import record_command, record_of_system
from tasks_app.models import AuditItem, FailureGroup, Job, State
from tasks_app.search.saying import notes_of
from tests.guard.test_selections import JOBS, asked, read
from tests.pages.rows import make_schedule
from tests.pages.work import a_job

pytestmark = pytest.mark.django_db

LOG = "admin:admin_logentry_changelist"


@pytest.fixture
def client(signed_in: Callable[[str], Client]) -> Client:
    return signed_in("superuser")


def text_of(client: Client, name: str, *args: Any, language: str = "en", **query: Any) -> str:
    answer = client.get(reverse(name, args=args), query, headers={"accept-language": language})
    assert answer.status_code == 200
    return " ".join(unescape(answer.content.decode()).split())


def test_jobs_that_are_run_again_together_are_one_line_that_opens_to_them(
    client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(rerun_many, "SCREENFUL", 100)  # of more a batch is begun
    failed = [a_job(State.FAILED) for _ in range(60)]
    _dialog, sent = asked(client, f"{JOBS}?state=failed", "run_selected_again", failed[0])
    for _twice in range(2):
        client.post(f"{JOBS}?state=failed", sent)
    entry = LogEntry.objects.get()
    assert entry.get_change_message() == "Ran 60 jobs again."
    assert entry.user.username == "superuser"
    assert AuditItem.objects.filter(entry=entry).count() == 60
    log = text_of(client, LOG)
    assert "60 jobs" in log
    assert reverse("admin:admin_logentry_change", args=[entry.pk]) in log
    first = text_of(client, "admin:admin_logentry_change", entry.pk)
    assert first.count("Run again as") == 50
    last = AuditItem.objects.order_by("pk")[49].pk
    rest = text_of(client, "admin:admin_logentry_change", entry.pk, after=last)
    assert rest.count("Run again as") == 10
    assert all(job.pk in first + rest for job in failed)
    again = Job.objects.exclude(rerun_of=None).values_list("pk", flat=True)
    assert all(reverse("admin:tasks_app_job_change", args=[pk]) in first + rest for pk in again)


def test_in_the_history_of_one_of_them_stands_what_was_done_to_that_one(client: Client) -> None:
    failed = [a_job(State.FAILED) for _ in range(3)]
    _dialog, sent = asked(client, f"{JOBS}?state=failed", "run_selected_again", failed[0])
    client.post(f"{JOBS}?state=failed", sent)
    for job in failed:
        again = Job.objects.get(rerun_of=job)
        history = text_of(client, "admin:tasks_app_job_history", job.pk)
        assert f"Run again as {again.pk}." in history
        assert "Ran 3 jobs" not in history
        french = text_of(client, "admin:tasks_app_job_history", job.pk, language="fr")
        assert "Run again" not in french
        assert again.pk in french
    other = a_job(State.FAILED)
    assert "Run again as" not in text_of(client, "admin:tasks_app_job_history", other.pk)


def test_what_takes_several_clicks_is_one_line_still(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(selection, "BATCH", 10)
    waiting = [a_job(State.WAITING) for _ in range(35)]
    dialog, sent = asked(client, JOBS, "cancel_selected", waiting[0])
    monkeypatch.setattr(selection, "PATIENCE", -1.0)
    assert "Cancel 35 jobs?" in dialog
    while sent:
        answer = client.post(JOBS, sent)
        sent = read(answer)[1] if answer.status_code == 200 else {}
    assert [entry.get_change_message() for entry in LogEntry.objects.all()] == ["Cancelled 35 jobs."]
    assert AuditItem.objects.count() == 35


def test_one_thing_alone_is_a_line_of_its_own(client: Client) -> None:
    job = a_job(State.FAILED)
    _dialog, sent = asked(client, f"{JOBS}?state=failed", "run_selected_again", job)
    client.post(f"{JOBS}?state=failed", sent)
    entry = LogEntry.objects.get()
    assert entry.object_id == job.pk
    assert entry.get_change_message().startswith("Run again as ")
    assert not AuditItem.objects.exists()


def test_schedules_that_are_switched_together_are_one_line(client: Client) -> None:
    schedules = [make_schedule() for _ in range(4)]
    url = "/admin/django_celery_beat/periodictask/"
    _dialog, sent = asked(client, url, "switch_off", *schedules)
    client.post(url, sent)
    entry = LogEntry.objects.get()
    assert entry.get_change_message() == "Switched 4 schedules off."
    items = {item.object_repr: item for item in AuditItem.objects.all()}
    assert items.keys() == {schedule.name for schedule in schedules}


def test_what_is_deleted_together_is_one_line_and_leads_nowhere(client: Client) -> None:
    people = [Recipient.objects.create(email=f"p{number}@example.org") for number in range(3)]
    ticked = {"action": "delete_selected", "_selected_action": [one.pk for one in people], "post": "yes"}
    client.post(reverse("admin:backoffice_recipient_changelist"), ticked)
    assert not Recipient.objects.exists()
    entry = LogEntry.objects.get()
    assert entry.action_flag == DELETION
    assert entry.get_change_message() == "Deleted 3 at once."
    page = text_of(client, "admin:admin_logentry_change", entry.pk)
    assert "p1@example.org" in page
    assert reverse("admin:backoffice_recipient_change", args=[people[1].pk]) not in page


@pytest.mark.once
def test_the_page_of_an_entry_leads_neither_to_itself_nor_to_a_history_that_nobody_makes(
    client: Client,
) -> None:
    schedules = [make_schedule() for _ in range(2)]
    _dialog, sent = asked(client, "/admin/django_celery_beat/periodictask/", "switch_off", *schedules)
    client.post("/admin/django_celery_beat/periodictask/", sent)
    record_of_system(Line(schedules[0], "One", audit_log.SCHEDULE_OFF()))
    for entry in LogEntry.objects.all():
        own = reverse("admin:admin_logentry_change", args=[entry.pk])
        page = text_of(client, "admin:admin_logentry_change", entry.pk)
        assert f'<a href="{own}"' not in page
        assert reverse("admin:admin_logentry_history", args=[entry.pk]) not in page
    assert reverse("admin:django_celery_beat_periodictask_change", args=[schedules[0].pk]) in page
    signed_in = SignIn.objects.create(username="ada", success=True)
    page = text_of(client, "admin:backoffice_signin_change", signed_in.pk)
    assert reverse("admin:backoffice_signin_history", args=[signed_in.pk]) not in page


@pytest.mark.once
def test_what_is_known_by_words_is_named_in_each_readers_own(client: Client) -> None:
    group = FailureGroup.objects.create(
        kind="tasks_app.tasks.envoi_email", cause="template.switched_off",
        first_at=timezone.now(), last_at=timezone.now(),
    )  # fmt: skip
    record_of_system(Line(group, str(group), audit_log.CAUSE_IGNORED(note="")))
    record_command("seed", audit_log.RECONCILED())
    said = {"en": "Send an email: The email template is switched off", "fr": "Envoyer un e-mail"}
    for language, words in said.items():
        shown = text_of(client, LOG, language=language)
        assert words in shown
        assert str(group) not in shown
    assert "manage.py seed –" not in re.sub(r"<[^>]*>", "", shown)


def test_what_is_deleted_alone_keeps_its_name(client: Client) -> None:
    one = Recipient.objects.create(email="p@example.org", name="Pat Example")
    client.post(reverse("admin:backoffice_recipient_delete", args=[one.pk]), {"post": "yes"})
    entry = LogEntry.objects.get()
    assert (entry.action_flag, entry.object_repr) == (DELETION, "Pat Example <p@example.org>")
    assert entry.get_change_message() == "Deleted."


def test_the_log_is_searched_by_the_names_of_then(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("Zoé Le Goff", "Bob Example", "Zoe Legrand", "ZOÉ M."):
        one = Recipient.objects.create(email=f"{len(name)}@example.org", name=name)
        client.post(reverse("admin:backoffice_recipient_delete", args=[one.pk]), {"post": "yes"})

    def found(term: str) -> list[str]:
        page = client.get(reverse("admin:admin_logentry_changelist"), {"q": term})
        said[:] = notes_of(page.wsgi_request)
        return [entry.object_repr.partition(" <")[0] for entry in page.context["cl"].result_list]

    said: list[str] = []
    assert found("zoé") == found("ZOE") == ["ZOÉ M.", "Zoe Legrand", "Zoé Le Goff"]
    assert found("goff zoe") == ["Zoé Le Goff"]
    assert found("nobody") == []
    assert said == []
    monkeypatch.setattr(searching, "MOST", 2)  # rows that are read
    assert found("zoe") == ["ZOÉ M.", "Zoe Legrand"]
    [sentence] = said
    assert sentence.startswith("The newest 2 of this list were looked through.")


def cancel_two_and_fail(request: Any) -> None:
    with log_together(request, audit_log.JOBS_CANCELLED):
        for _number in range(2):
            log_action(request, a_job(State.FAILED), audit_log.CANCELLED())
        raise ZeroDivisionError


def test_what_fails_leaves_no_line_of_what_was_taken_back(admin_user: User) -> None:
    request = RequestFactory().post("/")
    request.user = admin_user
    with pytest.raises(ZeroDivisionError):
        cancel_two_and_fail(request)
    assert not LogEntry.objects.exists()
    log_action(request, a_job(State.FAILED), audit_log.CANCELLED())
    assert LogEntry.objects.count() == 1  # and what is logged next is a line of its own


@pytest.mark.django_db(transaction=True)
def test_what_was_done_before_something_failed_is_logged(admin_user: User) -> None:
    request = RequestFactory().post("/")
    request.user = admin_user
    with pytest.raises(ZeroDivisionError):
        cancel_two_and_fail(request)
    assert LogEntry.objects.get().get_change_message() == "Cancelled 2 jobs."


def test_nobody_joins_the_line_of_somebody_else(admin_user: User, person: Callable[[str], User]) -> None:
    for user in (admin_user, person("Support")):
        request = RequestFactory().post("/")
        request.user = user
        with log_together(request, audit_log.JOBS_CANCELLED, "the-same-key"):
            for _number in range(2):
                log_action(request, a_job(State.FAILED), audit_log.CANCELLED())
    assert LogEntry.objects.filter(object_id=f"{TOGETHER}the-same-key").count() == 2
    assert {entry.items.count() for entry in LogEntry.objects.all()} == {2}


# --- What the lines lead to ----------------------------------------------------------------------


def line(user: User, thing: Any, shown: str, flag: int = CHANGE) -> LogEntry:
    return LogEntry.objects.create(
        user=user,
        content_type=ContentType.objects.get_for_model(thing),
        object_id=str(thing.pk),
        object_repr=shown,
        action_flag=flag,
        change_message="x",
    )


def test_a_line_leads_to_what_is_there_and_says_what_is_gone(client: Client, admin_user: User) -> None:
    here, gone = (Recipient.objects.create(email=f"{name}@example.org") for name in ("here", "gone"))
    line(admin_user, here, "Here")
    line(admin_user, gone, "Gone")
    gone_at = reverse("admin:backoffice_recipient_change", args=[gone.pk])
    gone.delete()
    page = text_of(client, LOG)
    assert reverse("admin:backoffice_recipient_change", args=[here.pk]) in page
    assert "Gone (deleted)" in page
    assert gone_at not in page


def test_a_line_leads_nobody_where_they_may_not_go(
    signed_in: Callable[[str], Client], admin_user: User
) -> None:
    line(admin_user, admin_user, "admin", ADDITION)
    user_page = reverse("admin:auth_user_change", args=[admin_user.pk])
    assert user_page in text_of(signed_in("superuser"), LOG)
    assert user_page not in text_of(signed_in("Support"), LOG)


def test_a_job_is_named_in_its_reader_s_words(client: Client, admin_user: User) -> None:
    line(admin_user, a_job(), "envoi_email sam@example.org")
    assert "Send an email sam@example.org" in text_of(client, LOG)
    assert "Envoyer un e-mail sam@example.org" in text_of(client, LOG, language="fr")


def test_a_page_of_the_log_asks_once_for_each_kind_of_thing(client: Client, admin_user: User) -> None:
    def asked_for() -> int:
        with CaptureQueriesContext(connection) as queries:
            text_of(client, LOG)
        return len(queries)

    things: list[Any] = [Recipient.objects.create(email="a@example.org"), a_job()]
    things += [EmailTemplate.objects.create(slug="a", name="A", subject="a", text="a")]
    for thing in things:
        line(admin_user, thing, "one")
    text_of(client, LOG)
    few = asked_for()
    for number in range(12):
        line(admin_user, a_job(), "more")
        line(admin_user, Recipient.objects.create(email=f"b{number}@example.org"), "more")
    assert asked_for() <= few


def test_an_id_finds_what_was_done_to_it_alone_and_among_many(client: Client, admin_user: User) -> None:
    request = RequestFactory().post("/")
    request.user = admin_user
    jobs = [a_job(State.FAILED) for _ in range(3)]
    with log_together(request, audit_log.JOBS_CANCELLED):
        for job in jobs:
            log_action(request, job, audit_log.CANCELLED())
    log_action(request, jobs[0], audit_log.LAUNCHED())
    found = text_of(client, LOG, q=jobs[0].pk)
    assert "Cancelled 3 jobs." in found
    assert "Launched." in found
    assert "Launched." not in text_of(client, LOG, q=jobs[1].pk)
