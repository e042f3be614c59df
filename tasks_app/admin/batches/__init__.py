"""Pages of batches, each of which registers itself.

listing    the list of batches, and their addresses     page       one batch, as it goes on
new        beginning one, with an argument changed      controls   start, pause, go on, stop
items      its jobs, and correcting one of them         asked      which jobs an address means
"""

from importlib import import_module
from pkgutil import iter_modules

for _page in iter_modules(__path__):
    import_module(f"{__name__}.{_page.name}")
