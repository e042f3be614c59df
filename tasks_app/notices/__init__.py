"""Notices: what is stored in place of a sentence, a code with parameters, said in its reader's language.

notice    a code with its parameters, and the wording that is declared for it
foreign   the codes of exceptions that are not ours
"""

from tasks_app.notices.notice import (
    PERSON,
    TECHNICAL,
    VALUE,
    Kind,
    Notice,
    Wording,
    codes_saying,
    declare,
    hint,
    in_each_language,
    say,
    say_in_general,
    wording_of,
    wordings,
)

__all__ = [
    "PERSON",
    "TECHNICAL",
    "VALUE",
    "Kind",
    "Notice",
    "Wording",
    "codes_saying",
    "declare",
    "hint",
    "in_each_language",
    "say",
    "say_in_general",
    "wording_of",
    "wordings",
]
