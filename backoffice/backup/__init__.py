"""One backup is one folder: the database, the files it names, and a manifest that says what they are of."""
