"""Emails per second of one worker process beside a bare boto3 loop, to the same endpoint.

The endpoint answers after a given time: 0 ms shows what our own work costs, the others what of it is left
beside a mail service's answer, which is what is promised. Rounds are paired, and both send the same letter.
"""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from statistics import median

import django

django.setup()

from django.conf import settings  # noqa: E402
from django.db import connection  # noqa: E402
from django.db.models import Max, Min  # noqa: E402
from redis import Redis  # noqa: E402

from backoffice.emails.compose import compose  # noqa: E402
from backoffice.emails.mime import mime_of  # noqa: E402
from backoffice.emails.seeds import seed_templates  # noqa: E402
from backoffice.models import Message, MessageState, Recipient  # noqa: E402
from benchmarks import floors  # noqa: E402
from tasks_app.launching import launch_many  # noqa: E402
from tasks_app.tasks import envoi_email  # noqa: E402
from tests.servers import ROOT, Process  # noqa: E402

EMAILS = 200  # a round and contender
ROUNDS = 5
AIM = 0.8  # of the bare loop's rate, beside any answer that a mail service gives
ANSWERS_AFTER = (0.0, 0.03, 0.1)  # seconds; SES answers in roughly 0.03 to 0.1 from within its region
POLL = 0.5  # seconds; the messages themselves say when they were sent
WORKER = ["-l", "warning", "-O", "fair", "--concurrency=1", "-Q", "high", "-n", "bench@%h"]
FOLDER = Path(settings.DATA_DIR)
ACCOUNT = {"AWS_ACCESS_KEY_ID": "bench", "AWS_SECRET_ACCESS_KEY": "bench"}


def bare(endpoint: str, letter: Path) -> float:
    command = [sys.executable, "-m", "benchmarks.bare_boto3", endpoint, str(EMAILS), str(letter)]
    done = subprocess.run(command, env=os.environ | ACCOUNT, cwd=ROOT, check=True, stdout=subprocess.PIPE)
    return float(done.stdout)


def ours(endpoint: str, recipient: Recipient) -> float:
    """From the first that is sent to the last, by one worker process."""
    with connection.cursor() as cursor:
        cursor.execute("TRUNCATE tasks_app_job, django_celery_results_taskresult, backoffice_message CASCADE")
    Redis.from_url(settings.CELERY_BROKER_URL).flushall()
    launch_many(envoi_email.name, [{"destinataire_id": recipient.pk}] * EMAILS)
    ses = {"EMAIL_TRANSPORT": "ses", "EMAILS_PER_SECOND": "10000", "AWS_ENDPOINT_URL": endpoint}
    worker = Process(
        "worker",
        [Path(sys.executable).parent / "celery", "-A", "projet", "worker", *WORKER],
        FOLDER / "worker.log",
        ready=lambda: True,
        environment=os.environ | ACCOUNT | ses,
    )
    worker.start()
    try:
        sent = Message.objects.filter(state=MessageState.SENT)
        while sent.count() < EMAILS:
            assert worker.running, worker.tail()
            time.sleep(POLL)
        moments = sent.aggregate(first=Min("sent_at"), last=Max("sent_at"))
        return (EMAILS - 1) / (moments["last"] - moments["first"]).total_seconds()
    finally:
        worker.kill()


@contextmanager
def mail_service(delay: float) -> Iterator[str]:
    """Its address, while it runs."""
    command = [sys.executable, "-m", "benchmarks.mail_stub", str(delay)]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) as stub:
        assert stub.stdout is not None
        try:
            yield f"http://127.0.0.1:{int(stub.stdout.readline())}"
        finally:
            stub.kill()


def main() -> None:
    seed_templates()
    recipient = Recipient.objects.create(email="zoe@example.org", name="Zoé Ångström", company="Example Ltd")
    letter = FOLDER / "letter.eml"
    letter.write_bytes(mime_of(compose(recipient.pk, None, "bench")))
    print(f"  emails per second, {EMAILS} a round, medians of {ROUNDS} paired rounds")
    for delay in ANSWERS_AFTER:
        with mail_service(delay) as endpoint:
            pairs = [(bare(endpoint, letter), ours(endpoint, recipient)) for _ in range(ROUNDS)]
        loop, worker = (median(column) for column in zip(*pairs, strict=True))
        ratio = median(ours / bare for bare, ours in pairs)
        figures = f"bare boto3 {loop:>6.1f}   one worker process {worker:>6.1f}   ratio {ratio:>5.2f}"
        print(f"  answered after {delay * 1000:>3.0f} ms   {figures}", flush=True)
        if delay:  # a loop that waits for nobody is no mail service
            name = (
                f"emails a second, as a ratio of a bare loop's, where an answer takes {delay * 1000:.0f} ms"
            )
            floors.hold(name, ratio, at_least=AIM)
    floors.end()


if __name__ == "__main__":
    main()
