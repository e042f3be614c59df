"""Told without looking: rules, what they found, and how it is said by mail and webhook. See docs/alerts.md.

causes      what is said of an alert, and why a webhook was refused
rules       what each rule finds at this moment
watching    the clock's look: what begins, what ends
telling     one notice for what began or ended, or a digest of many
letters     a notice in words, and as the JSON of a webhook
hosts       where a webhook may go: resolved once, private addresses refused
webhook     one signed request over HTTPS to the resolved address
no_clock    that no clock runs, noticed by web and workers
"""
