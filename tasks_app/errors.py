"""The class of all errors that carry a code; what a job's body may raise to say how it ends, and a launch."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.utils.translation import gettext_lazy as _

from tasks_app.notices import TECHNICAL, VALUE, Notice, Wording, declare
from tasks_app.notices.notice import FIELD, shown

IN_ITS_OWN_WORDS = declare(
    "job.own_words",
    "%(words)s",
    general=_("The job said so in its own words."),
    words=VALUE,
)
OUTCOME_UNKNOWN = declare(
    "job.outcome_unknown",
    _("Nobody knows whether this job took effect."),
    hint=_("Find out, then settle it on its page."),
)
CANCELLED = declare("job.cancelled", _("Stopped at a person's request."))
RUN_LOST = declare("job.run_lost", _("Another run has this job: this one records nothing."))


class CodedError(Exception):
    """An error with a notice: `raise Refused(OPTED_OUT(recipient=name))`. Its text is the sentence.

    It goes to another process as code and parameters, by pickle and as the JSON of a result. A text in place
    of a notice is kept as it is, under a code that says no more; a class may have a notice of its own.
    """

    own: Wording | None = None  # what it says when it is raised without a notice

    def __init__(self, notice: Notice | str | None = None, params: Mapping[str, Any] | None = None) -> None:
        self.notice = self._notice(notice, params)
        super().__init__(self.notice.code, dict(self.notice.params))

    def __str__(self) -> str:
        return str(self.notice)

    @classmethod
    def _notice(cls, given: Notice | str | None, params: Mapping[str, Any] | None) -> Notice:
        if isinstance(given, Notice):
            return given
        if given and params is not None:
            return Notice(given, params)
        if given or cls.own is None:
            return IN_ITS_OWN_WORDS(words=str(given or cls.__name__))
        return cls.own()

    @property
    def code(self) -> str:
        return self.notice.code


class Unknown(CodedError):
    """An outside effect may have happened: the job ends `unknown` until an event or a person settles it."""

    own = OUTCOME_UNKNOWN


class JobCancelled(CodedError):
    """A person asked this running job to stop; raised at its next progress point."""

    own = CANCELLED


class JobLost(CodedError):
    """This run no longer holds its lease: another run has the job, and nothing more may take effect."""

    own = RUN_LOST


# --- What a job is launched with ------------------------------------------------------------------------

ARGUMENTS_INVALID = declare(
    "job.arguments_invalid",
    "%(errors)s",
    general=_("The job does not accept its arguments."),
    hint=_("Correct them on the job's page, then run it again."),
    mends="arguments",
    errors=VALUE,
)
UNKNOWN_JOB = declare(
    "job.unknown",
    _("There is no job named “%(name)s”: choose another one."),
    general=_("There is no job of that name."),
    hint=_("Choose another job; where it was renamed, in its schedule too."),
    name=TECHNICAL,
)
UNKNOWN_TASK = declare(
    "job.unknown_task",
    _("There is no task named “%(name)s” here. There is: %(known)s."),
    general=_("There is no task of that name here."),
    hint=_(
        "Correct its name. A task that another project runs is sent by its name, with Celery’s send_task."
    ),
    name=TECHNICAL,
    known=TECHNICAL,
)
ARGUMENTS_DO_NOT_FIT = declare(
    "job.arguments_do_not_fit",
    _("%(task)s does not take these arguments: %(why)s."),
    general=_("The task does not take the arguments that it was given."),
    hint=_("Call it with the arguments that its code has."),
    task=TECHNICAL,
    why=TECHNICAL,
)
ONE_OF_MANY = declare(
    "job.one_of_many_refused",
    _("Set %(number)s of %(count)s: %(problem)s Nothing was launched."),
    general=_("One of many sets of arguments was refused, so nothing was launched."),
    number=VALUE,
    count=VALUE,
    problem=VALUE,
)


class RunAgainRefused(CodedError):
    """A job is not run again: a re-run of it succeeded, or is under way; or what waits cannot go on."""


class UnknownJob(CodedError, LookupError):
    """No job kind of that name is declared."""


class ArgumentsDoNotFit(CodedError, TypeError):
    """The code of the task has other arguments; Celery's `delay` raises a TypeError too."""


class InvalidArguments(CodedError, ValueError):
    """The arguments do not fit the kind's form."""

    @property
    def errors(self) -> dict[str, list[str]]:
        """Sentences by argument name ("" for those about none), in the reader's language."""
        return {name: [str(shown(one)) for one in said] for name, said in refused(self.notice).items()}


def refused(notice: Notice) -> dict[str, list[Any]]:
    """What a refusal stores of each argument, by its name."""
    found = notice.params.get("errors", [])
    if isinstance(found, Mapping):  # as rows have it from before arguments were said by their labels
        return {name: list(said) for name, said in found.items()}
    return {one[FIELD][0]: one[FIELD][2] for one in found}
