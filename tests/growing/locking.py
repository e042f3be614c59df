"""What a migration must not do to a table that is large and in use, read from its SQL for PostgreSQL.

Sources: PostgreSQL's manual, "ALTER TABLE" (Notes: which forms rewrite or scan the table) and "CREATE INDEX"
(section Building Indexes Concurrently).
"""

from __future__ import annotations

import re
from collections.abc import Iterator

# Tables that stay small however long the house is in business.
SMALL = frozenset(
    {
        "backoffice_emailtemplate", "backoffice_mailing", "tasks_app_queuestate", "tasks_app_node",
        "tasks_app_scheduleoptions", "tasks_app_seededschedule",
    }
)  # fmt: skip
TABLE = re.compile(
    r"^(?:ALTER TABLE(?: IF EXISTS)?(?: ONLY)?|UPDATE(?: ONLY)?|DELETE FROM(?: ONLY)?|TRUNCATE(?: TABLE)?"
    r'|DROP TABLE(?: IF EXISTS)?|CREATE (?:UNIQUE )?INDEX .*? ON(?: ONLY)?) "?(?P<name>\w+)"?',
    re.DOTALL,
)
# What sqlmigrate says of an operation that is Python, whose queries nobody sees here.
NOT_SQL = "-- THIS OPERATION CANNOT BE WRITTEN AS SQL"
VOLATILE = re.compile(
    r"DEFAULT .*\b(now|random|clock_timestamp|gen_random_uuid|nextval)\(|SERIAL|IDENTITY|STORED"
)
FORBIDDEN: list[tuple[re.Pattern[str], str]] = [
    (
        re.compile(r"^CREATE (UNIQUE )?INDEX (?!CONCURRENTLY)"),
        "stops every writer while the index is built: AddIndexOnline, in a migration with atomic = False",
    ),
    (re.compile(r"ALTER COLUMN .* SET NOT NULL"), "reads the whole table under a lock: give a db_default"),
    (
        re.compile(r"ADD CONSTRAINT (?!.*NOT VALID)(?!.*USING INDEX)"),
        "checks every row under a lock: add it NOT VALID, and validate it in a second migration",
    ),
    (re.compile(r"ALTER COLUMN .* TYPE "), "rewrites the table: add another column, and move over in steps"),
    (re.compile(r"^(UPDATE|DELETE) (?!.*LIMIT)"), "locks every row: change them in batches, from a job"),
]
# However small the table is.
BREAKING: list[tuple[re.Pattern[str], str]] = [
    (
        re.compile(r"DROP COLUMN|RENAME (COLUMN|TO)|^DROP TABLE|^TRUNCATE"),
        "breaks the old version that still runs: stop using it in one release, drop it in the next",
    ),
]


def complaints(sql: str) -> Iterator[str]:
    """Each statement that would hold up or break a running house, with what to do instead."""
    if NOT_SQL in sql:
        yield "Python, unseen here: look at it, let it work in batches, and name it in REVIEWED with why"
    statements = [" ".join(one.split()) for one in re.sub(r"^--.*$", "", sql, flags=re.MULTILINE).split(";")]
    new = {found for one in statements for found in re.findall(r'^CREATE TABLE "?(\w+)', one)}
    for statement in filter(None, statements):
        table = TABLE.match(statement)
        if table is None or table["name"] in new:
            continue
        large = table["name"] not in SMALL
        if large and "ADD COLUMN" in statement and VOLATILE.search(statement):
            yield f"{statement}: a default that differs from row to row rewrites the table"
        for pattern, advice in (FORBIDDEN if large else []) + BREAKING:
            if pattern.search(statement):
                yield f"{statement}: {advice}"
