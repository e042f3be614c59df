"""Lists of people as offices have them: read, looked at, imported, exported.

reading       by its content: CSV or XLSX      text_files               CSV, as rows with their lines
workbooks     XLSX: which of its sheets        sheets                   the same of a sheet
columns       what a column's name means       values                   what a cell means
verdicts      what becomes of each line        preview                  the same, to be looked at
importing     once, whole or not at all        files                    exports, rejected lines, the example
limits        how much is read                 errors                   a file that is no list
encodings     bytes as text
"""
