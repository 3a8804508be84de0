"""What a clause tells of: fighting, control, damage, a move, an evacuation, an appeal, or background."""

import re
from dataclasses import dataclass

from heritage.reports.domain import ClaimKind

PHYSICAL = frozenset({ClaimKind.FIGHTING, ClaimKind.CONTROL, ClaimKind.DAMAGE})


@dataclass(frozen=True, slots=True)
class Figure:
    """A number of people or things: low and high bound, None where open; of: the words counted."""

    words: str
    low: int | None
    high: int | None


@dataclass(frozen=True, slots=True)
class Happening:
    """What one clause tells.

    negated: it is said not to have happened.  hypothetical: it is feared, planned, asked for or practised.
    """

    kind: ClaimKind
    triggers: tuple[str, ...]
    negated: bool
    hypothetical: bool
    certainty: str
    actors: tuple[str, ...]
    figures: tuple[Figure, ...]
    natural: bool = False

    @property
    def happens(self) -> bool:
        """Whether it is told as real, and as people's doing."""
        return self.kind in PHYSICAL and not (self.negated or self.hypothetical or self.natural)


def _words(text: str) -> re.Pattern[str]:
    # Arabic writes "and", "in" and "the" together with the word behind them.
    pieces = (
        f"(?:[وفبكل]?(?:ال)?)?{piece}" if "\u0600" <= piece[:1] <= "\u06ff" else piece for piece in text.split("|")
    )
    return re.compile(rf"\b(?:{'|'.join(pieces)})\b", re.IGNORECASE)


