"""A believable past to try the back office with, for tests, pictures, benchmarks: `manage.py make_history`.

making      from a wish to rows: all of it, or nothing       past        what is launched, as time goes by
cast        the people it happens to                         rhythm      how much is launched in which hour
life        a job from its launch to its end                 jobs        the rows of jobs
mishaps     what goes wrong, really raised                   emails      an email and what came of it
message_rows   the rows of messages, sent and not sent       other_mail  emails that no template writes
reports     files that can be downloaded                     orders      jobs of other code
slots       schedules and what came of each                  desk        what people did
weather     bad hours                                        chances     what the seed decides
keeping     what the cleanup would have left                 tables      rows by the thousand
copying     COPY beside the making of rows                   bare_tables indexes built at the end
"""
