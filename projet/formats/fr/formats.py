"""Django's French, with our comma between date and time: 22 novembre 2026, 09:15."""

DATETIME_FORMAT = "j F Y, H:i"
