"""Emails: who gets them, what they say, and the one place that hands them over.

audience    recipients, opt-outs
render      what a template says to one reader template_checks, template_words, html_checks   what is wrong
templating  Liquid: strict, escaped, paid for, numbers and days read with certainty
compose     a template becomes a Message       preview               what it would say
mime        a Message as the bytes of a mail   attachments           its files, in the storage
text        one line, a cut between signs      header_folding        headers in ASCII, lines of 78
addresses   as shown, and as they travel       hot_sql               the SQL that an ordinary email costs
deliver     queued → submitting → sent         transport             ses, or local: .eml files
hold, pace  all wait; as fast as allowed       suppression           addresses not written to
settle      what an unknown outcome means      errors                each error with what to do next
unsent      what a job leaves that sent none   repeated              what a re-run would send again
causes, service_causes   why, each a code      ses_errors            what each error of SES means
forms       what "Send an email" asks for
events      what SES told, from event_queue    quota                 what SES allows the account
seeds       templates of a fresh install
"""
