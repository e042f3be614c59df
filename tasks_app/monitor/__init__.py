"""What the engine tells of itself.

heartbeat      who is there                 queue_status    what waits, runs and works
broker_status  what Redis says of itself    counters        ended jobs, counted by the clock
health         the checks of `doctor`       hourly_counts   the same by hour
failure_counts the law of their figures        ended_sums      how many, and how long they took
pauses         queues that are paused, why     repeated_time   an hour that comes twice
"""