# Words that tell of fighting by themselves.
FIGHTING = _words(
    r"fighting|fought|clash(?:es|ed|ing)?|gun ?battles?|street battles?|shell(?:ed|ing|s|fire)|"
    r"bomb(?:ed|ings?|ard(?:ed|ing|ments?))|bombs?"
    r"|(?:air|drone|missile|rocket|artillery|mortar|bomb|suicide|militant|rebel|arson|car bomb|"
    r"grenade)[ -]?(?:strikes?|raids?|attacks?|fire|barrages?|assaults?)"
    r"|airstrikes?|missiles?|rockets?|drones?|mortars?|artillery|warplanes?|fighter jets|ambush(?:ed|"
    r"es)?|explosions?|explod(?:ed|es|ing)"
    r"|blasts?|detonat(?:ed|ion|ions)|gunfire|gunm[ea]n|firefights?|snipers?|skirmish(?:es|ed)?|"
    r"stormed|storming|assault(?:ed|s)?|incursions?"
    r"|offensives?|opened fire|open fire|opening fire|(?:truce|cease-?fire) (?:[\w ,’'-]{0,40} )?(?:was|were|has been|is) (?:broken|violated|breached)|shoot-?outs?|crossfire|pounded|pounding|sieges?|besieg(?:ed|"
    r"ing)|massacre[ds]?|gunned down|shot dead"
    r"|exchanges? of fire|hostilities|landmines?|IEDs?|counter-?(?:attack|offensive)(?:ed|s)?|"
    r"air ?raids?|strafed|combats?"
    r"|affrontements?|accrochages?|bombardements?|bombard[ée]e?s?|pilonn(?:[ée]e?s?|age|ages|aient|"
    r"ait)|frappes?|raids? a[ée]riens?|frapp(?:[ée]e?s?|ent|aient)"
    r"|(?:gun)?shots? (?:was|were) (?:heard|fired)|fired (?:at|on)|engins? explosifs?|ex[ée]cut(?:ed|ées?|és?)|saut(?:é|ée|és|er) sur une mine|ouver(?:t|ts) le feu|ouvr(?:ir|ent|irent|ait|aient) le feu|tirs?|obus|roquettes?|explos[ée]|attaque(?:s|nt)?|attaqu(?:[ée]e?s?|aient)|assauts?|"
    r"embuscades?|fusillades?|si[èe]ge|assi[ée]g[ée]e?s?"
    r"|affrontent|affront[ée]s|combattu|massacres?|combattants?|pris d['’]assaut"
    r"|shells?|battles? (?:between|with|raged|continued|erupted|flared|for control)|grenades?|(?:trad|exchang|return)(?:ed|ing) (?:\w+ )?fire"
    r"|fired (?:on|at|upon|into|\w+ (?:rockets|shells|missiles|shots))|bl(?:ew|own|ow) up|blowing up|barrages?|salvos?|gunships?|under fire|set fire to|set (?:\w+ ){1,3}ablaze|(?:weapons|machine[- ]gun|sniper|small[- ]arms|tank|live) fire|shooting"
    r"|gun ?fights?|rocket-propelled|kamikaze|fusillades?|tirs? crois[ée]s|mitraill[ée]e?s?|canonn\w+|d[ée]flagrations?"
    r"|قصفت?|قصفوا|قذائف|قذيفة|غارات?|غارة|اشتباكات?|اشتبكت?|معارك|معركة|مواجهات|انفجارات?|تفجير|هجوم|هجمات|صواريخ|صاروخ|مسيرات?|مسيرة"
    r"|تقصف|يقصف|تستهدف|يستهدف|مدفعية|استهدفت?|استهداف|هاجمت?|قتال|رصاص|قنص|براميل متفجرة"
)
# Words that do so only where armed people or weapons are spoken of.
ARMED_ONLY = _words(
    r"battle[ds]?|battling|attack(?:s|ed|ing|ers)?|strikes?|struck|hits?|hit|raid(?:s|ed|ing)?|"
    r"target(?:s|ed|ing)?|kill(?:ed|s|ing|ings)?|wound(?:ed|ing)|injur(?:ed|ing)"
    r"|fight(?:s|ers)?|dead|casualties|fired|firing|shot|tu[ée]e?s|bless[ée]e?s|morts|touch[ée]e?s?|"
    r"vis[ée]e?s?|cibl[ée]e?s?|قتلت?|مقتل|قتلى|جرح|جرحى|أصيبت?|violence|deaths?|p[ée]ri"
)
CONTROL = _words(
    r"seiz(?:e|ed|es|ing|ure)|captur(?:e|ed|es|ing)|recaptur(?:e|ed|es|ing)|retak(?:e|en|es|ing)|"
    r"retook|(?:took|taken|take|takes|taking|regain|regained|lost|losing) (?:full |partial |"
    r"complete )?control"
    r"|overr[au]n|fell to|fallen (?:to|into)|(?:has|have|had) fallen (?:to|into|under)|changed hands|change de mains|changé de mains|fall of|liberat(?:ed|es|ion|ing)|"
    r"withdr(?:aw|ew|awn|awal|awing)|pull(?:ed|ing)? (?:out|back)|retreat(?:ed|ing|s)?"
    r"|enter(?:ed|ing)|advanc(?:e|ed|es|ing)|los(?:t|ing) ground|gains of territory|territorial gains|"
    r"significant gains|gained ground|ced(?:e|ed|es|ing)|(?:in|under|lost|the|full|partial) control|"
    r"controls|controlled"
    r"|occup(?:y|ied|ies|ation|ying)|encircl(?:ed|ing|ement)|surrounded|raised (?:its|their|the|"
    r"a) (?:black )?flag|dr(?:ove|iven) (?:out|from)|push(?:ed|ing) (?:out|back)|expelled|handed over"
    r"|pris(?:e)? (?:le )?contr[ôo]le|prise de|s['’](?:est|sont) empar[ée]e?s?|empar(?:[ée]e?s?|er|"
    r"ent)|repris(?:e)?|chass[ée]s?|se (?:sont|est) retir[ée]e?s?|retrait|tomb[ée]e? aux mains|"
    r"contr[ôo]lent|contr[ôo]le|contr[ôo]l[ée]e?s?"
    r"|entr[ée]s? dans|occup(?:ent|[ée]e?s?)|encercl[ée]e?s?|avanc[ée]e?|سيطرة?|سيطرت?|استعادت?|استولت?|انسحبت?|انسحاب|دخلت?|تقدمت?|حررت?|تحرير|احتلت?|حاصرت?|حصار|سقوط"
    r"|(?:has|have|had) taken(?! (?:place|to|part|up|over by|by surprise|a |refuge|shelter|note|time))|took the (?:city|town|village|airport|base|hill)"
    r"|(?:rebels|forces|troops|fighters|army|militants|insurgents|soldiers|militia|jihadists|factions|paramilitaries) (?:\w+ly )?(?:took|(?:have|had|has) taken|take)(?! (?:place|to|part|up|over by|a |refuge|shelter|note|time|days|years))|(?:rolled|marched|poured|broke|swept|drove|thrust) into|(?:troops|forces|fighters|soldiers|tanks|columns?) (?:had |have |has )?(?:crossed|moved) into|(?:been|was|were) taken (?:by|from)|(?:town|city|village|base|airport) (?:has|had|was|has been|had been) taken|(?:hold|holds|holding|held) (?:their |its |the |on to |onto )?(?:\w+ )?(?:positions?|line|town|city|village|airport|airfield|base)|été (?:re)?prise?s?|pushed (?:to|into|towards?)|closed in on|captur\w+|(?:a|ont) pris(?! (?:part|fin|feu|la parole|contact|note))|conquis|s['’]empare(?:nt)?"
)
DAMAGE = _words(
    r"damag(?:e|ed|es|ing)|bulldoz(?:e|ed|es|ing)|to level(?= (?:parts|part|it|the|a|an|its|all)\b)|smash(?:es|ing)|destroy(?:s|ed|ing)|destruction|loot(?:ed|ing|ers)|demolish(?:ed|ing)|"
    r"raz(?:ed|ing)|collaps(?:e|ed|es)|burn(?:ed|t|ing)|shattered|smashed|vandali[sz]ed|blown up|"
    r"blew up|gutted|"
    r"reduced to rubble|brought down|br(?:ought|ings) down|(?:arch|roof|wall|tower|dome|column|minaret)s? (?:has|have|had) fallen|defaced|cracks?|plundered|ransacked|in ruins|endommag(?:[ée]e?s?|er)|"
    r"d[ée]trui(?:t|te|ts|tes|re|sent|saient|sirent)|destructions?|pill(?:[ée]e?s?|age|ages)|saccag[ée]e?s?|d[ée]g[âa]ts|"
    r"incendi[ée]e?s?|"
    r"effondr[ée]e?s?|wreck(?:ed|ing)|ripp(?:ed|ing)|tore|torn|split|flattened|level(?:l)?ed|torched|ablaze|alight|in flames|caved in|"
    r"blown (?:out|off)|riddled|pockmarked|punctured|shaken loose|loosened|broken (?:glass|windows)|suffered|fissur[ée]e?s?|ravag[ée]e?s?|ras[ée]e?s?|[ée]ventr[ée]e?s?|"
    r"souffl[ée]e?s?|br[ûu]l[ée]e?s?|mis le feu|partis? en fum[ée]e|en cendres|en ruines|"
    r"دمرت?|تدمير|دمار|أضرار|ضررا?|تضررت?|نهب|احترقت?|أحرقت?|انهارت?|أتلفت?"
)
_BUILT = _words(
    r"museums?|monuments?|church(?:es)?|mosques?|minarets?|temples?|cathedrals?|monaster(?:y|ies)|"
    r"castles?|citadels?|fortress(?:es)?|palaces?|librar(?:y|ies)|archives?|theat(?:er|re)s?|"
    r"old (?:city|town)|heritage|"
    r"antiquities|ruins|tombs?|shrines?|mausoleums?|statues?|arch(?:es)?|walls?|roofs?|buildings?|"
    r"houses?|homes|apartments?|blocks?|flats?|synagogues?|bazaars?|souks?|markets?|schools?|hospitals?|bridges?|columns?|"
    r"facades?|domes?|towers?|"
    r"manuscripts?|mus[ée]es?|[ée]glises?|mosqu[ée]es?|monast[èe]res?|cath[ée]drales?|ch[âa]teaux?|"
    r"forteresses?|biblioth[èe]ques?|vieille ville|patrimoine|vestiges|mausol[ée]es?|tombeaux?|murs?|"
    r"toits?|maisons?|villages?|settlements?|shops?|farms?|glass|"
    r"clinics?|windows?|gates?|caravanserais?|khans?|hammams?|courtyards?|pagodas?|stupas?|iwans?|vaults?|mansions?|villas?|granar(?:y|ies)|"
    r"frescoe?s|mosaics?|ceilings?|pillars?|halls?|sites?|city|structures?|town|quarter|palais|greniers?|hangars?|march[ée]s?|[ée]coles?|"
    r"h[ôo]pita(?:l|ux)|toitures?|fa[çc]ades?|minarets?|vitrines|"
    r"b[âa]timents?|manuscrits|متحف|مسجد|جامع|كنيسة|قلعة|آثار|أثري(?:ة)?|خان|سوق|معبد|قصر|مكتبة|مئذنة|ضريح|تراث|مبنى|منازل|بيوت|جسر|مدرسة|مستشفى"
)
_OBJECTS = _words(
    r"statues?|arte?facts?|artworks?|collections?|manuscripts?|paintings?|icons?|exhibits?|"
    r"antiquities|treasures?|museum pieces|objects|works of art|relics?|books|archives|sculptures?|"
    r"œuvres|objets|manuscrits|"
    r"tableaux|pi[èe]ces (?:du mus[ée]e|arch[ée]ologiques)|collections|تماثيل|مخطوطات|قطع"
)
_MOVED = _words(
    r"moved|mov(?:e|ing)|transferr?ed|transferring|relocat(?:ed|ing|ion)|evacuat(?:ed|ing|ion)|"
    r"shipped|transported|removed|taken to safety|hidden|packed|spirited|d[ée]plac[ée]e?s?|"
    r"transf[ée]r[ée]e?s?|[ée]vacu[ée]e?s?|"
    r"mis(?:es?)? (?:en s[ûu]ret[ée]|à l['’]abri)|نقل(?:ت)?"
)
_EVACUATED = _words(
    r"evacuat(?:e|ed|es|ing|ion|ions)|fled|flee(?:ing|s)?|displaced|[ée]vacu(?:[ée]e?s?|er|ation)|"
    r"fui(?:t|r|ent)?|d[ée]plac[ée]s|إجلاء|نزح"
)
APPEAL = _words(
    r"call(?:s|ed|ing)? (?:for|on|upon)|urg(?:e|es|ed|ing)|appeal(?:s|ed|ing)? (?:for|to)|demand(?:s|"
    r"ed|ing)|condemn(?:s|ed|ing)|denounc(?:e|es|ed|ing)|implor(?:ed|es)|"
    r"(?:a|ont) (?:appel[ée]|exhort[ée]|condamn[ée]|d[ée]nonc[ée]|demand[ée])|appell?e(?:nt)? (?:à|"
    r"les|la|le)|exhorte(?:nt)?|condamne(?:nt)?|دعت?|ناشد(?:ت)?|أدان(?:ت)?"
)
ARMED = _words(
    r"forces?|troops?|army|armies|soldiers?|militants?|militias?|militiam[ea]n|rebels?|fighters?|"
    r"insurgents?|jihadi(?:st)?s?|paramilitar(?:y|ies)|gunm[ea]n|warplanes?|air force|aircraft|jets?|"
    r"tanks?|armou?red|armed|"
    r"drones?|missiles?|rockets?|shells?|shell(?:ing|ed)|mortars?|artillery|bomb(?:s|ing|ings|ed|er|"
    r"ers)?|airstrikes?|strikes?|snipers?|brigades?|battalions?|coalition|commander|terrorists?|"
    r"offensive|war|front ?lines?|"
    r"ISIS|ISIL|(?-i:IS)|Daesh|RSF|SAF|Hezbollah|Hamas|Houthis?|Taliban|Wagner|M23|JNIM|PKK|YPG|arm[ée]e|"
    r"factions?|Islamic State|gunships?|helicopters?|commandos?|mercenar(?:y|ies)|guerrillas?|attackers?|assailants?|grenades?|warships?|"
    r"junta|regiments?|front|cease-?fire|truce|bullets?|checkpoints?|mines?|"
    r"soldats?|rebelles?|miliciens?|milices?|combattants?|djihadistes?|chars?|avions?|blind[ée]s|obus|"
    r"roquettes?|combats?|"
    r"assaillants|hommes arm[ée]s|جيش|قوات|مسلح(?:ين|ون|ة)?|ميليشيات?|صاروخ|طائرات?|طائرة|مدفعية|مسيرة|فصائل|دبابات|مقاتل(?:ين|ون)?|عناصر|داعش|حزب الله|حماس|الحوثي(?:ين|ون)?"
)
# Words of war that mean something else, taken out before anything is looked for.
_FIGURATIVE = re.compile(
    r"\b(?:(?:heart|panic|asthma|verbal|cyber|personal|media) ?-?attacks?|fire ?fight(?:ers?|ing)|"
    r"fire (?:brigade|service|department|engines?)|hunger strikes?|(?:general|labou?r|teachers['’]?|"
    r"workers['’]?|transport|rail) strikes?|"
    r"strikes? (?:by (?:workers|teachers|nurses|doctors)|action)|on strike|str(?:ike|uck|ikes|"
    r"iking) (?:a|an|the right) (?:deal|balance|agreement|chord|note)|(?:legal|court|political|"
    r"electoral|diplomatic|custody) battles?|"
    r"(?:battl(?:e|es|ing|ed)|fight(?:s|ing)?|fought|war|combat) (?:against|for|over|on|"
    r"with) (?:corruption|poverty|hunger|climate|inflation|cancer|disease|malaria|covid|drugs?|crime|"
    r"justice|rights|equality|erosion|time|neglect|"
    r"funding|illiteracy|looting|trafficking|rot|damp|desertification|pollution)|"
    r"(?:entire )?world['’]s battle|war of words|trade wars?|cold war|price war|sand ?storms?|"
    r"thunder ?storms?|snow ?storms?|storms? (?:hit|struck|surge)|"
    r"stormed (?:out|off)|bombshells?|blast furnaces?|box office hits?|hit (?:hard )?by (?:drought|"
    r"floods?|inflation|tourism|recession|an earthquake)|(?:earthquake|cyclone|hurricane|flood|"
    r"typhoon|storm)s? (?:that )?(?:hit|struck)|"
    r"target(?:s|ed)? (?:date|audience|price|groups?|of)|explosion (?:of|in) (?:interest|colou?r|"
    r"tourism|popularity)|shelled out|sea ?shells?|egg ?shells?|gunned for|under fire for|captur(?:e|"
    r"ed|es|ing) (?:on|by) (?:camera|video|film|photo\w*)|"
    r"captur(?:e|ed|es|ing) (?:the )?(?:imagination|attention|mood|spirit|essence|beauty|hearts?|"
    r"images?|photographs?)|quality control|climate control|traffic control|border control|"
    r"passport control|pest control|"
    r"seiz(?:ed|e|es|ing) (?:the )?(?:opportunity|chance|moment|drugs|documents|contraband|assets|"
    r"smuggled|stolen|looted)|without control|raids? on (?:shops?|dealers|smugglers)|photo shoots?|"
    r"drone (?:footage|images?|photographs?|surveys?|pictures|photography)|"
    r"drones? (?:to )?(?:map|survey|document|photograph|scan)\w*|greve|gr[èe]ves?|tirs? au but|"
    r"feux? d['’]artifice|coups? de c[œo]eur|crise cardiaque|(?:attaque|crise) cardiaque|"
    r"lutte contre la (?:pauvret[ée]|corruption)|"
    r"air (?:force )?show|casualties of (?:time|neglect)|hit (?:song|show|film|record)|tourist season|"
    r"killed off|dead (?:sea|line|end|season)|entered (?:the )?(?:list|service|force|politics|into)|"
    r"occupied by (?:shops|tenants|students)|"
    r"advance(?:d)? (?:booking|tickets?|degree|payment|studies|knowledge|technolog\w+)|in advance|"
    r"well in advance|advances in|occupation (?:layers?|levels?|phases?)|blast from|shot (?:on film|"
    r"by the photographer)|"
    r"assault on the senses|smash hit|battle(?:field)? reenactments?|re-?enact\w+)\b",
    re.IGNORECASE,
)
_NEGATION = re.compile(
    r"\b(?:(?:has|have|had|was|were|is|are|did|does|do|could|can)(?: not|n['’]t)(?! (?:only|"
    r"immediately clear|yet clear|clear))|no (?:fighting|clashes|shelling|attacks?|strikes?|"
    r"incidents?|damage|casualties|"
    r"explosions?|violence|shots?|troops?|evidence|reports? of|sign of|one was)|never|"
    r"without (?:a (?:shot|fight)|fighting|any|damage)|nor |neither|spared|unscathed|untouched|"
    r"unharmed|undamaged|intact|"
    r"den(?:y|ied|ies|ying)|refut(?:ed|es)|dismissed (?:reports|claims)|remain(?:s|ed)? (?:calm|quiet|"
    r"peaceful)|(?:calm|quiet) (?:prevailed|in)|far from (?:the )?(?:fighting|front)|free of|"
    r"ceasefire (?:holds|held|was holding)|"
    r"pas (?:été|de combats?|d['’]affrontements?|d['’]attaque)|n['’](?:a|ont|est|y a|avait|"
    r"avaient) (?:pas|aucun|jamais)|ne (?:\w+ )?(?:pas|jamais)|aucune? (?:combat|affrontement|attaque|"
    r"frappe|d[ée]g[âa]t|incident)|"
    r"[ée]pargn[ée]e?s?|d[ée]ment(?:i|ent|it)|(?:a|ont) d[ée]menti|rest[ée]e? calme|[وف]?(?:لم|لن|نفى|نفت|دون)|ساد الهدوء|unaffected|not (?:hit|damaged|touched|attacked|shelled|bombed|harmed|affected))\b",
    re.IGNORECASE,
)
_HYPOTHETICAL = re.compile(
    r"\b(?:could(?! be (?:heard|seen|felt)\b)|might|may (?:be|have|attack)|would|if|unless|threat(?:en(?:s|ed|ing)?|s)?|fear(?:s|"
    r"ed|ing)?|risks? (?:of|being)|plan(?:s|ned|ning)? to|intend(?:s|ed)? to|prepar(?:e|es|ed|"
    r"ing) (?:to|for|an)|vow(?:s|ed)? to|"
    r"pledg(?:ed|es) to|ahead of (?:an?|any|the) (?:expected |possible |looming |planned )?(?:assault|"
    r"attack|offensive)|in case of|possible (?:attack|assault|strike|shelling)s?|looming|imminent|"
    r"potential|about to|"
    r"warn(?:s|ed|ing)? (?:of|against|that)|to (?:avoid|prevent|avert|protect)|should (?:the|any)|"
    r"hop(?:e|es|ed|ing) to|aim(?:s|ed|ing)? to|want(?:s|ed)? to|tr(?:y|ied|ying) to|will|scheduled|"
    r"drills?|exercises?|rehears\w+|simulat\w+|"
    r"pourrai(?:t|ent)|serai(?:t|ent) (?:menac)|menac(?:e|ent|ée?s?) de|craint|craignent|crainte|"
    r"si (?:les|la|le|l['’])|risque(?:nt)? de|pr[ée]voi(?:t|ent)|[ée]ventuel(?:le|s|les)?|afin d['’]|"
    r"pour [ée]viter)\b",
    re.IGNORECASE,
)
_ALLEGED = _words(
    r"alleged(?:ly)?|reported(?:ly)?|purported(?:ly)?|claim(?:s|ed|ing)?|unconfirmed|apparently|"
    r"appear(?:s|ed) to|believed to|pr[ée]sum[ée]e?s?|selon|aurai(?:t|ent)|"
    r"not (?:be )?(?:immediately |independently )?(?:clear|verified|confirmed)"
)
_NUMBER = re.compile(
    r"\b(?P<how>at least|more than|over|up to|as many as|about|around|some|nearly|almost|fewer than|"
    r"au moins|plus de|environ|pr[èe]s de|jusqu['’]à)?\s*"
    r"(?P<number>\d{1,3}(?:[,. ]\d{3})+|\d{1,7}|dozens|scores|hundreds|thousands|several|two|three|"
    r"four|five|six|seven|eight|nine|ten|eleven|twelve|twenty|thirty|des dizaines|dizaines|centaines|"
    r"des centaines|milliers|plusieurs|"
    r"deux|trois|quatre|cinq|sept|huit|neuf|dix|douze|vingt|trente)\s+(?P<of>(?:of |de |"
    r"d['’])?(?:[^\W\d_][\w’'-]*)(?: [^\W\d_][\w’'-]*){0,2})",
    re.IGNORECASE,
)
_NUMBERS = {
    "two": (2, 2), "three": (3, 3), "four": (4, 4), "five": (5, 5), "six": (6, 6), "seven": (7, 7), "eight": (8, 8), "nine": (9, 9), "ten": (10, 10),
    "eleven": (11, 11), "twelve": (12, 12), "twenty": (20, 20), "thirty": (30, 30), "several": (3, None), "dozens": (24, 199), "scores": (40, 199),
    "hundreds": (200, 999), "thousands": (2000, 9999), "dizaines": (20, 199), "des dizaines": (20, 199), "centaines": (200, 999), "des centaines": (200, 999),
    "milliers": (2000, 9999), "plusieurs": (3, None), "deux": (2, 2), "trois": (3, 3), "quatre": (4, 4), "cinq": (5, 5), "sept": (7, 7), "huit": (8, 8), "neuf": (9, 9),
    "dix": (10, 10), "douze": (12, 12), "vingt": (20, 20), "trente": (30, 30),
}  # fmt: skip
_COUNTED = _words(
    r"people|persons?|civilians?|soldiers?|members?|fighters?|militants?|troops|dead|killed|wounded|"
    r"injured|statues?|objects?|manuscripts?|monuments?|buildings?|houses|homes|vehicles?|tanks|"
    r"drones?|missiles?|rockets?|"
    r"strikes?|airstrikes?|children|women|men|officers|police|villagers|residents|terrorists?|rebels|"
    r"bodies|families|workers|paintings|artefacts|artifacts|sites|churches|mosques|shells|bombs|"
    r"attacks|personnes|civils|soldats|"
    r"morts|bless[ée]s|tu[ée]s|combattants|maisons|b[âa]timents|v[ée]hicules|obus|roquettes|drones|"
    r"habitants|manuscrits|mausol[ée]es|statues|familles|enfants|femmes|assaillants|djihadistes"
)
_ACTOR = re.compile(
    r"\b(?:[A-Z][\w’'.-]*(?:[ -](?:of|and the|and) (?=[A-Z]))?[ -]?){1,5}(?:forces|army|troops|"
    r"militants|fighters|rebels|militia|soldiers|police|coalition|warplanes|air force|insurgents|"
    r"gunmen|paramilitar(?:y|ies)|Front|Army|Forces|Brigades?|Group)\b"
    r"|\b(?:government|regime|rebel|opposition|coalition|allied|pro-\w+|anti-\w+|jihadi(?:st)?|"
    r"Islamist|separatist|paramilitary|security|special) (?:forces|troops|fighters|militants|groups?|"
    r"army|soldiers|paramilitaries)\b"
    r"|\b(?:ISIS|ISIL|Daesh|Islamic State(?: group)?|RSF|SAF|Hezbollah|Hamas|Houthis?|Taliban|Wagner|"
    r"M23|JNIM|PKK|YPG|SDF|Boko Haram|al-Shabaab|al-Qaeda|Al-Qaeda)\b"
    r"|\b(?:armed men|gunmen|l['’]arm[ée]e(?: \w+)?|forces (?:arm[ée]es )?[a-zé]+(?:nes|ses|ques)|"
    r"hommes arm[ée]s|djihadistes|combattants [a-zé]+)\b"
)


