"""The job that tells a follower of a schedule. Apart from `tasks.py`, and found through it."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from backoffice.models import Message
from backoffice.sign_in.password_links import Letter
from tasks_app.catalogue import job
from tasks_app.email_task import send_security_mail, sending
from tasks_app.schedules.told import letters
from tasks_app.schedules.told.telling import BY_MAIL


class TellForm(forms.Form):
    trouble_id = forms.IntegerField(label=_("Number of the trouble"))
    over = forms.BooleanField(label=_("That it is over"), required=False)
    address = forms.EmailField(label=_("Address"))


@job(
    name=BY_MAIL,
    label=_("Tell of a schedule by mail"),
    description=_("One mail to somebody who follows it: what is wrong, or that it is well again."),
    form=TellForm,
    icon="notifications",
    queue="high",
    permission="django_celery_beat.change_periodictask",
    listed=False,
    about=lambda arguments: str(arguments.get("address", "")),
    makes=[Message],
    rerun_note=_("The same notice is sent once more."),
    **sending(lambda given: Message(security=True, to=str(given.get("address", "")))),
)
def schedule_by_mail(self: Any, trouble_id: int, address: str, over: bool = False) -> dict[str, str]:
    return send_security_mail(self, lambda: Letter(address, *letters.letter_for(trouble_id, over=over)))
