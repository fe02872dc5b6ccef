"""Countries of ISO 3166-1."""

from functools import cache

import pycountry
from babel import Locale, UnknownLocaleError
from django.utils.translation import get_language, to_locale

from core.folding import fold

# Alpha-2 codes, sorted.
CODES = tuple(sorted(country.alpha_2 for country in pycountry.countries))

# Names that people and other systems write and ISO does not have, folded.
_OTHER_NAMES = {
    "uk": "GB", "great britain": "GB", "england": "GB", "scotland": "GB", "wales": "GB",
    "northern ireland": "GB", "usa": "US", "u.s.a.": "US", "u.s.": "US", "america": "US", "south korea": "KR",
    "korea": "KR", "republic of korea": "KR", "north korea": "KP", "russia": "RU", "iran": "IR",
    "vietnam": "VN", "taiwan": "TW", "turkey": "TR", "syria": "SY", "holland": "NL", "the netherlands": "NL",
    "czech republic": "CZ", "moldova": "MD", "tanzania": "TZ", "bolivia": "BO", "venezuela": "VE",
    "laos": "LA", "brunei": "BN", "ivory coast": "CI", "cape verde": "CV", "swaziland": "SZ",
    "macedonia": "MK", "burma": "MM", "kazakstan": "KZ", "palestine": "PS", "vatican": "VA",
    "holy see (vatican city state)": "VA", "congo": "CG", "congo, the democratic republic of the": "CD",
    "democratic republic of the congo": "CD", "hong kong sar": "HK", "macau": "MO", "reunion": "RE",
    "east timor": "TL", "micronesia": "FM", "uae": "AE", "libyan arab jamahiriya": "LY",
    "russian federation": "RU", "대한민국": "KR", "한국": "KR", "日本": "JP", "中国": "CN", "deutschland": "DE",
    "espana": "ES", "brasil": "BR", "italia": "IT", "osterreich": "AT", "schweiz": "CH",
}  # fmt: skip


def _codes_by_name() -> dict[str, str]:
    names = {}
    for country in pycountry.countries:
        for attribute in ("alpha_2", "alpha_3", "name", "official_name", "common_name"):
            if value := getattr(country, attribute, None):
                names[fold(value)] = country.alpha_2
    return names | _OTHER_NAMES


_codes = _codes_by_name()


def country_code(text: str) -> str | None:
    """The alpha-2 code of a country given as alpha-2, alpha-3 or name (in any case), or None."""
    return _codes.get(fold(text.strip()))


def country_name(code: str) -> str:
    """The short name of an alpha-2 code in the active language (CLDR), in English that of ISO; else the code itself."""
    return _names(get_language() or "en").get(code, code)


def choices() -> list[tuple[str, str]]:
    """(alpha-2 code, name in the active language) of every country, sorted by name."""
    return sorted(_names(get_language() or "en").items(), key=lambda choice: fold(choice[1]))


@cache
def _names(language: str) -> dict[str, str]:
    names = {country.alpha_2: getattr(country, "common_name", None) or country.name for country in pycountry.countries}
    if language.partition("-")[0] == "en":
        return names
    try:
        territories = Locale.parse(to_locale(language)).territories
    except (UnknownLocaleError, ValueError):
        return names
    return {code: territories.get(code, name) for code, name in names.items()}
