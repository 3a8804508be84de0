"""How a sentence uses a place's name: as where something happens, as a direction, a government, a part of another name."""

import re
from dataclasses import dataclass
from enum import StrEnum


class Slot(StrEnum):
    """The use of one name."""

    AT = "at"
    NEAR = "near"
    REGION = "region"
    DIRECTION = "direction"
    FIGURE = "figure of speech"
    BELONGS = "belongs to somebody"
    OTHER = "named only"


@dataclass(frozen=True, slots=True)
class Use:
    """One use: slot; kind: the noun before or after the name; offset_km and bearing_deg from it, where said; listed: it
    follows another name in a list and shares that one's slot."""

    slot: Slot
    kind: str = ""
    offset_km: float | None = None
    bearing_deg: float | None = None
    listed: bool = False
    settlement: bool = False


_TOWN = (
    "cit(?:y|ies)|towns?|villages?|hamlets?|settlements?|neighbou?rhoods?|suburbs?|quarters?|port|camps?|oasis|sites?|ruins|commune|locality|township|capital|stronghold|hub|"
    "district|enclave|outpost|ville|village|localit[ée]|bourg|bourgade|cit[ée]|quartier|hameau|commune|port|capitale|camp|secteur|[وب]?(?:ال)?(?:مدينة|قرية|بلدة|حي|ضاحية|مخيم)"
)
_REGION = (
    "province|governorate|region|oblast|state|countryside|county|district|raion|voivodeship|wilaya|prefecture|peninsula|desert|valley|mountains?|plain|"
    "gouvernorat|r[ée]gion|d[ée]partement|wilaya|[ée]tat|cercle|pr[ée]fecture|[وبل]?(?:محافظة|إقليم|ريف|ولاية)"
)
_BUILDING = (
    "cathedral|church|mosque|museum|monastery|castle|citadel|fortress|palace|hospital|airport|market|university|bridge|temple|shrine|school|station|dam|refinery|"
    "cath[ée]drale|[ée]glise|mosqu[ée]e|mus[ée]e|monast[èe]re|ch[âa]teau|citadelle|forteresse|palais|h[ôo]pital|a[ée]roport|march[ée]|pont|temple|[ée]cole|gare"
)
_COMPASS = {
    "northeast": 45, "north-east": 45, "northwest": 315, "north-west": 315, "southeast": 135, "south-east": 135, "southwest": 225, "south-west": 225,
    "north": 0, "south": 180, "east": 90, "west": 270, "nord-est": 45, "nord-ouest": 315, "sud-est": 135, "sud-ouest": 225, "nord": 0, "sud": 180, "est": 90, "ouest": 270,
}  # fmt: skip
_COMPASS_WORDS = "|".join(_COMPASS)
# Words between a preposition and a name that say what the place is like.
_SKIPPED = re.compile(
    rf"(?:^|[\s(])(?P<word>the|its|their|his|of|de|du|des|la|le|les|d|l|(?:de )?l['’]|d['’]|a|an|un|une|that|"
    rf"(?:{_COMPASS_WORDS})(?:ern)?|central|centre|upper|lower|greater|downtown|modern|ancient|"
    rf"historic|historical|old|new|main|key|strategic|besieged|contested|war-torn|"
    rf"famous|famed|capital|nearby|neighbou?ring|next-door|adjacent|border|frontier|coastal|desert|"
    rf"oasis|port|mountain(?:ous)?|hill(?:top)?|small|large|second|largest|biggest|big|remote|"
    rf"northern|southern|eastern|western|occupied|disputed|breakaway|tiny|provincial|regional|"
    rf"industrial|strategically|important|world|unesco-listed|"
    rf"crusader|roman|ottoman|byzantine|medieval|phoenician|assyrian|babylonian|nabataean|islamic|christian|buddhist|unesco|"
    rf"[^\s,]+-(?:century|era|held|controlled|run|listed|majority|populated|occupied|old)|[A-Z][^\s,]*['’]s|"
    rf"{_TOWN}|{_REGION}|area|outskirts|suburbs?|edge|edges|fringes|centre|center|heart|"
    rf"vicinity|environs|ville|ancienne|vieille|p[ée]riph[ée]rie|abords|alentours|banlieue|"
    rf"(?-i:[A-ZÀ-Ý][\w’'-]+(?:[ -][A-ZÀ-Ý][\w’'-]+)?) (?:districts?|neighbou?rhoods?|quarters?|suburbs?)|"
    rf"centre-ville|faubourgs|streets|skies|gates?|districts|neighbou?rhoods|walls|entrance|rues|portes|{_BUILDING}|"
    rf"monday|tuesday|wednesday|thursday|friday|saturday|sunday|lundi|mardi|mercredi|jeudi|vendredi|samedi|dimanche|again|"
    rf"(?-i:[A-Z][a-z]+(?:an|ish|ese|i|ch|sh))|[a-z]+(?:ien|ienne|aise?|ais)|"
    rf"(?:[وفبل]?ال)?(?:مخيم|مدينة|قرية|بلدة|حي|منطقة|ضاحية|سوق|مطار|ميناء|جبهة|معبر|جسر|محطة|وسط|قلب|داخل|محيط|أطراف|مشارف|ضواحي)|"
    rf"[بل]?(?:مدينة|قرية|بلدة|ريف|محافظة|إقليم|ولاية))\s*$",
    re.IGNORECASE,
)
_AROUND = re.compile(
    r"^(?:outskirts|suburbs?|edges?|fringes|vicinity|environs|area|p[ée]riph[ée]rie|abords|alentours|"
    r"banlieue|faubourgs|nearby|محيط|أطراف|مشارف|ضواحي|ضاحية)$",
    re.IGNORECASE,
)
_LOCATIVE = re.compile(
    r"(?:^|\W)(?:in|at|inside|across|over|within|into|throughout|on|hit|rocked|shook|à|dans|en|sur|au|"
    r"aux|à l['’]int[ée]rieur|throughout|atop|contre|à travers|[وف]?(?:في|على|فوق|داخل|وسط)|[وف]?ب)\s*$",
    re.IGNORECASE,
)
_CLOSE = re.compile(
    r"(?:^|\W)(?:near|around|outside|beside|by|home to|close to|next to|just outside|near to|not far from|"
    r"pr[èe]s|proche|aux abords|autour|non loin|à proximit[ée]|aux portes|beyond|alongside|adjacent to|"
    r"[وفب]?(?:قرب|بالقرب من|حول|محيط|أطراف|مشارف|شمال|جنوب|شرق|غرب|شمالي|جنوبي|شرقي|غربي))\s*$",
    re.IGNORECASE,
)
_TOWARDS = re.compile(
    r"(?:^|\W)(?:to|towards?|from|via|through|between|linking|links|connecting|connects|for|direction|"
    r"bound for|en route to|heading to|headed for|between [\w’'. -]{2,40} and|linking [\w’'. -]{2,40} and|vers|depuis|entre|reliant|relie|jusqu['’]?à|"
    r"direction de|[وف]?(?:من|إلى|نحو|باتجاه|بين))\s*$",
    re.IGNORECASE,
)
_OFFSET = re.compile(
    rf"(?:(?P<km>\d{{1,3}}(?:[.,]\d)?)\s*(?P<unit>km|kilomet(?:er|re)s?|kilom[èe]tres?|miles?|"
    rf"mi)\b(?:\s*\([^)]{{1,30}}\))?\s*)?(?:to the |just |au |à l['’]|"
    rf"de l['’])?(?P<compass>{_COMPASS_WORDS})\s*$",
    re.IGNORECASE,
)
_PLAIN_OFFSET = re.compile(
    r"(?P<km>\d{1,3}(?:[.,]\d)?)\s*(?P<unit>km|kilomet(?:er|re)s?|kilom[èe]tres?|"
    r"miles?)\s*(?:\([^)]{1,30}\)\s*)?(?:from|outside|away from|de|d['’])?\s*$",
    re.IGNORECASE,
)
_OBJECT = re.compile(
    r"\b(?:tore (?:through|into|up)|set fire to|torch(?:ed|ing)|flag over|rock(?:ed|ing)|slammed into|smashed into|crashed into|ploughed into|rained (?:down )?on|fell on|landed in|wreck(?:ed|ing|s)?|batter(?:ed|ing|s)?|"
    r"pummel(?:l)?(?:ed|ing)|hammer(?:ed|ing)|blast(?:ed|ing|s)?|storm(?:ed|ing|s)?|seiz(?:ed|ing|es|e)|(?:re)?captur(?:ed|ing|es|e)|retook|retak(?:en|ing|"
    r"e|es)|overr[au]n|overrunning|shell(?:ed|ing|s)?|bomb(?:ed|ing|s)?|bombard(?:ed|ing|s|ment)?|"
    r"pound(?:ed|ing|s)?|"
    r"attack(?:ed|ing|s)?|hit(?:ting|s)?|struck|strik(?:es|ing|e)|target(?:ed|ing|s)?|raid(?:ed|ing|"
    r"s)?|besieg(?:ed|ing|es)|encircl(?:ed|ing|es)|surround(?:ed|ing|s)|enter(?:ed|ing|s)?|"
    r"occup(?:ied|ying|ies)|liberat(?:ed|ing|es)|"
    r"ced(?:ed|ing|es|e)|lost|los(?:es|ing)|took|takes?|taking|taken|control(?:s|led|ling)?|"
    r"evacuat(?:ed|ing)|abandon(?:ed|ing|s)|rock(?:ed|ing|s)|shook|loot(?:ed|ing|s)?|destroy(?:ed|ing|"
    r"s)?|damag(?:ed|ing|es)|burn(?:ed|t|ing|s)?|"
    r"assault(?:ed|ing)?|defend(?:ed|ing|s)?|reach(?:ed|ing|es)?|regain(?:ed|ing|s)?|recover(?:ed|ing|"
    r"s)?|push into|pushed into|advanced on|advancing on|closed in on|ambush(?:ed|ing)?|"
    r"(?:damage|harm) to|(?:control|capture|seizure|fall|siege|bombing|shelling|bombardment|destruction|occupation|"
    r"liberation|storming|recapture|sack|looting|invasion|battle|assault|attacks?|strikes?|"
    r"airstrikes?|raids?|offensive|fight(?:ing)?|fire|"
    r"advance|missiles?|rockets?|drones?|march|push|prise|si[èe]ge|bombardement|attaques?|frappes?|"
    r"chute|reprise|offensive|assauts?|raids?|bataille|contr[ôo]le)(?: (?:of|on|against|for|at|over|"
    r"de|du|contre|sur|à|pour))?|"
    r"attaqu(?:[ée]|ent|e|er)|bombard(?:[ée]|ent|e|er)|pilonn(?:[ée]|ent|e)|pris|repris|prendre|"
    r"reprendre|frapp(?:[ée]|ent|e)|vis(?:[ée]|ent|ant)|touch(?:[ée]|ent)|secou(?:[ée]|ent|e)|[ée]branl(?:[ée]|ent|e)|d[ée]vast(?:[ée]|ent|e)|"
    r"(?:s['’]abattent|tombent|pleuvent) sur|assi[ée]g(?:[ée]|ent)|"
    r"contr[ôo]l(?:ent|é|er)|quitt[ée]|emparés? d|empar[ée]e?s?|"
    r"[وف]?(?:أصابت?|طالت?|ضربت?|دكت?|تقصف|يقصف|تستهدف|يستهدف|تفجير|غارات? على|غارة على|هجوم على|قصفت?|استهدفت?|دخلت?|سيطرت? على|هاجمت?|حاصرت?|استعادت?|استهداف|قصف|اقتحام|اقتحمت?))(?: (?:against|on|sur|contre|de|du|d['’]|à))?\s*$",
    re.IGNORECASE,
)
_LEAVES = re.compile(
    r"\b(?:withdr\w+|pull(?:ed|ing)? (?:out|back)|retreat\w*|driven|drive|drove|expelled|ousted|pushed|"
    r"forced|left|leaving|retir[ée]e?s?|chass[ée]s|retrait|repli[ée]s|quitt[ée])\b[^.;]{0,60}$",
    re.IGNORECASE,
)
_OWNED = re.compile(
    r"\b(?:residents?|people|inhabitants|mayors?|governors?|bishops?|archbishops?|patriarchs?|"
    r"university|council|head|heads|director|government|republic|kingdom|emirate|history|map|"
    r"capitals?|resident|citizens?|refugees|families|"
    r"natives?|son|born|king|queen|duke|treaty|peace|embassy|consul|ambassador|habitants?|maire|"
    r"gouverneur|[ée]v[êe]que|universit[ée]|directeur|originaire|imam|police chief|archives|museum of|"
    r"name|style|school|declaration|conference|agreement|accords?)\s*$",
    re.IGNORECASE,
)
_REGION_AFTER = re.compile(rf"[\s-]+(?:{_REGION})s?\b", re.IGNORECASE)
# "over Sumy and Poltava oblasts": both are regions.
_REGIONS_AFTER = re.compile(r"\s(?:provinces|governorates|regions|oblasts|states|counties|wilayas|prefectures)\b")
# A district that bears a town's name lies around that town.
_DISTRICT_AFTER = re.compile(
    r"[\s-]+(?:sub-?district|district|raion|county|territory|cercle|woreda|Township|(?i:local government area)|LGA)\b"
)
_LINE_AFTER = re.compile(
    r"(?:['’]s)?\s*(?:[-–—]\s*[A-Z][\w’'-]+\s+)?(?:road|highway|motorway|railway|pipeline|axis|"
    r"corridor|border|route)\b",
    re.IGNORECASE,
)
_FACILITY_AFTER = re.compile(
    r"(?P<own>['’]s?)?\s+(?:international |military |national |central |archaeological |old |train |railway |bus |"
    r"power |refugee |air |ancient |historic |great |grand |main |state |[a-z]+al )?(?P<kind>airport|airbase|air base|hospital|museum|cathedral|mosque|church|"
    r"monastery|castle|citadel|fortress|market|bazaar|"
    r"dam|refinery|port|harbou?r|station|camp|bridge|prison|base|barracks|neighbou?rhood|"
    r"city cent(?:er|re)|old city|old town|city|suburbs?|outskirts|stadium|theat(?:er|re)|library|"
    r"shrine|temple|school|power plant|plant|ruins)\b",
    re.IGNORECASE,
)
# "the Damascus suburbs of Jobar and Daraya": those are where it happens.
_PARTS_FOLLOW = re.compile(
    r"(?:['’]s)?\s+(?:\w+ )?(?:suburbs?|neighbou?rhoods?|districts?|quarters?|satellite towns?|villages|towns)\s+of\s+[A-ZÀ-Ý]"
)
_OWNED_AFTER = re.compile(
    r"(?:['’]s)?\s+(?:[\w-]+\s+){0,2}?(?:government|regime|authorities|officials?|residents?|mayor|"
    r"governor|parliament|leaders?|leadership|presidents?|ministers?|ministry|agreement|accords?|"
    r"talks|conference|summit|process|university|"
    r"police|council|embassy|bureau|newspaper|times|post|team|court|museum of|festival|declaration|"
    r"convention|protocol|foreign|allies|backers|antiquities|agency)\b",
    re.IGNORECASE,
)
_UNDERGOES = re.compile(
    r"(?:['’]s\s+[\w-]+(?:\s+[\w-]+)?)?(?:,[^,.;]{3,60},)?\s+(?:has |have |had |was |were |is |are |"
    r"be |been |being |also |itself |again |now |a [ée]t[ée] |avai(?:t|ent) [ée]t[ée] |était |étaient |est |ont [ée]t[ée] |sont |once again |"
    r"repeatedly |reportedly |largely |completely |remains? |city |came |come |comes )*"
    r"(?:shelled|bombed|bombarded|pounded|attacked|hit|struck|targeted|raided|besieged|encircled|"
    r"surrounded|seized|captured|recaptured|retaken|taken|overrun|stormed|occupied|liberated|looted|"
    r"destroyed|damaged|rocked|shaken|evacuated|"
    r"under (?:(?:[\w-]+ ){0,2}(?:attack|fire|siege|bombardment|shelling|assault)|heavy|the control|control)|fell\b|fallen\b|"
    r"falls\b|changed hands|in the hands|engulfed|caught in|saw (?:heavy|fierce|fighting|clashes)|"
    r"witnessed|"
    r"bombard[ée]e?|attaqu[ée]e?|frapp[ée]e?|touch[ée]e?|assi[ée]g[ée]e?|prise?|reprise?|tomb[ée]e?|"
    r"vis[ée]e?|pilonn[ée]e?|encercl[ée]e?)",
    re.IGNORECASE,
)
_ACTS_AFTER = re.compile(
    r"(?:,[^,.;]{3,60},)?\s+(?:has |have |had |is |was |also |later |again |now |a |n['’]a |has also |"
    r"have also )*(?:said|says|denie[sd]|denied|accus\w+|claim\w*|insist\w*|warn\w*|vow\w*|announc\w*|"
    r"reject\w*|agree\w*|call\w*|launch\w*|ced(?:es|ed)|blam\w*|"
    r"condemn\w*|threat\w*|sent|sends|back\w*|support\w*|deploy\w*|order\w*|want\w*|hop\w*|argu\w*|"
    r"believ\w*|respond\w*|retaliat\w*|welcom\w*|urg\w*|demand\w*|refus\w*|sign\w*|offer\w*|"
    r"consider\w*|regard\w*|recogni\w*|"
    r"invad\w+|annex\w+|pledg\w*|promis\w*|admit\w*|confirm\w*|dismiss\w*|d[ée]ment\w*|affirme\w*|"
    r"annonce\w*|d[ée]nonce\w*|accuse\w*|estime\w*|assure\w*|appelle\w*|condamn\w*|rejett\w*|"
    r"r[ée]cus\w*|lost|loses|lets|gives up|abandons|has ceded)\b",
    re.IGNORECASE,
)
_LIST_GAP = re.compile(
    r"\s*(?:,\s*(?:and\s+|et\s+)?|\s(?:and|et|or|ou|&)\s|,?\s(?:as well as|along with|ainsi que)\s)(?:in |at |near |à |de |d['’]|"
    rf"(?:the |la |le |les |l['’]|du )?(?:nearby |neighbou?ring |old |strategic )?(?:{_TOWN}|{_BUILDING}|outskirts|edge|towns|cities|villages|villes) (?:of |de |d['’]|du )?|that )?\s*$",
    re.IGNORECASE,
)
# "Zawiya, about 40 km west of Tripoli": nothing is said to happen in Tripoli.
_DESCRIBED = re.compile(
    rf"(?:\s+(?:air ?)?(?:base|camp|airport|village|town|district|border crossing|checkpoint))?\s*,?\s*(?:\([^)]{{0,30}}\)\s*)?(?:which (?:is|lies) |some |about |around |roughly |just |only |situ[ée]e? |à |environ |at )*"
    rf"(?:\d[\d.,]*\s*(?:km|kilom\w+|miles?)\s*(?:\([^)]*\)\s*)?)?(?:to the |au |à l['’])?(?:{_COMPASS_WORDS}|from|across the \w+|de|d['’])?\s*"
    rf"(?:of|from|de|d['’]|du)\s*(?:the capital,?\s*|la capitale,?\s*)?",
    re.IGNORECASE,
)
_ARABIC_DESCRIBED = re.compile(
    r"\s*[،,]?\s*(?:الواقعة\s+|إلى\s+ال|في\s+)?(?:(?:ال)?(?:شمال|جنوب|شرق|غرب)(?:ي|ا)?\s*){1,2}(?:من\s+)?(?:مدينة\s+)?"
    r"|\s*(?:في|ب)\s*(?:ريف|محافظة|إقليم|ولاية)\s+"
)
_IN_WORDS = {
    "dizaine": 10, "quinzaine": 15, "vingtaine": 20, "trentaine": 30, "quarantaine": 40, "cinquantaine": 50, "centaine": 100, "ten": 10,
    "dozen": 12, "fifteen": 15, "twenty": 20, "thirty": 30, "forty": 40, "fifty": 50,
}  # fmt: skip
_COUNTED_IN_WORDS = re.compile(
    r"\b(?:(?:a|une)\s+)?(?P<word>dizaine|quinzaine|vingtaine|trentaine|quarantaine|cinquantaine|centaine|ten|dozen|fifteen|twenty|thirty|forty|fifty)"
    r"\s+(?:de\s+)?(?=kilom|km|miles?)",
    re.IGNORECASE,
)
_MILE_KM = 1.609344


