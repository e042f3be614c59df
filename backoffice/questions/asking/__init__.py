"""One question asked of the reporting database, by a process that holds nothing else.

runner           starts that process, holds its deadline and limits, kills it
child            that process: no Django, memory limited, one question by stdin, rows by stdout
on_postgresql    in it: a session that can only read, cancelled by a second connection at its deadline
on_sqlite        in it: a connection opened read-only, behind an authorizer
powers           what a role of PostgreSQL may do beyond reading the views
"""
