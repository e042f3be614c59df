"""The SQL that makes the role of saved questions, its schema and its views on PostgreSQL.

It may run again and again: views that are listed no more go. What everybody may by default is taken from
everybody, and given to the roles that the back office works with.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import secrets
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from backoffice.questions.asking.powers import FUNCTIONS
from backoffice.questions.statements.checking import SCHEMA
from backoffice.questions.views import View

ITERATIONS = 4096  # PostgreSQL's own
CONNECTIONS = 10  # at once: each runs one question


@dataclass(frozen=True)
class Plan:
    role: str
    password: str
    database: str
    owner: str  # the role of DATABASE_URL, who owns the tables, and the views
    keep: Sequence[str] = ()  # other roles that keep what everybody had


def script(plan: Plan, views: Iterable[View]) -> list[str]:
    """Statements for an administrator of the database, to run in one transaction."""
    listed = list(views)
    return [
        *_role(plan),
        *_taken_from_everybody(plan),
        f"CREATE SCHEMA IF NOT EXISTS {SCHEMA}",
        f"ALTER SCHEMA {SCHEMA} OWNER TO {name(plan.owner)}",
        f"REVOKE ALL ON SCHEMA {SCHEMA} FROM PUBLIC",
        f"GRANT USAGE ON SCHEMA {SCHEMA} TO {name(plan.role)}",
        _without_old_views(),
        "SET LOCAL search_path = public, pg_catalog",
        *(statement for one in listed for statement in _view(plan, one)),
    ]


def _role(plan: Plan) -> list[str]:
    role = name(plan.role)
    return [
        f"DO $$ BEGIN IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = {text(plan.role)}) "
        f"THEN CREATE ROLE {role}; END IF; END $$",
        f"ALTER ROLE {role} LOGIN NOCREATEDB NOCREATEROLE NOINHERIT CONNECTION LIMIT {CONNECTIONS} "
        f"PASSWORD {text(scram(plan.password))}",
        f"ALTER ROLE {role} SET default_transaction_read_only = on",
        f"ALTER ROLE {role} SET search_path = {SCHEMA}",
        # Only a superuser may set how much of a disk a query fills; elsewhere the deadline alone holds it.
        f"DO $$ BEGIN ALTER ROLE {role} SET temp_file_limit = '1GB'; "
        "EXCEPTION WHEN insufficient_privilege THEN NULL; END $$",
        f"GRANT CONNECT ON DATABASE {name(plan.database)} TO {role}",
    ]


def _taken_from_everybody(plan: Plan) -> list[str]:
    owner, database = name(plan.owner), name(plan.database)
    others = ", ".join(map(name, [plan.owner, *plan.keep]))
    return [
        f"REVOKE TEMPORARY ON DATABASE {database} FROM PUBLIC",
        f"GRANT TEMPORARY ON DATABASE {database} TO {others}",
        "REVOKE ALL ON SCHEMA public FROM PUBLIC",
        f"GRANT USAGE ON SCHEMA public TO {others}",
        f"GRANT CREATE ON SCHEMA public TO {owner}",
        _functions_taken(others),
    ]


def _functions_taken(others: str) -> str:
    return f"""DO $$ DECLARE one regprocedure; BEGIN
    FOR one IN SELECT p.oid FROM pg_proc AS p,
            aclexplode(coalesce(p.proacl, acldefault('f', p.proowner))) AS a
        WHERE a.grantee = 0 AND a.privilege_type = 'EXECUTE' AND p.prokind IN ('f', 'p')
          AND (p.proname ~ {text(f"^({FUNCTIONS})$")}
               OR p.prosecdef AND p.pronamespace <> 'pg_catalog'::regnamespace)
    LOOP
        EXECUTE format('REVOKE EXECUTE ON ROUTINE %s FROM PUBLIC', one);
        EXECUTE format('GRANT EXECUTE ON ROUTINE %s TO %s', one, {text(others)});
    END LOOP; END $$"""  # noqa: S608 - names are quoted


def _without_old_views() -> str:
    return f"""DO $$ DECLARE one regclass; BEGIN
    FOR one IN SELECT oid FROM pg_class WHERE relnamespace = '{SCHEMA}'::regnamespace AND relkind = 'v'
    LOOP EXECUTE format('DROP VIEW %s CASCADE', one); END LOOP; END $$"""  # noqa: S608 - a constant


def _view(plan: Plan, view: View) -> list[str]:
    """As a barrier: no function of a question sees a row that the view leaves out."""
    whole = f"{SCHEMA}.{name(view.name)}"
    return [
        f"CREATE VIEW {whole} WITH (security_barrier) AS {view.select}",
        f"ALTER VIEW {whole} OWNER TO {name(plan.owner)}",
        f"GRANT SELECT ON {whole} TO {name(plan.role)}",
    ]


def name(given: str) -> str:
    return '"' + given.replace('"', '""') + '"'


def text(given: str) -> str:
    return "'" + given.replace("'", "''") + "'"


def scram(password: str) -> str:
    """What PostgreSQL keeps of a password (RFC 5803), so that no statement and no log has the password."""
    salt = secrets.token_bytes(16)
    salted = hashlib.pbkdf2_hmac("sha256", password.encode(), salt, ITERATIONS)
    client, server = (hmac.digest(salted, word, "sha256") for word in (b"Client Key", b"Server Key"))
    stored = hashlib.sha256(client).digest()
    salt_told, stored_told, server_told = (base64.b64encode(one).decode() for one in (salt, stored, server))
    return f"SCRAM-SHA-256${ITERATIONS}:{salt_told}${stored_told}:{server_told}"