def read_use(before: str, after: str, gap: str | None) -> Use:
    """Say how a name is used.

    Args:    before, after: the text of the sentence on both sides, some 90 characters.  gap: the text between the name
             before it and this one, or None where there is none in the sentence.
    Returns: its use.
    """
    if _DISTRICT_AFTER.match(after):
        found = _by_what_precedes(before, after, "")
        return Use(Slot.NEAR, "district") if found.slot in (Slot.AT, Slot.NEAR) else Use(Slot.REGION, "district")
    if _REGION_AFTER.match(after) or _REGIONS_AFTER.match(_LIST_AFTER.sub("", after)):
        return Use(Slot.REGION, "region")
    if not before.strip(' "“«-–—•*.:0123456789') and re.match(r"\s*:\s+\S", after):
        # "Mykolaiv: rockets damaged the water tower."
        return Use(Slot.AT)
    if _LINE_AFTER.match(after):
        return Use(Slot.DIRECTION, "road")
    at_aside = after.startswith(",") and _PLACE_ONLY.search(before) is not None
    if _ACTS_AFTER.match(after) and not _UNDERGOES.match(after) and not at_aside:
        return Use(Slot.FIGURE)
    if _PARTS_FOLLOW.match(after):
        return Use(Slot.OTHER)
    facility = _FACILITY_AFTER.match(after)
    if not facility and _OWNED_AFTER.match(after):
        return Use(Slot.BELONGS)
    if (
        gap is not None
        and not _PART_OF.fullmatch(gap)
        and (_DESCRIBED.fullmatch(gap) or _ARABIC_DESCRIBED.fullmatch(gap))
    ):
        return Use(Slot.OTHER)
    if gap is not None and _LIST_GAP.fullmatch(gap):
        return Use(Slot.OTHER, listed=True)
    return _by_what_precedes(before, after, facility.group("kind").lower() if facility else "")


