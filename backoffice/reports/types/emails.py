"""The emails of a period: what became of each, by day and template, and why some did not arrive.

Each figure is a group of states of backoffice/models/message_states.py, which says what adds up to what.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection
from typing import Any

from django.conf import settings
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _

from backoffice.models import MessageState
from backoffice.models.message_states import (
    ACCEPTED,
    ARRIVED,
    CAME_BACK,
    IN_TROUBLE,
    NOT_SENT,
    OPEN,
    UNSENT,
    WHOLE,
    WITHOUT_NEWS,
    count,
)
from backoffice.reports import mail_definitions as definitions
from backoffice.reports.base import Order, ReportType
from backoffice.reports.buckets import buckets_of
from backoffice.reports.formatting import shown
from backoffice.reports.mail_changes import comparison_of
from backoffice.reports.mail_counts import (
    DONE,
    NOT_WRITTEN,
    UNSETTLED,
    WITHOUT_MESSAGE,
    Mail,
    Tally,
    trouble_rate,
)
from backoffice.reports.mail_rows import LABELS, rows_of
from backoffice.reports.registry import register
from backoffice.reports.sections import (
    LONG,
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
    Text,
    Words,
    capped,
)
from backoffice.reports.selection import Selection
from tasks_app.models.caused import said_of

NAMES = {key: label for key, (label, _states) in WHOLE.items()}
TONES = {
    MessageState.UNKNOWN: "warn",
    MessageState.SUPPRESSED: "calm",
    MessageState.STOPPED: "calm",
}


@register
class Emails(ReportType):
    slug = "emails"
    title = _("Emails")
    description = _("What became of each email, by day and template, with every one that did not arrive.")
    groups = frozenset({"Managers", "Staff"})

    def is_empty(self, order: Order) -> bool:
        return not Mail(order.period, order.made_at).total

    def sections(self, order: Order) -> list[Section]:
        mail = Mail(order.period, order.made_at)
        if not mail.total:
            return [
                Words(
                    gettext("No email was written in this period, so there is nothing to report: %(period)s.")
                    % {"period": order.period},
                    tone="calm",
                )
            ]
        unrecorded = mail.tally[WITHOUT_MESSAGE]
        missing = [Words(_unrecorded(unrecorded), tone="warn")] if unrecorded else []
        return [
            *missing,
            _figures(mail),
            *comparison_of(mail).sections(),
            _what_became_of_them(mail),
            _over_time(mail),
            _by_template(mail),
            _failures(mail),
        ]

    def sheet(self, order: Order) -> Sheet:
        columns = [
            _("Written"), _("To"), _("Template"), _("Subject"), _("State"), _("Sent"), _("Error"),
        ]  # fmt: skip
        mail = Mail(order.period, order.made_at)
        return Sheet(columns, rows_of(mail), whole=mail.rows)


def _unrecorded(number: int) -> str:
    return ngettext(
        "%(count)s job of this period should have sent an email and left no message: it ended before "
        "messages of such jobs were kept. It is counted as “without a message”.",
        "%(count)s jobs of this period should have sent an email and left no message: they ended before "
        "messages of such jobs were kept. They are counted as “without a message”.",
        number,
    ) % {"count": shown(number)}


def _figures(mail: Mail) -> Figures:
    """The whole, and the three parts that add up to it."""
    whole = Figure(
        _("Emails"), mail.total, gettext("that should have been sent"), "", mail.rows, definitions.ALL
    )
    return Figures([whole, _accepted(mail), _not_sent(mail), _not_settled(mail)])


def _accepted(mail: Mail) -> Figure:
    tally = mail.tally
    parts = _parts(
        tally,
        (ARRIVED, gettext("%(count)s delivered")),
        (WITHOUT_NEWS, gettext("%(count)s without news")),
        (CAME_BACK, gettext("%(count)s came back")),
    )
    tone = "warn" if count(tally, CAME_BACK) else "good"
    behind = mail.rows.of_states(ACCEPTED)
    return Figure(NAMES["accepted"], count(tally, ACCEPTED), parts, tone, behind, definitions.ACCEPTED)


def _not_sent(mail: Mail) -> Figure:
    tally = mail.tally
    parts = _parts(
        tally,
        ({MessageState.FAILED}, gettext("%(count)s failed")),
        ({MessageState.SUPPRESSED}, gettext("%(count)s suppressed")),
        ({MessageState.STOPPED}, gettext("%(count)s stopped")),
    )
    tone = "bad" if tally[MessageState.FAILED] else "" if parts else "good"
    behind = mail.rows.of_states(NOT_SENT)
    return Figure(NAMES["not_sent"], count(tally, NOT_SENT), parts, tone, behind, definitions.NOT_SENT)


def _not_settled(mail: Mail) -> Figure:
    tally = mail.tally
    parts = _parts(
        tally,
        (UNSENT | {NOT_WRITTEN}, gettext("%(count)s on their way")),
        (OPEN, gettext("%(count)s of unknown outcome")),
        ({WITHOUT_MESSAGE}, gettext("%(count)s without a message")),
    )
    tone = "warn" if count(tally, OPEN | {WITHOUT_MESSAGE}) else ""
    said, behind = parts or gettext("All are settled"), mail.rows.of_states(UNSETTLED)
    return Figure(_("Not settled"), count(tally, UNSETTLED), said, tone, behind, definitions.NOT_SETTLED)


def _parts(tally: Tally, *parts: tuple[Collection[str], str]) -> str:
    """What a figure is made of, in words: the parts that there are, which add up to it."""
    counted = [(count(tally, states), sentence) for states, sentence in parts]
    return ", ".join(sentence % {"count": shown(number)} for number, sentence in counted if number)


# What jobs without a message are counted with.
BESIDE: dict[str, frozenset[str]] = {
    "on_their_way": frozenset({NOT_WRITTEN}),
    "open": frozenset({WITHOUT_MESSAGE}),
}


def _what_became_of_them(mail: Mail) -> Table:
    """Each state that occurs: the books of the period, closed."""
    found = [
        (group, label, state)
        for key, (group, states) in WHOLE.items()
        for state, label in LABELS.items()
        if state in states | BESIDE.get(key, frozenset()) and mail.tally[state]
    ]
    rows: list[Row] = [
        [group, label, mail.tally[state], Share(mail.tally[state] / mail.total)]
        for group, label, state in found
    ]
    rows.append([_("Emails"), "", mail.total, Share(1)])
    each = [*(mail.rows.of_states([state]) for _group, _label, state in found), mail.rows]
    return Table(
        _("What became of them"),
        [
            Column(_("Group"), 34),
            Column(_("State"), 34),
            Column(_("Emails"), 16, number=True, definition=definitions.ALL),
            Column(_("Share"), 16, number=True, definition=definitions.SHARE),
        ],
        rows,
        empty=_("No email was written."),
        behind=[[one, None, one, one] for one in each],
        whole=mail.rows,
    )


def _over_time(mail: Mail) -> Chart:
    buckets = buckets_of(mail.period)
    tallies = mail.by_bucket(buckets)
    filled = [tallies.get(key, Counter()) for key in buckets.keys]
    busiest = max(range(len(filled)), key=lambda n: filled[n].total())
    titles = {"hour": _("Emails by hour"), "day": _("Emails by day"), "month": _("Emails by month")}
    parts: list[tuple[Text, Collection[str], str]] = [
        (_("Accepted, and not come back"), ACCEPTED - CAME_BACK, "accent"),
        (_("Came back"), CAME_BACK, "warn"),
        (NAMES["not_sent"], NOT_SENT, "bad"),
        (_("Not settled"), UNSETTLED, "calm"),
    ]
    return Chart(
        titles[buckets.unit],
        buckets.labels,
        [
            Series(
                label,
                [count(one, states) for one in filled],
                tone,
                buckets.split(mail.rows.of_states(states)),
            )
            for label, states, tone in parts
        ],
        gettext("%(total)s emails in all. The busiest: %(when)s, with %(most)s.")
        % {
            "total": shown(mail.total),
            "most": shown(filled[busiest].total()),
            "when": buckets.labels[busiest],
        },
    )


def _by_template(mail: Mail) -> Table:
    templates = sorted(mail.by_template.items(), key=lambda item: (-item[1].total(), item[0]))
    named: list[tuple[Any, Tally]] = [(name or _("Without a template"), tally) for name, tally in templates]
    named += [(LABELS[kept], Counter({kept: number})) for kept, number in mail.beside.items()]
    rows: list[Row] = [
        [
            name,
            tally.total(),
            count(tally, ACCEPTED),
            count(tally, CAME_BACK),
            count(tally, NOT_SENT),
            count(tally, UNSETTLED),
            trouble_rate(tally),
        ]
        for name, tally in named
    ]
    messages = mail.rows.having("is_message", True)
    each = [messages.having("template", name) for name, _tally in templates]
    each += [mail.rows.of_states([kept]) for kept in mail.beside]
    return Table(
        _("By template"),
        [
            Column(_("Template"), 30),
            Column(_("Emails"), 11, number=True, definition=definitions.ALL),
            Column(NAMES["accepted"], 12, number=True, definition=definitions.ACCEPTED),
            Column(_("of which came back"), 13, number=True, definition=definitions.CAME_BACK),
            Column(NAMES["not_sent"], 11, number=True, definition=definitions.NOT_SENT),
            Column(_("Not settled"), 11, number=True, definition=definitions.NOT_SETTLED),
            Column(_("In trouble"), 12, number=True, definition=definitions.TROUBLE),
        ],
        rows,
        empty=_("No email was written."),
        behind=[_behind_template(one) for one in each],
        whole=mail.rows,
    )


def _behind_template(rows: Selection) -> list[Selection]:
    groups = (ACCEPTED, CAME_BACK, NOT_SENT, UNSETTLED, DONE)
    return [rows, rows, *(rows.of_states(states) for states in groups)]


def _failures(mail: Mail) -> Table:
    failures = mail.within.filter(state__in=IN_TROUBLE).order_by("-created_at", "-id")
    total = count(mail.tally, IN_TROUBLE)
    columns = ("id", "created_at", "to", "template_name", "state", "error", "cause", "cause_params")
    read = list(failures.values_list(*columns)[: settings.REPORT_MAX_ROWS])
    found: list[Row] = [
        [
            created,
            Stacked(to or gettext("no known address"), template or _("Without a template")),
            Badge(MessageState(state).label, TONES.get(MessageState(state), "bad")),
            said_of(cause, params, error) or None,
        ]
        for _id, created, to, template, state, error, cause, params in read
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
        empty=_nothing_in_trouble(mail),
        note=note,
        behind=() if len(rows) > LONG else [4 * [mail.rows.having("id", str(one[0]))] for one in read],
        whole=mail.rows.of_states(IN_TROUBLE),
    )


def _nothing_in_trouble(mail: Mail) -> Text:
    """No more than what is known of every job that should have sent."""
    if mail.tally[WITHOUT_MESSAGE]:
        return _("None of those that left a message.")
    if count(mail.tally, UNSETTLED):
        return _("None so far: the others are still on their way.")
    if not mail.is_on_record:
        return _("None of those on record. Of jobs that were removed since, nothing more is known.")
    return _("Every email of this period left well.")
