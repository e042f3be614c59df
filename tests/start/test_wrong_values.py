"""Each wrong value of each variable stops the start with one sentence: variable, value, what it takes."""

from __future__ import annotations

import os
import runpy
import subprocess
import sys
from pathlib import Path

import pytest
from django.core.exceptions import ImproperlyConfigured

from projet.conf.validators import is_secret
from tests.start.test_readme import table
from tests.start.test_refusals import ROOT, environment, manage

pytestmark = pytest.mark.once

NUMBERS = ("", "soon", "1.5", "-1", "99999999999999")
FLAGS = ("", "maybe", "2")
URL = "starts with http:// or https://"

# Wrong values of each variable, and words of the sentence that says what it takes.
WRONG: dict[str, tuple[tuple[str, ...], str]] = {
    "ENVIRONMENT": (("", "prod", "Production"), "production, local or test"),
    "DEBUG": (FLAGS, "true or false"),
    "SECRET_KEY": (("",), "secrets.token_urlsafe"),
    "FIELD_ENCRYPTION_KEYS": (
        ("hidden", "hidden" + "x" * 38, "A" * 43 + "=", "hidden," + "aB3" * 14 + "c=", "aB3" * 14 + "c"),
        "keys of 32 random bytes in base64",
    ),
    "ALLOWED_HOSTS": (("https://a.example.org", "a b", "a.example.org/admin"), "without https://"),
    "CSRF_TRUSTED_ORIGINS": (("a.example.org", "https://a.example.org/x"), "origins such as"),
    "SITE_URL": (
        ("", "back-office", "ftp://a", "https://", "http://a:port"),
        "https://back-office.example.org",
    ),
    "COMPANY_NAME": ((" ", "two\nlines", "x" * 101), "one line of text"),
    "DATA_DIR": (("/proc/nope", os.devnull), "a folder that this user may write to"),
    "STATIC_ROOT": ((os.devnull,), "a folder"),
    "ENV_FILE": (("/nope/.env", "/tmp"), "the file that holds the settings"),
    "DATABASE_URL": (
        (
            "",
            "nonsense",
            "mysql://u:hidden@h/name",
            "postgres://u:hidden@h:port/name",
            "postgres://u:hidden@h",
            "sqlite:////nope/nope/file",
            "postgres://u:hidden@h/name?sslmode=bogus",
        ),
        "postgres://user:password@host:5432/name",
    ),
    "LANGUAGE_CODE": (("", "de", "fr-FR"), "en or fr"),
    "TIME_ZONE": (("", "Mars/Phobos", "CEST", "+02:00"), "Europe/Paris"),
    "SESSION_HOURS": ((*NUMBERS, "0"), "a whole number from 1"),
    "TRUSTED_PROXIES": (NUMBERS, "a whole number from 0"),
    "SIGN_IN_ATTEMPTS": ((*NUMBERS, "0"), "a whole number from 1"),
    "SIGN_IN_ATTEMPTS_PER_ADDRESS": ((*NUMBERS, "0"), "a whole number from 1"),
    "SIGN_IN_LOCK_MINUTES": ((*NUMBERS, "0"), "a whole number from 1"),
    "PASSWORD_LINKS": ((*NUMBERS, "0"), "a whole number from 1"),
    "PASSWORD_LINKS_PER_NETWORK": ((*NUMBERS, "0"), "a whole number from 1"),
    "OIDC_ISSUER": (("login.example.org", "ftp://x"), URL),
    "OIDC_CLIENT_ID": (("", "two\nlines"), "what your provider gave you|one line of text"),
    "OIDC_CLIENT_SECRET": (("", "hidden\nlines"), "what your provider gave you|one line of text"),
    "OIDC_NAME": (("", "two\nlines"), "one line of text"),
    "OIDC_ALLOWED_DOMAINS": (("@example.org", "example"), "domains such as example.org"),
    "OIDC_GROUPS_CLAIM": (("",), "one line of text"),
    "OIDC_GROUP_MAP": (("team", "a=b=c", "=Staff"), "pairs such as"),
    "PASSWORD_SIGN_IN": (FLAGS, "true or false"),
    "LOG_LEVEL": (("", "loud", "info"), "DEBUG, INFO"),
    "ALERT_WEBHOOK_SECRET": (("hidden", "hidden but with spaces in it"), "16 or more"),
    "ALERT_WEBHOOK_HOSTS": (("https://hooks.example.org", "a b", "hooks.example.org/x"), "hosts such as"),
    "OTEL_EXPORTER_OTLP_ENDPOINT": (("localhost:4318",), URL),
    "JOB_LOG_LEVEL": (("", "loud", "info"), "DEBUG, INFO"),
    "METRICS_TOKEN": (("hidden", "hidden but with spaces in it"), "16 or more"),
    "LOG_FORMAT": (("", "xml"), "text or json"),
    "SENTRY_DSN": (("here", "https://sentry.example.org/1", "https://hidden@sentry.example.org/name"), "DSN"),
    "CELERY_BROKER_URL": (
        (
            "",
            "localhost",
            "amqp://u:hidden@h",
            "redis://:hidden@h:port/1",
            "redis://:hidden@h/first",
            "redis://",
            "sentinel://h:26379;http://h",
        ),
        "redis://:password@host:6379/1",
    ),
    "BROKER_CA_FILE": (
        ("/nope/ca.pem", "/tmp", str(ROOT / "manage.py")),
        "the authority that signed the broker's certificate",
    ),
    "BROKER_SENTINEL_MASTER": (("two words",), "letters, digits"),
    "BROKER_SENTINEL_PASSWORD": (("hidden\nlines",), "one line of text"),
    "PDF_QUEUE": (("", "two words"), "letters, digits"),
    "WORKER_MAX_MEMORY_MB": (NUMBERS, "a whole number from 0"),
    "STORAGE_URL": (
        ("bucket", "s3://", "s3://Under_Score", "https://b.s3.example.org"),
        "s3://bucket/folder",
    ),
    "S3_REGION": (("", "Paris"), "an AWS region such as eu-west-3"),
    "S3_ENDPOINT_URL": (("localhost:9000",), URL),
    "CELERY_TASK_ALWAYS_EAGER": (FLAGS, "true or false"),
    "WORKER_SOFT_SHUTDOWN_SECONDS": (("", "soon", "-1", "nan", "inf", "1e9"), "a number from 0 to 3600"),
    "JOB_LEASE_SECONDS": ((*NUMBERS, "0"), "a whole number from 1"),
    "CLOCK_STALL_SECONDS": ((*NUMBERS, "4"), "a whole number from 5"),
    "CANCEL_GRACE_SECONDS": ((*NUMBERS, "0"), "a whole number from 1"),
    "JOB_MAX_DEATHS": ((*NUMBERS, "0"), "a whole number from 1"),
    "JOB_VALUE_MAX_KB": ((*NUMBERS, "15"), "a whole number from 16"),
    "RETENTION_RESULTS_DAYS": ((*NUMBERS, "0"), "a whole number from 1 to 36500"),
    "RETENTION_JOBS_DAYS": ((*NUMBERS, "0"), "a whole number from 1 to 36500"),
    "RETENTION_LOG_LINES_DAYS": ((*NUMBERS, "0"), "a whole number from 1 to 36500"),
    "RETENTION_MESSAGE_BODIES_DAYS": ((*NUMBERS, "0"), "a whole number from 1 to 36500"),
    "RETENTION_MAILING_VALUES_DAYS": ((*NUMBERS, "0"), "a whole number from 1 to 36500"),
    "RETENTION_REPORTS_DAYS": ((*NUMBERS, "0"), "a whole number from 1 to 36500"),
    "RETENTION_AUDIT_DAYS": ((*NUMBERS, "0"), "a whole number from 1 to 36500"),
    "RETENTION_SESSIONS_DAYS": (NUMBERS, "a whole number from 0 to 36500"),
    "EMAIL_TRANSPORT": (("", "pigeon", "SES"), "local or ses"),
    "DEFAULT_FROM_EMAIL": (
        (
            "",
            "nobody",
            "Name <>",
            "Name <a@b>",
            "a@example.org\nBcc: b@x",
            "a@example.org, b@example.org",
            "a@example.org (Acme)",
        ),
        "an email address",
    ),
    "DEFAULT_EMAIL_TEMPLATE": (("", "two words"), "letters, digits"),
    "SES_EVENTS_QUEUE_URL": (("mail-events",), URL),
    "SES_EVENTS_TOPIC_ARN": (("mail-events", "arn:aws:sqs:eu-west-3:123456789012:x"), "ARN of an SNS topic"),
    "EMAILS_PER_SECOND": (("", "fast", "-1", "nan", "1e9"), "a number from 0 to 10000"),
    "MAILING_APPROVAL_ABOVE": (NUMBERS, "a whole number from 0"),
    "MAILING_CONNECTIONS": ((*NUMBERS, "0", "51"), "a whole number from 1 to 50"),
    "MAILING_MAX_BOUNCES": (("", "few", "-1", "nan", "2"), "a number from 0 to 1"),
    "MAILING_MAX_COMPLAINTS": (("", "few", "-1", "nan", "2"), "a number from 0 to 1"),
    "MAILING_SAMPLE": ((*NUMBERS, "0"), "a whole number from 1"),
    "MAILING_FAILURES": ((*NUMBERS, "0"), "a whole number from 1 to 10000"),
    "AWS_REGION": (("", "Paris", "eu-west"), "an AWS region such as eu-west-3"),
    "AWS_ENDPOINT_URL": (("localhost:4566", "s3://x"), URL),
    "SES_CONFIGURATION_SET": (("two words",), "letters, digits"),
    "FLOWER_ADDRESS": (
        ("", "nonsense..x", "a b", "127.0.0.1:5555", "http://a"),
        "an address of this machine",
    ),
    "FLOWER_BASIC_AUTH": (("hidden", "hidden:", ":hidden", "a:hidden,b"), "name:password"),
    "SECRET_KEY_FALLBACKS": (
        ("hidden", "hidden" * 6 + ",hidden"),
        "earlier values of SECRET_KEY",
    ),
    "PUBLIC_URL": (("open.example.org", "ftp://open.example.org", "https://"), URL),
    "FISCAL_YEAR_START": (("", "02-29", "04-31", "4-1", "01-04-2026", "April"), "month-day, such as 04-01"),
    "REPORT_CALENDAR": (("two\nlines", "x" * 101), "one line of text"),
    "REPORT_SHARE_DOMAINS": (("@example.org", "example", "Example.ORG"), "domains such as example.org"),
    "REPORT_ATTACH_MAX_MB": ((*NUMBERS, "0", "26"), "a whole number from 1"),
    "REPORT_MAX_ROWS": ((*NUMBERS, "0"), "a whole number from 1"),
    "REPORTING_DATABASE_URL": (("nonsense", "mysql://u:hidden@h/name"), "postgres://user:password@host"),
    "REPORTING_VIEWS_FILE": (("/nope/views.toml",), "a file"),
    "REPORTING_SECONDS": ((*NUMBERS, "0", "301"), "a whole number from 1"),
    "REPORTING_MAX_ROWS": ((*NUMBERS, "0"), "a whole number from 1"),
    "REPORTING_MEMORY_MB": ((*NUMBERS, "255"), "a whole number from 256"),
}
# What makes a value wrong that is right alone.
BESIDE = {
    ("OIDC_CLIENT_ID", ""): {"OIDC_ISSUER": "https://login.example.org"},
    ("OIDC_CLIENT_SECRET", ""): {"OIDC_ISSUER": "https://login.example.org", "OIDC_CLIENT_ID": "ours"},
}
CASES = [(name, value, words) for name, (values, words) in WRONG.items() for value in values]


