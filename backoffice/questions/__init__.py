"""Saved questions: SQL with typed parameters, reviewed by a second person, which are reports then.

causes       why a question is refused, or came to nothing
statements/  the text of a question: read, checked against what it may name, its parameters bound
views        what may be asked: the installation's list of views, read and checked
role         the SQL that makes the role, its schema and the views on PostgreSQL
asking/      one question asked of the reporting database, by a process of its own that can be killed
answers      rows and columns as they came, and of which kind each column is
parameters   what a question asks for, as lines of its form
drawing      an answer as sections and as a sheet: group headers, totals, a chart
kinds        a question as a report type
reviewing    versions: written, approved or sent back by a second person, withdrawn
trying       one answer for who asked, to be read on a page
seen         which questions a person sees
"""
