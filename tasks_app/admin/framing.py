"""What a page may load that previews an email in a frame of its own source (srcdoc).

Such a frame is held to its page's policy as well, and an email has its style in itself and its pictures
anywhere. So its page allows these two; scripts stay as they are, and the frame's sandbox runs none.
"""

from csp.decorators import csp_update

allows_preview = csp_update({"style-src": ["'unsafe-inline'"], "img-src": ["https:"], "font-src": ["https:"]})
