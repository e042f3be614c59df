"""A believable past to try the back office with, for tests, pictures, benchmarks: `manage.py make_history`.

making      from a wish to rows: all of it, or nothing       past        what is launched, as time goes by
cast        the people it happens to                         rhythm      how much is launched in which hour
jobs        a job from its launch to its end                 mishaps     what goes wrong, really raised
emails      a message and what came of it                    reports     files that can be downloaded
orders      jobs of other code                               other_mail  emails that no template writes
slots       schedules and what came of each
desk        what people did                                  weather     bad hours
keeping     what the cleanup would have left                 chances     what the seed decides
tables      rows by the thousand                             copying     COPY beside the making of rows
bare_tables indexes built at the end
"""
