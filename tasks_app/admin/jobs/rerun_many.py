"""Running a selection of jobs again: asked about first, by class, and decided anew at the click."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field

from django import forms
from django.db import transaction
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.html import format_html, format_html_join
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from tasks_app.admin import audit_log
from tasks_app.admin.common import log_together
from tasks_app.admin.dialogs import Dialog, ask, done, require
from tasks_app.admin.dressing import dress
from tasks_app.admin.jobs.access import may_run_again
from tasks_app.admin.jobs.actions import name_of
from tasks_app.admin.jobs.rerun import Choices, rerun_note, run_once_more
from tasks_app.admin.jobs.selection import tell, whole
from tasks_app.admin.launch_keys import FIELD, derived_key, launch_key
from tasks_app.admin.selection import ACROSS, Selection, Sorted, grouped, in_batches, selected, sorted_out
from tasks_app.catalogue import label_of
from tasks_app.display import Text, count_up_to, labelled
from tasks_app.errors import RunAgainRefused
from tasks_app.ledger import causes
from tasks_app.ledger.continuing import behind, has_steps
from tasks_app.ledger.refused_message import was_unreadable
from tasks_app.ledger.reruns import family_of, lock_families, why_not_again
from tasks_app.models import FINAL, Job
from tasks_app.notices import Notice

SCREENFUL = 50  # jobs: of more, all that match become a batch
LINKED = 10  # new jobs after a selection was run again; the list shows all of them, the newest on top
CHOICES = ("all_the_same", "go_on")

# Why a job is left alone that was run again before: by the notice that says so of one.
ALREADY: dict[str, Text] = {
    causes.RERUN_SUCCEEDED.code: gettext_lazy("already repaired by a re-run"),
    causes.RERUN_WAITS.code: gettext_lazy("its re-run waits"),
    causes.RERUN_RUNS.code: gettext_lazy("its re-run is running"),
    causes.RERUN_UNKNOWN.code: gettext_lazy("nobody knows yet what became of its re-run"),
}


class ManyForm(forms.Form):
    """What a person says besides, where there is something to ask."""

    all_the_same = forms.BooleanField(required=False)
    go_on = forms.BooleanField(required=False, initial=True)

    def __init__(self, found: Sorted) -> None:
        super().__init__()
        again = [job for job, why in found.left if why in ALREADY.values()]
        stopped = [job for job in [*found.taken, *again] if has_steps(job)]
        self._ask(
            "all_the_same",
            ngettext(
                "Run the %(count)s that was run again already all the same",
                "Run the %(count)s that were run again already all the same",
                len(again),
            ),
            again,
        )
        self._ask(
            "go_on",
            ngettext(
                "And go on with what waits behind %(count)s of them, where it can and has not yet",
                "And go on with what waits behind %(count)s of them, where it can and has not yet",
                len(stopped),
            ),
            stopped,
        )
        if again:
            self.fields["all_the_same"].help_text = " ".join(notes(again))

    def _ask(self, name: str, label: str, jobs: list[Job]) -> None:
        if jobs:
            self.fields[name].label = label % {"count": grouped(len(jobs))}
        else:
            del self.fields[name]


def run_many_again(request: HttpRequest, queryset: QuerySet[Job]) -> HttpResponse | None:
    """Django's action: asks, then runs each of the selection again, once."""
    require(request, "tasks_app.rerun_job")
    if (address := _batch_instead(request, queryset)) is not None:
        return done(request, address)
    chosen = frozenset(name for name in CHOICES if name in request.POST)
    many = RunMany(request, selected(request, queryset, "created_at"), launch_key(request), chosen)
    if FIELD in request.POST and many.selection.was_told:
        return many.run()
    found = sorted_out(many.selection, many.rows, many.why)
    form = dress(ManyForm(found))
    count, words = len(found.taken), {"count": found.count}
    dialog = Dialog(
        title=ngettext("Run %(count)s job again?", "Run %(count)s jobs again?", count) % words,
        text=" ".join(notes(found.taken)),
        items=found.names(name_of),
        left_out=found.left_out(name_of),
        submit=_("Run again")
        if "all_the_same" in form.fields
        else ngettext("Run %(count)s job again", "Run %(count)s jobs again", count) % words,
        form=form if form.fields else None,
        hidden=[*many.hidden, *many.selection.hidden()],
    )
    return ask(request, dialog, back=request.get_full_path())


