"""A backup, and its restoration into an empty place: everything is found again, and nothing is sent twice."""

from __future__ import annotations

import json
import os
import re
import shutil
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.core.mail import EmailMessage
from django.core.management import call_command
from django.core.management.base import CommandError
from django.db import connection
from django_celery_beat.models import IntervalSchedule, PeriodicTask

from backoffice.backup import dumps
from backoffice.backup.folder import MANIFEST, BackupError
from backoffice.backup.making import back_up
from backoffice.backup.restoring import restore
from backoffice.models import Message, MessageState, Report
from backoffice.reports import making
from projet.celery import debug_task
from tasks_app.ledger import transitions
from tasks_app.models import Job, State
from tests import warm
from tests.databases import used
from tests.programs import find_postgres
from tests.servers import ROOT, PostgresServer, wait_until
from tests.stack import Stack

# PostgreSQL is dumped by its own programs.
pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.processes, pytest.mark.timeout(300)]

FOUND = """
import json
from backoffice import storage
from backoffice.emails.attachments import files_of
from backoffice.models import Message, Report
from django_celery_beat.models import PeriodicTask
from tasks_app.models import Job
[report] = Report.objects.all()
print(json.dumps({
    "report": storage.read(report.file)[:5].decode(), "schedules": PeriodicTask.objects.count(),
    "messages": {one.subject: one.state for one in Message.objects.all()},
    "attachment": files_of(Message.objects.get(subject="queued"))[0].content.decode(),
    "jobs": {one.about or one.name.rpartition(".")[2]: one.state for one in Job.objects.all()},
}))
"""


class Place:
    """Another installation: an empty database of the same kind, an empty folder, an empty broker."""

    def __init__(self, stack: Stack, folder: Path, database: str) -> None:
        self.stack, self.folder = stack, folder
        programs = find_postgres()
        path = os.pathsep.join([*([str(programs)] if programs else []), os.environ["PATH"]])
        self.source = stack.environment | {"PATH": path}
        self.environment = self.source | {"DATABASE_URL": database, "DATA_DIR": str(folder / "elsewhere")}

    def manage(self, *words: str, source: bool = False) -> str:
        environment = self.source if source else self.environment
        done = warm.run(["manage.py", *words], env=environment, cwd=ROOT)
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    def start_clock(self) -> None:
        clock = self.stack._process("clock", ["celery", "-A", "projet", "beat", "--pidfile="], {})
        clock.ready = lambda: "beat" in clock.tail()
        clock.start()

    def found(self) -> Any:
        return json.loads(self.manage("shell", "-v", "0", "-c", FOUND))

    def is_settled(self) -> bool:
        """Nothing is left to run there."""
        with used(self.environment["DATABASE_URL"]):
            return not Job.objects.filter(state__in=[State.WAITING, State.RUNNING]).exists()


@pytest.fixture
def elsewhere(processes: Stack, tmp_path: Path, request: pytest.FixtureRequest) -> Place:
    if connection.vendor == "sqlite":
        database = f"sqlite:///{tmp_path / 'restored.sqlite3'}"
    else:
        server: PostgresServer = request.getfixturevalue("postgres")
        database = server.create_database("restored")
    return Place(processes, tmp_path, database)


@pytest.fixture
def backed_up(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, data_dir: Path) -> Callable[[], Path]:
    """`backed_up()`: the folder of a backup of what there is."""
    programs = find_postgres()
    if programs:
        monkeypatch.setenv("PATH", os.pathsep.join([str(programs), os.environ["PATH"]]))
    return lambda: back_up(tmp_path / "backups")


def send(subject: str, settings: Any) -> Message:
    settings.EMAIL_BACKEND = "projet.mail.OutboxEmailBackend"
    mail = EmailMessage(subject, "Text", to=[f"{subject}@example.org"])
    mail.attach("a.txt", f"attached to {subject}", "text/plain")
    mail.send()
    return Message.objects.get(subject=subject)


def be_handed_over(message: Message) -> None:
    """As a worker that was handing it over at that moment left it."""
    Message.objects.filter(pk=message.pk).update(state=MessageState.SUBMITTING, attempt=1)
    assert transitions.claim(message.job_id, "token", "worker1@gone")