# "fell on the Korabelnyi district of Kherson": it happens in both.
_PART_OF = re.compile(
    r"\s+(?:neighbou?rhood|district|quarter|suburb)\s+of\s+(?:the\s+)?(?:(?:city|town) of )?", re.IGNORECASE
)

# "at Robotyne and Verbove": the first of them may be in no gazetteer, and the second is still at the end of a list.
_UNKNOWN_FIRST = re.compile(
    r"(?P<lead>\b(?:in|at|near|on|around|outside|of|à|dans|près de))\s+(?:[A-ZÀ-Ý][\w’'-]+(?:[\s-][A-ZÀ-Ý][\w’'-]+){0,2},?\s(?:and|et)\s)$"
)


def _by_what_precedes(before: str, after: str, facility: str) -> Use:
    before = _UNKNOWN_FIRST.sub(r"\g<lead> ", _AS_WELL.sub(" and ", before))
    head, kind, around = (
        _COUNTED_IN_WORDS.sub(lambda match: f"{_IN_WORDS[match['word'].lower()]} ", before),
        facility,
        False,
    )
    within = False
    for _ in range(9):
        if offset := _offset(head):
            return offset
        skipped = _SKIPPED.search(head)
        if not skipped or _LOCATIVE.search(head) and skipped["word"].lower() in ("en",):
            break
        word = re.sub(r"^(?:de )?l['’]$", "le", skipped["word"].lower()).rstrip("'’")
        if re.fullmatch(_REGION, word):
            return Use(Slot.REGION, word)
        kind = word if re.fullmatch(_TOWN, word) else kind
        around = around or _AROUND.match(word) is not None
        within = within or _WITHIN.match(word) is not None
        if word in ("of", "de", "d", "du") and _OWNED.search(head[: skipped.start("word")]):
            return Use(Slot.BELONGS)
        if word in ("of", "de", "d", "du") and _STRUCK_PART.search(head[: skipped.start("word")]):
            return Use(Slot.NEAR if around else Slot.AT, kind, settlement=_is_settlement(kind))
        if word in ("of", "de", "on", "for") and _OBJECT.search(head[: skipped.end("word")]):
            return Use(Slot.NEAR if around else Slot.AT, kind, settlement=_is_settlement(kind))
        head = head[: skipped.start("word")]
    slot = _slot(head, after, around)
    if (
        slot is Slot.DIRECTION
        and within
        and re.search(r"(?:through|across|along|via|dans|à travers)\s*$", head, re.IGNORECASE)
    ):
        slot = Slot.AT
    if slot is Slot.OTHER and (_is_settlement(kind) or facility):
        # "the suburb of X" is a place of its own even where no preposition leads to it.
        slot = Slot.NEAR if around else Slot.AT
    return Use(slot, kind, settlement=_is_settlement(kind))


