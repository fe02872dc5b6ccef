"""Countries of ISO 3166-1."""

import pycountry

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
    """The English short name of an alpha-2 code; the code itself where ISO has none."""
    country = pycountry.countries.get(alpha_2=code)
    return (getattr(country, "common_name", None) or country.name) if country else code


def choices() -> list[tuple[str, str]]:
    """(alpha-2 code, English name) of every country, sorted by name."""
    return sorted(((code, country_name(code)) for code in CODES), key=lambda choice: fold(choice[1]))
