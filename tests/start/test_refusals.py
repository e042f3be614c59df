"""Production refuses to start on unsafe values, with a sentence that names the variable."""

from __future__ import annotations

import base64
import os
import secrets
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests import warm

pytestmark = [pytest.mark.once, pytest.mark.processes, pytest.mark.timeout(300)]

ROOT = Path(__file__).resolve().parents[2]
GOOD = {
    "ENVIRONMENT": "production",
    "SECRET_KEY": secrets.token_urlsafe(50),
    "FIELD_ENCRYPTION_KEYS": base64.b64encode(secrets.token_bytes(32)).decode(),
    "ALLOWED_HOSTS": "back-office.example.org",
}

# The two that lead to demo accounts, in one process.
MADE = """
from django.core.management import call_command
for command in ("seed", "demo"):
    call_command(command, verbosity=0)
"""

# What is changed of the good values (None: missing), the variable named, and a word of what to do.
REFUSALS = [
    ({"SECRET_KEY": None}, "SECRET_KEY is missing", "secrets.token_urlsafe"),
    ({"SECRET_KEY": ""}, "SECRET_KEY is missing", "secrets.token_urlsafe"),
    ({"SECRET_KEY": "short"}, "SECRET_KEY is too weak", "50 random characters"),
    ({"SECRET_KEY": "ab" * 40}, "SECRET_KEY is too weak", "50 random characters"),
    ({"SECRET_KEY": "insecure-" + GOOD["SECRET_KEY"]}, "SECRET_KEY is too weak", "50 random characters"),
    ({"DEBUG": "true"}, "DEBUG is on", "Unset DEBUG"),
    ({"ALLOWED_HOSTS": None}, "ALLOWED_HOSTS is empty", "list the host names"),
    ({"ALLOWED_HOSTS": "*"}, "ALLOWED_HOSTS contains '*'", "list the host names"),
    ({"ALLOWED_HOSTS": "a.example.org,*"}, "ALLOWED_HOSTS contains '*'", "list the host names"),
    ({"ENVIRONMENT": "prod"}, "ENVIRONMENT is 'prod'", "production, local or test"),
    ({"ENVIRONMENT": None, "DEBUG": "true"}, "DEBUG is on", "Unset DEBUG"),
    ({"CELERY_BROKER_URL": "memory://"}, "CELERY_BROKER_URL is memory://", "production takes redis://"),
    ({"DATABASE_URL": "sqlite://"}, "DATABASE_URL is a SQLite in memory", "production takes postgres://"),
    ({"DATABASE_URL": "sqlite:///:memory:"}, "DATABASE_URL is a SQLite in memory", "takes postgres://"),
    (
        {"SES_EVENTS_QUEUE_URL": "https://sqs.eu-west-3.amazonaws.com/123456789012/mail-events"},
        "SES_EVENTS_TOPIC_ARN is missing",
        "the ARN of the SNS topic",
    ),
]


def manage(folder: Path, *arguments: str, **changes: str | None) -> subprocess.CompletedProcess[str]:
    """`manage.py` in a process that knows the good values, changed as said, and nothing else.

    That a start without any library imported ends as well: test_wrong_values, of every process.
    """
    return warm.run(["manage.py", *arguments], cwd=ROOT, env=environment(folder, **changes), timeout=100)


def python(folder: Path, *arguments: str, **changes: str | None) -> subprocess.CompletedProcess[str]:
    """Python in such a process, begun by itself."""
    return subprocess.run(
        [sys.executable, *arguments],
        cwd=ROOT,
        env=environment(folder, **changes),
        capture_output=True,
        text=True,
        timeout=100,
        check=False,
    )


def environment(folder: Path, **changes: str | None) -> dict[str, str]:
    """The good values, changed as said (None: missing), and nothing else but where programs are."""
    own = {name: os.environ[name] for name in ("PATH", "HOME", "LANG") if name in os.environ}
    values = own | GOOD | {"DATA_DIR": str(folder), "ENV_FILE": os.devnull} | changes
    return {name: value for name, value in values.items() if value is not None}


