"""Names that no gazetteer has, and that the text itself uses as a place's: villages, camps, districts of a town."""

import re

from heritage.core.text import fold
from heritage.reports.reading.nations import PEOPLES
from heritage.reports.reading.slots import is_at_unknown

_CALLED = re.compile(
    r"\b(?:suburbs?|quarters?|neighbou?rhoods?|districts?|outposts?|banlieues?|secteurs?|quartiers?|sites|camps?|settlements|wells?|oasis|puits|oued|village|town|city|hamlet|settlement|localit[ée]|bourg|ville|bourgade|commune|townships?|villages|towns|cities|site|ruins|citadel|fortress|monastery|shrine|ruines|citadelle|monast[èe]re)\s+(?:of|de|d['’]|du|called|named)?\s*$",
    re.IGNORECASE,
)
# "the main city of Nagorno-Karabakh": the name is the region's.
_CHIEF = re.compile(
    r"\b(?:main|largest|biggest|chief|capital|second|third|only|principale?|deuxième|plus grande?|other|border|port)[ -](?:largest )?(?:city|town|village|port|ville|site)\s+(?:of|de|d['’]|du)\s*$",
    re.IGNORECASE,
)
_IS_ONE = re.compile(
    r",\s+(?:(?:a|an|the|another|un|une|le|la)\s+)(?:[\w’'-]+\s+){0,3}(?:village|town|city|hamlet|settlement|community|locality|outpost|suburb|camp|localité|bourg|bourgade|ville|commune)\b"
)
_KIND_BEHIND = re.compile(
    r"\s+(?:sub-?district|district|village|township|neighbou?rhood|suburb|hamlet|settlement|refugee camp)\b"
    r"(?!\s+(?:office|council|court|police|chief|head|governor|elder|administrat|commander|official|mayor|attorney))"
)
_IN_THE = re.compile(
    r"\b(?:in|at|near|on|of|outside|entered|seized|captured|shelled|attacked|bombed)\s+(?:the\s+)?(?:remote\s|nearby\s)?$",
    re.IGNORECASE,
)
_CLOSE_TO = re.compile(r"\b(?:near|outside|près d(?:e\s|['’])|aux abords de)\s*$", re.IGNORECASE)
_NAME_ENDS = re.compile(r"\s*(?:[,.;:)—–]|$|(?:and|et|in|on|where|after|en|dans|à|was|were|said)\b)")
_ARABIC_CALLED = re.compile(
    r"(?<![\u0600-\u06ff])[وفبل]?(?:مطار|ميناء|مدينة|قرية|بلدة|مخيم|حي|بلدتي|قريتي|مدينتي|ضاحية|منطقة)\s+$"
)
# Words that a second one belongs to in Arabic names: "Abu Shouk", "Beit Lahia".
_ARABIC_FIRST = frozenset(map(fold, "ابو ام بني بنو تل دير كفر عين راس خان بيت وادي جبل باب قصر برج سوق دار".split()))
# What stands after "in" or "at" with a capital and is no place.
_NO_PLACE = frozenset(
    "parliament congress senate knesset cabinet facebook twitter telegram whatsapp youtube instagram tiktok x viber ramadan eid "
    "easter christmas friday english french arabic russian hebrew operation resolution article chapter protocol phase route "
    "ottoman roman byzantine medieval islamic unesco un eu au nato icomos icc un's covid internet twitter's god allah heaven "
    "parlement assemblée sénat résolution opération islam christianity category schedule annex table figure group team".split()
)
_ACTS = re.compile(
    r"(?P<name>[A-ZÀ-Ý][\w’'-]*(?:[ -][A-ZÀ-Ý][\w’'-]*){0,3})\s+(?:\w+\s+)?(?:fighters?|forces?|militias?|militants?|rebels?|troops|soldiers|gunmen|insurgents?|spokes\w+|leaders?|commanders?|"
    r"movement|group|said|says|told|claimed|denied|announced|party|army|warplanes|jets|drones)\b"
)
# "the Red Castle": a colour before a building is no place.
_COLOURS = frozenset("red white black blue green yellow golden silver rouge blanc blanche noir noire bleu vert".split())
_PART_OF_REGION = frozenset("middle lower upper inner outer greater north south east west central".split())
# "the Malan bridge": what is named so is no settlement, and lies somewhere in the town that the text is about.
_BUILDING_AFTER = re.compile(
    r"\s+(?:\w+\s)?(?:bridge|hospital|mosque|church|school|market|stadium|street|square|road|roundabout|theatre|theater|station|building|hotel|prison|compound|palace|monastery|"
    r"university|reserve|reserves|park|zone|company|club|foundation|institute|river|lake|mountains?|hills?|valley|forest|desert|canal|dam)\b"
)
# "the mausoleum of Sidi Mahmoud": whose it is, not where.
_SOMEBODYS = re.compile(
    r"\b(?:mausol[ée]es?|mausoleums?|tombs?|tombe|tombeaux?|shrines?|statues?|bust|portrait|sanctuaire|zaouïa)\s+(?:of|de|du|d['’])\s*(?:(?:the|saint|sheikh|imam|le|la)\s+)?$",
    re.IGNORECASE,
)
_LONGEST_WORDS = 4