# "hit the Khan of", "on the old quarter of": a blow at a part of a place is one at the place.
_STRUCK_PART = re.compile(
    r"\b(?:hit|struck|shelled|bombed|bombarded|pounded|attacked|targeted|raided|stormed|entered|seized|captured|destroyed|damaged|burn(?:ed|t)|razed|looted|held|holding|took|retook|retaken|bombing|shelling|hitting|striking|"
    r"tore up|(?:strikes?|shells?|bombs?|rockets?|missiles?|raids?|attacks?|assaults?|shelling|bombing|fell|landed|rained) (?:on|at|against|of)|"
    r"frapp[ée]|touch[ée]|attaqu[ée]|bombard[ée]|pilonn[ée]|détruit|incendié|assaut|investi|(?:re)?pris|tombés? sur)\s+(?:on\s+)?(?:the|a|an|its|their|le|la|les|un|une|l['’])\s?(?:[\w’'-]+\s+){0,2}[\w’'-]+\s*$",
    re.IGNORECASE,
)
_REPORTED_FROM = re.compile(
    r"\b(?:reported|heard|recorded|confirmed|signalée?s?|rapportée?s?)\s+(?:from|de|d['’])\s*$", re.IGNORECASE
)
# Where fighting comes to, it is.
_SPREAD = re.compile(
    r"\b(?:spread|spreading|spilled over|extended|reached|the approach(?:es)?|étendus?|étendues?|gagné|propagés?|propagée?s?)\s*(?:to|into|as far as|à|aux|jusqu['’]à)?\s*$",
    re.IGNORECASE,
)
_WITHIN = re.compile(
    rf"^(?:centre|center|heart|streets|districts|neighbou?rhoods|walls|city|downtown|centre-ville|rues|quartiers?|{_BUILDING})$",
    re.IGNORECASE,
)