def literal(text: str) -> str:
    """A text whose figures of speech are blanked out, of the same length, so that offsets stay true."""
    return _FIGURATIVE.sub(lambda match: "·" * len(match.group()), text)


# A headline or a message of a line or two has no room to say it twice.
_NOTICE_CHARS = 160
_MANY_ARMED = 3


def is_armed(text: str) -> bool:
    """Whether a text speaks of armed conflict at all: it names armed people or weapons, and fighting."""
    plain = literal(text)
    enough = 1 if len(text) < _NOTICE_CHARS else 2
    armed = {match.group().lower() for match in ARMED.finditer(plain)}
    if len(FIGHTING.findall(plain)) >= enough and armed:
        return True
    # "Militants smashed statues; forces retook the town": no word of fighting, and armed people all over.
    deeds = len(ARMED_ONLY.findall(plain)) + len(CONTROL.findall(plain)) + len(_DELIBERATE.findall(plain))
    return len(armed) >= _MANY_ARMED and deeds >= _MANY_ARMED


# "No bombs fell", "aucun tir", "without a single shot": the word of fighting itself is denied.
_NONE_OF = re.compile(
    r"\b(?:no|not a single|not one|without (?:any|a(?: single)?)|aucune?|nul(?:le)?|sans(?: aucune?)?|أي)\s+(?:[\w-]+\s+){0,2}$",
    re.IGNORECASE,
)
_CASUALTIES = _words(r"kill(?:ed|ing)|wound(?:ed|ing)|shot|tu[ée]e?s|bless[ée]e?s|قتلت?|مقتل|قتلى|جرح|جرحى|أصيبت?")
_CIVIL = re.compile(
    r"\b(?:accidents?|crash(?:ed|es)?|earthquakes?|quakes?|(?:flash )?floods?|flooding|rains?|storms?|lightning|erosion|subsidence|winds?|landslides?|avalanches?|disease|cholera|epidemic|virus|drown(?:ed|ing)|"
    r"heatwave|drought|tourists?|s[ée]isme|inondations?|maladie|زلزال|فيضان|حادث)\b",
    re.IGNORECASE,
)


