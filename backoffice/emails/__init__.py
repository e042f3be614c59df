"""Emails: who gets them, what they say, and the one place that hands them over.

audience  recipients, opt-outs              lists     recipients as CSV, in and out
render    Liquid: strict, escaped, limited  checks    what is wrong with a template
compose   a template becomes a Message      preview   what it would say; a test to oneself
mime      a Message as the bytes of a mail  deliver   queued → submitting → sent
ses       one of the two transports         local     the other: .eml files
settle    what an unknown outcome means     errors    each error with what to do next
seeds     templates of a fresh install      forms     what "Send an email" asks for
"""
