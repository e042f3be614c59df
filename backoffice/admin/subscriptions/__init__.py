"""Subscriptions: one's own for everybody who may, all for who keeps those of others; no schedule is seen.

listing   the list, and its addresses     writing   a new one, or one that is changed
page      one of them                     rhythm    how often, in words
forms     what is asked                   facts     what list and page both say
access    who may see and handle one
dealing   ending, going on, handing over, leaving
"""

from backoffice.admin.subscriptions import listing as listing
