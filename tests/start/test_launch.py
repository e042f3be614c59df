"""`manage.py launch`: the launch page's form and sentences, from a shell."""

from __future__ import annotations

from io import StringIO
from typing import Any

import pytest
from django.contrib.admin.models import LogEntry
from django.contrib.auth.models import User
from django.core.management import CommandError, call_command

from backoffice.models import Recipient
from tasks_app.catalogue import launchables
from tasks_app.management.commands.launch import parse
from tasks_app.models import Job, QueueState, State
from tasks_app.models.audit import SYSTEM
from tasks_app.subject import arguments_of
from tests.servers import RedisServer


def run(*arguments: str) -> str:
    out = StringIO()
    call_command("launch", *arguments, stdout=out)
    return out.getvalue()


@pytest.fixture
def recipient(transactional_db: None) -> Recipient:
    call_command("seed", stdout=StringIO())
    return Recipient.objects.create(email="pat@example.org", name="Pat Example")


@pytest.fixture
def eager(settings: Any) -> None:
    """Jobs run at once in this process."""
    from celery import current_app

    current_app.conf.task_always_eager = True
    yield
    current_app.conf.task_always_eager = False


def test_values_are_json_where_they_parse_and_text_elsewhere() -> None:
    given = ["id=7", "flag=true", 'list=["a"]', "language=fr", "url=a=b", "empty="]
    assert parse(given) == {
        "id": 7,
        "flag": True,
        "list": ["a"],
        "language": "fr",
        "url": "a=b",
        "empty": "",
    }


@pytest.mark.parametrize("word", ["destinataire_id", "=7", "two words=1"])
def test_a_word_that_is_no_argument_is_refused_with_an_example(word: str) -> None:
    with pytest.raises(CommandError, match="language=fr"):
        parse([word])


def test_an_unknown_job_lists_the_known_ones(db: None) -> None:
    with pytest.raises(CommandError, match=r"no job “zzz”\. Known: .*envoi_email"):
        run("zzz", "destinataire_id=1")


@pytest.mark.parametrize(
    ("wrong", "near"),
    [
        ("envoi_mail", "envoi_email"),
        ("rapport_pdf:activty", "rapport_pdf:activity"),
        ("debugtask", "debug_task"),
    ],
)
def test_a_job_that_is_nearly_one_names_it(db: None, wrong: str, near: str) -> None:
    with pytest.raises(CommandError, match=rf"no job “{wrong}”\. Close to it: .*{near}"):
        run(wrong)


def test_who_launches_is_said_by_the_job_and_the_audit_log(
    broker: RedisServer, recipient: Recipient, admin_user: User
) -> None:
    run("envoi_email", f"destinataire_id={recipient.pk}", "--by", admin_user.username)
    job = Job.objects.get()
    assert (job.created_by, job.origin) == (admin_user, "person")
    entry = LogEntry.objects.get(object_id=job.pk)
    assert entry.user == admin_user
    assert entry.get_change_message().startswith("Launched. From the command line")
    Job.objects.update(state=State.FAILED)
    run("--rerun", job.pk, "--by", admin_user.username)
    again = Job.objects.get(rerun_of=job)
    assert again.created_by == admin_user
    entry = LogEntry.objects.filter(object_id=job.pk).latest("pk")
    assert entry.get_change_message().startswith(f"Run again as {again.pk}. From")
    with pytest.raises(CommandError, match="no user “nobody”"):
        run("envoi_email", f"destinataire_id={recipient.pk}", "--by", "nobody")
    run("envoi_email", f"destinataire_id={recipient.pk}")  # nobody: the system's
    assert LogEntry.objects.latest("pk").user.username == SYSTEM


def test_a_kind_with_variants_lists_them_when_none_is_meant(db: None) -> None:
    with pytest.raises(CommandError, match=r"Known: .*rapport_pdf:overview"):
        run("rapport_pdf", "type=horoscope")


def test_a_wrong_argument_names_it_and_what_the_job_takes(recipient: Recipient) -> None:
    with pytest.raises(CommandError, match=r"destinataire\b(.|\n)*It takes: destinataire_id, modele_id"):
        run("envoi_email", f"destinataire={recipient.pk}")
    assert not Job.objects.exists()


def test_a_missing_argument_names_it(recipient: Recipient) -> None:
    with pytest.raises(CommandError, match="destinataire_id: "):
        run("envoi_email")
    assert not Job.objects.exists()


def test_a_recipient_that_does_not_exist_is_refused_by_the_form(recipient: Recipient) -> None:
    with pytest.raises(CommandError, match="destinataire_id: "):
        run("envoi_email", "destinataire_id=999999")
    assert not Job.objects.exists()


def test_a_launched_job_waits_in_the_database_and_in_the_broker(
    broker: RedisServer, recipient: Recipient
) -> None:
    printed = run("envoi_email", f"destinataire_id={recipient.pk}")
    job = Job.objects.get()
    assert job.pk in printed
    assert job.state == State.WAITING
    assert job.published_at is not None
    assert arguments_of(job)["destinataire_id"] == recipient.pk
    assert broker.client.llen("high") == 1


def test_a_full_task_name_launches_the_same_job(broker: RedisServer, recipient: Recipient) -> None:
    run("tasks_app.tasks.envoi_email", f"destinataire_id={recipient.pk}")
    assert Job.objects.get().name == "tasks_app.tasks.envoi_email"


def test_without_a_broker_it_says_that_the_job_is_queued(broker: RedisServer, recipient: Recipient) -> None:
    broker.stop()
    assert "starts when the broker is back" in run("envoi_email", f"destinataire_id={recipient.pk}")
    assert Job.objects.get().state == State.WAITING


def test_a_paused_queue_is_not_blamed_on_the_broker(broker: RedisServer, recipient: Recipient) -> None:
    QueueState.objects.create(name="high", paused=True)
    printed = run("envoi_email", f"destinataire_id={recipient.pk}")
    assert Job.objects.get().pk in printed
    assert "Its queue is paused: it starts when somebody resumes the queue. Paused by" in printed


def test_waiting_prints_the_state_and_the_result(eager: None, recipient: Recipient, data_dir: Any) -> None:
    printed = run("envoi_email", f"destinataire_id={recipient.pk}", "--wait")
    assert "Succeeded" in printed
    assert '"status": "ok"' in printed


def test_waiting_for_a_job_that_fails_ends_with_its_error(
    eager: None, recipient: Recipient, settings: Any, tmp_path: Any
) -> None:
    (tmp_path / "file").touch()
    settings.OUTBOX_DIR = tmp_path / "file" / "no folder can be made in a file"
    settings.MEDIA_ROOT = str(settings.OUTBOX_DIR)
    with pytest.raises(CommandError, match="Failed: "):
        run("rapport_pdf:overview", "--wait")


def test_the_list_has_every_job_that_the_launch_page_offers(admin_user: Any) -> None:
    printed = run("--list")
    for launchable in launchables(admin_user):
        assert launchable.slug in printed
