"""What a job is and may become: the truth, in rows. Nothing here asks Redis.

transitions    every change of state, one guarded UPDATE each     hot_sql        the SQL that every job costs
insertion      writing new rows                                   new_job        the row of a job that we make
message_codec  Celery's message as a row, and back                json_values    its arguments as JSON
run            one claim by this process                          failure        what is kept of an error
lost_run       what a worker's death means                        cancelled_run  what a cancellation means
slot_outcome   what a schedule's slot hears of it      refused_message what is kept of what can be no job
message_checks what a message's parts may be                      unsuccessful   what kinds are told of ends
reruns         what a job's re-runs tell of it                    continuing     what waited behind it goes on
effects        what was done outside, and would be again          batch_counts   figures of a batch
batch_outcomes what came of the jobs that a batch launched        batch_lock     its row, in turn
"""
