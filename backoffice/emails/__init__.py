"""Emails: who gets them, what they say, and the one place that hands them over.

audience    recipients, opt-outs               settle                what an unknown outcome means
render      Liquid: strict, escaped, limited   template_checks, html_checks   what is wrong with a template
compose     a template becomes a Message       preview               what it would say
mime        a Message as the bytes of a mail   attachments           its files, in the storage
addresses   as shown, and as they travel       hot_sql               the SQL that an ordinary email costs
deliver     queued → submitting → sent         transport             ses, or local: .eml files
hold, pace  all wait; as fast as allowed       suppression           addresses not written to
errors      each error with what to do next    forms                 what "Send an email" asks for
events      what SES told, from event_queue    quota                 what SES allows the account
seeds       templates of a fresh install
"""
