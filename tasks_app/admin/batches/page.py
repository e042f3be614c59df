"""One batch, as it goes on: what it is made of, the classes that add up to it, canary, outcome, proof."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.db.models import Q
from django.http import HttpRequest, HttpResponse
from django.template.loader import render_to_string
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.formats import number_format
from django.utils.translation import gettext as _
from django.utils.translation import ngettext, pgettext

from tasks_app.admin.arguments import said_of
from tasks_app.admin.batches.controls import find_batch
from tasks_app.admin.batches.new import RIGHTS
from tasks_app.admin.common import Link, Person, job_links
from tasks_app.admin.jobs.actions import Button
from tasks_app.admin.jobs.belongings import BATCH, may_have
from tasks_app.admin.things import cause_url
from tasks_app.batches import canary, proof
from tasks_app.batches.control import needs_job
from tasks_app.batches.steps import progress_of
from tasks_app.batches.words import made_of, name_of, verdict_of
from tasks_app.display import Text, badge
from tasks_app.models import Batch, BatchItem, BatchState, ItemClass, ItemState, Job, Node, State
from tasks_app.models.batch import ENDED, INCLUDABLE, OUTCOMES, STOPPABLE
from tasks_app.monitor.pauses import why_it_waits
from tasks_app.monitor.queue_status import takes_from
from tasks_app.subject import field_of

VIEW = "tasks_app.view_batch"
SHOWN = 5  # batches that a job was an item of, the latest
# Colour and icon of each state, as display.STATE_LOOKS has those of jobs.
LOOKS: dict[str, tuple[str, str]] = {
    BatchState.PREPARING: ("info", "sort"),
    BatchState.READY: ("warning", "front_hand"),
    BatchState.RUNNING: ("info", "play_circle"),
    BatchState.PAUSED: ("warning", "pause_circle"),
    BatchState.STOPPING: ("", "block"),
    BatchState.STOPPED: ("", "block"),
    BatchState.FINISHED: ("success", "check_circle"),
}


@dataclass(frozen=True)
class Row:
    """A figure of the batch, and the list of exactly those jobs."""

    label: Text
    count: str
    url: str
    note: Text = ""


def show(request: HttpRequest, object_id: str) -> HttpResponse:
    batch = _find(request, object_id)
    context = admin.site.each_context(request) | body(request, batch)
    context |= {"title": name_of(batch), "opts": Batch._meta, "digest": digest(request, context)}
    return TemplateResponse(request, "tasks_app/batch.html", context)


def live(request: HttpRequest, object_id: str) -> HttpResponse:
    """The page's changing part for whoever watches: 204 while nothing changed since `?seen=`."""
    context = body(request, _find(request, object_id))
    context["digest"] = digest(request, context)
    if request.GET.get("seen") == context["digest"]:
        return HttpResponse(status=204)
    return TemplateResponse(request, "tasks_app/batch_body.html", context | {"announce": True})


def _find(request: HttpRequest, object_id: str) -> Batch:
    if not request.user.has_perm(VIEW):
        raise PermissionDenied
    return find_batch(object_id)


def body(request: HttpRequest, batch: Batch) -> dict[str, Any]:
    working = Job.objects.filter(pk=batch.job_id).first()
    shown = proof.of_batch(batch)
    is_live = batch.state not in ENDED | {BatchState.READY} or bool(batch.count(states=(ItemState.LAUNCHED,)))
    return {
        "batch": batch,
        "badge": state_badge(batch),
        "what": made_of(batch),
        "cause_url": _cause_url(request, batch),
        "verdict": verdict_of(batch),
        "waits": _why_it_waits(batch, working),
        "is_live": is_live,
        "progress": round(progress_of(batch)[0]) if batch.state in WORKING else None,
        "total": number_format(batch.total, force_grouping=True),
        "classes": list(_classes(batch)),
        "outcomes": list(_outcomes(batch)) if batch.started_at else [],
        "steps": list(_steps(batch)),
        "changes": list(_changes(batch)),
        "included": [ItemClass(name).label for name in batch.included],
        "proof": shown,
        "proof_url": request.build_absolute_uri(shown.url) if shown else "",
        "items_url": proof.items_url(batch),
        "working": working if request.user.has_perm("tasks_app.view_job") else None,
        "actions": offered(request, batch),
    }


def _cause_url(request: HttpRequest, batch: Batch) -> str:
    """The page of its cause, where all have the same; "" for who may not see it."""
    if not (batch.cause and request.user.has_perm("tasks_app.view_job")):
        return ""
    return cause_url(batch.kind, batch.cause)


WORKING = frozenset({BatchState.PREPARING, BatchState.RUNNING})


def digest(request: HttpRequest, context: dict[str, Any]) -> str:
    """Changes when what the page shows does."""
    shown = render_to_string("tasks_app/batch_body.html", context | {"digest": ""}, request)
    return hashlib.sha256(shown.encode()).hexdigest()[:16]


