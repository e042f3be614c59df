"""One argument changed for all jobs of a batch, or all arguments of one; always by the kind's own form."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from tasks_app.batches import causes
from tasks_app.catalogue import Arguments, Launchable, launchable_of
from tasks_app.errors import ARGUMENTS_INVALID, InvalidArguments
from tasks_app.models import Job
from tasks_app.notices import Notice
from tasks_app.notices.notice import FIELD, of_field
from tasks_app.subject import argument_label, arguments_of

SECRET_REFUSED = _("It is refused. What it says is shown to nobody.")


def changeable(one: Launchable) -> dict[str, forms.Field]:
    """The fields of a form that may be changed for many: never a secret one, nor a file."""
    if not one.kind.listed:
        return {}
    fields = one.form().fields
    return {
        name: field
        for name, field in fields.items()
        if name not in one.kind.secret and not isinstance(field, forms.FileField)
    }


def changed(job: Job, changes: Mapping[str, Any], own: Arguments | None = None) -> Arguments | None:
    """What it is given when it runs again, if that is not what it was given; not checked.

    `own` are the arguments that were corrected for this one alone.
    """
    if own is not None:
        return own
    return arguments_of(job) | dict(changes) if changes else None


def checked(job: Job, changes: Mapping[str, Any], own: Arguments | None = None) -> Arguments | None:
    """As `changed`, cleaned by its form; raises InvalidArguments where it does not fit."""
    given = changed(job, changes, own)
    one = launchable_of(job.name, arguments_of(job) if given is None else given)
    if one is None:  # nothing says what its arguments should be
        if given is not None:
            raise InvalidArguments(_no_field(job, changes))
        return None
    if unknown := [name for name in changes if own is None and name not in one.variant.form().fields]:
        raise InvalidArguments(_no_field(job, unknown))
    cleaned = one.clean(arguments_of(job) if given is None else given)
    return None if given is None else cleaned


def _no_field(job: Job, names: Iterable[str]) -> Notice:
    return causes.NO_FIELD(name=[argument_label(job.name, name) for name in names])


def misfit_of(job: Job, changes: Mapping[str, Any], own: Arguments | None = None) -> Notice | None:
    """Why its arguments do not fit; None where they do. What a secret argument is, is not said."""
    try:
        checked(job, changes, own)
    except InvalidArguments as error:
        return _without_secrets(job, error.notice)
    return None


def _without_secrets(job: Job, notice: Notice) -> Notice:
    one = launchable_of(job.name, arguments_of(job))
    if one is None or notice.code != ARGUMENTS_INVALID.code:
        return notice
    fields = [error[FIELD] for error in notice.params["errors"]]
    return ARGUMENTS_INVALID(
        errors=[
            of_field(name, label, [SECRET_REFUSED] if name in one.kind.secret else said)
            for name, label, said in fields
        ]
    )
