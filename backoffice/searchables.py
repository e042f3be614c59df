"""What of the domain is found by its contents, and what jobs of the domain are found by besides."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from datetime import datetime
from email.utils import parseaddr

from django.conf import settings
from django.utils.translation import override

from backoffice import spelling
from backoffice.models import Message, Recipient
from backoffice.reports import registry
from backoffice.reports.base import Order, ReportType
from backoffice.reports.errors import CannotOrder
from tasks_app.models import Job
from tasks_app.search.things import Thing, job_words, register
from tasks_app.subject import subject_arguments

REPORTS = "tasks_app.tasks.rapport_pdf"


def _message_texts(messages: Sequence[Message]) -> Iterable[Sequence[str]]:
    """As addressed when it was written. Of security mail the address alone, as reports show it."""
    for message in messages:
        # As it travels, and as people read its domain.
        addresses = {message.to, spelling.address(message.to)}
        name = parseaddr(str(message.headers.get("To", "")))[0]
        yield [*sorted(addresses)] if message.security else [*sorted(addresses), name, message.subject]


MESSAGE = register(
    Thing(
        "message",
        rows=lambda: Message.objects.only("to", "subject", "headers", "security", "created_at"),
        texts=_message_texts,
        beginnings=("to", "subject"),
    )
)


def names_of_recipients(jobs: Sequence[Job]) -> Mapping[str, Sequence[str]]:
    """A job that is about an address is found by the name and the company of who has it."""
    addresses = {job.about for job in jobs if "@" in job.about}
    if not addresses:
        return {}
    people = {one.email.lower(): one for one in Recipient.objects.with_addresses(addresses)}
    named = {job.pk: people.get(job.about.lower()) for job in jobs}
    return {job_id: [person.name, person.company] for job_id, person in named.items() if person is not None}


def titles_of_reports(jobs: Sequence[Job]) -> Mapping[str, Sequence[str]]:
    """An order of "last month" is found by that month's name."""
    return {job.pk: list(_titles(job)) for job in jobs if job.name == REPORTS}


def _titles(order: Job) -> Iterable[str]:
    moment = order.scheduled_for or order.created_at
    with suppress(CannotOrder):  # as it will be refused when it runs; or from before its form was changed
        parameters = subject_arguments(order)
        kind = registry.find(str(parameters.pop("type", "overview")))
        for language, _name in settings.LANGUAGES:
            with override(language):
                yield _title(kind, parameters, moment)


def _title(kind: ReportType, parameters: Mapping[str, object], moment: datetime) -> str:
    return Order(kind, kind.clean(parameters), moment, moment, "").title


job_words.extend([names_of_recipients, titles_of_reports])
