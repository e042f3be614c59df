"""What stands before a question: the probed role, the list of views, limits, a database that is away."""

from __future__ import annotations

import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import psycopg
import pytest
from django.test import override_settings
from django.utils import timezone

from backoffice import health
from backoffice.questions import causes, views
from backoffice.questions.asking import runner
from backoffice.questions.errors import NotAllowed, NotAnswered
from backoffice.questions.statements.checking import checked
from tests.questions.reporting import Reporting
from tests.servers import wait_until

pytestmark = pytest.mark.once
processes = pytest.mark.processes

GRANTS = {
    "may write to": (
        "GRANT DELETE ON backoffice_message TO reporting",
        "REVOKE DELETE ON backoffice_message FROM reporting",
    ),
    "may read": (
        "GRANT SELECT (password) ON auth_user TO reporting",
        "REVOKE SELECT (password) ON auth_user FROM reporting",
    ),
    "may see into schema": (
        "GRANT USAGE ON SCHEMA public TO reporting",
        "REVOKE USAGE ON SCHEMA public FROM reporting",
    ),
    "temporary tables": (
        "GRANT TEMPORARY ON DATABASE questions TO PUBLIC",
        "REVOKE TEMPORARY ON DATABASE questions FROM PUBLIC",
    ),
    "may call": (
        "GRANT EXECUTE ON FUNCTION pg_notify(text, text) TO PUBLIC",
        "REVOKE EXECUTE ON FUNCTION pg_notify(text, text) FROM PUBLIC",
    ),
    "member of": ("GRANT pg_read_all_data TO reporting", "REVOKE pg_read_all_data FROM reporting"),
    "superuser": ("ALTER ROLE reporting SUPERUSER", "ALTER ROLE reporting NOSUPERUSER"),
    "owns": (
        "ALTER VIEW reporting.hours OWNER TO reporting",
        "ALTER VIEW reporting.hours OWNER TO backoffice; GRANT SELECT ON reporting.hours TO reporting",
    ),
}


@processes
@pytest.mark.parametrize("power", GRANTS)
def test_a_role_with_one_right_more_is_asked_nothing(
    power: str, on_postgresql: Reporting, admin: Callable[[str], Any]
) -> None:
    more, less = GRANTS[power]
    admin(more)
    try:
        with pytest.raises(NotAnswered) as refused:
            runner.ask("SELECT 1 AS n", {}, {})
    finally:
        admin(less)
    assert refused.value.code == causes.TOO_MIGHTY.code
    assert power in str(refused.value)


@pytest.fixture
def admin(on_postgresql: Reporting) -> Callable[[str], Any]:
    host = on_postgresql.url.partition("@")[2]

    def execute(statement: str) -> Any:
        with psycopg.connect(f"postgresql://backoffice@{host}", autocommit=True) as connection:
            done = connection.execute(statement)
            return done.fetchall() if done.description else None

    return execute


@processes
def test_the_role_that_the_command_makes_may_ask_every_view(reporting: Reporting) -> None:
    assert runner.probe() == []
    for view in views.views():
        asked = "SELECT * FROM " + view.name  # noqa: S608 - ours
        assert runner.ask(asked, {}, {}).columns == list(view.columns)
    assert runner.ask("SELECT count(*) AS n FROM recipients", {}, {}).rows == [[1]]


@processes
def test_security_mail_is_in_no_view(reporting: Reporting) -> None:
    assert runner.ask("SELECT count(*) AS n FROM emails", {}, {}).rows == [[3]]


@processes
def test_a_query_is_gone_from_the_server_when_its_deadline_has_passed(
    on_postgresql: Reporting, admin: Callable[[str], Any], settings: Any
) -> None:
    settings.REPORTING_SECONDS = 1
    with pytest.raises(NotAnswered) as ended:
        runner.ask("SELECT count(*) FROM generate_series(1, 100000000000) AS n", {}, {})
    assert ended.value.code == causes.TOO_SLOW.code
    running = "SELECT pid FROM pg_stat_activity WHERE usename = 'reporting' AND state = 'active'"
    wait_until(lambda: not admin(running), 20, "the server to end the query")


