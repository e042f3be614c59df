"""The words of both languages by what they mean, spelled without accents and capitals."""

from __future__ import annotations

import re
import unicodedata

WEEKDAYS = {
    0: "sunday|sundays|sun|dimanche|dimanches|dim",
    1: "monday|mondays|mon|lundi|lundis|lun",
    2: "tuesday|tuesdays|tue|tues|mardi|mardis",
    3: "wednesday|wednesdays|wed|mercredi|mercredis|mer",
    4: "thursday|thursdays|thu|thurs|jeudi|jeudis|jeu",
    5: "friday|fridays|fri|vendredi|vendredis|ven",
    6: "saturday|saturdays|sat|samedi|samedis|sam",
}
MONTHS = {
    1: "january|jan|janvier|janv",
    2: "february|feb|fevrier|fevr",
    3: "march|mar|mars",
    4: "april|apr|avril|avr",
    5: "may|mai",
    6: "june|jun|juin",
    7: "july|jul|juillet|juil",
    8: "august|aug|aout",
    9: "september|sep|sept|septembre",
    10: "october|oct|octobre",
    11: "november|nov|novembre",
    12: "december|dec|decembre",
}
NUMBERS = {
    1: "one|a|an|un|une", 2: "two|deux|other", 3: "three|trois", 4: "four|quatre", 5: "five|cinq", 6: "six",
    7: "seven|sept", 8: "eight|huit", 9: "nine|neuf", 10: "ten|dix", 11: "eleven|onze", 12: "twelve|douze",
    15: "fifteen|quinze", 20: "twenty|vingt", 30: "thirty|trente", 45: "forty-five|quarante-cinq",
}  # fmt: skip
ORDINALS = {
    1: "first|1st|premier|premiere|1er|1re|1ere",
    2: "second|2nd|deuxieme|2d",
    3: "third|3rd|troisieme",
    4: "fourth|quatrieme",
    5: "fifth|cinquieme",
    -1: "last|dernier|derniere",
    -2: "second to last|second last|last but one|penultimate|avant-dernier|avant dernier",
    -3: "third to last|third last|antepenultieme|avant-avant-dernier",
}
UNITS = {
    "seconds": "second|seconds|seconde|secondes",
    "minutes": "minute|minutes|min|mins|mn",
    "hours": "hour|hours|heure|heures",
    "days": "day|days|jour|jours",
    "weeks": "week|weeks|semaine|semaines",
}
ADVERBS = {  # each of a clause of its own
    "hourly": "hourly",
    "daily": (
        "daily|every day|each day|every morning|each morning|every night|each night|"
        "tous les jours|chaque jour|"
        "tous les matins|chaque matin|toutes les nuits|chaque nuit|quotidien|quotidiennement"
    ),
    "evening": "every evening|each evening|tous les soirs|chaque soir|in the evening|le soir|du soir",
    "end": "(?:the )?end of (?:the |each |every )?month|month end|(?:la )?fin (?:du|de|de chaque) mois",
    "weekly": "weekly|hebdomadaire",
    "monthly": "monthly|every month|each month|mensuel|mensuellement|chaque mois|tous les mois",
    "yearly": "every year|each year|yearly|annually|chaque annee|tous les ans|annuel",
}
PARTS_OF_AN_HOUR = {  # in minutes
    "every quarter(?: of an)? hour|tous les quarts d'heure|chaque quart d'heure": 15,
    "every half(?: an)? hour|toutes les demi-heures|chaque demi-heure": 30,
}
WORKING_DAY = (
    "working days?|work ?days?|business days?|jours? ouvres?|jours? ouvrables?|jours? de travail|"
    "jours? travailles?"
)
MONDAY_TO_FRIDAY = (
    "weekdays?|week days?|mon(?:day)? (?:to|through|-) fri(?:day)?|mon-fri|"
    "(?:du )?lundi au vendredi|(?:tous les )?jours de la semaine|(?:de )?lundi a vendredi|en semaine|"
    "jours? de semaine"
)
WEEKEND = "week-?ends?|fins? de semaine"
DAY = "days?|jours?"
SUN = {
    "sunrise": "sunrise|sun rise|dawn|lever du soleil|lever de soleil",
    "sunset": "sunset|sun set|coucher du soleil|coucher de soleil",
    "solar_noon": "solar noon|midi solaire",
}
DAY_OFF = {
    "before": (
        r"(?:or|else|otherwise)?,? ?(?:on |moved to )?(?:the )?(?:previous|preceding|prior) working day"
        r"|(?:or|else|otherwise)?,? ?(?:on |moved to )?(?:the )?working day before"
        r"|(?:ou|sinon)?,? ?(?:le |au )?jour ouvre (?:precedent|d'avant|avant)"
    ),
    "after": (
        r"(?:or|else|otherwise)?,? ?(?:on |moved to )?(?:the )?(?:next|following) working day"
        r"|(?:or|else|otherwise)?,? ?(?:on |moved to )?(?:the )?working day after"
        r"|(?:ou|sinon)?,? ?(?:le |au )?jour ouvre (?:suivant|d'apres|apres)"
    ),
    "skip": (
        r"(?:except|but not|not|excluding|skip|skipping) (?:on )?(?:public |bank )?(?:holidays|days off)"
        r"|(?:sauf|hors|excepte) (?:les )?(?:jours )?(?:feries|chomes)|working days only"
        r"|jours ouvres seulement"
    ),
}
# What holds a phrase together and says nothing by itself.
FILLERS = frozenset(
    {
        "at", "on", "the", "of", "in", "every", "each", "and", "to", "from", "month", "months", "week", "day",
        "days", "time", "year", "only", "run", "runs", "clock", "then", "that", "it", "is", "its", "same",
        "a", "an", "le", "la", "les", "l", "de", "du", "des", "d", "au", "aux", "en", "et", "chaque", "tous",
        "toutes", "tout", "dans", "mois", "semaine", "jour", "jours", "heure", "que", "annee", "ans",
    }
)  # fmt: skip


def plain(text: str) -> str:
    """Lower case, without accents, apostrophes straight, one space between two words."""
    letters = unicodedata.normalize(
        "NFKD", text.casefold().replace("’", "'").replace("\N{NO-BREAK SPACE}", " ")
    )
    letters = "".join(letter for letter in letters if not unicodedata.combining(letter))
    return " ".join(letters.replace("–", "-").replace("—", "-").split())


def alternatives(words: dict[int, str] | dict[str, str]) -> str:
    """A pattern for any of them, the longest first."""
    every = sorted((one for some in words.values() for one in some.split("|")), key=len, reverse=True)
    return "|".join(re.escape(one) for one in every)


def meaning[K: (int, str)](words: dict[K, str], word: str) -> K:
    return next(key for key, some in words.items() if word in some.split("|"))