_LOOTING = _words(r"loot(?:ed|ing)|plundered|plundering|ransack(?:ed|ing)|pill(?:ée?s?|age|ages)|نهب")
_DELIBERATE = _words(
    r"loot(?:ed|ing|ers)|plundered|ransacked|vandali[sz]ed|defaced|demolish(?:ed|ing)|raz(?:ed|ing)|blown up|blew up|smashed|torched|"
    r"set fire to|bulldoz(?:ed|ing)|dynamited|pill(?:[ée]e?s?|age|ages)|saccag[ée]e?s?|ras[ée]e?s?|incendi[ée]e?s?|نهب|أحرقت?"
)
# What a blow did not do is no word on whether it fell.
_HARMLESS = re.compile(
    r"\b(?:no|without|without any|aucune?|sans(?: faire(?: de)?)?)\s+(?:\w+\s+){0,2}(?:casualties|injuries|damage|deaths|victims?|victimes?|bless[ée]s?|d[ée]g[âa]ts|"
    r"morts?|information)\b|\b(?:nobody|no one|none)\s+(?:was|were)\s+(?:hurt|killed|injured|wounded|harmed)\b|\bwithout\s+(?:hurting|killing|injuring|harming)\b",
    re.IGNORECASE,
)


def _negated(plain: str) -> bool:
    spared = _HARMLESS.sub(lambda match: "·" * len(match.group()), plain)
    told = spared if FIGHTING.search(spared) or ARMED_ONLY.search(spared) else plain
    words = FIGHTING if FIGHTING.search(told) else ARMED_ONLY
    return _NEGATION.search(told) is not None or _denied(told, words)


