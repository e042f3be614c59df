"""Pages of mailings, each of which registers itself.

listing    the list, the form of a new one, and the addresses     page       one mailing, as it goes on
controls   take down, approve, send, pause, resume, stop          people     who is behind each figure
"""

from importlib import import_module
from pkgutil import iter_modules

for _page in iter_modules(__path__):
    import_module(f"{__name__}.{_page.name}")
