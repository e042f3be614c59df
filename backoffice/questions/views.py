"""The views that questions may ask, as the installation lists them in a TOML file.

    [emails]
    about.en = "One row an email that is no security mail"
    about.fr = "Une ligne par e-mail, sans le courrier de sécurité"
    from = "backoffice_message AS m"
    where = "NOT m.security"
    [emails.columns]
    id = "m.id"

A list that names credentials, sessions, second factors or sign-ins is refused as a whole.
"""

from __future__ import annotations

import re
import tomllib
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from django.conf import settings
from django.utils.translation import get_language

from backoffice.questions import causes
from backoffice.questions.errors import NotAnswered

NAME = re.compile(r"[a-z][a-z0-9_]{0,62}")
# Tables of which nothing is shown, whatever the column, by the beginnings of their names.
NEVER_TABLES = (
    "auth_user_user_permissions",
    "axes_",
    "backoffice_authenticatorapp",
    "backoffice_identity",
    "backoffice_passwordlinkcount",
    "backoffice_recoverycode",
    "backoffice_signin",
    "django_session",
    "otp_",
    "pg_",
    "sqlite_",
    "tasks_app_alert",
    "tasks_app_calendarfeed",
)
# Columns of which nothing is shown, by their whole names: secrets, and what a job or an email says.
NEVER_COLUMNS = frozenset(
    {"args", "kwargs", "message", "headers", "html", "text", "traceback"}
    | {"password", "key", "secret", "token", "session_key", "launch_key", "last_login"}
)
MAIL = re.compile(r"\bbackoffice_message\b")
KEPT_BACK = re.compile(r"\bnot\s+(\w+\.)?security\b", re.IGNORECASE)


@dataclass(frozen=True)
class View:
    name: str
    abouts: dict[str, str]  # what its rows are, by language
    source: str  # what stands behind FROM
    where: str
    columns: dict[str, str]  # expression by name

    @property
    def about(self) -> str:
        """For its reader, in another language where theirs has none."""
        language = get_language() or ""
        return self.abouts.get(language.partition("-")[0]) or next(iter(self.abouts.values()), "")

    @property
    def select(self) -> str:
        columns = ", ".join(f'{expression} AS "{name}"' for name, expression in self.columns.items())
        where = f" WHERE {self.where}" if self.where else ""
        return f"SELECT {columns} FROM {self.source}{where}"  # noqa: S608 - the installation's own words


def views() -> list[View]:
    """Raises NotAnswered where the file cannot be read, or lists what nobody may see."""
    try:
        with Path(settings.REPORTING_VIEWS_FILE).open("rb") as file:
            found = [_view(name, given) for name, given in tomllib.load(file).items()]
    except OSError as error:
        raise _unusable(error.strerror or str(error)) from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise _unusable(str(error)) from error
    if not found:
        raise _unusable("it lists no view")
    return found


def _view(name: str, given: Any) -> View:
    if not isinstance(given, dict) or not isinstance(given.get("columns"), dict) or not given.get("from"):
        raise _unusable(f"{name}: it takes about, from, where and columns")
    view = View(
        name,
        _abouts(given.get("about", "")),
        str(given["from"]),
        str(given.get("where", "")),
        {column: str(expression) for column, expression in given["columns"].items()},
    )
    for one in (name, *view.columns):
        if not NAME.fullmatch(one):
            raise _unusable(f"{name}: {one} is no name of small letters, digits and _")
    if ";" in view.select or "--" in view.select or "/*" in view.select:
        raise _unusable(f"{name}: a view is one SELECT without comments")
    if why_not := shows_what_nobody_sees(view):
        raise _unusable(f"{name}: {why_not}")
    return view


def _abouts(given: Any) -> dict[str, str]:
    """A sentence, or one for each language."""
    return {code: str(said) for code, said in given.items()} if isinstance(given, dict) else {"": str(given)}


def shows_what_nobody_sees(view: View) -> str:
    """What of it may never be listed; "" for nothing."""
    for word in re.findall(r"\w+", " ".join([view.source, view.where, *view.columns.values()]).lower()):
        if word.startswith(NEVER_TABLES) or word in NEVER_COLUMNS:
            return f"{word} is shown to nobody"
    if "*" in re.sub(r"\(\s*\*\s*\)", "", "".join(view.columns.values())):
        return "columns are named one by one"
    if MAIL.search(view.source) and not KEPT_BACK.search(view.where):
        return "it shows security mail: say NOT security"
    return ""


def _unusable(why: str) -> NotAnswered:
    return NotAnswered(causes.BAD_VIEWS(why=why))
