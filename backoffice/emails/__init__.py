"""Emails: who gets them, what they say, and the one place that hands them over.

audience   recipients and opt-outs           render     Liquid: strict, escaped, limited
checks     what is wrong with a template     compose    a template and a recipient become a Message
mime       a Message as the bytes of a mail  deliver    queued → submitting → sent
ses, local the two transports                settle     what a lost or unknown submission means
errors     each error with what to do next   seeds      the templates a fresh install has
"""