def _is_settlement(kind: str) -> bool:
    return re.fullmatch(_TOWN, kind) is not None and kind not in ("capital", "capitale")


def _slot(head: str, after: str, around: bool) -> Slot:
    if _CLOSE.search(head) or (around and _LOCATIVE.search(head)):
        return Slot.NEAR
    if _LOCATIVE.search(head) or _OBJECT.search(head):
        return Slot.NEAR if around else Slot.AT
    if _SPREAD.search(head) or _REPORTED_FROM.search(head):
        return Slot.AT
    if _TOWARDS.search(head):
        return (
            Slot.AT if head.rstrip().endswith(("from", "de", "du", "من")) and _LEAVES.search(head) else Slot.DIRECTION
        )
    if _UNDERGOES.match(_LIST_AFTER.sub("", after)):
        return Slot.NEAR if around else Slot.AT
    if _LEAVES.search(head) and head.rstrip().endswith(("de", "d'", "d’")):
        return Slot.AT
    return Slot.OTHER


def _offset(head: str) -> Use | None:
    """ "20 km north of", "southwest of": the name is where the distance is counted from."""
    bare = re.sub(r"(?:^|\s)(?:of|de|d['’]|du)\s*$", "", head, flags=re.IGNORECASE)
    if bare == head:
        plain = _PLAIN_OFFSET.search(head)
        return Use(Slot.NEAR, offset_km=_km(plain)) if plain else None
    found = _OFFSET.search(bare)
    if found:
        return Use(Slot.NEAR, offset_km=_km(found), bearing_deg=float(_COMPASS[found["compass"].lower()]))
    plain = _PLAIN_OFFSET.search(bare)
    return Use(Slot.NEAR, offset_km=_km(plain)) if plain else None


