"""A mailing by one worker process beside a bare boto3 loop, to the same endpoint; its freeze, and its pages.

The loop has one letter and one connection, and writes nothing down. Rounds are paired.
"""

from __future__ import annotations

import os
import resource
import sys
import time
from pathlib import Path
from statistics import median

import django

os.environ["MAILING_APPROVAL_ABOVE"] = "1000000"  # here and in the worker: nobody is here to approve

django.setup()

from django.conf import settings  # noqa: E402
from django.contrib.auth.models import User  # noqa: E402
from django.db import connection  # noqa: E402
from django.test import Client  # noqa: E402
from redis import Redis  # noqa: E402

from backoffice.emails.seeds import seed_templates  # noqa: E402
from backoffice.mailings import freezing, going  # noqa: E402
from backoffice.models import Audience, EmailTemplate, Mailing, Message, MessageState, Recipient  # noqa: E402
from benchmarks import floors  # noqa: E402
from benchmarks.emails import ACCOUNT, FOLDER, bare, mail_service  # noqa: E402
from tasks_app.launching import launch  # noqa: E402
from tasks_app.models import Job, State  # noqa: E402
from tasks_app.tasks import envoi_email, launch_sending  # noqa: E402
from tests.servers import ROOT, Process  # noqa: E402

MANY, FEW = 100_000, 100
SENT = 3_000  # a round
ROUNDS = 3
ANSWERS_AFTER = 0.03  # seconds
POLL = 0.1
AIM = 5.0  # times the bare loop's rate
PACE, OF_PACE = 50, 0.9  # emails a second that the account may; the share of it that is used
WORKER = ["-l", "warning", "-O", "fair", "--concurrency=1", "-Q", "high,default,low", "-n", "bench@%h"]


def people(number: int) -> None:
    Recipient.objects.bulk_create(
        (
            Recipient(email=f"person-{at}@example.org", name=f"Zoé Ångström {at}", company="Example Ltd")
            for at in range(number)
        ),
        batch_size=5_000,
    )


def a_mailing(most: int) -> Mailing:
    """To the first so many recipients, taken down."""
    audience = Audience.objects.create(name=f"First {most} {time.monotonic()}", kind="chosen")
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO backoffice_audiencemember (audience_id, recipient_id) "
            "SELECT %s, id FROM backoffice_recipient ORDER BY id LIMIT %s",
            [audience.pk, most],
        )
    template = EmailTemplate.objects.default().get()
    mailing = Mailing.objects.create(name="Bench", audience=audience, template=template)
    freezing.freeze(mailing)
    return mailing


class Worker:
    """One worker process and the clock, that send to the endpoint."""

    def __init__(self, endpoint: str, rate: int) -> None:
        ses = {"EMAIL_TRANSPORT": "ses", "EMAILS_PER_SECOND": str(rate), "AWS_ENDPOINT_URL": endpoint}
        folder, celery = Path(sys.executable).parent, "celery"
        environment = os.environ | ACCOUNT | ses
        worker, beat = FOLDER / "worker.log", FOLDER / "beat.log"
        command = [folder / celery, "-A", "projet"]
        self.parts = [
            Process("worker", [*command, "worker", *WORKER], worker, lambda: True, environment=environment),
            Process(
                "beat",
                [*command, "beat", "-l", "warning", "--pidfile=", "-s", str(FOLDER / "beat")],
                beat,
                lambda: True,
                environment=environment,
            ),
        ]

    def __enter__(self) -> Worker:
        for part in self.parts:
            part.start()
        order = launch("projet.celery.debug_task", {})
        while not Job.objects.filter(pk=order.pk, state=State.SUCCEEDED).exists():
            assert all(part.running for part in self.parts), self.parts[0].tail()
            time.sleep(POLL)
        return self

    def __exit__(self, *_error: object) -> None:
        for part in self.parts:
            part.kill()


def sent_of(mailing: Mailing) -> int:
    return Message.objects.filter(mailing=mailing, state=MessageState.SENT).count()


def rate_of(mailing: Mailing) -> float:
    """From its first email to its last; it is sent by a worker that runs already."""
    click = time.monotonic()
    going.send(mailing, None, launch_sending)
    first = None
    while (done := sent_of(mailing)) < mailing.people:
        if done and first is None:
            first = time.monotonic()
            print(f"    first email {first - click:.1f} s after the click", flush=True)
        time.sleep(POLL)
    moments = Message.objects.filter(mailing=mailing).order_by("sent_at").values_list("sent_at", flat=True)
    begin, end = moments.first(), moments.last()
    assert begin is not None
    assert end is not None
    return (mailing.people - 1) / (end - begin).total_seconds()


