"""What the role of a PostgreSQL connection may do beyond reading the views; with any of it, nothing is asked.

Rights that everybody has by default are told too (PUBLIC may create temporary tables, set a setting, take
advisory locks …): `manage.py reporting_role` takes them away.
"""

from __future__ import annotations

from typing import Any

# Functions with effects, that read files or other databases, or run text as SQL, by their name.
FUNCTIONS = (
    "set_config|pg_notify|pg_(terminate|cancel)_backend|pg_reload_conf|pg_rotate_logfile|pg_promote"
    "|pg_sleep|pg_sleep_for|pg_sleep_until|pg_(try_)?advisory_.*|lo_.*|lo(read|write)|dblink.*|postgres_fdw_.*"
    "|pg_read_.*|pg_ls_.*|pg_stat_file|pg_file_.*|pg_logdir_ls|pg_current_logfile"
    "|pg_switch_wal|pg_create_restore_point|pg_backup_.*|pg_wal_replay_.*"
    "|pg_logical_.*|pg_replication_.*|pg_(create|drop|copy)_(physical|logical)_replication_slot"
    "|pg_stat_reset.*|pg_export_snapshot|pg_import_system_collations|pg_log_backend_memory_contexts"
    "|query_to_xml.*|table_to_xml.*|cursor_to_xml.*|schema_to_xml.*|database_to_xml.*"
    "|ts_stat|txid_current|pg_current_xact_id|currval|lastval|nextval|setval"
)
BY_QUERY = """
SELECT 'superuser' FROM pg_roles WHERE rolname = current_user AND rolsuper
UNION ALL SELECT 'may create databases' FROM pg_roles WHERE rolname = current_user AND rolcreatedb
UNION ALL SELECT 'may create roles' FROM pg_roles WHERE rolname = current_user AND rolcreaterole
UNION ALL SELECT 'may replicate' FROM pg_roles WHERE rolname = current_user AND rolreplication
UNION ALL SELECT 'passes row security' FROM pg_roles WHERE rolname = current_user AND rolbypassrls
UNION ALL SELECT 'is another role too' WHERE session_user <> current_user
UNION ALL SELECT 'member of ' || min(g.rolname) FROM pg_auth_members AS m
    JOIN pg_roles AS r ON r.oid = m.member JOIN pg_roles AS g ON g.oid = m.roleid
    WHERE r.rolname = current_user HAVING count(*) > 0
UNION ALL SELECT 'owns ' || count(*) || ' objects' FROM pg_shdepend
    WHERE refclassid = 'pg_authid'::regclass AND deptype = 'o'
      AND refobjid = (SELECT oid FROM pg_roles WHERE rolname = current_user) HAVING count(*) > 0
UNION ALL SELECT 'may create temporary tables' WHERE has_database_privilege(current_database(), 'TEMPORARY')
UNION ALL SELECT 'may create schemas' WHERE has_database_privilege(current_database(), 'CREATE')
UNION ALL SELECT 'may create in schema ' || min(nspname) FROM pg_namespace
    WHERE has_schema_privilege(oid, 'CREATE') HAVING count(*) > 0
UNION ALL SELECT 'may see into schema ' || min(nspname) FROM pg_namespace
    WHERE nspname NOT IN ('pg_catalog', 'information_schema', %(schema)s)
      AND has_schema_privilege(oid, 'USAGE') HAVING count(*) > 0
UNION ALL SELECT 'may write to ' || min(c.oid::regclass::text) FROM pg_class AS c
    WHERE c.relkind IN ('r', 'v', 'm', 'f', 'p') AND c.relnamespace NOT IN (
        SELECT oid FROM pg_namespace WHERE nspname IN ('pg_catalog', 'information_schema'))
      AND (has_table_privilege(c.oid, 'INSERT, UPDATE, DELETE, TRUNCATE, REFERENCES, TRIGGER')
           OR has_any_column_privilege(c.oid, 'INSERT, UPDATE, REFERENCES'))
    HAVING count(*) > 0
UNION ALL SELECT 'may read ' || min(c.oid::regclass::text) FROM pg_class AS c
    JOIN pg_namespace AS n ON n.oid = c.relnamespace
    WHERE c.relkind IN ('r', 'v', 'm', 'f', 'p', 'S')
      AND n.nspname NOT IN ('pg_catalog', 'information_schema', 'pg_toast')
      AND NOT (n.nspname = %(schema)s AND c.relkind = 'v' AND c.relname = ANY(%(views)s))
      AND CASE c.relkind WHEN 'S' THEN has_sequence_privilege(c.oid, 'USAGE, SELECT, UPDATE')
          ELSE has_any_column_privilege(c.oid, 'SELECT') END
    HAVING count(*) > 0
UNION ALL SELECT 'may call ' || string_agg(name, ', ') FROM (
    SELECT DISTINCT p.proname AS name FROM pg_proc AS p
    WHERE has_function_privilege(p.oid, 'EXECUTE') AND (p.proname ~ %(functions)s
        OR p.prosecdef AND p.pronamespace <> 'pg_catalog'::regnamespace)
    ORDER BY 1 LIMIT 5) AS callable HAVING count(*) > 0
"""
MISSING = """
SELECT name FROM unnest(%(views)s::text[]) AS name WHERE NOT EXISTS (
    SELECT FROM pg_class AS c JOIN pg_namespace AS n ON n.oid = c.relnamespace
    WHERE n.nspname = %(schema)s AND c.relname = name AND c.relkind = 'v'
      AND has_table_privilege(c.oid, 'SELECT'))
"""


def powers(connection: Any, schema: str, views: list[str]) -> list[str]:
    """In the words of a database's administrator; empty for a role that only reads the views."""
    values = {"schema": schema, "views": views, "functions": f"^({FUNCTIONS})$"}
    return [power for (power,) in connection.execute(BY_QUERY, values)]


def missing(connection: Any, schema: str, views: list[str]) -> list[str]:
    """Listed views that are not there, or that the role may not read."""
    return [name for (name,) in connection.execute(MISSING, {"schema": schema, "views": views})]
