"""What the engine tells of itself.

heartbeat      who is there                 queue_status    what waits, runs and works
broker_status  what Redis says of itself    counters        ended jobs, counted by the clock
health         the checks of `doctor`       hourly_counts   the same by hour
failure_counts the law of their figures        rates           how fast work is done
workers        what each of them does          ended_sums      how many, and how long they took
pauses         pauses of queues in words       repeated_time   an hour that comes twice
published      what waits with the broker, by queue
"""
