"""The real command line tells a worker's settings without their secrets, and publishes through our gate."""

from __future__ import annotations

import socket

import pytest

from tasks_app.models import Job
from tests import warm
from tests.servers import ROOT, RedisServer
from tests.stack import PYTHON, Stack

pytestmark = [pytest.mark.once, pytest.mark.stack]

HIDDEN = "hidden-from-everybody"
SECRETS = {
    "SECRET_KEY": f"{HIDDEN}-{HIDDEN}-{HIDDEN}",
    "METRICS_TOKEN": HIDDEN,
    "FLOWER_BASIC_AUTH": f"boss:{HIDDEN}",
    "BROKER_SENTINEL_PASSWORD": HIDDEN,
    "AWS_SECRET_ACCESS_KEY": HIDDEN,
    "SENTRY_DSN": f"http://{HIDDEN.replace('-', '')}@127.0.0.1:1/1",
}


def celery(stack: Stack, *arguments: str) -> str:
    """What `celery -A projet …` prints in this stack's environment."""
    command = [str(PYTHON.parent / "celery"), "-A", "projet", *arguments]
    done = warm.run(command, env=stack.environment, cwd=ROOT)
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.fixture
def broker_with_password(broker: RedisServer, processes: Stack) -> str:
    """Where processes reach the broker under a name and a password."""
    broker.client.acl_setuser(
        "worker", enabled=True, passwords=[f"+{HIDDEN}"], keys=["*"], channels=["*"], commands=["+@all"]
    )
    url = broker.url.replace("redis://", f"redis://worker:{HIDDEN}@")
    processes.environment |= SECRETS | {"CELERY_BROKER_URL": url}
    return url


def test_what_a_worker_tells_of_its_settings_has_no_secret(
    processes: Stack, broker_with_password: str
) -> None:
    processes.start_worker("teller", concurrency=1)
    this_one = ("-d", f"teller@{socket.gethostname()}", "-t", "20")
    masked = broker_with_password.replace(HIDDEN, "**")
    for asked in ("conf", "report"):
        told = celery(processes, "inspect", *this_one, asked)
        assert masked in told, "it is our command that answers, not Celery's"
        assert "METRICS_TOKEN" in told
        assert HIDDEN not in told
        assert SECRETS["SENTRY_DSN"] not in told


def test_what_is_called_from_the_command_line_has_its_row(processes: Stack) -> None:
    """`celery call` sets no Django up, and asks for our way to the broker all the same."""
    job_id = celery(processes, "call", "projet.celery.debug_task").strip()
    job = Job.objects.get()
    assert job.id == job_id
    assert job.published_at is not None
