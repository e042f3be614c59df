"""A word to systemd, which starts the clock anew where it stands still (WatchdogSec in its unit).

Fed as long as the loop turns, whether the database answers or not: a clock that waits for it is well.
"""

from __future__ import annotations

import os
import socket

READY, FED = "READY=1", "WATCHDOG=1"


def tell(word: str) -> None:
    """Send READY or FED to where systemd listens, as sd_notify(3) does; elsewhere nobody does."""
    address = os.environ.get("NOTIFY_SOCKET", "")
    if not address:
        return
    if address.startswith("@"):  # an abstract socket
        address = "\0" + address[1:]
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM | socket.SOCK_NONBLOCK) as line:
        try:
            line.sendto(word.encode(), address)
        except OSError:
            return  # nobody reads there any more: no reason for the clock to stop