@pytest.mark.parametrize(("changes", "sentence", "remedy"), REFUSALS)
def test_production_refuses_and_names_the_variable(
    tmp_path: Path, changes: dict[str, str | None], sentence: str, remedy: str
) -> None:
    done = manage(tmp_path, "check", **changes)
    assert done.returncode != 0
    assert sentence in done.stderr
    assert remedy in done.stderr


def test_demo_accounts_are_not_made_in_production(tmp_path: Path) -> None:
    refused = manage(tmp_path, "demo")
    assert refused.returncode != 0
    assert "first_superuser" in refused.stderr


def test_a_good_production_passes_the_deploy_check_until_demo_accounts_exist(
    tmp_path: Path, migrated: Path
) -> None:
    unmigrated = manage(tmp_path, "check", "--deploy", "--fail-level", "WARNING")
    assert unmigrated.returncode != 0
    assert "migrate" in unmigrated.stderr

    shutil.copy(migrated, tmp_path / "backoffice.sqlite3")
    made = manage(tmp_path, "shell", "-v", "0", "-c", MADE, ENVIRONMENT="local")
    assert made.returncode == 0, made.stderr
    dirty = manage(tmp_path, "check", "--deploy")
    assert dirty.returncode != 0
    for name in ("admin@example.org", "manager@example.org", "staff@example.org", "support@example.org"):
        assert name in dirty.stderr
    assert "demo --remove" in dirty.stderr

    assert manage(tmp_path, "demo", "--remove").returncode == 0
    unmapped = manage(tmp_path, "check", "--deploy", OIDC_GROUP_MAP="it=Support,everybody=Stuff")
    assert unmapped.returncode != 0
    assert "OIDC_GROUP_MAP names the group Stuff, which does not exist" in unmapped.stderr
    assert "the group Support" not in unmapped.stderr

    keyless = manage(tmp_path, "check", "--deploy", FIELD_ENCRYPTION_KEYS=None)
    assert keyless.returncode != 0
    assert "FIELD_ENCRYPTION_KEYS is empty" in keyless.stderr

    clean = manage(tmp_path, "check", "--deploy", "--fail-level", "WARNING", OIDC_GROUP_MAP="it=Support")
    assert clean.returncode == 0, clean.stderr
    assert "no issues" in clean.stdout


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"DATA_DIR": "/proc/nope"}, "DATA_DIR is /proc/nope, which cannot be made"),
        ({"DATA_DIR": os.devnull}, "DATA_DIR is /dev/null, which cannot be made (File exists)"),
        ({"ENV_FILE": "/nope/.env"}, "ENV_FILE is /nope/.env, which does not exist"),
        ({"ENV_FILE": "/tmp"}, "ENV_FILE is /tmp, which is a folder"),
        ({"DATABASE_URL": "nonsense"}, "DATABASE_URL is not usable"),
        ({"SECRET_KEY": None}, "SECRET_KEY is missing"),
    ],
)
@pytest.mark.parametrize("command", ["check", "demo"])
def test_a_place_or_value_that_cannot_be_is_one_sentence_without_a_traceback(
    tmp_path: Path, command: str, changes: dict[str, str | None], sentence: str
) -> None:
    done = manage(tmp_path, command, **changes)
    assert done.returncode == 1
    assert sentence in done.stderr
    assert len(done.stderr.splitlines()) == 1


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"DATA_DIR": "/proc/nope"}, "DATA_DIR is /proc/nope, which cannot be made"),
        ({"ENV_FILE": "/nope/.env"}, "cannot be written to /nope/.env"),
        ({"SITE_URL": "back-office"}, "SITE_URL is 'back-office'"),
    ],
)
def test_make_up_says_the_same_before_it_starts_anything(
    tmp_path: Path, changes: dict[str, str], sentence: str
) -> None:
    good = {"ENV_FILE": str(tmp_path / ".env"), "ENVIRONMENT": "local"}
    done = python(tmp_path, "-m", "projet.local", "up", **good | changes)
    assert done.returncode == 1
    assert sentence in done.stderr
    assert len(done.stderr.split("\n\n")[-1].strip().splitlines()) == 1
    assert "Traceback" not in done.stderr
    assert done.stdout == ""
