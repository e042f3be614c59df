"""Jobs: the list, the page of one, and what people do to one or to many. The list registers them all.

listing            the list of jobs, and their addresses       page        one job; live while it runs
query/             the list's search box                       timeline    its attempts and their waits
filters            of the list                                 log         the lines that it wrote
export             what matches, as CSV or XLSX                family      it and its re-runs, as a tree
access             who may see and repeat which job            lineage     what came of it, in a list
actions            the buttons of its page                     changes     what a re-run was given instead
rerun, rerun_many  run it again: one, and many                 correcting  the same with other arguments
cancelling         one, and many                               settling    unknown outcomes: one, and many
selection          what actions on many share                  mending     the pages where a cause is mended
similar_failures   others that failed today for the same cause
"""

from tasks_app.admin.jobs import listing as listing
