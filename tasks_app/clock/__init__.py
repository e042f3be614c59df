"""What happens every second.

scheduler   beat's process around it          tick          due schedules become jobs, then recovery
recovery    what was lost is found            force_stop    what was asked to stop and did not
dry_run     what a tick would do now          steps         what fails in one stops no other
time_watch  whether the time jumped           time_mending  what a time that went back leaves
watchdog    a word to systemd                 standstill    a clock that stands still ends itself
"""
