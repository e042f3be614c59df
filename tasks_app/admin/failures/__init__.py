"""Causes of failures: the inbox, and the page of one cause.

inbox        the list: what failed, why, how often, whom it touches
cause_page   one cause: its figures, charts, jobs, history, and what can be done about it
touched_page the people whom it touches
decisions    known, repaired, ignored, open again: of one cause or of a selection
filters      of the list
charts       failures over time, small and large
saying       how a cause is named, and the lists behind its figures
"""

from tasks_app.admin.failures import inbox as inbox
