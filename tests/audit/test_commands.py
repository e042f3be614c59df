"""Commands in a shell that change something leave an entry, which says who the system took them for."""

from __future__ import annotations

import getpass
import socket
from datetime import timedelta
from io import StringIO
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from django.contrib.admin.models import LogEntry
from django.contrib.auth.models import User
from django.core.management import call_command, get_commands
from django.urls import reverse
from django.utils import timezone

from backoffice.models import Audience, EmailTemplate
from tasks_app.audit.system import system_account
from tasks_app.models import Job, State
from tests.pages.work import a_job, person

pytestmark = pytest.mark.django_db

OURS = ("tasks_app", "backoffice")
# Of the commands of our apps, those that leave no entry, and why.
CHANGE_NOTHING = {
    "doctor": "it asks",
    "build_search": "a table that is made of others, and of nothing else",
    "reporting_role": "it prints statements, or has another account of the database run them",
}
# Each of the others, as it is called here.
CALLED: dict[str, tuple[str, ...]] = {
    "cleanup": (),
    "launch": ("debug_task",),
    "queues": (
        "pause",
        "low",
        "--reason",
        "Why not",
        "--until",
        f"{timezone.now() + timedelta(days=9):%Y-%m-%dT10:00+01:00}",
    ),
    "reconcile": (),
    "export_schedules": (),
    "import_schedules": (str(Path(__file__).parents[1] / "versions" / "one.yaml"),),
    "seed": (),
    "demo": (),
    "first_superuser": ("boss@example.org",),
    "backup": ("anywhere",),
    "restore": ("anywhere",),
    "reencrypt": (),
    "make_history": ("--beside",),
    "send_mailing": ("--audience", "7", "--template", "news"),
}
# What there must be for it to change something.
SEED, DEMO = ("seed",), ("demo",)  # demo accounts are of the groups that are seeded
BEFORE: dict[tuple[str, tuple[str, ...]], tuple[tuple[str, ...], ...]] = {
    ("demo", ()): (SEED,),
    ("demo", ("--remove",)): (SEED, DEMO),
    ("queues", ("resume", "low")): (("queues", "pause", "low"),),
}
COMMANDS = "backoffice.management.commands"
MANIFEST = SimpleNamespace(version="1.2.3", made_at="2026-11-01 10:00", files={})
# What some of them do by functions that take programs, files or a minute, and are tested elsewhere.
STAND_INS: dict[str, Any] = {
    f"{COMMANDS}.backup.back_up": lambda folder: folder,
    f"{COMMANDS}.backup.Manifest.read": lambda folder: MANIFEST,
    f"{COMMANDS}.restore.restore": lambda folder, **how: SimpleNamespace(
        manifest=MANIFEST, waiting=0, running=0, unknown=0, queued=0
    ),
    f"{COMMANDS}.reencrypt.reseal_all": lambda: SimpleNamespace(resealed=2, current=0, unreadable=[]),
    f"{COMMANDS}.make_history.make_history": lambda wish, tell, processes: {},
}


@pytest.fixture(autouse=True)
def stand_ins(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FIRST_SUPERUSER_PASSWORD", "rather-long-and-unusual")
    for name, stand_in in STAND_INS.items():
        monkeypatch.setattr(name, stand_in)


def test_each_command_of_ours_is_thought_about() -> None:
    ours = {name for name, app in get_commands().items() if str(app) in OURS}
    assert ours == CHANGE_NOTHING.keys() | CALLED.keys()


@pytest.mark.parametrize(
    ("name", "arguments"), [*CALLED.items(), ("demo", ("--remove",)), ("queues", ("resume", "low"))]
)
def test_a_command_leaves_an_entry(name: str, arguments: tuple[str, ...], broker: Any) -> None:
    for before in BEFORE.get((name, arguments), ()):
        call_command(*before, stdout=StringIO())
    if name == "send_mailing":
        Audience.objects.create(pk=7, name="Everybody")
        EmailTemplate.objects.create(slug="news", name="News", subject="News", text="News.")
    LogEntry.objects.all().delete()
    call_command(name, *arguments, stdout=StringIO())
    entry = LogEntry.objects.order_by("-pk")[0]
    said = entry.get_change_message()
    assert f"From the command line, by {getpass.getuser()} on {socket.gethostname()}." in said
    page = person("admin.view_logentry", name="bea").get(reverse("admin:admin_logentry_changelist"))
    by = "boss@example.org" if name == "first_superuser" else "the system"
    assert by in page.content.decode()


@pytest.mark.parametrize(
    ("name", "arguments"),
    [
        ("cleanup", ("--dry-run",)),
        ("reconcile", ("--dry-run",)),
        ("queues", ()),
        ("queues", ("resume", "low")),
        ("launch", ("--list",)),
        ("demo", ("--remove",)),
    ],
)
def test_what_changes_nothing_leaves_none(name: str, arguments: tuple[str, ...], broker: Any) -> None:
    call_command(name, *arguments, stdout=StringIO())
    assert not LogEntry.objects.exists()


def test_a_rerun_is_said_of_the_job_that_was_run_again(broker: Any) -> None:
    job = a_job(State.FAILED)
    call_command("launch", "--rerun", job.pk, stdout=StringIO())
    again = Job.objects.get(rerun_of=job)
    entry = LogEntry.objects.get()
    assert entry.object_id == job.pk
    assert f"Run again as {again.pk}." in entry.get_change_message()


def test_a_person_who_is_named_with_it_did_it() -> None:
    ada = User.objects.create(username="ada")
    call_command("queues", "pause", "low", "--by", "ada", stdout=StringIO())
    assert LogEntry.objects.get().user == ada


def test_nobody_signs_in_as_the_system() -> None:
    account = system_account()
    assert system_account() == account
    assert (account.is_active, account.is_staff, account.has_usable_password()) == (False, False, False)
    with pytest.raises(Exception, match="Enter a valid username"):
        account.full_clean()
