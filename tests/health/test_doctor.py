"""`manage.py doctor` says in words what is well and what is not; its exit code says whether it works."""

from __future__ import annotations

import errno
import json
from collections.abc import Iterator
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.contrib.auth.models import Group
from django.core.files.storage import default_storage
from django.core.management import call_command

from backoffice.emails import ses
from backoffice.health import demo_accounts, email, second_factors, settings_file, storage
from backoffice.models import GroupPolicy
from projet.conf.storage import file_storage
from tasks_app.models import Node
from tasks_app.monitor.health import Level
from tasks_app.monitor.health.services import broker as check_broker
from tests.health.account_stub import AccountStub
from tests.health.conftest import node, one
from tests.servers import RedisServer
from tests.sign_in.apps import an_app
from tests.start.test_refusals import manage

pytestmark = pytest.mark.django_db


def doctor(*arguments: str) -> tuple[int, str]:
    """Its exit code and what it said."""
    said = StringIO()
    try:
        call_command("doctor", *arguments, stdout=said, no_color=True)
    except SystemExit as ended:
        return int(str(ended.code)), said.getvalue()
    return 0, said.getvalue()


@pytest.fixture
def everything(broker: RedisServer, data_dir: Path) -> Iterator[None]:
    broker.client.config_set("appendonly", "yes")
    node("worker@one", queues=["high", "default", "low"])
    node("clock@one", Node.Kind.CLOCK)
    yield
    broker.client.config_set("appendonly", "no")


@pytest.mark.parametrize(("mode", "level"), [(0o640, Level.OK), (0o600, Level.OK), (0o644, Level.DEGRADED)])
def test_a_file_of_settings_that_others_may_read_is_named(
    mode: int, level: Level, settings: Any, tmp_path: Path
) -> None:
    settings.ENV_FILE = tmp_path / "backoffice.env"
    assert one(settings_file).level is Level.OK  # there is none
    settings.ENV_FILE.write_text("SECRET_KEY=hidden\n")
    settings.ENV_FILE.chmod(mode)
    found = one(settings_file)
    assert found.level is level
    assert (str(settings.ENV_FILE) in found.sentence) == (level is Level.DEGRADED)
    assert "hidden" not in found.sentence


@pytest.mark.usefixtures("everything")
def test_where_all_is_well_it_says_so_and_ends_with_0() -> None:
    code, said = doctor()
    assert code == 0, said
    assert "Every check is in order." in said
    assert "✗" not in said


@pytest.mark.usefixtures("everything")
def test_what_is_degraded_is_said_and_ends_with_0() -> None:
    node("worker@old", version="0.0.9", queues=["low"])
    code, said = doctor()
    assert code == 0
    assert "! Versions: Processes run different versions" in said
    assert "works, but not as well" in said


def test_what_failed_is_said_with_what_to_do_and_ends_with_1() -> None:
    code, said = doctor()
    assert code == 1
    assert "✗ Workers: No worker is running: jobs wait." in said
    assert "celery -A projet worker" in said
    assert "✗ Clock: No clock is running" in said
    assert "✗ Broker: The broker at redis://127.0.0.1:1/0 does not answer" in said


def test_programs_read_the_same_as_json() -> None:
    code, said = doctor("--json")
    told = json.loads(said)
    assert code == 1
    assert told["status"] == "failed"
    [workers] = [finding for finding in told["findings"] if finding["check"] == "workers"]
    assert workers["level"] == "failed"
    assert "Start one" in workers["remedy"]


@pytest.mark.processes
@pytest.mark.once
def test_without_a_database_or_its_tables_it_still_speaks(tmp_path: Path) -> None:
    away = manage(
        tmp_path, "doctor", DATABASE_URL="postgres://app:s3cret@127.0.0.1:1/name", ENVIRONMENT="local"
    )
    assert away.returncode == 1
    assert "The database does not answer" in away.stdout
    assert "s3cret" not in away.stdout + away.stderr
    empty = manage(tmp_path, "doctor", ENVIRONMENT="local")
    assert empty.returncode == 1
    assert "migrations are not applied" in empty.stdout
    assert "manage.py migrate" in empty.stdout
    assert "Traceback" not in away.stderr + empty.stderr


def test_a_broker_that_forgets_is_named_by_its_settings(broker: RedisServer) -> None:
    broker.client.config_set("maxmemory-policy", "allkeys-lru")
    try:
        answers, policy, persistence = check_broker(None)  # type: ignore[arg-type]
    finally:
        broker.client.config_set("maxmemory-policy", "noeviction")
    assert answers.level is Level.OK
    assert "maxmemory-policy is allkeys-lru" in policy.sentence
    assert "appendonly" in persistence.remedy


