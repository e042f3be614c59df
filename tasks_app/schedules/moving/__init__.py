"""Schedules moved between installations as YAML, by names and never by ids.

writing    schedules as a file            importing  what a file would change, and changing it
reading    a file, line by line, safely   fixture    the same file for `manage.py loaddata`
entries    an entry as a definition

The format: docs/schedules.md.
"""
