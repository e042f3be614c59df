"""An accent colour, its shades, and the contrast of text on it (WCAG 2.2, 1.4.3)."""

from __future__ import annotations

from dataclasses import dataclass

type Rgb = tuple[int, int, int]

DEFAULT = "#1c2b52"
WHITE = (255, 255, 255)
READABLE = 4.5  # to 1, for text of any size


@dataclass(frozen=True)
class Shades:
    """Of one accent, as #rrggbb: ground and headings, lines and bars, a second series, words on it."""

    deep: str
    strong: str
    light: str
    said: str
    quiet: str


# Of the accent that nobody chose; those of another are mixed.
OWN = Shades(DEFAULT, "#2f4b8f", "#8fa5d6", "#dbe3f5", "#b9c6e6")


def shades(accent: str) -> Shades:
    if not accent or accent.lower() == DEFAULT:
        return OWN
    rgb = _rgb(accent)
    return Shades(
        deep=accent.lower(),
        strong=_hex(_mix(rgb, WHITE, 0.14)),
        light=_hex(_mix(rgb, WHITE, 0.55)),
        said=_hex(_mix(rgb, WHITE, 0.9)),
        quiet=_hex(_most_quiet(rgb)),
    )


def is_readable(accent: str) -> bool:
    """Whether white on it, and it on white, can be read, and so can the cover's quietest words."""
    ground = _rgb(accent)
    return contrast(ground, WHITE) >= READABLE and contrast(ground, _most_quiet(ground)) >= READABLE


def contrast(one: Rgb, other: Rgb) -> float:
    """From 1 (the same) to 21 (black on white)."""
    dark, bright = sorted([_luminance(one), _luminance(other)])
    return (bright + 0.05) / (dark + 0.05)


def _most_quiet(ground: Rgb) -> Rgb:
    """The ground mixed with as little white as can be read on it, from seven tenths on."""
    for tenths in (7, 8, 9):
        mixed = _mix(ground, WHITE, tenths / 10)
        if contrast(ground, mixed) >= READABLE:
            return mixed
    return WHITE


def _mix(one: Rgb, other: Rgb, part: float) -> Rgb:
    red, green, blue = (round(a + (b - a) * part) for a, b in zip(one, other, strict=True))
    return red, green, blue


def _luminance(colour: Rgb) -> float:
    red, green, blue = (_linear(part / 255) for part in colour)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def _linear(part: float) -> float:
    return part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4


def _rgb(colour: str) -> Rgb:
    return int(colour[1:3], 16), int(colour[3:5], 16), int(colour[5:7], 16)


def _hex(colour: Rgb) -> str:
    return "#{:02x}{:02x}{:02x}".format(*colour)