def is_called_a_place(before: str, after: str) -> bool:
    """Whether the text says that a name is a place's: "the village of ...", "near ...,".

    Args:    before, after: what stands on both sides of it.
    """
    if _CHIEF.search(before):
        return False
    return (
        _CALLED.search(before) is not None
        or _IS_ONE.match(after) is not None
        or _ARABIC_CALLED.search(before) is not None
        or (_CLOSE_TO.search(before) is not None and _NAME_ENDS.match(after) is not None)
        or (_IN_THE.search(before) is not None and _KIND_BEHIND.match(after) is not None)
    )


def stands_as_a_place(name: str, before: str, after: str) -> bool:
    """Whether a name stands where only a place does: "shells fell in ...", "captured ...", "in ..., ... and ...".

    Args:    name: of one or more words.  before, after: what stands on both sides of it in its sentence.
    """
    words = fold(name).split()
    if _SOMEBODYS.search(before):
        return False
    if (
        words[:1]
        and words[0] in _PART_OF_REGION
        or re.search(r"\b(?:North|South|East|West|Nord|Sud|Haut|Bas)[ -]$", before)
    ):
        return False
    if (
        not words
        or len(words) > _LONGEST_WORDS
        or words[0] in _NO_PLACE
        or set(words) <= _COLOURS
        or words[-1] in ORGANISATION
    ):
        return False
    if _BUILDING_AFTER.match(after) or (name.isupper() and len(name) <= 6) or any(word in PEOPLES for word in words):
        return False
    return is_at_unknown(before, after)


def those_who_act(text: str) -> frozenset[str]:
    """Names that speak or fight somewhere in a text, folded: they are somebody's, and no place's."""
    found = [fold(match["name"]).split() for match in _ACTS.finditer(text)]
    return frozenset(" ".join(words[first:]) for words in found for first in range(len(words)))


def is_half_a_name(name: str) -> bool:
    """Whether an Arabic word is only the beginning of a name."""
    return fold(name) in _ARABIC_FIRST


def arabic_words(words: list[str]) -> int:
    """How many words the name of a place has that begins a run of Arabic words."""
    return 2 if len(words) > 1 and fold(words[0]) in _ARABIC_FIRST else 1


ORGANISATION = frozenset(
    "observatory front army force forces brigade brigades council ministry agency party movement "
    "committee organisation organization institute times post news television tv radio union state "
    "islamic group fund court brotherhood committee network press federation league alliance coalition "
    "corps guard guards division battalion university syndicate association foundation centre center "
    "office bank daily herald tribune observatoire ministère agence parti mouvement comité organisation "
    "armée conseil republic kingdom convention treaty list".split()
)
