"""`arg.destinataire:42`: jobs by an argument that their kind declares searchable, matched whole."""

from __future__ import annotations

from collections.abc import Iterator

from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from tasks_app.admin.jobs.query.qualifiers import add
from tasks_app.db.among import Among
from tasks_app.db.folding import fold
from tasks_app.search.arguments import ids_with, names, pairs_of, stored
from tasks_app.search.finding import MOST, newest_without_text
from tasks_app.search.query.language import Asked, Choice, beginning_with
from tasks_app.search.query.mistakes import no_such_value
from tasks_app.search.query.terms import Term
from tasks_app.search.things import JOB

PREFIX = "arg."


def with_argument(term: Term, asked: Asked) -> Q:
    known, typed = names(), term.name.removeprefix(PREFIX)
    if typed not in known:
        start = term.start + term.negated
        raise no_such_value(term.name, start, start + len(term.name), [PREFIX + name for name in known])
    wanted = {(name, stored(text)) for name in known[typed] for text in term.texts}
    # Before the table: what comes in meanwhile is found twice.
    fresh = [job.pk for job in newest_without_text(JOB) or [] if pairs_of(job) & wanted]
    keys = ids_with(wanted, MOST + 1)
    if len(keys) > MOST:
        asked.note(str(_("Of this argument the newest %(count)s jobs are shown.") % {"count": MOST}))
    return Q(Among("pk", [*keys[:MOST], *fresh]))


def arguments_offered(beginning: str, asked: Asked) -> Iterator[Choice]:
    return beginning_with(beginning, map(Choice, names()), fold)


add(PREFIX, _("Argument, whole"), "arg.destinataire:42", condition=with_argument, choices=arguments_offered)
