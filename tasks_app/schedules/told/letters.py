"""A schedule's trouble in words, for a mail: in the language of the office, for an address has none."""

from __future__ import annotations

from urllib.parse import urljoin

from django.conf import settings
from django.urls import reverse
from django.utils import timezone, translation
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from tasks_app.display import zoned
from tasks_app.errors import CodedError
from tasks_app.models import ScheduleTrouble
from tasks_app.notices import declare, say
from tasks_app.zones import read_in

GONE = declare(
    "trouble.gone", gettext_lazy("There is nothing to tell of any more: the schedule was deleted.")
)


class NothingToTell(CodedError):
    """The schedule was deleted meanwhile."""


def letter_for(pk: int, *, over: bool) -> tuple[str, str]:
    """Subject and text; raises NothingToTell."""
    trouble = ScheduleTrouble.objects.select_related("schedule").filter(pk=pk).first()
    if trouble is None:
        raise NothingToTell(GONE())
    with translation.override(settings.LANGUAGE_CODE), read_in(None):
        name, said = trouble.schedule.name, say(trouble.cause, trouble.params)
        began = zoned(timezone.localtime(trouble.began_at), _("j M Y, H:i T"))
        if over and trouble.ended_at:
            ended = zoned(timezone.localtime(trouble.ended_at), _("j M Y, H:i T"))
            subject = _("“%(name)s” is well again") % {"name": name}
            spans = {"began": began, "ended": ended}
            opening = _("It was not from %(began)s to %(ended)s. As it began:") % spans
        else:
            subject = _("“%(name)s” needs somebody") % {"name": name}
            opening = _("Since %(began)s:") % {"began": began}
        closing = _(
            "Written by a machine, to those who follow this schedule. It says once more when it is well."
        )
        text = [
            opening,
            "",
            said,
            "",
            page_of(trouble.schedule_id),
            "",
            closing if not over else _("Written by a machine, to those who follow this schedule."),
        ]
        return f"{settings.COMPANY_NAME}: {subject}", "\n".join(text)


def page_of(schedule_id: int) -> str:
    return urljoin(
        settings.SITE_URL, reverse("admin:django_celery_beat_periodictask_change", args=[schedule_id])
    )
