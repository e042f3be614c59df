"""Sections to one PDF: short ones by WeasyPrint, the inner pages of long tables painted row by row.

layout      sections to pages, by WeasyPrint             specimen    where it puts what on a page of a table
letters     texts to glyphs, as WeasyPrint draws them    painter     rows to pages, as the specimen has them
pieces      what WeasyPrint made, into the file          tags        its tags: a table is one, not one a page
whole       pages, tags, outline and numbers of all      pdf_file    objects to a file, as they come
"""
