"""Reports: one file each in types/, orders, and the files made of them.

registry      which types there are, and who may see them    base, sections   what a report is made of
forms         what an order asks for                         periods          "last month", from a moment
making        an order becomes a file                        pdf, csv, xlsx   the file
typeset/      pages of a PDF, long ones too                  svg, formatting  charts, values
job_counts, buckets, durations, stack   what types ask       assets           fonts and style
mail_counts, mail_rows   emails of a period
scripts, fontconfig   which letters can be printed           repeated         what a re-run would make again
"""
