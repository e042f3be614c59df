"""A pause says since when, by whom and why, wherever somebody meets it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from html import unescape
from io import StringIO

import pytest
from django.contrib.admin.models import LogEntry
from django.contrib.auth.models import User
from django.core.management import CommandError, call_command
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import override

from tasks_app import control
from tasks_app.models import QueueState, State
from tasks_app.models.queue import REASON_LENGTH
from tasks_app.monitor.pauses import Pause, pauses, why_it_waits
from tests.pages.work import a_job, person

pytestmark = pytest.mark.django_db

PAUSE, VIEW = "tasks_app.pause_queue", "tasks_app.view_queuestate"
REASON = "The mail service is down <b>& out</b>"


@pytest.fixture
def ada() -> User:
    return User.objects.create(username="ada", first_name="Ada", last_name="Example")


def text_of(client: Client, url: str, **headers: str) -> str:
    return " ".join(unescape(client.get(url, headers=headers).content.decode()).split())


def said_of(queue: str) -> str:
    [pause] = pauses([queue])
    return str(pause)


# --- The switch -----------------------------------------------------------------------------------


def test_a_pause_keeps_moment_person_and_reason_until_the_queue_is_resumed(ada: User) -> None:
    before = timezone.now()
    assert control.pause("low", by=ada, reason=f"  {REASON} ")
    row = QueueState.objects.get()
    assert before - timedelta(seconds=5) <= row.paused_at <= timezone.now() + timedelta(seconds=5)
    assert (row.changed_by, row.pause_reason, row.changed_at) == (ada, REASON, row.paused_at)
    assert control.resume("low", by=None)
    row.refresh_from_db()
    assert (row.paused, row.paused_at, row.pause_reason, row.changed_by) == (False, None, "", None)


def test_the_first_pause_stays_and_the_second_is_told(ada: User) -> None:
    assert control.pause("low", by=ada, reason="First")
    since = QueueState.objects.get().paused_at
    assert not control.pause("low", by=None, reason="Second")
    row = QueueState.objects.get()
    assert (row.pause_reason, row.changed_by, row.paused_at) == ("First", ada, since)
    assert control.resume("low", by=ada)
    assert not control.resume("low", by=ada)


@pytest.mark.parametrize(
    ("reason", "kept"),
    [
        ("", ""),
        (" \n ", ""),
        ("a\x00b", "a\N{REPLACEMENT CHARACTER}b"),
        ("x" * REASON_LENGTH, "x" * REASON_LENGTH),
        ("100 % %s %(who)s {0}", "100 % %s %(who)s {0}"),
        ("\u202eرسالة 📫", "\u202eرسالة 📫"),
    ],
)
def test_any_reason_is_kept_as_it_is_written(reason: str, kept: str) -> None:
    control.pause("low", by=None, reason=reason)
    assert QueueState.objects.get().pause_reason == kept
    assert kept in said_of("low")


def test_a_reason_that_is_too_long_is_refused_and_nothing_is_paused() -> None:
    with pytest.raises(ValueError, match="500 are kept"):
        control.pause("low", by=None, reason="x" * (REASON_LENGTH + 1))
    assert not pauses()


# --- Its words ------------------------------------------------------------------------------------


def test_it_is_said_by_what_is_known_of_it() -> None:
    now = timezone.localtime()
    today = now.replace(hour=8, minute=10, second=0)
    assert str(Pause("low", today, "Ada", "")) == "Paused since 08:10 by Ada"
    assert str(Pause("low", today, "Ada", "Why")) == "Paused since 08:10 by Ada: Why"
    assert str(Pause("low", None, "Ada", "Why")) == "Paused by Ada: Why"
    long_ago = today.replace(year=2024, month=2, day=29)
    assert "29 Feb 2024, 08:10" in str(Pause("low", long_ago, "Ada", ""))
    with override("fr"):
        french = str(Pause("low", today, "Ada", "Parce que"))
    assert "Paused" not in french
    assert "08:10" in french
    assert french.endswith("Parce que")


def test_a_pause_of_a_version_before_this_one_is_said_without_its_moment(ada: User) -> None:
    QueueState.objects.create(name="low", paused=True, changed_by=ada)
    assert said_of("low") == "Paused by Ada Example"


# --- Where it is met -------------------------------------------------------------------------------


@pytest.fixture
def paused(ada: User, moment: datetime) -> str:
    """What is said of it; of a pause since yesterday more is said."""
    control.pause("low", by=ada, reason=REASON)
    a_job(State.WAITING, queue="low")
    return said_of("low")


def test_the_queues_the_dashboard_and_the_list_of_jobs_say_it(
    paused: str, signed_in: Callable[[str], Client]
) -> None:
    client = signed_in("superuser")
    for name in ("queues", "queues_live", "index", "tasks_app_job_changelist"):
        raw = client.get(reverse(f"admin:{name}")).content.decode()
        assert paused in " ".join(unescape(raw).split()), name
        assert "<b>& out" not in raw


def test_a_job_that_waits_there_says_it_and_one_elsewhere_does_not(paused: str) -> None:
    client = person("tasks_app.view_job", name="bea")
    for queue, said in (("low", True), ("high", False)):
        job = a_job(State.WAITING, queue=queue)
        page = text_of(client, reverse("admin:tasks_app_job_change", args=[job.pk]))
        assert (paused in page) is said
    done = a_job(State.SUCCEEDED, queue="low")
    assert paused not in text_of(client, reverse("admin:tasks_app_job_change", args=[done.pk]))
    assert why_it_waits("high") == ""


def test_doctor_says_it(paused: str) -> None:
    from tasks_app.monitor.health.work import check_queues

    assert any(paused in finding.remedy for finding in check_queues(timezone.now()))


def test_what_is_launched_into_it_says_it(paused: str, ada: User) -> None:
    out = StringIO()
    control.pause("default", by=ada, reason="Elsewhere")
    call_command("launch", "debug_task", stdout=out)
    assert "Elsewhere" in out.getvalue()


# --- The page's dialog ------------------------------------------------------------------------------


def test_pausing_asks_why_and_the_audit_log_has_it() -> None:
    client = person(VIEW, PAUSE)
    dialog = text_of(client, reverse("admin:queue_pause", args=["low"]), **{"HX-Request": "true"})
    assert "Why?" in dialog
    client.post(reverse("admin:queue_pause", args=["low"]), {"reason": REASON})
    assert QueueState.objects.get().pause_reason == REASON
    assert LogEntry.objects.get().get_change_message() == f"Paused: {REASON}"
    resume = text_of(client, reverse("admin:queue_resume", args=["low"]), **{"HX-Request": "true"})
    assert REASON in resume


def test_a_reason_that_is_too_long_is_told_in_the_dialog() -> None:
    client = person(VIEW, PAUSE)
    answer = client.post(reverse("admin:queue_pause", args=["low"]), {"reason": "x" * (REASON_LENGTH + 1)})
    assert answer.status_code == 200
    assert "at most 500" in answer.content.decode()
    assert not pauses()


def test_who_pauses_what_is_paused_is_told_by_whom(ada: User) -> None:
    control.pause("low", by=ada, reason="First")
    client = person(VIEW, PAUSE, name="bea")
    answer = client.post(reverse("admin:queue_pause", args=["low"]), {"reason": "The other"}, follow=True)
    page = " ".join(unescape(answer.content.decode()).split())
    assert "was paused already, and stays so. Paused since" in page
    assert "Ada Example: First" in page
    assert "The other" not in page
    assert not LogEntry.objects.exists()


# --- The command -----------------------------------------------------------------------------------


def run(*words: str) -> str:
    out = StringIO()
    call_command("queues", *words, stdout=out)
    return out.getvalue()


def test_the_command_pauses_lists_and_resumes(ada: User) -> None:
    assert "is paused" in run("pause", "low", "--reason", REASON, "--by", "ada")
    assert f"by Ada Example: {REASON}" in run()
    assert "stays so" in run("pause", "low", "--reason", "Other")
    assert "is open again" in run("resume", "low")
    assert "was open already" in run("resume", "low")
    assert "Paused" not in run("list")


def test_who_uses_the_command_is_in_the_audit_log_as_of_a_page(ada: User) -> None:
    run("pause", "low", "--reason", REASON, "--by", "ada")
    run("pause", "low", "--reason", "Again", "--by", "ada")  # nothing is changed: no line
    run("resume", "low", "--by", "ada")
    run("pause", "low", "--by", "ada")
    run("resume", "low")  # by nobody
    entries = LogEntry.objects.filter(user=ada, object_id="low").order_by("pk")
    said = [one.get_change_message().partition(" From the command line")[0] for one in entries]
    assert said == [f"Paused: {REASON}", "Resumed.", "Paused."]


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (("pause", "nonsense"), "There is no queue “nonsense”. Known: .*low"),
        (("pause",), "There is no queue “”"),
        (("pause", "low", "--by", "nobody"), "There is no user “nobody”"),
        (("pause", "low", "--reason", "x" * 501), "Shorten it"),
        (("stop", "low"), "invalid choice"),
    ],
)
def test_what_the_command_cannot_do_is_a_sentence(words: tuple[str, ...], sentence: str) -> None:
    with pytest.raises(CommandError, match=sentence):
        run(*words)
    assert not pauses()


def test_a_restored_backup_that_is_held_says_why(monkeypatch: pytest.MonkeyPatch) -> None:
    from backoffice.backup import restoring

    a_job(State.WAITING, queue="low")
    restoring._settle(manifest=None, hold=True)  # type: ignore[arg-type]  # it is handed on alone
    assert "Restored from a backup" in said_of("low")
