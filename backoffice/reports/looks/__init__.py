"""How the company's documents look: name, logo, accent colour and footer.

look.py     what is chosen, as a document needs it
colours.py  shades of the accent, and whether text on it can be read
logos.py    a file that somebody chose, as a picture that is safe to print
"""
