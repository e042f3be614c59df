"""A worker that is asked for its settings keeps its passwords."""

from __future__ import annotations

from pathlib import Path

import pytest

from tasks_app.worker.remote_control import report, without_passwords
from tests.start.test_refusals import python

pytestmark = pytest.mark.once


@pytest.mark.parametrize(
    ("told", "shown"),
    [
        ("redis://:secret@host:6379/1", "redis://:**@host:6379/1"),
        ("postgres://me:secret@host/name", "postgres://me:**@host/name"),
        ("https://key@sentry.example.org/1", "https://**@sentry.example.org/1"),
        ("https://back-office.example.org", "https://back-office.example.org"),
        ("Back office <back-office@example.org>", "Back office <back-office@example.org>"),
        (20, 20),
    ],
)
def test_the_password_of_an_address_is_masked_wherever_it_stands(told: object, shown: object) -> None:
    assert without_passwords(told) == shown
    assert without_passwords({"CACHES": {"default": [told]}}) == {"CACHES": {"default": [shown]}}


def test_a_report_for_a_bug_carries_no_password() -> None:
    """What `celery inspect report` prints of the settings, as Celery writes it."""

    class App:
        def bugreport(self) -> str:
            return "CELERY_BROKER_URL: 'redis://:hid@den@host:6379/1'\nbroker_url:'sentinel://me:hidden@a;redis://:hidden@b'"

    class State:
        app = App()

    told = report(State())["ok"]
    assert "hid" not in told
    assert "redis://:**@host:6379/1" in told
    assert "sentinel://me:**@a;redis://:**@b" in told


@pytest.mark.processes
def test_a_worker_shows_no_secret_of_its_environment(tmp_path: Path) -> None:
    secrets = {
        "FLOWER_BASIC_AUTH": "boss:hidden",
        "METRICS_TOKEN": "hidden-from-everybody",
        "OIDC_CLIENT_SECRET": "hidden",
        "BROKER_SENTINEL_PASSWORD": "hidden",
        "SENTRY_DSN": "https://hidden@127.0.0.1:1/1",
        "DATABASE_URL": "postgres://me:hidden@127.0.0.1/name",
        "CELERY_BROKER_URL": "redis://:hidden@127.0.0.1/1",
    }
    told = python(
        tmp_path,
        "-c",
        "from types import SimpleNamespace\n"
        "from projet.celery import app\n"
        "from tasks_app.worker.remote_control import conf, report\n"
        "worker = SimpleNamespace(app=app)\n"
        "print(conf(worker, with_defaults=True), report(worker))",
        **secrets,
    )
    assert told.returncode == 0, told.stderr
    assert "METRICS_TOKEN" in told.stdout
    assert "hidden" not in told.stdout
