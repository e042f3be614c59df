"""One run of a subscription: what is made, what each reader gets of it, and what its owner is told.

All of it is written in one transaction, with the end of its job: documents, messages, and the jobs that
deliver them.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.conf import settings
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import override

from backoffice import storage
from backoffice.emails.attachments import File, attach, keep
from backoffice.emails.audience import row_of
from backoffice.models import Attachment, Copy, Form, Message, Report, RunState, Subscription, SubscriptionRun
from backoffice.reports import making, registry
from backoffice.reports.base import Order, Progress, ReportType
from backoffice.reports.files import CONTENT_TYPES
from backoffice.reports.forms import Format
from backoffice.reports.making import Made
from backoffice.subscriptions import causes, ending, letters, readers
from backoffice.subscriptions.causes import AtAnEnd, SubscriptionGone
from backoffice.subscriptions.readers import Judged
from backoffice.subscriptions.unread import nobody_reads
from tasks_app.models.caused import columns_of
from tasks_app.notices import Notice

type Launch = Callable[[Message], object]  # writes the job that delivers a message


@dataclass
class Prepared:
    """What one run comes to; nothing of it is written before `record`, but for files."""

    subscription: Subscription
    run: SubscriptionRun
    made: list[Made] = field(default_factory=list)
    copies: list[tuple[Judged, Message | None, Notice | None]] = field(default_factory=list)
    attached: list[Attachment] = field(default_factory=list)
    stopped: list[Judged] = field(default_factory=list)
    to_owner: list[str] = field(default_factory=list)
    asks: bool = False  # whether its owner is asked to end it
    ends: Notice | None = None

    def record(self, launch: Launch) -> None:
        """Database only, in the transaction that ends the job."""
        for made in self.made:
            made.record()
        self.run.save(force_insert=True)
        self.run.reports.set([one.report for one in self.made])
        for one in self.stopped:
            if one.why_not and readers.stop(one.reader, one.why_not):
                self.to_owner.append(_of_reader(_("%(reader)s gets it no more. %(why)s"), one, one.why_not))
        for to, message, why_not in self.copies:
            self._record_copy(to, message, why_not, launch)
        if self.asks:
            Subscription.objects.filter(pk=self.subscription.pk).update(
                asked_at=timezone.now(), question_open=True
            )
        if self.ends:
            ending.end(self.subscription, self.ends)
            self.to_owner.append(str(self.ends))
        tell_owner(self.subscription, self.run.title, self.to_owner, launch)

    def _record_copy(
        self, to: Judged, message: Message | None, why_not: Notice | None, launch: Launch
    ) -> None:
        if message is not None:
            message.save(force_insert=True)
            if to.form == Form.ATTACHED:
                attach(message, [_again(one) for one in self.attached])
            launch(message)
        Copy.objects.create(
            run=self.run,
            reader=to.reader,
            name=to.name,
            form=to.form,
            message=message,
            error=str(why_not or ""),
            **columns_of(why_not),
        )

    @property
    def summary(self) -> dict[str, Any]:
        """What the job's result says."""
        handed = sum(message is not None for _to, message, _why in self.copies)
        return {"run": self.run.state, "title": self.run.title, "copies": handed}


def prepare(
    subscription_id: int, *, moment: datetime, job_id: str, progress: Progress = lambda percent, note: None
) -> Prepared:
    """Raises SubscriptionGone or AtAnEnd; CannotOrder or StorageRefused as making a report does."""
    found = row_of(Subscription.objects.select_related("owner", "schedule"), subscription_id)
    if found is None:
        raise SubscriptionGone
    if found.ended_at:
        raise AtAnEnd
    kind = registry.known(found.type)
    with override(str(found.parameters.get("language") or settings.LANGUAGE_CODE)):
        if kind is None:
            gone = causes.TYPE_GONE(slug=found.type)
            return Prepared(found, _run(found, job_id, found.name, RunState.FAILED, gone), ends=gone)
        return _prepared(found, kind, moment, job_id, progress)


def _prepared(
    subscription: Subscription, kind: ReportType, moment: datetime, job_id: str, progress: Progress
) -> Prepared:
    order = Order(kind, kind.clean(parameters_of(subscription, Format.PDF)), moment, timezone.now(), "")
    prepared = Prepared(subscription, _run(subscription, job_id, order.title, RunState.HANDED_ON))
    everybody = list(readers.judged(subscription, kind))
    prepared.stopped = [one for one in everybody if one.has_stopped]
    staying = [one for one in everybody if not one.has_stopped]
    if nobody_reads(subscription):
        prepared.asks = True
        prepared.to_owner.append(letters.unread(subscription))
    if all(one.why_not for one in staying):
        prepared.run.state = RunState.NOBODY
        prepared.to_owner.append(_("Nobody is left who gets it, so nothing was made."))
        prepared.copies = [(one, None, one.why_not) for one in staying]
    elif subscription.skip_empty and kind.is_empty(order):
        prepared.run.state = RunState.EMPTY
    else:
        _make(prepared, staying, moment, progress)
    _tell_of_those_without(prepared)
    return prepared


