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
        "backoffice_emailtemplate", "tasks_app_queuestate", "tasks_app_node", "tasks_app_scheduleoptions",
        "tasks_app_seededschedule",
    }
)  # fmt: skip
TABLE = re.compile(r'^(?:ALTER TABLE|UPDATE|CREATE (?:UNIQUE )?INDEX .*? ON) "?(?P<name>\w+)"?', re.DOTALL)
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
    (
        re.compile(r"DROP COLUMN|RENAME (COLUMN|TO)"),
        "breaks the old version that still runs: stop using it in one release, drop it in the next",
    ),
    (re.compile(r"^UPDATE (?!.*LIMIT)"), "locks every row: change them in batches, from a job"),
]


def complaints(sql: str) -> Iterator[str]:
    """Each statement that would hold up or break a running house, with what to do instead."""
    statements = [" ".join(one.split()) for one in re.sub(r"^--.*$", "", sql, flags=re.MULTILINE).split(";")]
    new = {found for one in statements for found in re.findall(r'^CREATE TABLE "?(\w+)', one)}
    for statement in filter(None, statements):
        table = TABLE.match(statement)
        if table is None or table["name"] in new | SMALL:
            continue
        if "ADD COLUMN" in statement and VOLATILE.search(statement):
            yield f"{statement}: a default that differs from row to row rewrites the table"
        for pattern, advice in FORBIDDEN:
            if pattern.search(statement):
                yield f"{statement}: {advice}"
