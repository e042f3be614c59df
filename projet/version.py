"""The version of the back office, read by settings.py and by pyproject.toml.

Here and not in pyproject.toml, which the image does not hold.
"""

VERSION = "0.2.0"