def state_badge(batch: Batch) -> str:
    variant, icon = LOOKS[batch.state]
    return badge(BatchState(batch.state).label, variant, icon)


def offered(request: HttpRequest, batch: Batch) -> list[Button]:
    """What makes sense in its state and is allowed to this person."""
    if not request.user.has_perms(RIGHTS):
        return []

    def url(name: str) -> str:
        return reverse(f"admin:tasks_app_batch_{name}", args=[batch.pk])

    buttons = []
    launchable = batch.count((ItemClass.NOTHING, *INCLUDABLE), (ItemState.PENDING,))
    if batch.state == BatchState.READY and launchable:
        buttons.append(Button(_("Start"), url("start"), "play_arrow", "primary"))
    if batch.state == BatchState.RUNNING:
        buttons.append(Button(_("Pause"), url("pause"), "pause"))
    if batch.state == BatchState.PAUSED or needs_job(batch):
        buttons.append(Button(_("Go on"), url("go_on"), "play_arrow", "primary"))
    if batch.state in STOPPABLE:
        buttons.append(Button(_("Stop"), url("stop"), "block", "danger"))
    return buttons


def _why_it_waits(batch: Batch, working: Job | None) -> str:
    """Where it should go on and does not."""
    if needs_job(batch):
        return _("The job that worked on it ended: nothing is lost. Have it go on.")
    if batch.state in ENDED | {BatchState.READY} or working is None or working.state != State.WAITING:
        return ""
    if paused := why_it_waits(working.queue):
        return paused
    alive = Node.objects.alive(timezone.now())
    if not any(node.kind == Node.Kind.CLOCK for node in alive):
        return _("No clock runs: it goes on as soon as one does.")
    if not any(node.kind == Node.Kind.WORKER and takes_from(node, working.queue) for node in alive):
        return _("No worker takes jobs from its queue at present: it starts when one does.")
    return ""


# --- Figures ----------------------------------------------------------------------------------------


def _classes(batch: Batch) -> Iterator[Row]:
    """Each class that has items; they add up to the whole."""
    for name in ItemClass:
        if count := batch.count((name,)):
            url = proof.items_url(batch, item_class=name)
            yield Row(name.label, number_format(count, force_grouping=True), url, _note(batch, name))


def _note(batch: Batch, name: ItemClass) -> Text:
    if name == ItemClass.UNSORTED:
        return ""
    return pgettext("of a batch", "Run again") if name in batch.takes else _("Left out")


def _outcomes(batch: Batch) -> Iterator[Row]:
    for state in (ItemState.PENDING, ItemState.LAUNCHED, *OUTCOMES, ItemState.LEFT_OUT, ItemState.STOPPED):
        if count := batch.count(states=(state,)):
            url = proof.items_url(batch, state=state)
            yield Row(state.label, number_format(count, force_grouping=True), url)


def _steps(batch: Batch) -> Iterator[tuple[Text, Text]]:
    """Of the canary: how large each step is, and what came of it."""
    if not batch.started_at:
        return
    for at, step in enumerate(batch.steps[: len(canary.SIZES)]):
        told = [f"{state.label}: {number_format(step[state])}" for state in OUTCOMES if step.get(state)]
        launched = step["launched"]
        to_come = launched - sum(step.get(state, 0) for state in OUTCOMES)
        if to_come:
            told.append(f"{ItemState.LAUNCHED.label}: {number_format(to_come)}")
        words = ngettext(
            "Canary, step %(number)d (%(launched)s job)",
            "Canary, step %(number)d (%(launched)s jobs)",
            launched,
        )
        yield words % {"number": at + 1, "launched": number_format(launched)}, "; ".join(told)


def _changes(batch: Batch) -> Iterator[tuple[Text, str]]:
    """What is given to all in place of an argument."""
    for name, value in batch.changes.items():
        bound = field_of(batch.kind, name)
        yield (bound.label if bound else name), said_of(bound.field if bound else None, value)


# --- From a job to its batch --------------------------------------------------------------------------


def batches_of(job: Job, user: Person) -> Iterator[Link]:
    """The batches that it was an item of, and the one that launched it."""
    if not user.has_perm(VIEW) or not may_have(job, BATCH):
        return
    # Sorted here: with an order of keys and a limit, PostgreSQL may walk all items of all batches.
    its = BatchItem.objects.filter(Q(new_job_id=job.pk) | Q(job_id=job.pk)).select_related("batch").order_by()
    items = sorted(its, key=lambda item: item.pk, reverse=True)
    for item in items:
        if item.new_job_id == job.pk:
            yield _link(item.batch, _("Launched by"))
    for item in [item for item in items if item.job_id == job.pk][:SHOWN]:
        yield _link(item.batch, ItemState(item.state).label)


def _link(batch: Batch, note: Text) -> Link:
    url = reverse("admin:tasks_app_batch_change", args=[batch.pk])
    return Link(name_of(batch), url, "playlist_play", f"{note} · {BatchState(batch.state).label}")


job_links.append(batches_of)
