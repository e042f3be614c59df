"""Why a question is refused, or came to nothing."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from tasks_app.notices import TECHNICAL, VALUE, declare

# --- Its text ----------------------------------------------------------------------------------------

TOO_LONG = declare(
    "question.too_long",
    _("This question is too long: at most %(most)s characters."),
    general=_("A question is too long."),
    most=VALUE,
)
UNREADABLE = declare(
    "question.unreadable",
    _(
        "This cannot be read, beginning with “%(near)s”. Strings stand in single quotes, without prefix, "
        "backslash or dollar; comments are closed and not nested."
    ),
    general=_("A question cannot be read."),
    near=TECHNICAL,
)
NOTHING_ASKED = declare("question.empty", _("Nothing is asked: write one SELECT."))
SEVERAL_STATEMENTS = declare(
    "question.several_statements", _("These are several statements: a question is one, without semicolon.")
)
ONLY_READS = declare(
    "question.writes",
    _("A question only reads: it begins with SELECT, WITH or VALUES, and “%(word)s” has no place in it."),
    general=_("A question only reads, and this one does more."),
    word=TECHNICAL,
)
OF_THE_SYSTEM = declare(
    "question.of_the_system",
    _("“%(name)s” belongs to the database itself: a question names the views that are listed, and no more."),
    general=_("A question names something that belongs to the database itself."),
    name=TECHNICAL,
)
NO_SUCH_FUNCTION = declare(
    "question.function_not_allowed",
    _("“%(name)s” is no function that a question may use."),
    general=_("A question uses a function that is not allowed."),
    hint=_("The page on which questions are written lists those that are allowed."),
    name=TECHNICAL,
)
UNKNOWN_PARAMETER = declare(
    "question.parameter_unknown",
    _("The question asks for “:%(name)s”, and has no parameter of that name."),
    general=_("A question asks for a parameter that it does not have."),
    name=TECHNICAL,
)

# --- Asking it ---------------------------------------------------------------------------------------

OFF = declare(
    "question.off",
    _("Saved questions are switched off here: there is no REPORTING_DATABASE_URL."),
    hint=_("Whoever runs this site can switch them on: see saved-questions.md."),
)
BAD_VIEWS = declare(
    "question.views_unusable",
    _("The list of views cannot be used: %(why)s"),
    general=_("The list of views that may be asked cannot be used."),
    hint=_("Whoever runs this site finds it under REPORTING_VIEWS_FILE."),
    why=TECHNICAL,
)
AWAY = declare(
    "question.database_away",
    _("The reporting database does not answer, or refuses the sign-in. Nothing was asked."),
    hint=_("Run it again when the database is back; doctor says what it meets."),
)
TOO_MIGHTY = declare(
    "question.role_too_mighty",
    _("Nothing was asked: the role of the reporting database may do more than read the views: %(powers)s."),
    general=_("Nothing was asked: the role of the reporting database may do more than read the views."),
    hint=_("Whoever runs this site makes the role anew: manage.py reporting_role."),
    powers=TECHNICAL,
)
REFUSED = declare(
    "question.refused_by_database",
    _("The database refuses this question: %(words)s"),
    general=_("The database refuses a question."),
    hint=_("Its author corrects it, and has it reviewed anew."),
    words=TECHNICAL,
)
TOO_SLOW = declare(
    "question.too_slow",
    _("The question was stopped after %(seconds)s seconds. Ask for fewer rows, or for a shorter period."),
    general=_("A question was stopped because it took too long."),
    hint=_("Ask for fewer rows, or for a shorter period."),
    seconds=VALUE,
)
TOO_MANY_ROWS = declare(
    "question.too_many_rows",
    _("The answer has more than %(most)s rows. Ask for fewer, or add them up."),
    general=_("The answer to a question has too many rows."),
    hint=_("Ask for fewer, or add them up."),
    most=VALUE,
)
TOO_LARGE = declare(
    "question.too_large",
    _("The answer is larger than %(megabytes)s MB. Ask for fewer rows or columns."),
    general=_("The answer to a question is too large."),
    hint=_("Ask for fewer rows or columns."),
    megabytes=VALUE,
)
TOO_HEAVY = declare(
    "question.too_heavy",
    _("The question needed more memory than it may have. Ask for fewer rows or columns."),
)
ENDED = declare(
    "question.process_ended",
    _("The process that asks the question ended before there was an answer."),
    hint=_("Run it again; the log of the worker says more."),
)
COLUMNS_TWICE = declare(
    "question.columns_twice",
    _("Two columns of the answer are called “%(name)s”: give each a name of its own with AS."),
    general=_("Two columns of an answer have the same name."),
    name=TECHNICAL,
)
NO_SUCH_COLUMN = declare(
    "question.column_unknown",
    _("The answer has no column “%(name)s”, which its totals, groups or chart name. It has: %(known)s."),
    general=_("A question adds up, groups or draws a column that its answer does not have."),
    hint=_("Its author corrects it, and has it reviewed anew."),
    name=TECHNICAL,
    known=TECHNICAL,
)
NOT_A_NUMBER = declare(
    "question.column_no_number",
    _("The column “%(name)s” holds something else than numbers, so it cannot be added up or drawn."),
    general=_("A question adds up or draws a column that holds no numbers."),
    hint=_("Its author corrects it, and has it reviewed anew."),
    name=TECHNICAL,
)

# --- Whether it may be asked ---------------------------------------------------------------------------

NO_SUCH_VERSION = declare("question.version_unknown", _("There is no such version of a question."))
OWN_VERSION = declare(
    "question.own_version", _("Whoever wrote a version does not review it: a second person does.")
)
REVIEWED_ALREADY = declare(
    "question.reviewed_already",
    _("There is nothing to review any more: somebody decided meanwhile, or wrote a newer version."),
)
NOT_THEIRS = declare(
    "question.not_theirs",
    _("This version is not approved: until then its author and those who review ask it, and nobody else."),
)
ASKING = declare("question.asking", _("Asking the database"))