def _km(found: re.Match[str]) -> float | None:
    if found["km"] is None:
        return None
    number = float(found["km"].replace(",", "."))
    return number * _MILE_KM if found["unit"].lower().startswith("mi") else number


_NAME = r"[A-ZÀ-Ý][\w’'-]*(?:[ -](?:[a-z]{2}[- ])?[A-ZÀ-Ý][\w’'-]*){0,3}"
_LIST_AFTER = re.compile(rf"^(?:,\s{_NAME}){{0,4}},?\s(?:and|et|or|ou)\s{_NAME}")
_NAMES_BEFORE = re.compile(
    rf"{_NAME}(?:,\s{_NAME}){{0,5}},?\s(?:and|et|or|ou|&)\s(?:in\s|at\s|near\s|à\s|of\s|de\s|d[’'])?$"
)
_NAMES_BETWEEN = re.compile(rf"{_NAME}(?:,\s{_NAME}){{0,4}},\s$")
# "took Saraqeb, which sits on the road, as well as ...": a list goes on behind an aside.
_AS_WELL = re.compile(r"(?:,[^,;.]{3,60})?,?\s(?:as well as|along with|ainsi que)\s$")
_MORE_NAMES = re.compile(rf"(?:,\s{_NAME}){{0,4}},?\s(?:and|et|or|ou|&)\s[A-ZÀ-Ý]")
_PLACE_ONLY = re.compile(
    r"(?:^|\W)(?:in|at|near|around|outside|inside|close to|just outside|not far from|près|autour|aux abords|non loin|"
    r"à proximité|(?<!dit )(?<!déclaré )(?<!confié )(?<!affirmé )(?<!indiqué )(?<!raconté )(?<!expliqué )à|aux alentours)\s*$",
    re.IGNORECASE,
)
_AT_A = re.compile(r"\b(?:au|aux)\s*$")
# "In the Badia": towns have no article of their own, but for those that have it in their name.
_WITH_ARTICLE = re.compile(r"\bthe\s+$", re.IGNORECASE)
# What befalls places alone: a person is not shelled, nor changes hands.
_FALLS = re.compile(
    r"\s+(?:(?:has |have |had |also |again )*(?:was |were |is |are |been |being )(?:also |again |heavily )*(?:shelled|bombed|bombarded|overrun|stormed|besieged|retaken|"
    r"recaptured|liberated|under (?:siege|fire|bombardment|shelling))|(?:has |have |had )?changed hands|fell to|(?:has |had )?fallen to|(?:a|ont) été (?:(?:violemment|lourdement|de nouveau) )?(?:bombardée?s?|pilonnée?s?|assiégée?s?|reprises?|visée?s?|frappée?s?)|(?:est|sont) tombée?s?)\b",
    re.IGNORECASE,
)
_TAKEN = re.compile(
    r"\b(?:(?:re)?captur(?:ed|ing|es|e)|retook|retak(?:en|ing|e|es)|seiz(?:ed|ing|es|e)|overr[au]n|overrunning|storm(?:ed|ing|s)|shell(?:ed|ing|s)|"
    r"bomb(?:ed|ing|s)|bombard(?:ed|ing|s)?|pound(?:ed|ing|s)|raid(?:ed|ing)|besieg(?:ed|ing)|encircl(?:ed|ing)|enter(?:ed|ing)|occup(?:ied|ying)|"
    r"liberat(?:ed|ing)|evacuat(?:ed|ing)|abandon(?:ed|ing)|attack(?:ed|ing) (?:on|against)|took|taken|"
    r"(?:control|capture|seizure|fall|siege|bombing|shelling|bombardment|occupation|storming|recapture) of|(?:attack|raid|assault|strikes?) on|"
    r"empar[ée]e?s? (?:de|d['’])|contrôle (?:de|d['’])|prise (?:de|d['’])|repris|attaqu[ée]|bombard[ée]|pilonn[ée]|visé|attaque (?:contre|sur|de|d['’]))\s*$",
    re.IGNORECASE,
)


