"""The languages and characters that the narrator speaks with, as espeak-ng 1.52 names them."""

from __future__ import annotations

from typing import Final, Literal

# Kept in rows: one code a line would hide the rest of the file.
# fmt: off
Language = Literal[
    "af", "am", "an", "ar", "as", "az", "ba", "be", "bg", "bn", "bpy", "bs", "ca", "ca-ba", "ca-nw", "ca-va", "chr",
    "cmn", "cmn-latn-pinyin", "cs", "cv", "cy", "da", "de", "el", "en", "en-029", "en-gb-scotland", "en-gb-x-gbclan",
    "en-gb-x-gbcwmd", "en-gb-x-rp", "en-shaw", "en-us", "en-us-nyc", "eo", "es", "es-419", "et", "eu", "fa",
    "fa-latn", "fi", "fr", "fr-be", "fr-ch", "ga", "gd", "gn", "grc", "gu", "hak", "haw", "he", "hi", "hr", "ht",
    "hu", "hy", "hyw", "ia", "id", "io", "is", "it", "ja", "jbo", "ka", "kk", "kl", "kn", "ko", "kok", "ku", "ky",
    "la", "lb", "lfn", "lt", "ltg", "lv", "mi", "mk", "ml", "mr", "ms", "mt", "mto", "my", "nb", "nci", "ne", "nl",
    "nog", "om", "or", "pa", "pap", "piqd", "pl", "pt", "pt-br", "py", "qdb", "qu", "quc", "qya", "ro", "ru", "ru-cl",
    "ru-lv", "sd", "shn", "si", "sjn", "sk", "sl", "smj", "sq", "sr", "sv", "sw", "ta", "te", "th", "ti", "tk", "tn",
    "tr", "tt", "ug", "uk", "ur", "uz", "vi", "vi-vn-x-central", "vi-vn-x-south", "yue", "yue-latn-jyutping",
]
# fmt: on

Voice = Literal["plain", "woman", "woman-bright", "man", "man-deep", "elder", "whisper"]

VARIANTS: Final[dict[Voice, str]] = {
    "plain": "",
    "woman": "+f3",
    "woman-bright": "+f5",
    "man": "+m3",
    "man-deep": "+m7",
    "elder": "+grandma",
    "whisper": "+whisper",
}


def spoken_by(language: Language, voice: Voice) -> str:
    """Name the synthesizer's voice for a language and a character, e.g. `en-us+f3`."""
    return language + VARIANTS[voice]
