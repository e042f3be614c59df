"""A believable past to try the back office with, for tests, pictures, benchmarks: `manage.py make_history`.

making      from a wish to rows: all of it, or nothing       wish        what is asked for, and its seed
past        what is planned, then the many launches          world       who and what there is in it
office      schedules, reports, emails that come back        launches    what people and code launch all day
parts       pieces that are made apart                       processes   several that make them at once
cast        the people it happens to                         rhythm      how much is launched in which hour
life        a job from its launch to its end                 reruns      what failed and was run again
jobs        the rows of jobs                                 mishaps     what goes wrong, really raised
emails      an email and what came of it                     other_mail  emails that no template writes
message_rows   the rows of messages, sent and not sent       chores      small jobs without a story
reports     files that can be downloaded                     orders      jobs of other code
slots       schedules and what came of each                  desk        what people did
weather     bad hours                                        chances     what the seed decides
keeping     what the cleanup would have left                 tables      rows by the thousand
keepers     whose schedules are, what is promised of them
row_forms   rows as COPY or INSERT has them                  copying     batches to the database
bare_tables indexes built at the end                         afterwards  what is counted of all rows

A table more: its rows are made where its job lives (a file of its own, with a dataclass of `Table`s that
`World.tables` names), or counted of the rows of others once all are there (`afterwards`).
"""