# What those who fight are after: the fighting itself is none the less real.
_PURPOSE = re.compile(
    r"\b(?:tr(?:y|ied|ying)|attempt(?:s|ed|ing)?|hop(?:e|es|ed|ing)|aim(?:s|ed|ing)?|want(?:s|ed)?|s[eo]+(?:k|king|ught)|struggl(?:ed|ing)|in an? \w+) to\b|"
    r"\b(?:tent(?:e|ent|aient|ant)|cherch(?:e|ent|aient|ant)) (?:de|à)\b",
    re.IGNORECASE,
)


def _is_hypothetical(plain: str) -> bool:
    first = FIGHTING.search(plain)
    purpose = _PURPOSE.search(plain)
    told = plain[: purpose.start()] if first and purpose and first.start() < purpose.start() else plain
    return _HYPOTHETICAL.search(told) is not None


def _denied(plain: str, pattern: re.Pattern[str]) -> bool:
    """Whether every word of fighting in a clause stands behind a word such as "no"."""
    found = list(pattern.finditer(plain))
    return bool(found) and all(_NONE_OF.search(plain, 0, match.start()) for match in found)


def read_happening(clause: str, sentence: str, armed: bool) -> Happening:
    """Say what a clause tells of.

    Args:    clause: without its attribution.  sentence: the whole sentence around it.  armed: whether the article
             speaks of armed conflict; without it, words such as "killed" or "control" tell of something else.
    Returns: its kind, how sure it is told, who acts, which numbers it gives.
    """
    plain, around = literal(clause), literal(sentence)
    armed_here = ARMED.search(around) is not None or FIGHTING.search(around) is not None or not _CIVIL.search(around)
    fighting = [match.group() for match in FIGHTING.finditer(plain)]
    if armed and armed_here:
        fighting += [match.group() for match in ARMED_ONLY.finditer(plain)]
    elif armed and not _CIVIL.search(around):
        # Where an article tells of war, its dead are the war's, unless it names another cause.
        fighting += [match.group() for match in _CASUALTIES.finditer(plain)]
    control = [match.group() for match in CONTROL.finditer(plain)] if armed else []
    damage = [match.group() for match in DAMAGE.finditer(plain)]
    kind, triggers = _kind(plain, fighting if armed else [], control, damage, armed)
    return Happening(
        kind,
        tuple(triggers),
        _negated(plain),
        _is_hypothetical(plain),
        "alleged" if _ALLEGED.search(sentence) else "stated",
        tuple(dict.fromkeys(match.group().strip() for match in _ACTOR.finditer(clause)))[:6],
        tuple(_figures(clause)),
        kind is ClaimKind.DAMAGE and not fighting and not _is_deed(plain, around, armed),
    )