@processes
def test_a_query_whose_process_is_killed_is_gone_too(
    on_postgresql: Reporting, admin: Callable[[str], Any], settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As when its worker is killed: nobody cancels, and the server notices."""
    settings.REPORTING_SECONDS = 60
    started: list[Any] = []
    real = runner.subprocess.Popen

    def start(*args: Any, **more: Any) -> Any:
        started.append(real(*args, **more))
        return started[-1]

    monkeypatch.setattr(runner.subprocess, "Popen", start)

    def ask() -> None:
        with pytest.raises(NotAnswered):
            runner.ask("SELECT count(*) FROM generate_series(1, 100000000000) AS n", {}, {})

    thread = threading.Thread(target=ask)
    thread.start()
    running = (
        "SELECT pid FROM pg_stat_activity WHERE usename = 'reporting' AND query LIKE '%generate_series%'"
    )
    wait_until(lambda: bool(admin(running)), 30, "the query to run")
    started[0].kill()
    thread.join()
    wait_until(lambda: not admin(running), 20, "the server to notice")


@processes
@pytest.mark.parametrize(
    "url", ["postgres://reporting:hidden@127.0.0.1:1/backoffice", "sqlite:////nowhere/at/all.sqlite3"]
)
def test_a_database_that_is_away_is_said_without_its_address(url: str, settings: Any) -> None:
    settings.REPORTING_DATABASE_URL = url
    with pytest.raises(NotAnswered) as away:
        runner.ask("SELECT 1 AS n", {}, {})
    assert away.value.code == causes.AWAY.code
    assert "hidden" not in str(away.value)
    assert "nowhere" not in str(away.value)


@processes
def test_limits_of_rows_bytes_and_memory_each_have_their_sentence(
    on_sqlite: Reporting, settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    many = "WITH RECURSIVE t (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM t LIMIT 5000) SELECT n FROM t"
    assert len(runner.ask(many, {}, {}).rows) == 5000
    settings.REPORTING_MAX_ROWS = 4999
    with pytest.raises(NotAnswered) as rows:
        runner.ask(many, {}, {})
    assert rows.value.code == causes.TOO_MANY_ROWS.code
    settings.REPORTING_MAX_ROWS = 50_000
    monkeypatch.setattr(runner, "MOST_BYTES", 10_000)
    with pytest.raises(NotAnswered) as size:
        runner.ask(many, {}, {})
    assert size.value.code == causes.TOO_LARGE.code
    settings.REPORTING_MEMORY_MB = 60
    heavy = (
        "WITH RECURSIVE t (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM t LIMIT 9000000) "
        "SELECT n FROM t ORDER BY -n"
    )
    with pytest.raises(NotAnswered) as memory:
        runner.ask(heavy, {}, {})
    assert memory.value.code == causes.TOO_HEAVY.code


def test_switched_off_nothing_is_asked() -> None:
    with override_settings(REPORTING_DATABASE_URL=""), pytest.raises(NotAnswered) as off:
        runner.ask("SELECT 1 AS n", {}, {})
    assert off.value.code == causes.OFF.code


@pytest.mark.parametrize(
    ("source", "column"),
    [
        ("auth_user AS u", "u.password"),
        ("django_session AS s", "s.session_data"),
        ("otp_totp_totpdevice AS d", "d.name"),
        ("backoffice_recoverycode AS c", "c.id"),
        ("backoffice_signin AS s", "s.username"),
        ("tasks_app_job AS j", "j.kwargs"),
        ("backoffice_message AS m", "m.subject"),
        ("(SELECT password AS p FROM auth_user) AS u", "u.p"),
        ("auth_user AS u", "u.*"),
        ("auth_user AS u; DROP TABLE auth_user", "u.id"),
    ],
)
def test_a_list_of_views_that_shows_what_is_nobodys_is_refused(
    source: str, column: str, views_file: Callable[[str], Path]
) -> None:
    views_file(f'[stolen]\nfrom = "{source}"\n[stolen.columns]\nc = "{column}"\n')
    with pytest.raises(NotAnswered) as refused:
        views.views()
    assert refused.value.code == causes.BAD_VIEWS.code


@pytest.mark.parametrize("text", ["", "[", "x = 1", "[Bad-Name]\nfrom='a'\n[Bad-Name.columns]\nx='y'"])
def test_a_list_of_views_that_is_none_is_said(text: str, views_file: Callable[[str], Path]) -> None:
    views_file(text)
    with pytest.raises(NotAnswered):
        views.views()


@pytest.mark.parametrize(
    "sql",
    [
        "SELECT e.template, count(*) FILTER (WHERE e.state = 'sent') AS n FROM emails AS e GROUP BY 1;",
        "WITH a AS (SELECT id FROM emails) SELECT count(*) AS n FROM a -- all of them",
        "SELECT sum(n) OVER (ORDER BY n) AS s FROM (VALUES (1), (2)) AS t (n)",
        "SELECT date_trunc('month', created_at)::date AS m, CAST(1 AS numeric(10, 2)) FROM reporting.emails",
        "SELECT 'a;b -- c /* d' AS text, 100 % 7 AS rest",
    ],
)
def test_what_analysts_write_passes(sql: str) -> None:
    assert checked(sql, postgresql=True)


@processes
def test_a_per_cent_sign_stands_for_itself(reporting: Reporting) -> None:
    found = runner.ask("SELECT count(*) AS n FROM emails WHERE template LIKE 'w%' AND 7 % 2 = 1", {}, {})
    assert found.rows == [[2]]


@processes
def test_an_answer_without_rows_still_has_its_columns(reporting: Reporting) -> None:
    found = runner.ask("SELECT id, state FROM emails WHERE template = :t", {"t": "text"}, {"t": "none"})
    assert (found.columns, found.rows) == (["id", "state"], [])


@processes
def test_doctor_says_what_it_meets(
    reporting: Reporting, views_file: Callable[[str], Path], settings: Any
) -> None:
    def told() -> str:
        [finding] = health.saved_questions(timezone.now())
        return str(finding.sentence)

    assert "can be asked" in told()
    views_file('[extra]\nfrom = "nowhere AS n"\n[extra.columns]\nx = "n.x"\n')
    assert "extra" in told() or "may read" in told() or "refuses" in told()
    settings.REPORTING_DATABASE_URL = "postgres://reporting@127.0.0.1:1/backoffice"
    assert "does not answer" in told()
    settings.REPORTING_DATABASE_URL = ""
    assert "Nobody can run" in told()


def test_comments_that_two_databases_end_apart_are_refused() -> None:
    with pytest.raises(NotAllowed):
        checked("SELECT 1 /* a /* b */ c */", postgresql=False)
