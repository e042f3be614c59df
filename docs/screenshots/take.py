"""Pictures of the README and of the support desk, of a back office made for them: `make screenshots`.

It makes a past in a temporary folder, runs `make up` there, has some real work done, photographs the pages as
the demo people see them, and throws the folder away. Pictures lie beside this file.

    ARGS="--desk --jobs 1000000 --postgres"   the desk alone, with so much history, on a PostgreSQL of its own
"""

from __future__ import annotations

import argparse
import os
import re
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from datetime import timedelta
from io import BytesIO
from pathlib import Path
from secrets import token_urlsafe
from typing import Any

import desk
import django
import wings
from camera import PHONE, ROOT, Shot, chromium, photograph, save
from of_lists import add_rows, addresses
from playwright.sync_api import Page, sync_playwright

JOBS = 2_000  # of a fortnight


def main() -> None:
    wish = arguments()
    sys.path.insert(0, str(ROOT))
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="screenshots-")))
        database = stack.enter_context(a_postgres()) if wish.postgres else ""
        address = stack.enter_context(back_office(folder, wish.jobs, database))
        # Playwright keeps an event loop in this thread, in which Django refuses to query.
        os.environ |= {"DJANGO_SETTINGS_MODULE": "projet.settings", "DJANGO_ALLOW_ASYNC_UNSAFE": "1"}
        django.setup()
        playwright = stack.enter_context(sync_playwright())
        browser = playwright.chromium.launch(executable_path=chromium(), args=["--no-sandbox"])
        if not wish.desk:
            do_some_work()
            for shot in shots():
                if shot.name.startswith(tuple(wish.only.split(","))):
                    photograph(browser, address, shot)
        if not wish.desk and not wish.only:
            photograph_document()
        for shot in () if wish.only else desk.after_a_morning(browser, address):
            photograph(browser, address, shot)
        browser.close()


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--desk", action="store_true", help="the pictures of the support desk alone")
    parser.add_argument(
        "--only", default="", help="those of the others whose names begin so; several with commas"
    )
    parser.add_argument("--jobs", type=int, default=JOBS, help="how many jobs the fortnight has")
    parser.add_argument("--postgres", action="store_true", help="on a PostgreSQL of its own, not on SQLite")
    return parser.parse_args()


@contextmanager
def a_postgres() -> Iterator[str]:
    """The address of a database on a server that ends with this program."""
    from tests.servers import PostgresServer

    server = PostgresServer()
    server.start()
    try:
        yield server.create_database("pictures")
    finally:
        server.remove()


@contextmanager
def back_office(folder: Path, jobs: int, database: str) -> Iterator[str]:
    """The address of a back office with data of its own, stopped at the end."""
    env_file = folder / "env"
    settings = {"ENVIRONMENT": "local", "DEBUG": "true", "DATA_DIR": f"{folder}/var"}
    settings["SECRET_KEY"] = token_urlsafe(50)  # as `make up` would make one, which comes after the past
    if database:
        settings["DATABASE_URL"] = database
    else:
        settings["REPORTING_DATABASE_URL"] = f"sqlite:///{folder}/var/backoffice.sqlite3"
    env_file.write_text("".join(f"{name}={value}\n" for name, value in settings.items()))
    os.environ["ENV_FILE"] = str(env_file)
    past = ("make_history", "--days", "14", "--jobs", str(jobs))
    for command in (("migrate", "--verbosity", "0"), past):
        subprocess.run([sys.executable, "manage.py", *command], cwd=ROOT, check=True)
    office = subprocess.Popen(
        [sys.executable, "-m", "projet.local", "up"], cwd=ROOT, stdout=subprocess.PIPE, text=True
    )
    try:
        assert office.stdout is not None  # noqa: S101 - for the type checker
        lines = iter(office.stdout.readline, "")
        found = next(filter(None, (re.search(r"is at (http\S+)", line) for line in lines)), None)
        if found is None:
            sys.exit("The back office did not start; what it said stands above.")
        yield found[1]
    finally:
        office.send_signal(signal.SIGINT)
        office.communicate(timeout=60)


# --- What there is to see -----------------------------------------------------------------------


