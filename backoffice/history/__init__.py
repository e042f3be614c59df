"""A believable past to try the back office with, for tests, pictures, benchmarks: `manage.py make_history`.

making      from a wish to rows, in the order of time       rhythm      how much is launched in which hour
cast        the people it happens to                        jobs        a job from its launch to its end
mishaps     what goes wrong, really raised                  emails      a message and what came of it
reports     files that can be downloaded                    slots       schedules and what came of each
desk        what people did                                 tables      rows by the thousand
message_rows   the rows of messages
"""
