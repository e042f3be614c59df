"""The emails of a period beside those of earlier ones."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterator
from datetime import datetime

from django.db.models import Min
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from backoffice.models import Message
from backoffice.models.message_states import (
    ACCEPTED,
    CAME_BACK,
    IN_TROUBLE,
    NOT_SENT,
    WHOLE,
    count,
)
from backoffice.reports.comparing.changes import Change, Sense
from backoffice.reports.comparing.table import Comparison, on_record_since
from backoffice.reports.mail_counts import DONE, UNSETTLED, Mail, trouble_rate
from backoffice.reports.periods import Period
from backoffice.reports.selection import Selection

KEPT_FOR_EVER = 0  # days: of messages only the texts are removed

FIGURES = [
    (WHOLE["accepted"][0], ACCEPTED, Sense.NEITHER),
    (_("of which came back"), CAME_BACK, Sense.FEWER),
    (WHOLE["not_sent"][0], NOT_SENT, Sense.FEWER),
    (_("Not settled"), UNSETTLED, Sense.FEWER),
]


def comparison_of(mail: Mail) -> Comparison:
    oldest: datetime | None = Message.objects.aggregate(oldest=Min("created_at"))["oldest"]
    since = on_record_since(oldest, mail.made_at, KEPT_FOR_EVER)

    def figures(period: Period) -> list[Change]:
        return _figures(mail, Mail(period, mail.made_at))

    def counts(period: Period) -> Iterator[Change]:
        return _counts(mail, Mail(period, mail.made_at))

    def caveat(period: Period) -> str:
        if Mail(period, mail.made_at).is_on_record:
            return ""
        return gettext(
            "Jobs of %(period)s were removed since: of emails that left no message, nothing more is known."
        ) % {"period": period}

    return Comparison(mail.period, mail.made_at, since, figures, counts, caveat)


def _figures(now: Mail, before: Mail) -> list[Change]:
    def behind(states: Collection[str]) -> tuple[Selection, Selection]:
        return now.rows.of_states(states), before.rows.of_states(states)

    counted = [
        Change(label, count(now.tally, states), count(before.tally, states), sense, behind(states))
        for label, states, sense in FIGURES
    ]
    rates = trouble_rate(now.tally), trouble_rate(before.tally)
    trouble = Change(_("In trouble"), *rates, Sense.FEWER, behind(DONE))
    return [Change(_("Emails"), now.total, before.total, behind=(now.rows, before.rows)), *counted, trouble]


def _counts(now: Mail, before: Mail) -> Iterator[Change]:
    """By template: what was written, and what of it is in trouble."""
    for template in sorted({*now.by_template, *before.by_template}):
        of_now, of_before = (mail.by_template.get(template, Counter()) for mail in (now, before))
        named = {"template": template or gettext("Without a template")}
        yield Change(gettext("emails of “%(template)s”") % named, of_now.total(), of_before.total())
        yield Change(
            gettext("emails of “%(template)s” in trouble") % named,
            count(of_now, IN_TROUBLE),
            count(of_before, IN_TROUBLE),
        )