def do_some_work() -> None:
    """This morning's work on top of the fortnight: emails, reports; one runs, one waits in a paused queue."""
    from django.contrib.auth.models import User

    from backoffice.models import EmailTemplate, Recipient
    from tasks_app import control
    from tasks_app.launching import launch, wait

    people = {
        name: User.objects.get(username=f"{name}@example.org")
        for name in ("staff", "support", "manager", "admin")
    }

    def send(recipient: Any, template: str) -> Any:
        chosen = {"destinataire_id": recipient.pk, "modele_id": EmailTemplate.objects.get(slug=template).pk}
        return launch("tasks_app.tasks.envoi_email", chosen, by=people["staff"])

    def report(type: str, by: str, **parameters: str) -> Any:
        parameters = {"type": type, "format": "pdf", "language": "en"} | parameters
        return launch("tasks_app.tasks.rapport_pdf", parameters, by=people[by])

    addressees = Recipient.objects.filter(active=True).order_by("pk")[:5]
    today = [send(one, "welcome") for one in addressees[:3]]
    today += [send(one, "invoice-reminder") for one in addressees[2:5]]
    today += [
        report("emails", "staff", period="last_7_days"),
        report("activity", "manager", period="last_30_days", language="fr"),
        report("activity", "manager", period="last_30_days"),
    ]
    for job in today:
        wait(job, 240)
    control.pause("default", by=people["support"])
    stand_still(report("emails", "manager", period="last_month"))
    control.resume("default", by=people["support"])
    add_rows(people["support"], people["manager"])
    wings.add_rows(people["staff"], people["support"], people["admin"])
    control.pause("low", by=people["support"], reason="The backup runs until noon.")
    launch("tasks_app.tasks.cleanup_results", {}, by=people["staff"])


def stand_still(job: Any) -> None:
    """Let a waiting job look as if a worker were in the middle of it: a real one ends before its picture."""
    from django.utils import timezone

    from tasks_app.models import Job, Node, State

    now = timezone.now()
    Job.objects.filter(pk=job.pk).update(
        state=State.RUNNING,
        created_at=now - timedelta(minutes=4),
        started_at=now - timedelta(minutes=3),
        lease_until=now + timedelta(hours=1),
        token="picture",  # noqa: S106
        worker=Node.objects.filter(kind=Node.Kind.WORKER)[0].name,
        runs=1,
        progress=60,
        progress_note="Typesetting",
    )


# --- Pictures -----------------------------------------------------------------------------------


def shots() -> list[Shot]:
    from django.urls import reverse
    from django_celery_beat.models import PeriodicTask

    from backoffice.models import Message, MessageState
    from tasks_app.models import Job, State

    def page_of(model: str, row: Any) -> str:
        return reverse(f"admin:{model}_change", args=[row.pk])

    # One that was tried in vain for a while, and a letter that arrived with its events.
    tried = Job.objects.filter(state=State.FAILED, retries__gt=0)
    failed = page_of("tasks_app_job", (tried if tried else Job.objects.filter(state=State.FAILED))[0])
    arrived = Message.objects.filter(template__slug="invoice-reminder", state=MessageState.DELIVERED)
    message = page_of("backoffice_message", arrived[0])
    schedule = page_of(
        "django_celery_beat_periodictask", PeriodicTask.objects.get(name="Weekly activity report")
    )
    jobs = reverse("admin:tasks_app_job_changelist")
    lists = addresses()
    return [
        Shot("dashboard", "support", reverse("admin:index"), whole=True),
        Shot("dashboard-staff-dark", "staff", reverse("admin:index"), scheme="dark", whole=True),
        Shot("dashboard-manager-fr", "manager", reverse("admin:index"), locale="fr-FR", whole=True),
        Shot("dashboard-phone", "support", reverse("admin:index"), size=PHONE),
        Shot("launch", "staff", reverse("admin:launch")),
        Shot("email", "staff", reverse("admin:launch_form", args=["envoi_email"]), prepare=preview_an_email),
        Shot("message", "staff", message),
        Shot("schedule", "admin", schedule),
        Shot("jobs-dark", "support", jobs, scheme="dark"),
        Shot("job-failed", "support", failed),
        Shot("queues-dark", "support", reverse("admin:queues"), scheme="dark"),
        Shot("reports-fr", "manager", reverse("admin:backoffice_report_changelist"), locale="fr-FR"),
        Shot("phone", "support", jobs, size=PHONE),
        *wings.shots(),
        *(Shot(f"list-{name}", *place) for name, place in lists.items()),
        *(Shot(f"list-{name}-phone", *place, size=PHONE) for name, place in lists.items() if name != "jobs"),
    ]


def preview_an_email(page: Page) -> None:
    from backoffice.models import Recipient

    chosen = Recipient.objects.get(email="elodie.exemple@example.org")
    # Of so many recipients the field is searched, and has the option that was found alone.
    page.locator("[name=destinataire_id]").evaluate(
        """(field, [value, text]) => {
            field.append(new Option(text, value, true, true));
            field.dispatchEvent(new Event("change", {bubbles: true}));
        }""",
        [str(chosen.pk), str(chosen)],
    )
    page.locator("button[value=preview]").click()
    page.locator("#preview iframe").content_frame.locator("h1, h2, p").first.wait_for()


def photograph_document() -> None:
    """The first page of the newest English activity report."""
    import pdfplumber
    from django.core.files.storage import default_storage

    from backoffice.models import Report

    report = Report.objects.filter(type="activity", language="en").latest("created_at")
    with default_storage.open(report.file) as stored:
        content = BytesIO(stored.read())
    with pdfplumber.open(content) as document:
        save(document.pages[0].to_image(resolution=100, antialias=True).original, "report-pdf")


if __name__ == "__main__":
    main()
