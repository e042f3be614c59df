"""The emails of a period: how many left, by day and template, and which did not arrive, with the reason."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from django.conf import settings
from django.db.models import Count
from django.utils.translation import gettext, pgettext_lazy
from django.utils.translation import gettext_lazy as _

from backoffice.models import ACCEPTED, UNSENT, Message, MessageState
from backoffice.reports.base import Order, ReportType
from backoffice.reports.buckets import buckets_of
from backoffice.reports.formatting import shown
from backoffice.reports.periods import Period
from backoffice.reports.registry import register
from backoffice.reports.sections import (
    Badge,
    Chart,
    Column,
    Figure,
    Figures,
    Row,
    Section,
    Series,
    Share,
    Sheet,
    Stacked,
    Table,
    Words,
    capped,
)
from tasks_app.db.pages import in_pages
from tasks_app.models.caused import said_of

# Handed over, and not (yet) known to have come back.
LEFT_WELL = frozenset({MessageState.SENT, MessageState.DELIVERED})
CAME_BACK = frozenset({MessageState.BOUNCED, MessageState.COMPLAINED})
# What a reader should look into.
IN_TROUBLE = CAME_BACK | {MessageState.FAILED, MessageState.SUPPRESSED, MessageState.UNKNOWN}
# Over numbers of emails: other languages than English have a plural there.
WRITTEN, SENT = pgettext_lazy("count", "Written"), pgettext_lazy("count", "Sent")
TONES = {MessageState.UNKNOWN: "warn", MessageState.SUPPRESSED: "warn"}

type Tally = Counter[str]  # messages by state


@register
class Emails(ReportType):
    slug = "emails"
    title = _("Emails")
    description = _("Emails sent and failed, by day and template, with every failure listed.")
    groups = frozenset({"Managers", "Staff"})

    def sections(self, order: Order) -> list[Section]:
        mail = Mail(order.period)
        if not mail.total:
            return [
                Words(
                    gettext("No email was written in this period, so there is nothing to report: %(period)s.")
                    % {"period": order.period},
                    tone="calm",
                )
            ]
        return [_figures(mail), _over_time(mail), _by_template(mail), _failures(mail)]

    def sheet(self, order: Order) -> Sheet:
        columns = [
            _("Written"), _("To"), _("Template"), _("Subject"), _("State"), _("Sent"), _("Error"),
        ]  # fmt: skip
        return Sheet(columns, _sheet_rows(Mail(order.period)))


@dataclass(frozen=True)
class Mail:
    """The messages written in a period; always bounded by created_at, which is indexed."""

    period: Period

    @property
    def within(self) -> Any:
        return Message.objects.filter(
            created_at__gte=self.period.start, created_at__lt=self.period.end
        ).order_by()

    @cached_property
    def by_template(self) -> dict[str, Tally]:
        tallies: dict[str, Tally] = {}
        counted = self.within.values_list("template_name", "state").annotate(messages=Count("pk"))
        for template, state, messages in counted:
            tallies.setdefault(template, Counter())[state] += messages
        return tallies

    @cached_property
    def tally(self) -> Tally:
        return sum(self.by_template.values(), Counter())

    @property
    def total(self) -> int:
        return self.tally.total()


def _count(tally: Tally, states: frozenset[MessageState]) -> int:
    return sum(tally[state] for state in states)


def _trouble_rate(tally: Tally) -> Share | None:
    """Of the messages that are no longer on their way, the part in trouble; None when there are none."""
    done = tally.total() - _count(tally, UNSENT)
    return Share(_count(tally, IN_TROUBLE) / done) if done else None


def _figures(mail: Mail) -> Figures:
    tally = mail.tally
    back, unknown, waiting = _count(tally, CAME_BACK), tally[MessageState.UNKNOWN], _count(tally, UNSENT)
    failed = tally[MessageState.FAILED] + tally[MessageState.SUPPRESSED]
    return Figures(
        [
            Figure(
                _("Emails written"),
                mail.total,
                gettext("%(count)s still on their way") % {"count": shown(waiting)}
                if waiting
                else gettext("All are settled"),
            ),
            Figure(
                SENT,
                _count(tally, ACCEPTED),
                gettext("%(count)s known to have arrived") % {"count": shown(tally[MessageState.DELIVERED])},
                "good",
            ),
            Figure(
                _("Came back"),
                back,
                gettext("refused by the reader's server, or marked as spam"),
                "warn" if back else "good",
            ),
            Figure(
                _("Not sent"),
                failed,
                gettext("and %(count)s of unknown outcome") % {"count": shown(unknown)} if unknown else "",
                "bad" if failed else "good",
            ),
        ]
    )


def _over_time(mail: Mail) -> Chart:
    buckets = buckets_of(mail.period)
    tallies: dict[Any, Tally] = {}
    counted = (
        mail.within.annotate(bucket=buckets.expression("created_at"))
        .values_list("bucket", "state")
        .annotate(messages=Count("pk"))
    )
    for bucket, state, messages in counted:
        tallies.setdefault(bucket, Counter())[state] += messages
    filled = [tallies.get(key, Counter()) for key in buckets.keys]
    busiest = max(range(len(filled)), key=lambda n: filled[n].total())
    titles = {"hour": _("Emails by hour"), "day": _("Emails by day"), "month": _("Emails by month")}
    return Chart(
        titles[buckets.unit],
        buckets.labels,
        [
            Series(SENT, [_count(one, LEFT_WELL) for one in filled], "accent"),
            Series(_("Came back or not sent"), [_count(one, IN_TROUBLE) for one in filled], "bad"),
            Series(_("On their way"), [_count(one, UNSENT) for one in filled], "calm"),
        ],
        gettext("%(total)s emails in all. The busiest: %(when)s, with %(most)s.")
        % {
            "total": shown(mail.total),
            "most": shown(filled[busiest].total()),
            "when": buckets.labels[busiest],
        },
    )


def _by_template(mail: Mail) -> Table:
    rows: list[Row] = [
        [
            template or _("Without a template"),
            tally.total(),
            _count(tally, ACCEPTED),
            _count(tally, CAME_BACK),
            _count(tally, IN_TROUBLE - CAME_BACK),
            _trouble_rate(tally),
        ]
        for template, tally in sorted(mail.by_template.items(), key=lambda item: (-item[1].total(), item[0]))
    ]
    return Table(
        _("By template"),
        [
            Column(_("Template"), 36),
            Column(WRITTEN, 12, number=True),
            Column(SENT, 12, number=True),
            Column(_("Came back"), 13, number=True),
            Column(_("Not sent"), 12, number=True),
            Column(_("In trouble"), 15, number=True),
        ],
        rows,
        empty=_("No email was written."),
    )


def _failures(mail: Mail) -> Table:
    failures = mail.within.filter(state__in=IN_TROUBLE).order_by("-created_at", "-id")
    total = _count(mail.tally, IN_TROUBLE)
    found: list[Row] = [
        [
            created,
            Stacked(to, template or _("Without a template")),
            Badge(MessageState(state).label, TONES.get(MessageState(state), "bad")),
            said_of(cause, params, error) or None,
        ]
        for created, to, template, state, error, cause, params in failures.values_list(
            "created_at", "to", "template_name", "state", "error", "cause", "cause_params"
        )[: settings.REPORT_MAX_ROWS]
    ]
    rows, note = capped(found, total)
    return Table(
        _("Emails that need a look"),
        [
            Column(_("Written"), 18),
            Column(_("To, and template"), 31),
            Column(_("State"), 13),
            Column(_("Reason"), 38),
        ],
        rows,
        empty=_("Every email of this period left well."),
        note=note,
    )


def _sheet_rows(mail: Mail) -> Iterator[Row]:
    columns = (
        "id", "created_at", "to", "template_name", "subject", "security", "state", "sent_at",
        "error", "cause", "cause_params",
    )  # fmt: skip
    for page in in_pages(mail.within.values_list(*columns, named=True), by=("created_at", "id"), size=2000):
        for row in page:
            subject = "" if row.security else row.subject
            state = MessageState(row.state).label
            said = said_of(row.cause, row.cause_params, row.error)
            yield [row.created_at, row.to, row.template_name, subject, state, row.sent_at, said]
