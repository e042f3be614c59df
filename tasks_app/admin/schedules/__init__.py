"""Schedules: the list, the page of one, and what people do to them. The list registers them all.

listing   the list of schedules, and their addresses     page       one schedule, as a form in words
rows      between the fields in words and beat's rows    form       its fields, checked
kinds     the kinds of rhythm, and their fields          rules      our row beside beat's
phrase    a phrase fills in the fields                   form_page  the form as it is shown
review    what a change does to the runs       editing    one edit: conflicts, saving
versions  who changed what; one put back       meanwhile  what ran wrongly, made up for
moving    export and import as YAML
access    who may see, change and run which              preview    its next runs, before it is saved
actions   switch on and off, run now                     history    what came of its times
once      run once, with other arguments                 pausing    pause until a moment, resume
filling   past times that get their job after all        policies   the fields of its policy, and their row
standing  paused or not, its policy in words             next_run   when it makes its next job
page_rows what a page of the list says of its rows       strip      the last slots, a cell each
promise   by when it is done: given, its month           following  owner, handing over, followers
timeline  a day or a week of all of them                 last_night what did not run, and why
feeds     addresses for calendars       timeline_boxes its rows: what an hour or a day shows
pausing_many a selection paused, resumed        timings/     beat's own rows that say when, and who uses them
"""

from tasks_app.admin.schedules import listing as listing
from tasks_app.admin.schedules import timings as timings
