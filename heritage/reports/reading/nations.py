"""Countries as articles name them: names, adjectives, abbreviations; capitals; who borders on whom."""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from heritage.core.text import fold

# English and French adjectives and other words that point at a country and are no place.
_WORDS = {
    "AF": "afghan afghans afghane afghanes",
    "AM": "armenian armenians armenien armeniens armenienne armeniennes",
    "AZ": "azerbaijani azerbaijanis azeri azeris azerbaidjanais azerbaidjanaise azerbaidjanaises",
    "BD": "bangladeshi bangladeshis",
    "BA": "bosnian bosnians bosniaque bosniaques bosnia bosnie",
    "BF": "burkinabe burkinabes burkinabè",
    "BI": "burundian burundians burundais burundaise",
    "CD": "congolese congolais congolaise congolaises drc rdc|dr congo|democratic republic of congo",
    "CF": "centrafricain centrafricaine centrafricains car rca",
    "CM": "cameroonian cameroonians camerounais camerounaise",
    "CN": "chinese chinois chinoise",
    "CO": "colombian colombians colombien colombienne",
    "CY": "cypriot cypriots chypriote",
    "DE": "german germans allemand allemande allemands",
    "DZ": "algerian algerians algerien algerienne",
    "EG": "egyptian egyptians egyptien egyptienne egyptiens",
    "ER": "eritrean eritreans erythreen erythreenne",
    "ET": "ethiopian ethiopians ethiopien ethiopienne ethiopiens tigrayan tigrayans",
    "FR": "french francais francaise francaises",
    "GB": "british britannique britanniques uk|great britain|grande bretagne|royaume uni",
    "GE": "georgian georgians georgien georgienne",
    "GR": "greek greeks grec grecque",
    "HT": "haitian haitians haitien haitienne",
    "IL": "israeli israelis israelien israelienne israeliens israeliennes",
    "IN": "indian indians indien indienne indiens",
    "IQ": "iraqi iraqis irakien irakienne irakiens irakiennes irak",
    "IR": "iranian iranians iranien iranienne iraniens",
    "IT": "italian italians italien italienne",
    "JO": "jordanian jordanians jordanien jordanienne",
    "KE": "kenyan kenyans",
    "LB": "lebanese libanais libanaise libanaises",
    "LY": "libyan libyans libyen libyenne libyens libyennes",
    "MA": "moroccan moroccans marocain marocaine",
    "ML": "malian malians malien malienne maliens maliennes",
    "MM": "burmese birman birmane myanmar burma birmanie",
    "MZ": "mozambican mozambicans mozambicain",
    "NE": "nigerien nigerienne nigeriens nigerien",
    "NG": "nigerian nigerians nigerian nigeriane nigerians",
    "NP": "nepali nepalese nepalais",
    "PH": "philippine filipino filipinos philippin",
    "PK": "pakistani pakistanis pakistanais pakistanaise",
    "PS": "palestinian palestinians palestinien palestinienne palestiniens palestine|gaza strip|west bank|bande de gaza|cisjordanie",
    "RS": "serbian serbians serb serbs serbe serbes",
    "RU": "russian russians russe russes",
    "RW": "rwandan rwandans rwandais rwandaise",
    "SA": "saudi saudis saoudien saoudienne saoudiens saoudite",
    "SD": "sudanese soudanais soudanaise soudanaises darfur darfour|north darfur|south darfur|west darfur",
    "SO": "somali somalis somalien somalienne",
    "SS": "south sudanese sud soudanais",
    "SY": "syrian syrians syrien syrienne syriens syriennes",
    "TD": "chadian chadians tchadien tchadienne",
    "TH": "thai thais thailandais",
    "TN": "tunisian tunisians tunisien tunisienne",
    "TR": "turkish turk turks turc turcs turque turques turkey turquie",
    "UA": "ukrainian ukrainians ukrainien ukrainienne ukrainiens ukrainiennes donbas donbass",
    "US": "american americans americain americaine americains us usa u s|united states|etats unis",
    "UZ": "uzbek uzbeks",
    "VE": "venezuelan venezuelans venezuelien",
    "XK": "kosovar kosovars kosovan",
    "YE": "yemeni yemenis yemenite yemenites",
    "ZA": "",
}
# Arabic adjectives in their shortest form; endings and what is written together with them are taken off first.
_ARABIC_WORDS = {
    "سوري": "SY", "عراقي": "IQ", "يمني": "YE", "ليبي": "LY", "سوداني": "SD", "لبناني": "LB", "فلسطيني": "PS", "إسرائيلي": "IL", "اسرائيلي": "IL",
    "أوكراني": "UA", "روسي": "RU", "تركي": "TR", "إيراني": "IR", "ايراني": "IR", "سعودي": "SA", "مصري": "EG", "أردني": "JO", "تونسي": "TN", "جزائري": "DZ",
    "مغربي": "MA", "تشادي": "TD", "مالي": "ML", "أفغاني": "AF", "أرميني": "AM", "أرمني": "AM", "أذربيجاني": "AZ", "إثيوبي": "ET", "اثيوبي": "ET",
    "إريتري": "ER", "صومالي": "SO", "أميركي": "US", "أمريكي": "US", "فرنسي": "FR", "بريطاني": "GB", "ألماني": "DE", "إيطالي": "IT", "باكستاني": "PK",
    "إماراتي": "AE", "قطري": "QA", "كويتي": "KW", "نيجيري": "NG", "حوثي": "YE", "غزة": "PS", "دارفور": "SD",
}  # fmt: skip
_ARABIC_TOKEN = re.compile("[\u0600-\u06ff]+")
_ARABIC_ENDING = re.compile("(?:ة|ين|ون|ان|ات|تين|تان)$")


