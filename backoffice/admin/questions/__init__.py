"""Saved questions: all for who writes or reviews them, for others those that they may run.

listing    the list, and its addresses     forms      what is asked of an author
page       one of them, with its versions  writing    a new question, or a new version of one
access     who may see and handle one      reviewing  approving, sending back, withdrawing
answering  asking one on a page, and reading its answer there
"""

from backoffice.admin.questions import listing as listing
