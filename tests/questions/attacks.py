"""What somebody might try with a question. docs/security.md has this table; a test holds them together.

name, text on PostgreSQL, text on SQLite ("" where there is no such thing), and the code of the sentence that
the first guard says ("" where the text may be asked, and the database and the deadline hold it).
"""

# ruff: noqa: E501 - a table

from __future__ import annotations

from dataclasses import dataclass

WRITES, SYSTEM = "question.writes", "question.of_the_system"
FUNCTION, SEVERAL = "question.function_not_allowed", "question.several_statements"
UNREADABLE = "question.unreadable"


@dataclass(frozen=True)
class Attack:
    name: str
    postgresql: str
    sqlite: str
    said: str = ""
    endless: bool = False  # held by the deadline alone, or by a limit
    harmless: bool = (
        False  # where the first guard is not there to refuse it, it answers what anybody may know
    )


ATTACKS = [
    Attack(
        "an UPDATE",
        "UPDATE backoffice_message SET attempt = 9",
        "UPDATE backoffice_message SET attempt = 9",
        WRITES,
    ),
    Attack(
        "an INSERT",
        "INSERT INTO auth_user (username) VALUES ('eve')",
        "INSERT INTO auth_user (username) VALUES ('eve')",
        WRITES,
    ),
    Attack(
        "a DELETE in a WITH",
        "WITH gone AS (DELETE FROM backoffice_message RETURNING id) SELECT id FROM gone",
        "",
        WRITES,
    ),
    Attack("DROP TABLE", "DROP TABLE backoffice_message", "DROP TABLE backoffice_message", WRITES),
    Attack("SELECT INTO", "SELECT 1 AS n INTO stolen", "", WRITES),
    Attack("a temporary table", "CREATE TEMP TABLE t AS SELECT 1", "CREATE TEMP TABLE t AS SELECT 1", WRITES),
    Attack(
        "a second statement",
        "SELECT 1; DELETE FROM backoffice_message",
        "SELECT 1; DELETE FROM backoffice_message",
        SEVERAL,
    ),
    Attack(
        "a second statement in a comment",
        "SELECT 1 /* /* */ ; DROP TABLE auth_user; -- */",
        "SELECT 1 /* /* */ ; DROP TABLE auth_user; -- */",
        UNREADABLE,
        harmless=True,
    ),
    Attack(
        "the end of the transaction",
        "SELECT 1; COMMIT; DELETE FROM backoffice_message",
        "SELECT 1; COMMIT",
        SEVERAL,
    ),
    Attack(
        "a string with an escape",
        "SELECT E'\\'; DELETE FROM backoffice_message; --'",
        "",
        UNREADABLE,
        harmless=True,
    ),
    Attack("a name in escapes", 'SELECT * FROM U&"\\0070g_shadow"', "", UNREADABLE),
    Attack("passwords", "SELECT password FROM auth_user", "SELECT password FROM auth_user"),
    Attack(
        "passwords, by their schema",
        "SELECT password FROM public.auth_user",
        "SELECT password FROM main.auth_user",
    ),
    Attack(
        "passwords, under the name of a view",
        "WITH emails AS (SELECT password FROM public.auth_user) SELECT * FROM emails",
        "WITH emails AS (SELECT password FROM auth_user) SELECT * FROM emails",
    ),
    Attack(
        "how many sessions there are",
        "SELECT count(*) FROM django_session",
        "SELECT count(*) FROM django_session",
    ),
    Attack(
        "security mail, past its view",
        "SELECT subject FROM public.backoffice_message",
        "SELECT subject FROM backoffice_message",
    ),
    Attack("names of tables", "SELECT relname FROM pg_class", "SELECT name FROM sqlite_master", SYSTEM),
    Attack(
        "names of tables, by the standard",
        "SELECT table_name FROM information_schema.tables",
        "SELECT name FROM pragma_table_list",
        SYSTEM,
        harmless=True,
    ),
    Attack("hashes of roles", "SELECT rolpassword FROM pg_authid", "", SYSTEM),
    Attack(
        "a setting", "SELECT set_config('work_mem', '1GB', false)", "PRAGMA journal_mode = DELETE", FUNCTION
    ),
    Attack("a setting, by its command", "SET work_mem = '1GB'", "PRAGMA query_only = OFF", WRITES),
    Attack("another role", "SET ROLE backoffice", "", WRITES),
    Attack("an advisory lock", "SELECT pg_advisory_lock(1)", "", SYSTEM),
    Attack("a notification", "SELECT pg_notify('jobs', 'x')", "", SYSTEM),
    Attack("the end of other sessions", "SELECT pg_terminate_backend(1)", "", SYSTEM),
    Attack("a large object", "SELECT lo_unlink(424242)", "", FUNCTION),
    Attack("a large object made of a file", "SELECT lo_import('/etc/passwd')", "", FUNCTION),
    Attack(
        "a file of the server",
        "SELECT pg_read_file('/etc/passwd')",
        "SELECT readfile('/etc/passwd')",
        FUNCTION,
    ),
    Attack("COPY to a program", "COPY (SELECT 1) TO PROGRAM 'id'", "", WRITES),
    Attack("COPY from a file", "COPY backoffice_message FROM '/etc/passwd'", "", WRITES),
    Attack(
        "another database",
        "SELECT * FROM dblink('dbname=postgres', 'SELECT 1') AS t (a int)",
        "ATTACH '/etc/passwd' AS other",
        FUNCTION,
    ),
    Attack(
        "text that is run as SQL",
        "SELECT query_to_xml('SELECT 1', true, true, '')",
        "SELECT load_extension('/tmp/x.so')",
        FUNCTION,
    ),
    Attack("anonymous code", "DO $$ BEGIN PERFORM 1; END $$", "", UNREADABLE),
    Attack("EXPLAIN that runs it", "EXPLAIN ANALYZE SELECT 1", "EXPLAIN SELECT 1", WRITES, harmless=True),
    Attack("a lock on rows", "SELECT id FROM emails FOR UPDATE", "", WRITES),
    Attack("a lock on rows, shared", "SELECT id FROM emails FOR SHARE", ""),
    Attack("a sleep", "SELECT pg_sleep(3600)", "", SYSTEM, endless=True),
    Attack(
        "an endless count",
        "SELECT count(*) FROM generate_series(1, 100000000000) AS n",
        "WITH RECURSIVE t (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM t) SELECT count(*) FROM t",
        endless=True,
    ),
    Attack(
        "a recursive WITH",
        "WITH RECURSIVE t (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM t) SELECT max(n) FROM t",
        "WITH RECURSIVE t (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM t) SELECT max(n) FROM t",
        endless=True,
    ),
    Attack(
        "a billion rows",
        "SELECT n FROM generate_series(1, 1000000000) AS n",
        "WITH RECURSIVE t (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM t LIMIT 1000000000) SELECT n FROM t",
        endless=True,
    ),
    Attack(
        "a huge value",
        "SELECT repeat('x', 1000000000)",
        "SELECT zeroblob(1000000000)",
        FUNCTION,
        endless=True,
    ),
    Attack(
        "a huge value, built",
        "SELECT string_agg(md5('x'), '') FROM generate_series(1, 100000000)",
        "WITH RECURSIVE t (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM t LIMIT 100000000) SELECT group_concat(hex(n), 'xxxxxxxxxxxxxxxx') FROM t",
        endless=True,
    ),
]
