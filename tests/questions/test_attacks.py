"""Each attack ends with a sentence, loses nothing and tells nothing: by the first guard, and without it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from backoffice.questions.asking import runner
from backoffice.questions.errors import NotAllowed, NotAnswered
from backoffice.questions.statements.checking import checked
from backoffice.questions.statements.reading import Kind, Token
from tests.questions.attacks import ATTACKS, Attack
from tests.questions.reporting import SECRETS, Reporting

pytestmark = [pytest.mark.once, pytest.mark.processes]

BOTH = [
    pytest.param(attack, database, id=f"{database}: {attack.name}")
    for attack in ATTACKS
    for database in ("postgresql", "sqlite")
    if getattr(attack, database)
]
GUARDED = [one for one in BOTH if one.values[0].said]
# Of the first guard's, PRAGMA and ATTACH say so by their first word on SQLite.
SAID_OTHERWISE = {"a setting": "question.writes", "another database": "question.writes"}


@pytest.mark.parametrize(("attack", "database"), GUARDED)
def test_the_first_guard_says_what_is_wrong(attack: Attack, database: str) -> None:
    with pytest.raises(NotAllowed) as refused:
        checked(getattr(attack, database), postgresql=database == "postgresql")
    said = attack.said if database == "postgresql" else SAID_OTHERWISE.get(attack.name, attack.said)
    # PostgreSQL's functions begin with pg_, which is said of all of the system's names.
    assert refused.value.code in {said, "question.of_the_system", "question.function_not_allowed"}


@pytest.mark.parametrize(("attack", "database"), BOTH)
def test_without_the_first_guard_the_database_refuses_it(
    attack: Attack,
    database: str,
    request: pytest.FixtureRequest,
    settings: Any,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    reporting: Reporting = request.getfixturevalue(f"on_{database}")
    settings.REPORTING_SECONDS = 1 if attack.endless else 60
    settings.REPORTING_MAX_ROWS = 1_000
    sql = getattr(attack, database)
    monkeypatch.setattr(runner, "checked", lambda sql, postgresql: [Token(Kind.SYMBOL, sql, sql)])
    before = reporting.state()
    said, answered = _outcome_of(sql)
    assert reporting.state() == before
    assert attack.harmless or not answered
    assert not [one for one in (*SECRETS, reporting.url, "root:") if one in said]


def _outcome_of(sql: str) -> tuple[str, bool]:
    """What is said or told, and whether that is an answer."""
    try:
        return str(runner.ask(sql, {}, {}).rows), True
    except NotAnswered as ended:
        return str(ended), False


def test_security_md_has_the_whole_table() -> None:
    told = Path("docs/security.md").read_text()
    assert [one.name for one in ATTACKS if f"| {one.name} |" not in told] == []