# What a sentence may begin with before the place that it is about.
_MEANWHILE = re.compile(
    r"^\s*(?:(?:plus|un peu plus) (?:au|à l['’]|loin)\s?(?:nord|sud|est|ouest|loin)?|further \w+|elsewhere|meanwhile|overnight|in the (?:north|south|east|west)|"
    r"ailleurs|dans le même temps|au même moment|dans le (?:nord|sud)|dans la nuit)\s*,\s*",
    re.IGNORECASE,
)


def is_at_unknown(before: str, after: str) -> bool:
    """Whether something happens at a name, whoever knows it, or only a place can stand there.

    Args:    before, after: the text on both sides of the name.
    """
    if not _FACILITY_AFTER.match(after) and (re.match(r"['’]s?\b", after) or _WITH_ARTICLE.search(before)):
        return False
    head = _NAMES_BEFORE.sub("", _AS_WELL.sub(" and ", before))
    if head == before and _MORE_NAMES.match(after):
        head = _NAMES_BETWEEN.sub("", before)
    for _ in range(9):
        if _PLACE_ONLY.search(head) or _TAKEN.search(head) or _SPREAD.search(head):
            return True
        skipped = _SKIPPED.search(head)
        if not skipped or _offset(head):
            break
        head = head[: skipped.start("word")]
        if _STRUCK_PART.search(head) or _AT_A.search(head):
            return True
    if _offset(head):
        return True
    alone = not _MEANWHILE.sub("", re.split(r"[.!?]\s+", head)[-1]).strip(" ,")
    return alone and (_FALLS.match(after) if head == before else _UNDERGOES.match(after)) is not None
