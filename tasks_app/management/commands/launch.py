"""`manage.py launch NAME key=value … [--wait]`: what the launch page does, from a shell."""

from __future__ import annotations

import json
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils.translation import gettext as _
from django_celery_results.models import TaskResult

from tasks_app.admin import audit_log
from tasks_app.audit.recording import Line
from tasks_app.audit.system import record_from_shell
from tasks_app.catalogue import Arguments, Launchable, find, kinds, launchable_of
from tasks_app.errors import InvalidArguments, RunAgainRefused, UnknownJob
from tasks_app.launching import launch, nearest, rerun, wait
from tasks_app.ledger.json_values import Unstorable
from tasks_app.ledger.refused_message import was_unreadable
from tasks_app.management.people import person
from tasks_app.models import FINAL, Job, State
from tasks_app.monitor.pauses import why_it_waits
from tasks_app.notices import hint

LONGEST_WAIT = 3600.0  # seconds; longer than any job's hard time limit


class Command(BaseCommand):
    help = "Launch a job as the launch page does: its form checks the arguments."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("name", nargs="?", help="envoi_email, rapport_pdf:activity, or a full task name.")
        parser.add_argument(
            "arguments", nargs="*", metavar="key=value", help="Values are JSON where they parse, else text."
        )
        parser.add_argument(
            "--wait", action="store_true", help="Wait for the end; exit 1 unless it succeeds."
        )
        parser.add_argument("--rerun", metavar="ID", help="Run this job again, with its own arguments.")
        parser.add_argument(
            "--all-the-same", action="store_true", help="With --rerun: even if it was run again already."
        )
        parser.add_argument(
            "--go-on", action="store_true", help="With --rerun: and what waited behind it goes on."
        )
        parser.add_argument("--list", action="store_true", help="List the jobs and their arguments.")
        parser.add_argument(
            "--by", default="", metavar="USERNAME", help="Who launches; the system where left out."
        )

    def handle(self, *args: Any, **options: Any) -> None:
        if options["list"]:
            for one in _all():
                self.stdout.write(
                    f"{one.slug:<28} {one.label}  ({', '.join(one.variant.form().fields) or '-'})"
                )
            return
        by = person(options["by"])
        if options["rerun"]:
            choices = {"all_the_same": options["all_the_same"], "go_on": options["go_on"]}
            self.tell(again(options["rerun"], by, **choices), options["wait"])
            return
        if not options["name"]:
            raise CommandError(_("Which job? `manage.py launch --list` lists them."))
        self.tell(launched(options["name"], parse(options["arguments"]), by), options["wait"])

    def tell(self, job: Job, to_its_end: bool) -> None:
        """That it is queued, or how it ended."""
        job.refresh_from_db()
        if to_its_end:
            self.report_end(job)
        elif job.state == State.WAITING and (paused := why_it_waits(job.queue)):
            self.stdout.write(_("%(id)s queued.") % {"id": job.pk})
            self.stdout.write(paused)
        elif job.published_at is None and job.state == State.WAITING:
            self.stdout.write(_("%(id)s queued; it starts when the broker is back.") % {"id": job.pk})
        else:
            self.stdout.write(_("%(id)s queued.") % {"id": job.pk})

    def report_end(self, job: Job) -> None:
        """Wait for the job and print its state and result; CommandError unless it succeeded."""
        try:
            job = wait(job, LONGEST_WAIT)
        except TimeoutError as error:
            raise CommandError(_("%(id)s has not ended; is a worker running?") % {"id": job.pk}) from error
        if job.state != State.SUCCEEDED:
            raise CommandError(f"{job.pk} {job.get_state_display()}: {job.said}")
        result = TaskResult.objects.filter(task_id=job.pk).values_list("result", flat=True).first()
        self.stdout.write(f"{job.pk} {job.get_state_display()}: {result or '-'}")


def launched(name: str, arguments: Arguments, by: Any) -> Job:
    """The job, once its form took the arguments; CommandError with its sentences otherwise."""
    launchable = chosen(name, arguments)
    try:
        checked = launchable.clean(arguments)
        launchable.foretell(checked)
        job = launch(launchable.kind.name, checked, by=by)
    except InvalidArguments as error:
        raise CommandError(sentences(launchable, error)) from error
    except Unstorable as error:
        raise CommandError(str(error)) from error
    record_from_shell(Line(job, str(job), audit_log.LAUNCHED()), by)
    return job


def again(job_id: str, by: Any, *, all_the_same: bool, go_on: bool) -> Job:
    """The re-run of that job; CommandError where there is none, or where it may not be run again."""
    job = Job.objects.filter(pk=job_id).first()
    if job is None:
        raise CommandError(_("There is no job with the id %(id)s.") % {"id": job_id})
    if job.state not in FINAL:
        raise CommandError(_("This job has not ended: it cannot be run again yet."))
    if was_unreadable(job):
        raise CommandError(
            _("It stands for a message that nobody could read: there is nothing to run again.")
        )
    try:
        new = rerun(job, by=by, all_the_same=all_the_same, go_on=go_on)
    except RunAgainRefused as error:
        raise CommandError(f"{error} {hint(error.code)}".strip()) from error
    said = audit_log.RUN_AGAIN_ALL_THE_SAME if all_the_same else audit_log.RUN_AGAIN
    record_from_shell(Line(job, str(job), said(id=new.pk)), by)
    return new


def parse(pairs: list[str]) -> Arguments:
    """`["a=1", "b=x"]` as `{"a": 1, "b": "x"}`; CommandError for what is not key=value."""
    arguments: Arguments = {}
    for pair in pairs:
        name, equals, text = pair.partition("=")
        if not equals or not name.isidentifier():
            raise CommandError(
                _("“%s” is not an argument. Write name=value, for example language=fr.") % pair
            )
        try:
            arguments[name] = json.loads(text)
        except json.JSONDecodeError:
            arguments[name] = text
    return arguments


def chosen(name: str, arguments: Arguments) -> Launchable:
    """The job of that slug or task name, in the variant that the arguments say; CommandError when unknown."""
    try:
        return find(name)
    except UnknownJob:
        pass
    named = [kind.name for kind in kinds() if name in (kind.name, kind.name.rpartition(".")[2])]
    launchable = launchable_of(named[0], arguments) if named else None
    if launchable is None:
        known = [one.slug for one in _all() if not named or one.kind.name in named]
        words = {"name": name, "known": ", ".join(known), "nearest": ", ".join(nearest(name, known))}
        if words["nearest"] and not named:
            raise CommandError(
                _("There is no job “%(name)s”. Close to it: %(nearest)s. All: `manage.py launch --list`.")
                % words
            )
        raise CommandError(_("There is no job “%(name)s”. Known: %(known)s.") % words)
    return launchable


def sentences(launchable: Launchable, error: InvalidArguments) -> str:
    problems = "\n".join(
        f"  {name}: {' '.join(found)}" if name else f"  {' '.join(found)}"
        for name, found in error.errors.items()
    )
    takes = ", ".join(launchable.variant.form().fields) or "-"
    return _("%(job)s was not launched:\n%(problems)s\nIt takes: %(takes)s.") % {
        "job": launchable.slug,
        "problems": problems,
        "takes": takes,
    }


def _all() -> list[Launchable]:
    return [one for kind in kinds() for one in kind.launchables()]
