"""When something is due.

rhythm           the next moment, and the words for it   changes    whether anything changed
phrases          a rhythm in a person's own words        planning   what changed is worked out anew
due_slots        which due moments run                   seeds      schedules that come with the product
job_of_schedule  the job that a schedule stands for      timings    beat's rows that say when, changed for all
first_run        what is due first after a change        checking   what is refused as it is saved
"""