def test_every_variable_has_its_wrong_values() -> None:
    assert set(WRONG) == set(table())


@pytest.mark.parametrize(("name", "value", "words"), CASES)
def test_a_wrong_value_is_one_sentence(
    name: str, value: str, words: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    beside = BESIDE.get((name, value), {})
    for variable, given in environment(tmp_path, **{"ENVIRONMENT": "local", name: value} | beside).items():
        monkeypatch.setenv(variable, given)
    for variable in set(table()) - set(environment(tmp_path)) - set(beside) - {name}:
        monkeypatch.delenv(variable, raising=False)
    with pytest.raises(ImproperlyConfigured) as refused:
        runpy.run_path(str(ROOT / "projet" / "settings.py"))
    sentence = str(refused.value)
    assert sentence.startswith(f"{name} is ")
    assert any(one in sentence for one in words.split("|"))
    assert len(sentence.splitlines()) == 1
    assert "hidden" not in sentence
    if value.strip() and not is_secret(name) and not name.endswith("_URL"):
        assert value[:70] in sentence or repr(value) in sentence


@pytest.mark.processes
def test_a_wrong_value_in_the_env_file_is_the_same_sentence(tmp_path: Path) -> None:
    written = tmp_path / "env"
    written.write_text("JOB_LEASE_SECONDS=soon\n")
    done = manage(tmp_path, "check", ENV_FILE=str(written))
    assert done.stderr == "JOB_LEASE_SECONDS is 'soon'; it takes a whole number from 1 to 86400.\n"


@pytest.mark.processes
@pytest.mark.parametrize(
    "command",
    [
        ("python", "manage.py", "check"),
        ("gunicorn", "projet.wsgi", "--bind", "127.0.0.1:0"),
        ("celery", "-A", "projet", "worker"),
        ("celery", "-A", "projet", "beat"),
        ("celery", "-A", "projet", "flower"),
        ("python", "-m", "celery", "-A", "projet", "inspect", "ping"),
    ],
    ids=" ".join,
)
def test_every_process_says_it_instead_of_a_traceback(command: tuple[str, ...], tmp_path: Path) -> None:
    done = subprocess.run(
        [Path(sys.executable).parent / command[0], *command[1:]],
        cwd=ROOT,
        env=environment(tmp_path, JOB_LEASE_SECONDS="soon"),
        capture_output=True,
        text=True,
        timeout=100,
        check=False,
    )
    assert done.returncode == 1
    assert done.stdout + done.stderr == (
        "JOB_LEASE_SECONDS is 'soon'; it takes a whole number from 1 to 86400.\n"
    )
