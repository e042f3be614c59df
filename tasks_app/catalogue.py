"""`@job`: one declaration from which the launch page, forms, CLI, permissions and recovery follow.

A kind is an ordinary Celery task plus what people and the engine must know of it. A kind whose form
depends on one of its arguments (a report on its type) declares `variants`; what a person can launch
is then one Launchable per variant.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import Enum
from functools import partial
from typing import Any

from celery import Task, current_app, shared_task
from django import forms
from django.contrib.auth.models import AbstractBaseUser, AnonymousUser
from django.core.exceptions import PermissionDenied, ValidationError
from django.db.models import Model
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from tasks_app.errors import ARGUMENTS_INVALID, UNKNOWN_JOB, InvalidArguments, UnknownJob
from tasks_app.models import Job, State
from tasks_app.notices import Notice, in_each_language
from tasks_app.notices.notice import of_field

type Text = str | Promise
type User = AbstractBaseUser | AnonymousUser
type Arguments = dict[str, Any]  # JSON values by argument name

# The task of a job that stands for a message which names none that could be read.
UNREADABLE = "tasks_app.unreadable_message"
LAUNCH = _("Launch")
NO_SUCH_ARGUMENT = _("There is no such argument. It takes: %(known)s.")
DONE_AGAIN = _("The whole job is done again with the same arguments.")


class WhenLost(Enum):
    """What a run means that its worker's death or stop cut off: the declaration's word to recovery."""

    AGAIN = State.WAITING  # nothing took effect, or the effect is guarded: run it again
    FAIL = State.FAILED
    ASK = State.UNKNOWN  # an outside effect may have happened: an event or a person decides


@dataclass(frozen=True)
class Preview:
    """What a job would do: an HTML document for a sandboxed frame, and what stands above it, by label."""

    html: str
    headers: Sequence[tuple[str, str]] = ()


@dataclass(frozen=True)
class Variant:
    """One form of a kind: "rapport_pdf" as an activity report."""

    key: str
    label: Text
    description: Text
    form: type[forms.Form]
    fixed: Arguments = field(default_factory=dict)  # what the variant itself says, e.g. {"type": "activity"}
    allowed: Callable[[User], bool] = lambda user: True


@dataclass(frozen=True, kw_only=True)
class JobKind:
    """What people and the engine must know of a task beyond its code: a job's declaration."""

    name: str  # the task's

    # --- for people, on the launch page and in lists ---
    label: Text
    description: Text = ""
    icon: str = "play_circle"  # a Material Symbols name
    verb: Text = LAUNCH  # what the button of its form says
    permission: str = "tasks_app.launch_job"  # who may launch it, as `app.codename`
    listed: bool = True  # whether the launch page offers it
    # What a job is about, for lists and search, from its arguments ("" for nothing).
    about: Callable[[Arguments], str] = lambda arguments: ""
    # Whether `about` is made of translated words and asks no database: pages then say it in their reader's
    # language, and what was stored at the launch is only searched.
    about_in_words: bool = False

    # --- its arguments ---
    form: type[forms.Form]  # a plain Django form; its field names are the task's argument names
    variants: Callable[[], Iterable[Variant]] | None = None  # its forms, where they depend on an argument
    secret: Collection[str] = ()  # arguments that are never shown or logged
    # Arguments that jobs are found by, whole, in their list: `arg.destinataire:42`. None may be secret.
    searchable: Collection[str] = ()
    # Arguments that are keys of rows, where their field does not say so (a ModelChoiceField does): pages name
    # the row, and lead to its page.
    refers_to: Mapping[str, type[Model]] = field(default_factory=dict)
    # What a job that succeeds leaves: models whose rows have its id in `job_id`. Pages lead there, and say
    # where it is deleted since.
    makes: Collection[type[Model]] = ()
    # Of jobs with these ids, those whose outside effect is recorded already (an accepted email, a file), and
    # what it was: a re-run would have it a second time.
    repeats: Callable[[Collection[str]], Mapping[str, Notice]] | None = None
    # What would happen, from the arguments; and the arguments of a rehearsal addressed to the person who asks
    # ("send a test to oneself"). Both raise ValidationError with a sentence where they cannot be made.
    preview: Callable[[Arguments], Preview] | None = None
    trial: Callable[[Arguments, Any], Arguments] | None = None

    # The days that a run scheduled for a moment is about, in words, where its arguments move with it ("last
    # month"): shown before a schedule is saved. "" for none.
    covers: Callable[[Arguments, datetime], Text] | None = None

    # --- for the engine ---
    queue: str = ""  # where it waits, unless settings route it elsewhere
    # What a run means that its worker's death or stop cut off. A function sees the Job and decides, in the
    # transaction that records it.
    when_lost: WhenLost | Callable[[Job], WhenLost] = WhenLost.AGAIN
    # What is known of jobs whose outcome is not, for whoever settles them: lines by the job's id.
    evidence: Callable[[Sequence[Job]], Mapping[str, Sequence[Text]]] = lambda unknown: {}
    # What else a person's word on an unknown outcome settles, in the same transaction.
    when_settled: Callable[[Job, State], None] = lambda settled, state: None
    # What an end without success (failed, cancelled, unknown) leaves besides, in the transaction of that end:
    # given the Job as it ended, and why.
    when_unsuccessful: Callable[[Job, Notice], None] | None = None
    # What a re-run repeats, shown before it is confirmed.
    rerun_note: Text = DONE_AGAIN
    # Whether a run that was asked to stop, and did not within CANCEL_GRACE_SECONDS, may be killed: only where
    # a run cut off anywhere does no harm outside the database.
    stop_by_force: bool = False

    @property
    def task(self) -> Task[..., Any]:
        return current_app.tasks[self.name]

    def verdict_on(self, lost: Job) -> WhenLost:
        return self.when_lost if isinstance(self.when_lost, WhenLost) else self.when_lost(lost)

    def launchables(self) -> list[Launchable]:
        if self.variants is None:
            return [Launchable(self, Variant("", self.label, self.description, self.form))]
        return [Launchable(self, variant) for variant in self.variants()]


