"""Beat's own rows that say when: crontabs, intervals, events of the sun, moments. The list registers them.

listing  their lists and the page of one         form    their fields, checked as a schedule's rhythm is
used_by  which schedules run by one, and whose   saving  a change for all of them; deleting what nobody uses
"""

from tasks_app.admin.schedules.timings import listing as listing