def _make(prepared: Prepared, staying: Sequence[Judged], moment: datetime, progress: Progress) -> None:
    subscription, run = prepared.subscription, prepared.run
    for form in subscription.formats:
        progress(5, causes.MAKING(format=form.upper()))
        made = making.make(
            subscription.type,
            parameters_of(subscription, form),
            moment=moment,
            by=subscription.owner,
            job_id=run.job_id,
            # What leaves the house leads nowhere inside.
            linked=not any(one.reader.outside_id for one in staying),
            progress=progress,
        )
        prepared.made.append(made)
    reports = [made.report for made in prepared.made]
    fits = sum(one.size for one in reports) <= settings.REPORT_ATTACH_MAX
    skipped = _skipped_since(subscription)
    for one in staying:
        to, why_not = _in_its_form(one, fits)
        message = None if why_not else letters.to_reader(subscription, to, run.title, reports, skipped)
        prepared.copies.append((to, message, why_not))
    if any(message and to.form == Form.ATTACHED for to, message, _why in prepared.copies):
        # Once in the storage, whoever gets it: each message has a row of its own that names the file.
        prepared.attached = keep(_file_of(one) for one in reports)


def parameters_of(subscription: Subscription, form: str) -> dict[str, Any]:
    return {**subscription.parameters, "format": str(form)}


def tell_owner(subscription: Subscription, title: str, said: Sequence[str], launch: Launch) -> None:
    """In one email, where there is something to say and somebody to say it to."""
    letter = letters.to_owner(subscription, title, said)
    if letter is not None:
        letter.save(force_insert=True)
        launch(letter)


def note_failure(subscription_id: Any, job_id: str, why: Notice, launch: Launch, *, tells: bool) -> None:
    """The end of a run that made nothing: its page says so, and its owner is told; no reader is."""
    subscription = row_of(Subscription.objects.select_related("owner"), subscription_id)
    if subscription is None or why.code in (AtAnEnd.own.code, SubscriptionGone.own.code):
        return
    with override(str(subscription.parameters.get("language") or settings.LANGUAGE_CODE)):
        _run(subscription, job_id, subscription.name, RunState.FAILED, why).save(force_insert=True)
        if tells:
            said = _("This time it failed, and no reader was told. %(why)s") % {"why": why}
            tell_owner(subscription, subscription.name, [said], launch)


def _run(
    subscription: Subscription, job_id: str, title: str, state: RunState, why: Notice | None = None
) -> SubscriptionRun:
    return SubscriptionRun(
        subscription=subscription,
        job_id=job_id,
        title=title,
        state=state,
        error=str(why or ""),
        **columns_of(why),
    )


def _in_its_form(to: Judged, fits: bool) -> tuple[Judged, Notice | None]:
    """What is too large to be attached is linked; an address outside gets none of it."""
    if to.why_not or fits or to.form == Form.LINKED:
        return to, to.why_not
    if to.reader.outside_id:
        return to, causes.TOO_LARGE()
    return Judged(to.reader, to.name, to.address, Form.LINKED), None


def _skipped_since(subscription: Subscription) -> list[str]:
    """The periods that had nothing to report since one was handed on."""
    last = subscription.runs.filter(state=RunState.HANDED_ON).order_by("-at", "-id").first()
    empty = subscription.runs.filter(state=RunState.EMPTY)
    since = empty.filter(at__gt=last.at) if last else empty
    return list(since.order_by("at", "id").values_list("title", flat=True))


def _tell_of_those_without(prepared: Prepared) -> None:
    for to, _message, why_not in prepared.copies:
        if why_not:
            prepared.to_owner.append(_of_reader(_("%(reader)s got nothing. %(why)s"), to, why_not))


def _of_reader(sentence: str, to: Judged, why: Notice) -> str:
    return sentence % {"reader": to.name, "why": why}


def _file_of(report: Report) -> File:
    return File(report.file_name, CONTENT_TYPES[Format(report.format)], storage.read(report.file))


def _again(row: Attachment) -> Attachment:
    return Attachment(name=row.name, content_type=row.content_type, file=row.file)
