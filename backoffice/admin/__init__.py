"""The domain's pages. Each registers itself, so each file is imported here.

dashboard              the first page: attention (what needs somebody), activity, charts, failures
messages, message_page …   what was sent, and one of them     templates, recipients, suppressions
message_again, message_settling   what people do with one
reports, report_page       orders, and one of them            users, groups, audit, sign_in_locks
installation           the settings page

And what they share: needs (what a need is), outside (questions to AWS), viewer.
"""

from importlib import import_module
from pkgutil import iter_modules

for _page in iter_modules(__path__):
    import_module(f"{__name__}.{_page.name}")
