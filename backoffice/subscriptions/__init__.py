"""Reports that arrive: a schedule with readers.

preparing   one run, from the report to each reader's copy    readers    who still gets it, in which form
outside     addresses outside: domains, opting out            unread     whether anybody reads it
letters     what the emails say                               owners     whose it is, who may see it
causes      why a reader or a subscription stopped            ending     ending, going on, handing over
repeated    what a re-run would send once more

When it runs is its schedule's (tasks_app/schedules); the job is tasks_app/subscription_tasks.py, the pages
are backoffice/admin/subscriptions/.
"""
