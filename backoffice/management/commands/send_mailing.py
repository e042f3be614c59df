"""`manage.py send_mailing …`: what the pages of mailings do, from a shell."""

from __future__ import annotations

from argparse import ArgumentParser
from functools import partial
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.db import transaction
from django.utils.translation import gettext as _

from backoffice.admin import audited
from backoffice.mailings import approving, going
from backoffice.mailings.balance import FATES, balance
from backoffice.mailings.causes import MailingRefused
from backoffice.models import Audience, EmailTemplate, Mailing
from tasks_app.audit.changes import ADDED
from tasks_app.audit.recording import Line
from tasks_app.audit.system import record_from_shell
from tasks_app.management.people import person
from tasks_app.notices import Notice
from tasks_app.tasks import launch_sending, launch_take_down

VERBS = ("show", "approve", "withdraw", "send", "pause", "resume", "stop")


class Command(BaseCommand):
    help = (
        "Make a mailing and take down its audience (--audience, --template), or do something with one that "
        "there is: send_mailing send 12."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("verb", nargs="?", choices=VERBS, help="What is done with a mailing.")
        parser.add_argument("mailing", nargs="?", type=int, help="The number of a mailing.")
        parser.add_argument("--audience", type=int, help="The number of an audience, for a new mailing.")
        parser.add_argument("--template", help="The code of a template, for a new mailing.")
        parser.add_argument("--name", default="", help="What a new mailing is called; else as its template.")
        parser.add_argument("--digest", default="", help="With approve: of what was read, as show says it.")
        parser.add_argument(
            "--by", default="", metavar="USERNAME", help="Who does it; the system where left out."
        )

    def handle(self, *args: Any, **options: Any) -> None:
        by = person(options["by"])
        if options["verb"] is None:
            if options["audience"] is None or not options["template"]:
                raise CommandError(
                    _("Name an audience and a template for a new mailing, or what is to be done with which.")
                )
            self.show(made(options["audience"], options["template"], options["name"], by))
            return
        mailing = Mailing.objects.filter(pk=options["mailing"]).first()
        if mailing is None:
            raise CommandError(_("There is no mailing %(id)s.") % {"id": options["mailing"] or ""})
        if options["verb"] != "show":
            do(options["verb"], mailing, by, options["digest"])
        mailing.refresh_from_db()
        self.show(mailing)

    def show(self, mailing: Mailing) -> None:
        self.stdout.write(f"{mailing.pk} {mailing}: {mailing.get_state_display()} {mailing.said}".strip())
        counted = balance(mailing)
        for fate, label in FATES.items():
            if counted.counts[fate]:
                self.stdout.write(f"  {counted.counts[fate]:>9} {label}")
        self.stdout.write(f"  {counted.people:>9} {_('people')}")
        if mailing.digest:
            self.stdout.write(f"  {mailing.digest}")


def made(audience: int, template: str, name: str, by: Any) -> Mailing:
    """A new one, whose audience a job takes down; CommandError where it cannot be."""
    to, text = (
        Audience.objects.filter(pk=audience).first(),
        EmailTemplate.objects.filter(slug=template).first(),
    )
    if to is None:
        raise CommandError(_("There is no audience %(id)s.") % {"id": audience})
    if text is None:
        raise CommandError(_("There is no template with the code “%(code)s”.") % {"code": template})
    with transaction.atomic():
        mailing = Mailing.objects.create(name=name or text.name, audience=to, template=text, created_by=by)
        record_from_shell(Line(mailing, str(mailing), ADDED()), by)
        _tried(mailing, lambda: going.take_down(mailing, partial(launch_take_down, by=by)))
        record_from_shell(Line(mailing, str(mailing), audited.MAILING_TAKEN_DOWN()), by)
    mailing.refresh_from_db()
    return mailing


def do(verb: str, mailing: Mailing, by: Any, digest: str) -> None:
    """As the button of this name does; CommandError with the sentence that the page would say."""
    if by is None and verb in ("approve", "withdraw"):
        raise CommandError(_("Say whose approval it is: --by USERNAME."))
    launch = partial(launch_sending, by=by)
    steps: dict[str, tuple[Any, Notice]] = {
        "approve": (
            lambda: approving.approve(mailing, by, digest),
            audited.MAILING_APPROVED(digest=mailing.digest[:12]),
        ),
        "withdraw": (lambda: going.withdraw_approval(mailing, by), audited.MAILING_APPROVAL_WITHDRAWN()),
        "send": (lambda: going.send(mailing, by, launch), audited.MAILING_SENT(count=mailing.people)),
        "pause": (lambda: going.pause_or_refuse(mailing), audited.MAILING_PAUSED()),
        "resume": (lambda: going.resume(mailing, launch), audited.MAILING_RESUMED()),
        "stop": (lambda: going.stop(mailing), audited.MAILING_STOPPED()),
    }
    step, said = steps[verb]
    with transaction.atomic():
        _tried(mailing, step)
        record_from_shell(Line(mailing, str(mailing), said), by)


def _tried(mailing: Mailing, step: Any) -> None:
    try:
        step()
    except MailingRefused as error:
        raise CommandError(str(error)) from error
