"""Correcting a job that ended, and running it again: its own form, with what it was given."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from typing import Any, cast

from django import forms
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _

from tasks_app.admin.arguments import Argument, shown_arguments
from tasks_app.admin.jobs.actions import correctable
from tasks_app.admin.jobs.rerun import Rerun, RerunForm, cannot_yet, run_once_more, to_run_again, twin_of
from tasks_app.admin.launch import add_errors, job_url, show_form, tell_whether_queued
from tasks_app.admin.launch_keys import launch_key
from tasks_app.catalogue import Arguments, Launchable
from tasks_app.display import labelled
from tasks_app.errors import InvalidArguments, RunAgainRefused
from tasks_app.ledger.json_values import Unstorable
from tasks_app.models import Job
from tasks_app.subject import arguments_of


def correct(request: HttpRequest, object_id: str) -> HttpResponse:
    """The job's own form, filled in with what it was given: corrected, then run again."""
    job, key = to_run_again(request, object_id), launch_key(request)
    one = correctable(job)
    if one is None:
        raise Http404
    if (refusal := cannot_yet(request, job)) is not None:
        return refusal
    if twin := twin_of(request, key):
        return redirect(job_url(twin))
    looked_at = Rerun.of(job)
    if request.method != "POST":
        given = given_again(job, one)
        looked_at = replace(looked_at, unfit=tuple(no_longer_fit(request, job, one, given)))
        form = one.form(initial=given)
        return show_form(request, one, form, key, rerun=looked_at, choices=looked_at.form(None))
    return _corrected(request, looked_at, one, key)


def _corrected(request: HttpRequest, looked_at: Rerun, one: Launchable, key: str) -> HttpResponse:
    form, choices = one.form(request.POST, files=request.FILES), looked_at.form(request.POST)
    preview = request.POST.get("do") == "preview"
    if not preview and form.is_valid() and choices.is_valid():
        new = _run_corrected(request, looked_at.job, one, form, cast(RerunForm, choices), key)
        if new is not None:
            tell_whether_queued(request, new, _("It runs again. This page follows it."))
            return redirect(job_url(new))
    return show_form(request, one, form, key, preview=preview, rerun=looked_at, choices=choices)


def _run_corrected(
    request: HttpRequest, job: Job, one: Launchable, form: forms.Form, choices: RerunForm, key: str
) -> Job | None:
    """The new job; None where the form now says why not."""
    try:
        one.foretell(one.arguments(form))
        return run_once_more(request, job, key, one.arguments(form), choices=choices.choices)
    except InvalidArguments as error:
        add_errors(form, error)
    except (Unstorable, RunAgainRefused) as error:
        form.add_error(None, str(error))
    return None


def given_again(job: Job, one: Launchable) -> Arguments:
    """What the form begins with: as it was given, moving values as such; secrets are asked for anew."""
    hidden = {*one.kind.secret, *one.variant.fixed}
    return {name: value for name, value in arguments_of(job).items() if name not in hidden}


def no_longer_fit(request: HttpRequest, job: Job, one: Launchable, given: Arguments) -> Iterable[str]:
    """Each argument that the form of today does not take as it was given, and why."""
    blank = one.form(initial=given)
    initial = {name: blank.get_initial_for_field(field, name) for name, field in blank.fields.items()}
    asked = one.form({name: value for name, value in initial.items() if value is not None})
    shown = {one.name: one for one in shown_arguments(request, job.name, arguments_of(job))}
    for name, value in given.items():
        if name not in blank.fields:
            why = _("It is not asked for any more, and is left out.")
        elif name in asked.errors:
            why = " ".join(map(str, asked.errors[name]))
        else:
            continue
        yield f"{_said(shown.get(name), name, value)} {why}"


def _said(argument: Argument | None, name: str, value: Any) -> str:
    if argument is None:
        return str(labelled(name, str(value)))
    return str(labelled(argument.label, argument.value or ", ".join(one.text for one in argument.things)))