def arabic_countries(text: str, names: Mapping[str, str]) -> Iterator[str]:
    """Countries that an Arabic text names, once for each word that does, by name or adjective.

    Args:    names: folded names of countries.
    """
    for match in _ARABIC_TOKEN.finditer(text):
        word = match.group()
        for bare in (word, word[1:] if word[0] in "وفبلك" and len(word) > 4 else ""):
            stem = _ARABIC_ENDING.sub("", bare.removeprefix("ال").removeprefix("لل"))
            code = (_ARABIC_WORDS.get(stem) or _ARABIC_WORDS.get(bare) or names.get(fold(bare))) if bare else None
            if code:
                yield code
                break


# Adjectives of peoples that live in several countries: part of no place's name, but no sign of one country either.
PEOPLES = frozenset(
    "kurdish kurd kurds kurde kurdes arab arabs arabe arabes muslim muslims musulman christian christians "
    "chretien jewish druze druzes sunni sunnis sunnite shia shiite shiites chiite alawite yazidi yezidi "
    "turkmen turkoman tuareg touareg touaregs fulani peul peuls dogon houthi houthis houthistes european "
    "africain african asian western islamic islamist islamiste islamistes jihadist jihadi djihadiste "
    "djihadistes nato otan hezbollah hamas taliban roman ottoman byzantine hellenistic phoenician assyrian sumerian "
    "babylonian akkadian hittite parthian sasanian sassanid nabataean sabaean himyarite umayyad abbasid fatimid ayyubid "
    "mamluk seljuk safavid mughal timurid mongol crusader gothic baroque soviet orthodox catholic protestant coptic "
    "maronite buddhist hindu mediaeval medieval romaine romain ottomane byzantin byzantine".split()
)


@dataclass(frozen=True, slots=True)
class Country:
    """A country: code of two letters, folded names, its capital, codes of its neighbours."""

    code: str
    names: tuple[str, ...]
    capital: str
    neighbours: frozenset[str]


@dataclass(frozen=True)
class World:
    """All countries, and which folded words are names or adjectives of which."""

    countries: Mapping[str, Country]
    names: Mapping[str, str]
    adjectives: Mapping[str, str]
    capitals: Mapping[str, str]

    def near(self, codes: Iterable[str]) -> frozenset[str]:
        """The countries that border on any of those given."""
        return frozenset().union(*(self.countries[code].neighbours for code in codes if code in self.countries))


def build_world(countries: Iterable[Country]) -> World:
    """Put the countries and the words of this module together.

    Args:    countries: with names in any language and script, folded here.
    """
    known = {country.code: country for country in countries}
    names: dict[str, str] = {}
    adjectives: dict[str, str] = {}
    for code, words in _WORDS.items():
        single, *phrases = words.split("|")
        adjectives.update({fold(word): code for word in single.split()})
        adjectives.update({fold(phrase): code for phrase in phrases})
    for country in known.values():
        names.update({fold(name): country.code for name in country.names if len(fold(name)) > 2})
    capitals = {fold(country.capital): country.code for country in known.values() if country.capital}
    # A city-state's capital carries the state's name: Djibouti, Luxembourg, Singapore. There the name is the country's.
    return World(known, names, adjectives, capitals)
