"""What people do to jobs, queues and workers. All of it survives restarts.

jobs      cancel, settle            pauses    pause a queue, change that, resume it
reasons   why, as it is kept        workers   ask one to finish and stop
"""

from tasks_app.control.jobs import cancel, settle
from tasks_app.control.pauses import change_pause, check_end, end_pauses, pause, resume
from tasks_app.control.workers import ask_to_finish, let_go_on

__all__ = [
    "ask_to_finish",
    "cancel",
    "change_pause",
    "check_end",
    "end_pauses",
    "let_go_on",
    "pause",
    "resume",
    "settle",
]