@dataclass(frozen=True)
class Launchable:
    """What a person can choose on the launch page: a kind, in one of its variants."""

    kind: JobKind
    variant: Variant

    @property
    def slug(self) -> str:
        """`envoi_email`, `rapport_pdf:activity`: in URLs and on the command line."""
        short = self.kind.name.rpartition(".")[2]
        return f"{short}:{self.variant.key}" if self.variant.key else short

    @property
    def label(self) -> Text:
        return self.variant.label

    @property
    def description(self) -> Text:
        return self.variant.description

    def allowed(self, user: Any) -> bool:
        return bool(user.has_perm(self.kind.permission)) and self.variant.allowed(user)

    def form(self, data: Any = None, initial: Arguments | None = None, **options: Any) -> forms.Form:
        """The variant's form, unbound or bound; `initial` takes a job's arguments as they are stored."""
        return self.variant.form(data, initial=initial, **options)

    def arguments(self, form: forms.Form) -> Arguments:
        """JSON arguments of a valid form: model instances become ids, dates ISO strings."""
        return {
            name: plain(value) for name, value in form.cleaned_data.items() if value is not None
        } | self.variant.fixed

    def clean(self, arguments: Arguments) -> Arguments:
        """Arguments from outside a page, checked by the form; raises InvalidArguments."""
        form, unknown = self._filled_in(arguments)
        if unknown:
            known = ", ".join(form.fields) or "-"
            complaint = in_each_language(lambda: NO_SUCH_ARGUMENT % {"known": known})
            errors = [of_field(name, "", [complaint]) for name in sorted(unknown)]
            raise InvalidArguments(ARGUMENTS_INVALID(errors=errors))
        if not form.is_valid():
            raise InvalidArguments(ARGUMENTS_INVALID(errors=self._complaints(form.errors, dict(form.data))))
        return self.arguments(form)

    def would_take(self, arguments: Arguments) -> bool:
        """Whether `clean` and `foretell` would, without their words, for which a form is asked anew in each
        language."""
        form, unknown = self._filled_in(arguments)
        if unknown or not form.is_valid():
            return False
        try:
            self.foretell(self.arguments(form))
        except InvalidArguments:
            return False
        return True

    def _filled_in(self, arguments: Arguments) -> tuple[forms.Form, set[str]]:
        """The form with what is given, and with its initial values; the arguments that it does not know."""
        given = {name: value for name, value in arguments.items() if name not in self.variant.fixed}
        blank = self.variant.form()
        missing = {name: field for name, field in blank.fields.items() if name not in given}
        initial = {name: blank.get_initial_for_field(field, name) for name, field in missing.items()}
        data = {name: value for name, value in initial.items() if value is not None} | given
        return self.variant.form(data), given.keys() - blank.fields.keys()

    def _complaints(self, errors: Mapping[Any, Any], data: Arguments) -> list[Any]:
        """By argument, each in every language: the form is asked again for each of them."""

        def complaint(name: str, number: int) -> str:
            return str(self.variant.form(data).errors[name][number])

        blank = self.variant.form()
        complaints = []
        for name, found in errors.items():
            said = [in_each_language(partial(complaint, name, number)) for number in range(len(found))]
            # What a form says of several fields together is about none of them.
            label = blank[name].label if name in blank.fields else ""
            complaints.append(of_field(name if label else "", label, said))
        return complaints

    def foretell(self, arguments: Arguments) -> None:
        """Raises InvalidArguments where the kind's preview tells already that its job would fail.

        For people, who can mend it now. The clock and code launch all the same: their job says why it failed.
        """
        if self.kind.preview is None:
            return
        try:
            self.kind.preview(arguments)
        except ValidationError as error:
            raise InvalidArguments(ARGUMENTS_INVALID(errors=[of_field("", "", error.messages)])) from error