@pytest.mark.stack
def test_a_restored_office_has_everything_works_on_and_sends_nothing_twice(
    elsewhere: Place, settings: Any, tmp_path: Path
) -> None:
    making.make("overview", {}).record()
    PeriodicTask.objects.create(
        name="Nightly",
        task=debug_task.name,
        enabled=False,
        interval=IntervalSchedule.objects.create(every=1, period="days"),
    )
    sent, under_way = send("sent", settings), send("under-way", settings)
    send("queued", settings)
    Message.objects.filter(pk=sent.pk).update(state=MessageState.SENT)
    Job.objects.filter(pk=sent.job_id).update(state=State.SUCCEEDED, available_at=None)
    settings.JOB_LEASE = timedelta(seconds=1)
    be_handed_over(under_way)
    debug_task.delay()

    printed = elsewhere.manage("backup", str(tmp_path / "backups"), source=True)
    [made] = (tmp_path / "backups").iterdir()
    assert printed.startswith(str(made))
    assert (made.stat().st_mode & 0o777) == 0o700, "it holds what the database holds"

    elsewhere.stack.redis.client.flushall()
    told = elsewhere.manage("restore", str(made))
    assert re.search(r"Jobs that wait: 2\. Jobs that were running: 1\.", told)
    assert re.search(r"yet to be sent: 1\. Emails that may have left, and are not sent again: 1\.", told)
    before = elsewhere.found()
    assert before["report"] == "%PDF-"
    assert before["attachment"] == "attached to queued"
    assert before["schedules"] == PeriodicTask.objects.count()
    assert before["messages"] == {"sent": "sent", "under-way": "unknown", "queued": "queued"}

    elsewhere.stack.environment = elsewhere.environment
    elsewhere.stack.start_worker()
    elsewhere.start_clock()
    wait_until(elsewhere.is_settled, 120, "what waited to run")
    done = elsewhere.found()
    assert done["messages"] == {"sent": "sent", "under-way": "unknown", "queued": "sent"}
    assert done["jobs"]["debug_task"] == "succeeded"
    assert done["jobs"]["under-way@example.org"] == "unknown"
    outbox = tmp_path / "elsewhere" / "outbox"
    assert len(list(outbox.glob("*.eml"))) == 1, "the one that was queued, once"


def test_held_queues_stay_paused_until_somebody_looked(
    elsewhere: Place, settings: Any, backed_up: Callable[[], Path]
) -> None:
    send("queued", settings)
    made = backed_up()
    assert "queues are paused" in elsewhere.manage("restore", str(made), "--hold")
    paused = "from tasks_app.models import QueueState; print(*QueueState.objects.filter(paused=True))"
    assert elsewhere.manage("shell", "-v", "0", "-c", paused).split() == ["high"]


def test_a_full_place_is_left_alone_unless_it_is_to_be_replaced(
    elsewhere: Place, backed_up: Callable[[], Path], request: pytest.FixtureRequest
) -> None:
    making.make("overview", {}).record()
    made = backed_up()
    if connection.vendor == "sqlite":
        shutil.copy(request.getfixturevalue("migrated"), elsewhere.folder / "restored.sqlite3")
    else:
        request.getfixturevalue("migrated_postgres")("restored")
    with pytest.raises(AssertionError, match="Something is there already: the database"):
        elsewhere.manage("restore", str(made))
    elsewhere.manage("restore", str(made), "--replace")
    count = "from backoffice.models import Report; print(Report.objects.count())"
    assert elsewhere.manage("shell", "-v", "0", "-c", count).strip() == "1"


@pytest.fixture
def made(backed_up: Callable[[], Path]) -> Path:
    return backed_up()


def rewrite(made: Path, **changes: Any) -> None:
    manifest = json.loads((made / MANIFEST).read_text())
    (made / MANIFEST).write_text(json.dumps(manifest | changes))


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"vendor": "oracle"}, "The backup is of oracle"),
        ({"sha256": "0"}, "is not what it was when the backup was made"),
        (
            {"migrations": ["tasks_app.9999_later"], "version": "9.0"},
            r"newer than this one .*tasks_app\.9999_later",
        ),
        ({"files": None, "more": 1}, "no whole backup"),
    ],
)
def test_a_backup_that_does_not_fit_is_refused_before_anything_is_touched(
    made: Path, changes: dict[str, Any], words: str
) -> None:
    rewrite(made, **changes)
    before = Job.objects.count()
    with pytest.raises(BackupError, match=words):
        restore(made, replace=True)
    assert Job.objects.count() == before


def test_a_folder_that_is_none_is_refused_in_a_sentence(tmp_path: Path) -> None:
    with pytest.raises(CommandError, match=r"Not restored: .* is no whole backup"):
        call_command("restore", str(tmp_path))


def test_a_backup_that_breaks_off_leaves_nothing_that_looks_like_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, data_dir: Path
) -> None:
    def full(target: Path) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("backoffice.backup.dumps.dump", full)
    with pytest.raises(CommandError, match=r"No backup was made: .*No space left"):
        call_command("backup", str(tmp_path / "backups"))
    assert list((tmp_path / "backups").iterdir()) == []


def test_a_file_written_while_the_database_is_dumped_is_in_the_backup(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, data_dir: Path, made: Path
) -> None:
    dumped = dumps.dump

    def busy(target: Path) -> None:
        making.make("overview", {}).record()
        dumped(target)

    monkeypatch.setattr("backoffice.backup.dumps.dump", busy)
    again = back_up(tmp_path / "later")
    assert (again / "files" / Report.objects.get().file).is_file()


def test_missing_programs_of_postgresql_are_named(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(dumps.DumpError, match="apt-get install postgresql-client"):
        dumps._postgres("pg_dump", [])
