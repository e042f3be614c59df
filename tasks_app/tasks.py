"""The jobs: with email_task.py the place where the engine and the domain meet."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any

from django import forms
from django.conf import settings
from django.core.exceptions import ValidationError
from django.utils import timezone
from django.utils.translation import get_language, pgettext_lazy
from django.utils.translation import gettext_lazy as _

from backoffice import prunables as domain
from backoffice.books import sending_tasks
from backoffice.emails import preview, unsent
from backoffice.emails.audience import address_of, oneself
from backoffice.emails.errors import Refused, TryAgain
from backoffice.emails.forms import SendEmailForm
from backoffice.emails.repeated import sent_already
from backoffice.emails.settle import close_orphans
from backoffice.models import Message, Report
from backoffice.reports import making, registry
from backoffice.reports.forms import ReportForm
from backoffice.reports.repeated import made_already
from backoffice.shelf.placing import place_those_without
from backoffice.sizes.keeping import keep_sizes
from tasks_app.account_tasks import send_password_link as send_password_link
from tasks_app.alert_tasks import alert_by_mail as alert_by_mail
from tasks_app.batches import causes as batch_causes
from tasks_app.batches import steps
from tasks_app.batches.causes import GivesWay
from tasks_app.batches.control import let_go_of_abandoned
from tasks_app.batches.words import made_of_key
from tasks_app.catalogue import Arguments, JobKind, Preview, Variant, describe, job
from tasks_app.delivery_tasks import deliver_message as deliver_message
from tasks_app.delivery_tasks import launch_delivery as launch_delivery
from tasks_app.delivery_tasks import message_decides
from tasks_app.desk_tasks import cancel_jobs as cancel_jobs
from tasks_app.email_task import send_from_template, sending, settle_jobs
from tasks_app.errors import CodedError
from tasks_app.mailing_tasks import launch_sending as launch_sending
from tasks_app.mailing_tasks import launch_take_down as launch_take_down
from tasks_app.mailing_tasks import send_mailing as send_mailing
from tasks_app.mailing_tasks import take_down_mailing as take_down_mailing
from tasks_app.models import Batch
from tasks_app.notices import TECHNICAL, declare
from tasks_app.question_tasks import ask_question as ask_question
from tasks_app.report_tasks import make_report_again as make_report_again
from tasks_app.retention import prunables
from tasks_app.retention.prune import Prunable, prune, rehearse
from tasks_app.schedule_tasks import schedule_by_mail as schedule_by_mail
from tasks_app.search.refolding import refold
from tasks_app.subject import seen_from
from tasks_app.subscription_tasks import deliver_subscription as deliver_subscription


class NoArguments(forms.Form):
    """For jobs that take none."""


describe(
    JobKind(
        name="projet.celery.debug_task",
        label=_("Test the pipeline"),
        description=_(
            "A job that only says which worker ran it: proof that broker, worker and database work together."
        ),
        form=NoArguments,
        icon="troubleshoot",
    )
)


# --- Emails -------------------------------------------------------------------------------------


def telling(asked: Callable[..., Any]) -> Callable[..., Any]:
    """A preview or a rehearsal that cannot be made says so in the form it was asked from."""

    @wraps(asked)
    def told(*args: Any) -> Any:
        try:
            return asked(*args)
        except Refused as error:
            raise ValidationError(str(error)) from error

    return told


def letter_of(arguments: Arguments) -> Preview:
    letter = preview.letter(arguments.get("destinataire_id"), arguments.get("modele_id"))
    return Preview(**letter._asdict())


def letter_to_oneself(arguments: Arguments, user: Any) -> Arguments:
    recipient = oneself(user, get_language() or settings.LANGUAGE_CODE)
    return arguments | {"destinataire_id": recipient.pk}


@job(
    label=_("Send an email"),
    description=_("One email to one recipient, from a template."),
    form=SendEmailForm,
    verb=pgettext_lazy("button", "Send"),
    icon="mail",
    queue="high",
    about=lambda arguments: address_of(arguments.get("destinataire_id")),
    searchable=("destinataire_id", "modele_id"),
    preview=telling(letter_of),
    trial=telling(letter_to_oneself),
    makes=[Message],
    repeats=sent_already,
    when_lost=message_decides,
    rerun_note=_("The email is written anew from its template and sent once more to the same recipient."),
    **sending(lambda given: unsent.of_template(given.get("destinataire_id"), given.get("modele_id"))),
)
def envoi_email(self: Any, destinataire_id: int, modele_id: int | None = None) -> dict[str, str]:
    return send_from_template(self, recipient_id=destinataire_id, template_id=modele_id)


@job(
    label=_("Read email events"),
    description=_("What the mail service says of sent emails: delivered, bounced, reported as spam."),
    form=NoArguments,
    icon="mark_email_read",
    queue="low",
    rerun_note=_("Events that came since are read; one that was read before changes nothing."),
    autoretry_for=(TryAgain,),
    max_retries=3,
    retry_backoff=10,
    time_limit=120,
)
def read_email_events(self: Any) -> dict[str, Any]:
    counted: dict[str, int] = {}
    if settings.SES_EVENTS_QUEUE_URL:
        from backoffice.emails import event_queue  # boto3 is slow to import

        counted = event_queue.drain()
    return {"status": "ok", "settled": settle_jobs(sending_tasks()), **counted}


# --- Reports ------------------------------------------------------------------------------------


def report_variants() -> list[Variant]:
    """One form for each report type, offered to the groups it names."""
    return [
        Variant(
            key=one.slug,
            label=one.title,
            description=one.description,
            form=one.form,
            fixed={"type": one.slug},
            allowed=one.may_order,
        )
        for one in registry.report_types()
    ]


@job(
    label=_("Make a report"),
    description=_("A document to read, print or forward, or its rows for a spreadsheet."),
    form=ReportForm,
    verb=pgettext_lazy("button", "Order"),
    icon="description",
    queue="default",
    permission="backoffice.order_report",
    about=lambda arguments: registry.about(arguments.get("type", "overview"), arguments),
    searchable=("type",),
    about_in_words=True,
    covers=registry.days_covered,
    makes=[Report],
    repeats=made_already,
    rerun_note=_("The report is made again, for the same days, as a new file."),
    variants=report_variants,
    stop_by_force=True,  # a file without its row is nobody's: the cleanup removes it
    soft_time_limit=10 * 60,
    time_limit=11 * 60,
)
def rapport_pdf(self: Any, type: str = "overview", **parameters: Any) -> dict[str, str]:
    made = making.make(
        type,
        parameters,
        moment=seen_from(self.job),
        by=self.job.created_by,
        job_id=self.request.id,
        progress=self.progress,
    )
    self.at_end(made.record)
    return {"status": "ok", **made.summary}


# --- Batches ------------------------------------------------------------------------------------


class BatchForm(forms.Form):
    batch = forms.UUIDField(label=_("Batch"))


@job(
    label=_("Run a batch"),
    description=_("Sorts the jobs of a batch, launches them again, and waits for what comes of them."),
    form=BatchForm,
    icon="playlist_play",
    queue="low",
    permission="tasks_app.rerun_job",
    listed=False,
    about=lambda arguments: made_of_key(arguments.get("batch")),
    refers_to={"batch": Batch},
    when_unsuccessful=steps.pause_by_its_end,
    rerun_note=_("Nothing is launched by it: let the batch itself go on, on its page."),
)
def run_batch(self: Any, batch: str) -> dict[str, Any]:
    delay = steps.take_turn(batch, self.request.id, lambda now: self.progress(*steps.progress_of(now)))
    if delay is not None:
        awaits = delay > steps.BREATH
        self.snooze(delay, GivesWay((batch_causes.AWAITS if awaits else batch_causes.GOES_ON)()))
    return {"status": "ok"}


# --- Cleanup ------------------------------------------------------------------------------------


REMOVING = declare("cleanup.removing", _("Removing"))
NOT_ALL_REMOVED = declare(
    "cleanup.not_all_removed",
    _("Some things could not be removed (%(failed)s); all else was."),
    general=_("Some things could not be removed; all else was."),
    hint=_("The log of the worker says why."),
    failed=TECHNICAL,
)


PLACED_AT_ONCE = 5_000  # reports without a place on the shelf, in one run


def everything_prunable() -> list[Prunable]:
    return [*prunables.PRUNABLES, *domain.PRUNABLES]


class NotCleanedUp(CodedError):
    """All else was removed: nothing is repeated for the sake of this."""


class CleanupForm(forms.Form):
    dry_run = forms.BooleanField(
        label=_("Only count"),
        required=False,
        help_text=_("Says what would be removed and removes nothing."),
    )


@job(
    label=_("Clean up"),
    description=_(
        "Removes what is older than its retention, and measures what is left. A schedule does it every hour."
    ),
    form=CleanupForm,
    icon="mop",
    queue="low",
    rerun_note=_("What is older than its retention by then is removed."),
    stop_by_force=True,  # each batch is a transaction of its own
    time_limit=15 * 60,
)
def cleanup_results(self: Any, dry_run: bool = False) -> dict[str, Any]:
    if dry_run:
        return rehearse(everything_prunable(), timezone.now()).as_json()
    pruned = prune(everything_prunable(), timezone.now(), after_batch=lambda: self.progress(None, REMOVING()))
    abandoned = close_orphans()
    let_go_of_abandoned(timezone.now())
    refold(lambda: self.progress(None, REMOVING()))
    place_those_without(PLACED_AT_ONCE)
    unmeasured = keep_sizes(timezone.now())
    if pruned.failed:
        raise NotCleanedUp(NOT_ALL_REMOVED(failed=pruned.failed))
    done = pruned.as_json() | {"messages_closed": abandoned}
    return done | ({"not_measured": unmeasured} if unmeasured else {})
