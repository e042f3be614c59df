"""Beat's own rows that say when: crontabs, intervals, events of the sun, moments. The list registers them.

listing  their lists and the page of one         form    what is checked of each, and of a change for all
kinds    the fields of each sort                 saving  a change for all of them; deleting what nobody uses
used_by  which schedules run by one, and whose
"""

from tasks_app.admin.schedules.timings import listing as listing