def _is_deed(plain: str, around: str, armed: bool) -> bool:
    """Whether damage is people's doing: in war unless another cause is named, in peace only where the word says so."""
    return not _CIVIL.search(around) and (armed or _DELIBERATE.search(plain) is not None)


# "Shelling went on despite calls for a truce": the appeal is told by the way.
_DESPITE = re.compile(
    r"\b(?:despite|amid|after|following|ignoring|defying|notwithstanding|malgré|après)\s+(?:[\w’'-]+\s+){0,3}$",
    re.IGNORECASE,
)


def _kind(
    plain: str, fighting: list[str], control: list[str], damage: list[str], armed: bool
) -> tuple[ClaimKind, list[str]]:
    if (appeal := APPEAL.search(plain)) and not _DESPITE.search(plain[: appeal.start()]):
        return ClaimKind.APPEAL, [appeal.group(), *fighting]
    if (
        _OBJECTS.search(plain)
        and (moved := _MOVED.search(plain))
        and not re.search(r"cannot be|could not be|ne peuvent", plain)
    ):
        return ClaimKind.MOVE, [moved.group()]
    if (evacuated := _EVACUATED.search(plain)) and not (
        fighting and min(map(plain.find, fighting)) < evacuated.start()
    ):
        return ClaimKind.EVACUATION, [evacuated.group()]
    if damage and (_BUILT.search(plain) or _LOOTING.search(plain)):
        return ClaimKind.DAMAGE, [*damage, *fighting] if armed else damage
    if control and not (fighting and _leads(plain, fighting, control)):
        return ClaimKind.CONTROL, [*control, *fighting]
    if fighting:
        return ClaimKind.FIGHTING, fighting
    if armed and damage and ARMED.search(plain):
        # "The army destroyed a depot": nothing that is listed, and a blow all the same.
        return ClaimKind.FIGHTING, damage
    return ClaimKind.BACKGROUND, []


def _leads(plain: str, fighting: list[str], control: list[str]) -> bool:
    """Whether the clause tells of fighting first: "pressed an attack ... to retake"."""
    return min(map(plain.find, fighting)) < min(map(plain.find, control))


def _figures(clause: str) -> list[Figure]:
    found: list[Figure] = []
    low: int | None
    high: int | None
    for match in _NUMBER.finditer(clause):
        if not _COUNTED.search(match["of"]):
            continue
        number = match["number"].lower()
        if number in _NUMBERS:
            low, high = _NUMBERS[number]
        else:
            low = high = int(re.sub(r"[,. ]", "", number))
        how = (match["how"] or "").lower()
        if how in ("at least", "more than", "over", "au moins", "plus de"):
            high = None
        elif how in ("up to", "as many as", "fewer than", "jusqu'à", "jusqu’à"):
            low, high = None, low
        found.append(Figure(" ".join(match.group().split()), low, high))
    return found[:8]
