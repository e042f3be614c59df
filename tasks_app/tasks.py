"""The jobs: the one place where the engine and the domain meet."""

from django import forms
from django.utils.translation import gettext_lazy as _

from tasks_app.catalogue import describe


class NoArguments(forms.Form):
    """For jobs that take none."""


describe(
    "projet.celery.debug_task",
    label=_("Check the road"),
    description=_(
        "A job that only says which worker ran it: proof that broker, worker and database work together."
    ),
    form=NoArguments,
    icon="troubleshoot",
)
