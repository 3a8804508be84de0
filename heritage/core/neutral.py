"""Words that take a side: titles never hold them, and elsewhere they stand only as somebody's quoted word."""

import re
import unicodedata

# Stems, so that every ending is met. Judgements about a side, its dead or its gains; not names of weapons or of deeds.
_LATIN = (
    # English
    r"liberat\w*|terroris\w*|martyr\w*|jihadi\w*|infidel\w*|apostate\w*|mujahid\w*|mujahed\w*|traitor\w*|thugs?|"
    r"barbar(?:ic|ous)\w*|vermin|cleansed|cleansing|heroic\w*|occupiers?|invaders?|"
    # French, without its accents
    r"liber(?:e|ee|es|ees|er|ateur|ateurs|ent)|djihadist\w*|islamist\w*|infideles?|apostats?|moudjahid\w*|traitres?|"
    r"heroique\w*|envahisseurs?"
)
# Conjunctions, prepositions and the article are written onto an Arabic word.
_ARABIC_PREFIX = r"(?:[وف]?[بلك]?(?:ال|لل)?)"
_ARABIC = (
    r"تحرير|محرر\w*|حررت?|حرروا|ارهاب\w*|شهيد\w*|شهداء|شهدا|استشهد\w*|استشهاد\w*|جهادي\w*|مجاهد\w*|كفار|كافر\w*|"
    r"مرتد\w*|خوارج|غزاه|غزاة|مرتزقه|مرتزقة|خونه|خونة|خاين|خائن|عملاء|عملا|محتلين|محتلون|بطولي\w*|بواسل|دحر|تطهير"
)
_WORDS = re.compile(rf"\b(?:{_LATIN})\b|(?<!\w){_ARABIC_PREFIX}(?:{_ARABIC})(?!\w)", re.IGNORECASE)
_ARABIC_MARKS = re.compile("[\u064b-\u065f\u0640\u06d6-\u06ed]")
_ARABIC_LETTERS = str.maketrans("أإآٱىئیےؤک", "ااااييييوك")
_UNSEEN = re.compile("[\u00ad\u200b-\u200f\u2060\u2066-\u2069\ufeff]")


def loaded_words(text: str) -> tuple[str, ...]:
    """The words of a text that take a side, in English, French or Arabic.

    Args:    text: as written; accents, case, Arabic vowel signs, letter variants and unseen marks make no difference.
    Returns: each as it was met, in plain letters, in order; empty when there is none.
    """
    return tuple(match.group() for match in _WORDS.finditer(_plain(text)))


def _plain(text: str) -> str:
    # Letters of one script disguised as another's are no matter of this list; wide and styled forms are.
    wide = unicodedata.normalize("NFKC", _UNSEEN.sub("", text))
    arabic = _ARABIC_MARKS.sub("", wide).translate(_ARABIC_LETTERS)
    bare = "".join(letter for letter in unicodedata.normalize("NFD", arabic) if not unicodedata.combining(letter))
    return bare.casefold()
