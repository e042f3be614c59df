"""What a job is about, and with which arguments it runs, as pages say it.

In templates: `{% load work %}`, then `{{ job|subject }}`.
"""

from __future__ import annotations

from datetime import datetime

from django import forms
from django.db.models import Case, F, Q, When

from tasks_app.catalogue import Arguments, Text, kind_of, kinds, named_arguments
from tasks_app.ledger.json_values import from_json
from tasks_app.models import Job
from tasks_app.models.job import JobQuerySet


def seen_from(order: Job) -> datetime:
    """The moment from which "last month" is counted: a re-run covers the days of the run it repeats."""
    first = order
    while first.rerun_of is not None:
        first = first.rerun_of
    return first.scheduled_for or first.created_at


def subject_of(job: Job) -> str:
    """What it is about, in the reader's language where the kind says it in words of ours."""
    kind = kind_of(job.name)
    if kind is None or not kind.about_in_words:
        return job.about
    try:
        return kind.about(subject_arguments(job)) or job.about
    except Exception:  # kept from before its form was changed
        return job.about


def subject_arguments(job: Job) -> Arguments:
    """The arguments that its subject is made of, in words of ours: a row of `listed` has them by it."""
    args, kwargs = getattr(job, "subject_args", None), getattr(job, "subject_kwargs", None)
    if args is None or kwargs is None:
        args, kwargs = job.args, job.kwargs
    return named_arguments(job.name, from_json(args), from_json(kwargs))


def arguments_of(job: Job) -> Arguments:
    """All arguments by name, as they are stored; positional ones are named by the catalogue."""
    return named_arguments(job.name, job.args, job.kwargs)


def field_of(task_name: str, argument: str) -> forms.BoundField | None:
    """The field of an argument in the first of the kind's forms that asks for it."""
    kind = kind_of(task_name)
    blanks = (one.form() for one in kind.launchables()) if kind else ()
    return next((blank[argument] for blank in blanks if argument in blank.fields), None)


def argument_label(task_name: str, argument: str) -> Text:
    """What an argument is called, whichever form of its kind asks for it; its name where none does."""
    field = field_of(task_name, argument)
    return field.label if field else argument


def listed(jobs: JobQuerySet) -> JobQuerySet:
    """For lists: without the columns that may be long, but for arguments that a subject is made of."""
    worded = Q(name__in=[kind.name for kind in kinds() if kind.about_in_words])
    return jobs.defer("args", "kwargs", "message").annotate(
        subject_args=Case(When(worded, then=F("args"))),
        subject_kwargs=Case(When(worded, then=F("kwargs"))),
    )
