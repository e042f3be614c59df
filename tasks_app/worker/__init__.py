"""Celery's side of a run, in the order of a delivery.

taken_messages   what is noted of a message              consumer        the event loop
request          a delivery in the main process          task            the task class: body, retry, replace
claiming         may a delivery run; foreign messages    lease           a long run's sign of life
result_backend   Celery says how it ended                result_writer   how that reaches the database
received         what lies in the broker                refusals        what can be no job
what_arrived     what can be read of that               kept_result     how much of a result is kept
finishing        a worker that is asked to finish and stop
shutdown, events, remote_control                         stopping, Flower, `celery inspect`
"""
