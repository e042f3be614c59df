"""A long history, written by PostgreSQL itself: jobs, their results and messages, over thirty days."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from django.db import connection

# More of it in the last days than before; a tenth of a percent is under way, 2 % failed.
JOBS = """
INSERT INTO tasks_app_job (id, name, args, kwargs, message, queue, about, state, available_at, published_at,
    token, lease_until, worker, created_at, started_at, ended_at, runs, retries, deaths, progress_note,
    error_class, error, origin, created_by_id, parent_id, root_id)
SELECT md5(n::text)::uuid::text, name, '[]', '{"destinataire_id": 1}', '{"headers": {"id": "x"}}', queue,
    'person' || n || '@example.org', state, made, made, '',
    CASE WHEN state = 'running' THEN now() + interval '1 hour' END, 'worker1@host', made, made,
    CASE WHEN state NOT IN ('waiting', 'running') THEN least(made + interval '4 seconds', now()) END,
    1, 0, 0, '', CASE WHEN state = 'failed' THEN 'Refused' ELSE '' END,
    CASE WHEN state = 'failed' THEN 'The mail service refused it.' ELSE '' END, 'person',
    CASE WHEN n % 2 = 0 THEN %(staff)s END, '', md5(n::text)::uuid::text
FROM (
    SELECT n, now() - interval '30 days' * power(random(), 2) AS made,
        (ARRAY['tasks_app.tasks.envoi_email', 'tasks_app.tasks.rapport_pdf'])[1 + n % 2] AS name,
        (ARRAY['high', 'default', 'low'])[1 + n % 3] AS queue,
        CASE WHEN n % 100 < 2 THEN 'failed' WHEN n % 1000 = 7 THEN 'waiting' WHEN n % 25000 = 8 THEN 'running'
            WHEN n % 10000 = 9 THEN 'unknown' ELSE 'succeeded' END AS state
    FROM generate_series(1, %(jobs)s) AS n
) AS drawn
"""
RESULTS = """
INSERT INTO django_celery_results_taskresult (task_id, task_name, status, content_type, content_encoding,
    result, date_created, date_done)
SELECT id, name, CASE WHEN state = 'failed' THEN 'FAILURE' ELSE 'SUCCESS' END, 'application/json', 'utf-8',
    '{"status": "ok"}', created_at, ended_at
FROM tasks_app_job WHERE state IN ('succeeded', 'failed')
"""
MESSAGES = """
INSERT INTO backoffice_message (id, template_name, "to", sender, subject, text, html, headers, security,
    state, attempt, transport, provider_id, error_class, error, job_id, created_at)
SELECT id::uuid, 'Welcome', about, 'us@example.org', 'Welcome', 'Hello.', '<p>Hello.</p>', '{}', false,
    CASE state WHEN 'failed' THEN 'bounced' WHEN 'unknown' THEN 'unknown' ELSE 'delivered' END,
    1, 'ses', id, '', '', id, created_at
FROM tasks_app_job WHERE name = 'tasks_app.tasks.envoi_email' AND ended_at IS NOT NULL
"""
REPORTS = """
INSERT INTO backoffice_report (id, type, title, parameters, format, language, file, file_name, size, sha256,
    rows, pages, job_id, created_at)
SELECT id::uuid, 'overview', 'Overview', '{}', 'pdf', 'en', id, 'overview.pdf', 8, '', 0, 1, id, created_at
FROM tasks_app_job WHERE name = 'tasks_app.tasks.rapport_pdf' AND state = 'succeeded'
"""


def fill(jobs: int, staff: int) -> None:
    """So many jobs, every second of them launched by the user `staff`; PostgreSQL then knows its tables."""
    for table, statement in (
        ("tasks_app_job", JOBS),
        ("django_celery_results_taskresult", RESULTS),
        ("backoffice_message", MESSAGES),
        ("backoffice_report", REPORTS),
    ):
        with connection.cursor() as cursor, without_indexes(cursor, table):
            # What is not a parameter keeps its percent signs.
            cursor.execute(statement.replace(" % ", " %% "), {"jobs": jobs, "staff": staff})
        with connection.cursor() as cursor:
            cursor.execute(f"VACUUM ANALYZE {table}")


@contextmanager
def without_indexes(cursor: Any, table: str) -> Iterator[None]:
    """Built once at the end: filling the table through them takes several times as long."""
    cursor.execute(
        "SELECT indexname, indexdef FROM pg_indexes WHERE tablename = %s AND indexname NOT IN"
        " (SELECT conname FROM pg_constraint WHERE conrelid = %s::regclass)",
        [table, table],
    )
    indexes = cursor.fetchall()
    for name, _definition in indexes:
        cursor.execute(f'DROP INDEX "{name}"')
    yield
    for _name, definition in indexes:
        cursor.execute(definition)