_kinds: dict[str, JobKind] = {}


def describe(kind: JobKind) -> JobKind:
    """Make a kind known, of a task that is made elsewhere."""
    if told := set(kind.searchable) & set(kind.secret):
        raise ValueError(f"{kind.name}: what is secret is not searched: {', '.join(sorted(told))}")
    _kinds[kind.name] = kind
    return kind


# Options of `job` that are Celery's, and go to `shared_task`.
_CELERY_OPTIONS = frozenset(
    {
        "autoretry_for", "dont_autoretry_for", "default_retry_delay", "expires", "max_retries", "rate_limit",
        "retry_backoff", "retry_backoff_max", "soft_time_limit", "throws", "time_limit",
    }
)  # fmt: skip


def job(
    *, name: str | None = None, retry_jitter: bool = True, **declaration: Any
) -> Callable[[Callable[..., Any]], Task[..., Any]]:
    """Declare a job: a bound Celery task, and what people must know of it.

    Takes the fields of JobKind, and Celery's own options (max_retries, retry_backoff, time_limit …). With
    `retry_jitter` a retry waits between a half and the whole of the declared backoff.
    """
    # Celery's own jitter may be 0 s and is left out of explicit retries: JobTask.retry has ours. And 960 s
    # must not be cut to Celery's default of 600.
    options = {"retry_jitter": False, "spread_retries": retry_jitter, "retry_backoff_max": 24 * 3600}
    options |= {key: declaration.pop(key) for key in _CELERY_OPTIONS & declaration.keys()}

    def declare(function: Callable[..., Any]) -> Task[..., Any]:
        task_name = name or f"{function.__module__}.{function.__name__}"
        describe(JobKind(name=task_name, **declaration))
        task: Task[..., Any] = shared_task(bind=True, name=task_name, **options)(function)
        return task

    return declare


def route(name: str, *args: Any, **options: Any) -> dict[str, str] | None:
    """The declared queue, for Celery's `task_routes`."""
    kind = _kinds.get(name)
    return {"queue": kind.queue} if kind and kind.queue else None


def kinds() -> list[JobKind]:
    return list(_kinds.values())


def kind_of(name: str) -> JobKind | None:
    """The kind of a task name; None for tasks that were never declared (library tasks)."""
    return _kinds.get(name)


def label_of(name: str) -> Text:
    if name == UNREADABLE:
        return _("Unreadable message")
    kind = kind_of(name)
    return kind.label if kind else name


def launchables(user: Any) -> list[Launchable]:
    """What this person may launch, as the launch page lists it."""
    return [one for kind in kinds() if kind.listed for one in kind.launchables() if one.allowed(user)]


def find(slug: str) -> Launchable:
    """A launchable by `envoi_email`, `rapport_pdf:activity` or a full task name; raises UnknownJob."""
    for kind in kinds():
        for one in kind.launchables():
            if slug in (one.slug, kind.name) and (slug == one.slug or not one.variant.key):
                return one
    raise UnknownJob(UNKNOWN_JOB(name=slug))


def find_allowed(slug: str, user: Any) -> Launchable:
    """As `find`; raises PermissionDenied where this person may not launch it."""
    one = find(slug)
    if not one.allowed(user):
        raise PermissionDenied
    return one


def launchable_of(task_name: str, arguments: Arguments) -> Launchable | None:
    """The variant whose fixed arguments these are: to show, schedule or run a job again by its form."""
    kind = kind_of(task_name)
    if kind is None:
        return None
    for one in kind.launchables():
        if one.variant.fixed.items() <= arguments.items():
            return one
    return None


def named_arguments(task_name: str, args: Sequence[Any], kwargs: Arguments) -> Arguments:
    """Positional and keyword arguments as one mapping, positions named after the task's signature."""
    task = current_app.tasks.get(task_name)
    if not args or task is None:
        return {str(i): value for i, value in enumerate(args)} | dict(kwargs)
    names = list(inspect.signature(task.run).parameters)
    return dict(zip(names, args, strict=False)) | dict(kwargs)


def plain(value: Any) -> Any:
    """A form's cleaned value as JSON: instances as their id, lists of them likewise, dates as ISO."""
    if hasattr(value, "pk"):
        return value.pk
    if hasattr(value, "isoformat"):
        return value.isoformat()
    if not isinstance(value, str | Mapping) and isinstance(value, Iterable):
        return [plain(one) for one in value]
    return value