def beside_a_bare_loop(letter: Path) -> None:
    with mail_service(ANSWERS_AFTER) as endpoint:
        pairs = []
        for _round in range(ROUNDS):
            alone = bare(endpoint, letter)
            with Worker(endpoint, 10_000):
                pairs.append((alone, rate_of(a_mailing(SENT))))
    loop, ours = (median(column) for column in zip(*pairs, strict=True))
    ratio = median(ours / bare for bare, ours in pairs)
    print(f"  {SENT} emails, answered after 30 ms: bare {loop:.1f}, ours {ours:.1f} a second: {ratio:.2f} ×")
    floors.hold("emails a second of a mailing, as a ratio of a bare loop's", ratio, at_least=AIM)


def beside_the_pace() -> None:
    """Where the account's rate is the limit; and single emails that are launched while a mailing is sent."""
    with mail_service(ANSWERS_AFTER) as endpoint, Worker(endpoint, PACE):
        share = rate_of(a_mailing(600)) / PACE
        mailing = a_mailing(600)
        recipient = Recipient.objects.order_by("pk").first()
        assert recipient is not None
        going.send(mailing, None, launch_sending)
        waits = []
        for _email in range(5):
            time.sleep(2)
            order = launch(envoi_email.name, {"destinataire_id": recipient.pk})
            begun = time.monotonic()
            while not Message.objects.filter(job_id=order.pk, state=MessageState.SENT).exists():
                time.sleep(0.02)
            waits.append(time.monotonic() - begun)
        going.stop(mailing)
    print(f"  {PACE} a second allowed: {share:.2f} of it used; single emails left within {max(waits):.1f} s")
    floors.hold("share of the account's pace that a mailing uses", share, at_least=OF_PACE)
    floors.hold("seconds until a single email leaves beside a mailing", max(waits), at_most=1.0)


def the_freeze() -> Mailing:
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    begun = time.monotonic()
    mailing = a_mailing(MANY)
    took = time.monotonic() - begun
    grown = (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) / 1024
    print(f"  {MANY} people taken down in {took:.1f} s; memory grew by {grown:.0f} MB")
    floors.hold("seconds to take down 100,000 people", took, at_most=30.0)
    return mailing


def the_pages(large: Mailing) -> None:
    """Of one to 100,000 while it is sent, beside one to 100."""
    small = a_mailing(FEW)
    client = Client(headers={"host": "127.0.0.1"})
    client.force_login(User.objects.create_superuser("bench"))
    with mail_service(ANSWERS_AFTER) as endpoint, Worker(endpoint, 10_000):
        click = time.monotonic()
        going.send(large, None, launch_sending)
        while not sent_of(large):
            time.sleep(POLL)
        print(f"  first of {MANY} emails {time.monotonic() - click:.1f} s after the click")
        floors.hold(
            "seconds from the click to the first of 100,000 emails", time.monotonic() - click, at_most=5.0
        )
        ratios = {}
        for name, page in {"page": "change", "people": "people/"}.items():
            took = {}
            for mailing in (small, large):
                url = f"/admin/backoffice/mailing/{mailing.pk}/{page}/".replace("//", "/")
                client.get(url)
                times = []
                for _round in range(15):
                    begun = time.perf_counter()
                    assert client.get(url).status_code == 200
                    times.append(time.perf_counter() - begun)
                took[mailing.pk] = median(times)
            ratios[name] = took[large.pk] / took[small.pk]
            print(
                f"  {name}: {took[small.pk] * 1000:.0f} ms of 100, {took[large.pk] * 1000:.0f} ms of {MANY}"
            )
        going.stop(large)
    floors.hold("a mailing's page, of 100,000 beside of 100", max(ratios.values()), at_most=1.3)


def main() -> None:
    seed_templates()
    Redis.from_url(settings.CELERY_BROKER_URL).flushall()
    people(MANY)
    from backoffice.emails.compose import compose
    from backoffice.emails.mime import mime_of

    letter = FOLDER / "letter.eml"
    first = Recipient.objects.order_by("pk").first()
    assert first is not None
    letter.write_bytes(mime_of(compose(first.pk, None, "bench")))
    beside_a_bare_loop(letter)
    beside_the_pace()
    the_pages(the_freeze())
    floors.end()


if __name__ == "__main__":
    os.chdir(ROOT)
    main()
