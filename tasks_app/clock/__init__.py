"""What happens every second.

scheduler   beat's process around it      tick        due schedules become jobs, then recovery
recovery    what was lost is found        force_stop  what was asked to stop and did not
dry_run     what a tick would do now      watchdog    a word to systemd
"""
