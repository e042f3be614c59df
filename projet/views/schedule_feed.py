"""The runs of schedules to come, for a calendar that reads them by an address with a token: no session."""

from __future__ import annotations

from django.http import Http404, HttpRequest, HttpResponse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from tasks_app.db import shared_time
from tasks_app.schedules.timeline import feed, tokens
from tasks_app.schedules.timeline.cells import Cells, days_from
from tasks_app.schedules.timeline.coming import switched_on
from tasks_app.zones import read_in


@require_safe
def schedule_feed(request: HttpRequest, token: str) -> HttpResponse:
    """404 for what is no token, or of somebody who may see no schedules; 429 where it is asked too often."""
    now = shared_time.now()
    asked = tokens.ask(token, now)
    if asked.user is None:
        raise Http404
    if asked.too_often:
        said = _("Asked too often: at most %(most)s times a minute.") % {"most": tokens.MOST_A_MINUTE}
        return HttpResponse(
            said, status=429, headers={"Retry-After": "60"}, content_type="text/plain; charset=utf-8"
        )
    cells = Cells(days_from(timezone.localdate(), feed.AHEAD), timezone.get_current_timezone())
    with read_in(None):
        written = feed.written(switched_on(), cells, now)
    headers = {
        "Cache-Control": "private, no-store",
        "Content-Disposition": 'inline; filename="schedules.ics"',
    }
    return HttpResponse(written, content_type="text/calendar; charset=utf-8", headers=headers)
