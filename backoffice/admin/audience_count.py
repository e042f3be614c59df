"""Whom an audience finds: counted, with a sample; of what is saved, or of a form as it stands."""

from __future__ import annotations

import re
from typing import Any
from urllib.parse import urlencode

from django.http import QueryDict
from django.urls import reverse
from django.utils.formats import number_format
from django.utils.translation import gettext as _

from backoffice.audiences import uploading
from backoffice.audiences.conditions import InvalidCondition
from backoffice.audiences.people import Counts, count, count_of, matching, people_of, sample_of
from backoffice.models import Audience, AudienceCondition, AudienceKind

PREFIX = "conditions"
MOST_READ = 50  # conditions of a posted form


def of_audience(audience: Audience) -> dict[str, Any]:
    """What the page of one shows below its form."""
    try:
        people, counts = people_of(audience), count(audience)
    except InvalidCondition as error:
        return {"count_problems": [str(error)]}
    sample = sample_of(people)
    if audience.kind == AudienceKind.FILE:
        rows = [[one.email, one.name, *uploading.values_of(one, audience.variables)] for one in sample]
        header = [_("Email address"), _("Name"), *(header for _name, header in audience.variables)]
        return _counted(counts, sample) | {"file_rows": rows, "file_header": header}
    listed = reverse("admin:backoffice_recipient_changelist")
    return _counted(counts, sample) | {"people_url": f"{listed}?{urlencode({'audience': audience.pk})}"}


def of_form(form_class: Any, posted: QueryDict) -> dict[str, Any]:
    """The conditions of a posted form; or what is wrong with them, by their lines."""
    asked: list[AudienceCondition] = []
    problems: list[str] = []
    said = posted.get(f"{PREFIX}-TOTAL_FORMS", "")
    total = min(int(said), MOST_READ) if re.fullmatch(r"\d{1,4}", said, re.ASCII) else 0
    for number in range(total):
        prefix = f"{PREFIX}-{number}"
        if posted.get(f"{prefix}-DELETE") or not posted.get(f"{prefix}-subject"):
            continue
        form = form_class(posted, prefix=prefix)
        if form.is_valid():
            given = form.cleaned_data
            asked.append(
                AudienceCondition(**{name: given[name] for name in ("subject", "comparison", "value")})
            )
        else:
            wrong = " ".join(str(one) for errors in form.errors.values() for one in errors)
            problems.append(_("Condition %(number)s: %(wrong)s") % {"number": number + 1, "wrong": wrong})
    if problems:
        return {"count_problems": problems}
    try:
        found = matching(asked)
        return _counted(count_of(found), sample_of(found))
    except InvalidCondition as error:
        return {"count_problems": [str(error)]}


def _counted(counts: Counts, sample: list[Any]) -> dict[str, Any]:
    return {
        "counted": number_format(counts.people, force_grouping=True),
        "counts": counts,
        "sample": sample,
        "are_more": counts.people > len(sample),
    }
