"""What `make up` proves: each function does one real thing, reads back what came of it, and says so.

They raise Trouble where that is not what it should be. Importing this needs Django to be set up.
"""

from __future__ import annotations

import email
import email.policy
import hashlib
from dataclasses import dataclass
from pathlib import Path

from django.conf import settings
from django.contrib.auth.models import User
from django.core.files.storage import default_storage
from django.urls import reverse
from django.utils import timezone

from backoffice.demo import ACCOUNTS, DEMO_DOMAIN
from backoffice.models import Message, Recipient, Report
from projet.local import services
from projet.local.errors import Trouble
from tasks_app.launching import launch, wait
from tasks_app.models import Job, Node, State

JOB_LIMIT = 60.0  # seconds a proof's job may take, on a slow machine too


def prove_web(address: str) -> str:
    url = address + reverse("admin:login")
    status = services.http_status(url)
    if status != 200:
        raise Trouble(f"{url} answers {status or 'nothing'} instead of 200.", "web")
    return f"{url} answers {status}"


def prove_worker() -> str:
    if not services.worker_answers():
        raise Trouble(f"{services.WORKER} does not answer a ping through the broker.", "worker")
    return f"{services.WORKER} answers a ping, takes {services.QUEUES.replace(',', ', ')}"


def prove_clock() -> str:
    clock = Node.objects.alive(timezone.now()).filter(kind=Node.Kind.CLOCK).first()
    if clock is None:
        raise Trouble("No clock has left a heartbeat in the database.", "clock")
    age = (timezone.now() - clock.beat_at).total_seconds()
    return f"{clock.name}, last heartbeat {age:.0f} s ago"


@dataclass(frozen=True)
class Asked:
    """Jobs that were launched for the worker to run as soon as it is there."""

    email: Job | None  # None where an email would leave this machine
    report: Job


def ask() -> Asked:
    """Launch one email to a demo recipient and one PDF, as the launch page does for an administrator."""
    by = User.objects.filter(username=next(one for one in ACCOUNTS if one.is_administrator).username).first()
    arguments = {"type": "overview", "format": "pdf", "language": settings.LANGUAGE_CODE[:2]}
    report = launch("tasks_app.tasks.rapport_pdf", arguments, by=by)
    if settings.EMAIL_TRANSPORT != "local":
        return Asked(None, report)
    recipient = Recipient.objects.filter(email__iendswith=DEMO_DOMAIN, active=True).order_by("pk").first()
    if recipient is None:
        raise Trouble("There is no active demo recipient to write to: add one that ends in @example.org.")
    return Asked(launch("tasks_app.tasks.envoi_email", {"destinataire_id": recipient.pk}, by=by), report)


def prove_email(asked: Job | None) -> str:
    """Wait for the worker to send the email, and read the .eml that came of it."""
    if asked is None:
        return f"not tried: EMAIL_TRANSPORT={settings.EMAIL_TRANSPORT} would send a real one"
    job = _succeeded(asked)
    message = Message.objects.get(job_id=job.pk)
    path = _eml_of(message)
    mail = email.message_from_bytes(path.read_bytes(), policy=email.policy.default)
    if message.to not in str(mail["To"]) or mail["Subject"] != message.subject:
        raise Trouble(
            f"{path} is to {mail['To']}, subject {mail['Subject']!r}: not what was asked.", "worker"
        )
    return f"{_told(job)}; “{mail['Subject']}” to {message.to} in {_short(path)}"


def prove_report(asked: Job) -> str:
    """Wait for the worker to make the PDF, and compare its bytes with the row that names them."""
    job = _succeeded(asked)
    report = Report.objects.get(job_id=job.pk)
    with default_storage.open(report.file) as stored:
        content = stored.read()
    digest = hashlib.sha256(content).hexdigest()
    if not content.startswith(b"%PDF-"):
        raise Trouble(f"{report.file} begins with {content[:8]!r} instead of %PDF-.", "worker")
    if digest != report.sha256:
        raise Trouble(f"{report.file} has SHA-256 {digest}, its row says {report.sha256}.", "worker")
    header = content[:8].decode("ascii", "replace").strip()
    path = _short(Path(settings.MEDIA_ROOT) / report.file)
    return (
        f"{_told(job)}; {header}, {len(content) // 1024} KiB, SHA-256 {digest[:12]}… as recorded, in {path}"
    )


def _succeeded(job: Job) -> Job:
    """The Job once it succeeded."""
    try:
        ended = wait(job, JOB_LIMIT)
    except TimeoutError:
        job.refresh_from_db()
        raise Trouble(f"{job.name} is still {job.state} after {JOB_LIMIT:.0f} s.", "worker") from None
    if ended.state != State.SUCCEEDED:
        raise Trouble(f"{job.name} ended {ended.state}: {ended.said}", "worker")
    return ended


def _eml_of(message: Message) -> Path:
    found = sorted(Path(settings.OUTBOX_DIR).rglob(f"*{message.pk}*.eml"))
    if not found:
        raise Trouble(
            f"The message is {message.state}, but no .eml in {settings.OUTBOX_DIR} has its id.", "worker"
        )
    return found[0]


def _told(job: Job) -> str:
    seconds = job.duration.total_seconds() if job.duration else 0
    return f"job {job.pk[:8]} {job.state} in {seconds:.1f} s"


def _short(path: Path) -> Path:
    return path.relative_to(settings.BASE_DIR) if path.is_relative_to(settings.BASE_DIR) else path
