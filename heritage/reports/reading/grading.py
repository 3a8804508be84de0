"""What a source is, from the words an article has for it, and the grade proposed for what it says."""

import re
from dataclasses import dataclass

from heritage.reports.domain import SourceKind


@dataclass(frozen=True, slots=True)
class Rule:
    """One line of the table: reliability A-F of the source, credibility 1-6 of a plain claim by it; whether a party."""

    kind: SourceKind
    words: str
    reliability: str
    credibility: int
    party: bool = False


# Read from the top; the first whose words are found decides. Proposals for a person to change, never verdicts.
TABLE = (
    Rule(
        SourceKind.CROWD,
        r"some accounts|accounts|supporters|sympathi[sz]ers|social media|users|posts?|rumou?rs|"
        r"unconfirmed reports|anonymous|partisans|r[ée]seaux sociaux|internautes|rumeurs|"
        r"مواقع التواصل|ناشطون على|مغردون|شائعات",
        "F",
        6,
    ),
    Rule(
        SourceKind.HERITAGE_AUTHORITY,
        r"antiquit(?:y|ies)|heritage (?:ministry|authority|department|official|agency)|museums?|"
        r"conservators?|curators?|archaeolog\w+|mus[ée]es?|patrimoine|antiquit[ée]s|conservat(?:eur|"
        r"rice)|archéologues?|culture minist\w+|ministry of culture|minist[èe]re de la culture|"
        r"(?:ال)?(?:آثار|متاحف|متحف|تراث|أثري(?:ين|ون)?)|وزارة الثقافة",
        "B",
        3,
    ),
    Rule(
        SourceKind.INTERNATIONAL_BODY,
        r"unesco|united nations|u\.?n\.?|icomos|iccrom|icom|red cross|icrc|osce|unitar|unosat|minusma|"
        r"monusco|unifil|ohchr|unicef|wfp|nations unies|onu|croix-rouge|iaea|blue shield|"
        r"(?:ال)?يونسكو|الأمم المتحدة|الصليب الأحمر",
        "A",
        2,
    ),
    Rule(
        SourceKind.OBSERVER,
        r"observatory|observatoire|monitors?|monitoring|monitoring group|watchdog|human rights watch|"
        r"amnesty|airwars|acled|institute for the study|rights groups?|human rights|"
        r"droits de l['’]homme|think ?tank|المرصد|منظمة العفو|هيومن رايتس|حقوق الإنسان",
        "C",
        3,
    ),
    Rule(
        SourceKind.OBSERVER,
        r"satellite|images?|footage|videos?|photos?|photographs?|imagery|pictures|images satellites?",
        "C",
        3,
    ),
    Rule(
        SourceKind.CROWD,
        r"activists?|opposition|anti-regime|anti-government|dissidents?|militants associatifs|"
        r"activistes?|opposants?|local coordination|ناشط(?:ون|ين)?|(?:ال)?معارضة",
        "D",
        3,
        True,
    ),
    Rule(
        SourceKind.PARTY_MEDIA,
        r"state(?:-run|-owned| run)? (?:television|tv|media|news|radio|agency)|sana|ria novosti|tass|"
        r"irna|saba|suna|ukrinform|al[- ]manar|official (?:media|news agency)|"
        r"t[ée]l[ée]vision (?:d['’][ée]tat|publique|nationale)|m[ée]dias? (?:d['’][ée]tat|officiels?)|"
        r"agence officielle|television|التلفزيون الرسمي|الإعلام الرسمي|وكالة الأنباء الرسمية|سانا|سونا|سبأ",
        "C",
        4,
        True,
    ),
    Rule(
        SourceKind.AGENCY,
        r"reuters|afp|agence france-presse|associated press|ap|bbc|dpa|anadolu|xinhua|interfax|"
        r"news agency|al jazeera|newspaper|radio|correspondents?|media(?: outlets?)?|journalists?|"
        r"reporters?|agence|journal|presse|correspondant\w*|وكالة|صحيفة|قناة|مراسل(?:نا|ون|ها)?|رويترز|فرانس برس",
        "B",
        3,
    ),
    Rule(
        SourceKind.OBSERVER,
        r"doctors?|hospitals?|medics?|medical|aid (?:group|worker|agency)s?|m[ée]decins?|msf|"
        r"h[ôo]pital|humanitarian|rescue(?:rs)?|civil defen[cs]e|white helmets|red crescent|"
        r"croissant-rouge|secouristes|emergency (?:service|workers?)\w*|ngo|ong|طبي(?:ة)?|أطباء|طبيب|مستشفى|الهلال الأحمر|الدفاع المدني|مسعف(?:ون|ين)?|وزارة الصحة",
        "C",
        3,
    ),
    Rule(
        SourceKind.ARMED_GROUP,
        r"fighters?|rebels?|militants?|jihadi\w*|insurgents?|isis|isil|daesh|islamic state|rsf|"
        r"rapid support forces|hezbollah|hamas|houthis?|taliban|separatists?|militias?|wagner|m23|"
        r"jnim|al-qaeda|nusra|combattants?|rebelles?|djihadistes?|s[ée]paratistes?|azawad|cma|"
        r"kurdish (?:forces|official|commander)|مسلح(?:ون|ين)|فصائل|داعش|الحوثي(?:ون|ين)|حزب الله|حماس|طالبان|الدعم السريع|غرفة العمليات|متمردون",
        "E",
        4,
        True,
    ),
    Rule(
        SourceKind.STATE_FORCE,
        r"army|military|armed forces|general staff|defen[cs]e ministry|ministry of defen[cs]e|"
        r"defen[cs]e minister|forces|air force|commanders?|generals?|colonel|spokes(?:man|woman|"
        r"person) for the (?:army|military)|command|soldiers?|arm[ée]e|[ée]tat-major|"
        r"minist[èe]re (?:\w+ )?de la d[ée]fense|coalition|pentagon|idf|saf|(?:ال)?جيش|القوات المسلحة|هيئة الأركان|وزارة الدفاع|(?:ال)?تحالف|قوات",
        "D",
        4,
        True,
    ),
    Rule(
        SourceKind.ANONYMOUS,
        r"residents?|witness(?:es)?|villagers?|locals?|inhabitants|people|shopkeepers?|teachers?|"
        r"priests?|survivors?|families|relatives|habitants?|t[ée]moins?|riverains?|rescapés?|sources?|شهود|شاهد|سكان|أهال[يٍ]|مصدر|مصادر",
        "D",
        3,
    ),
    Rule(
        SourceKind.LOCAL_AUTHORITY,
        r"governors?|mayors?|regional|local (?:official|authorit)\w*|municipal\w*|city council|"
        r"provincial|district|police|prefect|gouverneur|maire|pr[ée]fet|autorit[ée]s locales|[ée]lu|"
        r"administration|prosecutors?|oblast|محافظ|بلدية|عميد بلدية|المجلس المحلي|(?:ال)?شرطة",
        "C",
        3,
    ),
    Rule(
        SourceKind.STATE,
        r"government|ministr\w+|minister|president\w*|officials?|kremlin|spokes(?:man|woman|person)|"
        r"embassy|authorities|white house|foreign|prime|parliament|senator|gouvernement|ministre|"
        r"pr[ée]sident\w*|porte-parole|autorit[ée]s|responsables?|chief|ambassador|secretary|minist[èe]re|(?:ال)?حكومة|وزارة|وزير|(?:ال)?رئيس|متحدث|المتحدث|مسؤول(?:ون|ين)?|سلطات",
        "D",
        4,
        True,
    ),
    Rule(
        SourceKind.OBSERVER,
        r"experts?|analysts?|professors?|researchers?|historians?|university|scholars?|specialists?|"
        r"chercheu(?:r|se)s?|historien\w*|analystes?|sp[ée]cialistes?|directors?|heads?|directeur|"
        r"directrice",
        "C",
        3,
    ),
)
_PATTERNS = tuple((rule, re.compile(rf"\b(?:{rule.words})\b", re.IGNORECASE)) for rule in TABLE)
_PERSON = Rule(SourceKind.UNKNOWN, "", "F", 3)
_ARTICLE = Rule(SourceKind.MEDIA, "", "F", 3)
_WORST_FIRST = "FEDCBA"


def rule_for(sayer: str) -> Rule:
    """The line of the table that fits a sayer's description; that of an unknown person where none does."""
    for rule, pattern in _PATTERNS:
        if pattern.search(sayer):
            return rule
    return _PERSON


def propose_grade(sayers: list[str], *, appeal: bool, negated: bool, alleged: bool) -> str:
    """Propose a grade for a claim.

    Args:    sayers: descriptions of those who say it together; none when the article gives no source.
             appeal: what is claimed is only that they said it.  negated: it is a denial.  alleged: the article doubts.
    Returns: reliability A-F and credibility 1-6, such as "C3". Several sayers get the lowest reliability of them: the
             article does not say what each of them knew.
    """
    rules = [rule_for(sayer) for sayer in sayers] or [_ARTICLE]
    known = [rule.reliability for rule in rules]
    reliability = min(known, key=_WORST_FIRST.index)
    if appeal and sayers:
        return f"{reliability}1"
    credibility = max(rule.credibility for rule in rules)
    if (negated and any(rule.party for rule in rules)) or (alleged and not sayers):
        credibility = min(5, credibility + 1)
    return f"{reliability}{credibility}"