def test_a_storage_that_takes_files_keeps_none_of_the_probes(data_dir: Path) -> None:
    assert one(storage).level is Level.OK
    assert [path for path in data_dir.rglob("probes/*") if path.is_file()] == []


def test_a_folder_that_cannot_be_is_said(settings: Any, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    settings.MEDIA_ROOT = tmp_path / "file"
    assert one(storage).level is Level.FAILED


def test_a_full_disk_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*args: Any, **kwargs: Any) -> str:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(default_storage, "save", full)
    finding = one(storage)
    assert finding.sentence == "The disk is full: reports and emails cannot be written."
    assert "RETENTION_REPORTS_DAYS" in finding.remedy


def test_a_wrong_bucket_is_said_with_its_name(settings: Any, moto_endpoint: str) -> None:
    wrong = file_storage("s3://no-such-bucket", "eu-west-3", moto_endpoint)
    settings.STORAGES = settings.STORAGES | {"default": wrong}
    finding = one(storage)
    assert finding.level is Level.FAILED
    assert "no-such-bucket" in finding.sentence
    assert "STORAGE_URL" in finding.remedy


def account(**changes: Any) -> Any:
    answer = {
        "SendingEnabled": True,
        "ProductionAccessEnabled": True,
        "SendQuota": {"Max24HourSend": 50_000.0, "MaxSendRate": 14.0, "SentLast24Hours": 1_000.0},
    }
    return 200, "", answer | changes


def error(code: str, status: int) -> Any:
    return status, code, {"message": "Said by the stub."}


NEARLY = {"Max24HourSend": 1_000.0, "MaxSendRate": 14.0, "SentLast24Hours": 950.0}


@pytest.mark.parametrize(
    ("answer", "level", "words", "remedy"),
    [
        (account(), Level.OK, "1000 of 50000 emails", ""),
        (account(SendQuota=NEARLY), Level.DEGRADED, "950 of 1000", "higher quota"),
        (account(ProductionAccessEnabled=False), Level.DEGRADED, "sandbox", "production access"),
        (account(SendingEnabled=False), Level.FAILED, "paused sending", "AWS console"),
        (error("ExpiredTokenException", 403), Level.FAILED, "takes no emails", "AWS_ACCESS_KEY_ID"),
        (error("UnrecognizedClientException", 403), Level.FAILED, "takes no emails", "AWS_ACCESS_KEY_ID"),
        (error("InternalFailure", 500), Level.FAILED, "cannot be asked", "AWS_REGION"),
    ],
)
def test_the_mail_service_is_asked_what_it_allows(
    answer: Any, level: Level, words: str, remedy: str, settings: Any
) -> None:
    with AccountStub(*answer) as stub:
        settings.EMAIL_TRANSPORT, settings.AWS_ENDPOINT_URL = "ses", stub.url
        finding = max(email(None), key=lambda found: found.level)  # type: ignore[arg-type]
    ses.client.cache_clear()
    assert finding.level is level
    assert words in finding.sentence
    assert remedy in finding.remedy


def test_emails_that_nobody_receives_are_no_fault_but_in_production(settings: Any) -> None:
    assert one(email).level is Level.OK
    settings.PRODUCTION = True
    assert one(email).level is Level.DEGRADED


def test_demo_accounts_fail_in_production_alone(settings: Any, django_user_model: Any) -> None:
    django_user_model.objects.create(username="staff@example.org")
    assert one(demo_accounts).level is Level.OK
    settings.PRODUCTION = True
    assert one(demo_accounts).level is Level.FAILED


@pytest.mark.parametrize("saved_by", ["an app", "a group", "single sign-on"])
def test_a_superuser_whom_a_password_alone_lets_in_is_named_in_production(
    saved_by: str, settings: Any, django_user_model: Any
) -> None:
    boss = django_user_model.objects.create_superuser("boss@example.com", password="x")
    assert one(second_factors).level is Level.OK
    settings.PRODUCTION = True
    found = one(second_factors)
    assert found.level is Level.DEGRADED
    assert "boss@example.com" in found.sentence
    if saved_by == "an app":
        an_app(boss)
    elif saved_by == "a group":
        boss.groups.add(group := Group.objects.create(name="Careful"))
        GroupPolicy.objects.create(group=group, second_factor=True)
    else:
        settings.PASSWORD_SIGN_IN = False
    assert one(second_factors).level is Level.OK