def _batch_instead(request: HttpRequest, queryset: QuerySet[Job]) -> str | None:
    """Where a batch is begun of all that match, where they are more than a screen has and this person may."""
    if request.POST.get(ACROSS, "0") in ("", "0") or FIELD in request.POST:
        return None
    if not request.user.has_perm("tasks_app.add_batch") or count_up_to(SCREENFUL, queryset) <= SCREENFUL:
        return None
    return reverse("admin:tasks_app_batch_new", query=request.GET)


@dataclass(frozen=True)
class RunMany:
    """A selection, the key of its form, and what was said besides: names of CHOICES."""

    request: HttpRequest
    selection: Selection
    key: str
    chosen: frozenset[str]
    refused: dict[str, Notice] = field(default_factory=dict)  # of the batch that was read last
    taken: dict[str, str] = field(default_factory=dict)  # the one job of each family that runs

    @property
    def hidden(self) -> list[tuple[str, str]]:
        return [(FIELD, self.key), ("action", "run_selected_again")]

    def rows(self, keys: list[str]) -> list[Job]:
        """With what was run again of them already, but for what this very form launched."""
        jobs = list(whole(keys))
        launched = self._launched(jobs)
        refused = {} if "all_the_same" in self.chosen else why_not_again(jobs)
        self.refused.clear()
        self.refused.update({pk: why for pk, why in refused.items() if pk not in launched})
        return jobs

    def _launched(self, jobs: list[Job]) -> set[str]:
        keys = {derived_key(self.key, job.pk): job.pk for job in jobs}
        there = Job.objects.filter(launch_key__in=keys).values_list("launch_key", flat=True)
        return {keys[str(key)] for key in there}

    def why(self, job: Job) -> Text:
        if job.state not in FINAL:
            return _("it has not ended")
        if was_unreadable(job):
            return _("its message could not be read")
        if self.selection.all and job.ended_at and job.ended_at > self.selection.asked_at:
            return _("it ended after you asked")
        if not may_run_again(self.request.user, job):
            return _("you may not launch it")
        if refused := self.refused.get(job.pk):
            return ALREADY[refused.code]
        first = self.taken.setdefault(family_of(job), job.pk)
        return "" if first == job.pk else _("it is run again once, by another of this selection")

    def run(self) -> HttpResponse | None:
        again: list[Job] = []

        def act(jobs: list[Job]) -> list[str]:
            together = log_together(self.request, audit_log.JOBS_RUN_AGAIN, self.key)
            with transaction.atomic(), together:
                lock_families(jobs)
                return [self._run_one(job, again) for job in jobs]

        progress = in_batches(self.selection, self.rows, self.why, act)
        count = progress.done.pop("done", 0)
        progress.left.update(progress.done)  # somebody else was quicker
        progress.done = Counter(done=count)
        said = ngettext("%(count)s job runs again.", "%(count)s jobs run again.", count)
        told = format_html("{} {}", said % {"count": grouped(count)}, _links_to(again))
        more = [(name, "on") for name in sorted(self.chosen)]
        return tell(self.request, self.selection, progress, told, [*self.hidden, *more])

    def _run_one(self, job: Job, again: list[Job]) -> str:
        """ "done", or why it is left alone after all."""
        waiting = behind(job) if "go_on" in self.chosen else None
        choices = Choices("all_the_same" in self.chosen, waiting is not None and waiting.why_not is None)
        try:
            new = run_once_more(self.request, job, derived_key(self.key, job.pk), choices=choices)
        except RunAgainRefused as error:
            return str(ALREADY.get(error.code, error.notice.in_general))
        again.append(new)
        return "done"


def notes(jobs: Iterable[Job]) -> list[str]:
    """What is repeated, once for each kind."""
    return [*dict.fromkeys(str(labelled(label_of(job.name), rerun_note(job))) for job in jobs)]


def _links_to(jobs: list[Job]) -> str:
    pages = ((reverse("admin:tasks_app_job_change", args=[job.pk]), name_of(job)) for job in jobs[:LINKED])
    links = format_html_join(", ", '<a class="bo-plain" href="{}">{}</a>', pages)
    return format_html("{} …", links) if len(jobs) > LINKED else links
