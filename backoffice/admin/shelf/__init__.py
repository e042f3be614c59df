"""The shelf: binders of reports by what they are about and which days.

listing      the binders, and their addresses    page   one binder: its issues, orders for other days
favourites   what each person likes best
"""

from backoffice.admin.shelf import listing as listing
