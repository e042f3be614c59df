"""`python -m benchmarks.emails`: emails per second of one worker process beside a bare boto3 loop.

Both send the same letter to the same endpoint, which answers after a given time: 0 ms shows what our own
work costs, the others what is left of it beside a mail service's answer. Rounds are paired.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from statistics import median

import psycopg
import redis

from tests.programs import find_postgres
from tests.servers import ROOT, PostgresServer, Process, RedisServer

EMAILS = int(os.environ.get("BENCH_EMAILS", "300"))  # a round and contender
ROUNDS = int(os.environ.get("BENCH_ROUNDS", "3"))
ANSWERS_AFTER = (0.0, 0.01, 0.03)  # seconds; SES takes 0.02 to 0.1 from within its region
WORKER = ["-l", "warning", "-O", "fair", "--concurrency=1", "-Q", "high", "-n", "bench@%h"]
DONE = "SELECT count(*) FROM backoffice_message WHERE state = 'sent'"
EMPTY = "TRUNCATE tasks_app_job, django_celery_results_taskresult, backoffice_message CASCADE"

# What both send: the letter is written by the back office's own template, and its bytes are kept.
PREPARE = """
import django, sys; django.setup()
from backoffice.models import Recipient, EmailTemplate
from backoffice.emails.compose import compose, mime_of
from backoffice.emails.seeds import seed_templates
seed_templates()
one = Recipient.objects.create(email="zoe@example.org", name="Zoé Ångström", company="Example Ltd")
sys.stdout.buffer.write(mime_of(compose(one.pk, None, "bench")))
"""
LAUNCH = """
import django, sys; django.setup()
from backoffice.models import Recipient
from tasks_app.launching import launch_many
to = {"destinataire_id": Recipient.objects.get().pk}
launch_many("tasks_app.tasks.envoi_email", [to] * int(sys.argv[1]))
"""
BARE = """
import boto3, json, sys, time
from botocore.config import Config
from pathlib import Path
endpoint, count, mime = sys.argv[1], int(sys.argv[2]), Path(sys.argv[3]).read_bytes()
client = boto3.client("sesv2", region_name="eu-west-3", endpoint_url=endpoint,
    config=Config(retries={"mode": "standard", "total_max_attempts": 1}))
def send():
    client.send_email(FromEmailAddress="Back office <back-office@example.org>",
        Destination={"ToAddresses": ["zoe@example.org"]}, Content={"Raw": {"Data": mime}})
send()
started = time.perf_counter()
for _ in range(count):
    send()
print(count / (time.perf_counter() - started))
"""


class Bench:
    def __init__(self, broker: RedisServer, database: str, folder: Path) -> None:
        self.broker, self.database, self.folder = broker, database, folder
        self.environment = {
            **{name: value for name, value in os.environ.items() if name != "DJANGO_SETTINGS_MODULE"},
            "DJANGO_SETTINGS_MODULE": "projet.settings", "DATABASE_URL": database,
            "CELERY_BROKER_URL": broker.url, "DATA_DIR": str(folder), "ENV_FILE": os.devnull,
            "ENVIRONMENT": "local", "SECRET_KEY": "insecure-benchmark-key", "LOG_LEVEL": "WARNING",
            "EMAIL_TRANSPORT": "ses", "EMAILS_PER_SECOND": "10000",
            "AWS_ACCESS_KEY_ID": "bench", "AWS_SECRET_ACCESS_KEY": "bench",
        }  # fmt: skip
        self.run("-m", "django", "migrate", "--verbosity", "0")
        self.letter = folder / "letter.eml"
        self.letter.write_bytes(self.run("-c", PREPARE))

    def run(self, *command: str, **environment: str) -> bytes:
        done = subprocess.run(
            [sys.executable, *command],
            env=self.environment | environment,
            cwd=ROOT,
            check=True,
            stdout=subprocess.PIPE,
        )
        return done.stdout

    def bare(self, endpoint: str) -> float:
        return float(self.run("-c", BARE, endpoint, str(EMAILS), str(self.letter)))

    def ours(self, endpoint: str) -> float:
        """From the first that is sent to the last, by one worker process."""
        redis.Redis.from_url(self.broker.url).flushall()
        self.sql(EMPTY)
        self.run("-c", LAUNCH, str(EMAILS), AWS_ENDPOINT_URL=endpoint)
        worker = Process(
            "worker",
            [Path(sys.executable).parent / "celery", "-A", "projet", "worker", *WORKER],
            self.folder / "worker.log",
            ready=lambda: True,
            environment=self.environment | {"AWS_ENDPOINT_URL": endpoint},
        )
        worker.start()
        try:
            first, started = 0, 0.0
            while (now := self.sql(DONE)) < EMAILS:
                if now and not first:
                    first, started = now, time.perf_counter()
                assert worker.running, worker.tail()
                time.sleep(0.05)
            return (EMAILS - first) / (time.perf_counter() - started)
        finally:
            worker.kill()

    def sql(self, statement: str) -> int:
        with psycopg.connect(self.database) as connection:
            answer = connection.execute(statement.encode())
            row = answer.fetchone() if answer.description else None
        return int(row[0]) if row else 0


@contextmanager
def mail_service(delay: float) -> Iterator[str]:
    command = [sys.executable, "-m", "benchmarks.mail_stub", str(delay)]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) as stub:
        assert stub.stdout is not None
        try:
            yield f"http://127.0.0.1:{int(stub.stdout.readline())}"
        finally:
            stub.kill()


def compare(bench: Bench, delay: float) -> None:
    with mail_service(delay) as endpoint:
        pairs = [(bench.bare(endpoint), bench.ours(endpoint)) for _ in range(ROUNDS)]
    bare, ours = (median(column) for column in zip(*pairs, strict=True))
    ratio = median(ours / bare for bare, ours in pairs)
    print(
        f"  answer after {delay * 1000:>3.0f} ms   bare boto3 {bare:>6.1f}   one worker process {ours:>6.1f}"
        f"   ratio {ratio:>5.2f}",
        flush=True,
    )


def main() -> None:
    if find_postgres() is None:
        raise SystemExit("The benchmark needs PostgreSQL's programs. Debian: apt-get install postgresql.")
    with tempfile.TemporaryDirectory(prefix="backoffice-bench-") as name:
        folder = Path(name)
        broker, postgres = RedisServer(folder), PostgresServer(durable=True)
        try:
            broker.start()
            postgres.start()
            bench = Bench(broker, postgres.create_database("emails"), folder)
            print(f"Emails per second, {EMAILS} a round, medians of {ROUNDS} paired rounds")
            for delay in ANSWERS_AFTER:
                compare(bench, delay)
        finally:
            broker.stop()
            postgres.remove()


if __name__ == "__main__":
    main()
