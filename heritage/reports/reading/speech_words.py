"""The words and turns by which English, French and Arabic say who says something."""

import re

MOST_WORDS = 16
MOST_CHARS = 160
AUX = (
    r"(?:has|have|had|also|later|earlier|then|however|now|further|since|recently|quickly|repeatedly|"
    r"separately|previously|reportedly|meanwhile|again|publicly|quietly)"
)
# Speech verbs in the forms that carry a statement.
_SAID = (
    r"said|says|say|told|tells|reported|report(?=s? that\b)|reports?(?=\s*(?:[.;”]|$))|reports(?= that\b| (?:an?|several|new|fresh|heavy|two|three|more) (?:[\w-]+ ){0,2}(?:raid|(?:air ?)?strike|attack|clash|shelling|explosion|blast|fighting|casualt|death|injur)\w*)|stated|"
    r"states(?= that\b)|announced|announces|confirmed|confirms|claimed|claims|alleged|alleges|added|"
    r"adds|warned|warns|warn(?= (?:that|of)\b)|clarified|clarifies|explained|explains|insisted|insists|"
    r"acknowledged|acknowledges|admitted|admits|denied|denies|deny|accused|accuses|declared|declares|"
    r"noted|notes(?= that\b)|argued|argues|estimated|estimates?(?= that\b)|informed(?= [\w’' ]{2,40} that\b)|confirm(?= (?:it|this|that)\b)|called(?= (?:the|this|it|these|those) (?:\w+ )?an? )|called(?= (?:the|this|that|it|them|these|those|such) (?:[\w-]+ ){0,3}(?:false|untrue|baseless|lies?|absurd|fake|fabricat\w+|nonsense|propaganda|exaggerated)\b)|testified|described|"
    r"describes|tweeted|wrote|writes|recalled|"
    r"condemned|condemns|denounced|denounces|blamed|blames|vowed|pledged|revealed|reveals|"
    r"maintained that|maintains that|asserted|contended|suggested|stressed|emphasi[sz]ed|cautioned|"
    r"disclosed|lamented|remarked|predicted|believes|believe|"
    r"called (?:for|on|upon)|calls (?:for|on|upon)|urged|urges|appealed|appeals to|demanded|"
    r"demands that|rejected|rejects|dismissed|dismisses|expressed|hailed|praised|welcomed|"
    r"(?:posted|shared|published|released|issued|circulated|uploaded)(?= (?:\w+ ){0,3}(?:pictures|"
    r"photos?|photographs|images|videos?|footage|statements?|a statement|recordings?|online|on))|"
    r"(?:showed|shows|show)(?= )|"
    r"conced(?:ed|es)|repl(?:ied|ies)|responded(?! (?:by|with|to (?:the|an?) (?:fire|attack|scene))\b)|(?:gave|puts?) the toll|gave (?:a |another |its |their )(?:\w+ )?(?:account|version)|answered|counter(?:ed|s)(?= (?:that|by)\b|[,:.]? ?“)|retorted|quipped|joke[ds]|"
    r"laugh(?:ed|s)(?=,? ?[“A-Z]|,|\.)|sigh(?:ed|s)|shouted|whispered|mutter(?:ed|s)|recount(?:ed|s)|narrat(?:ed|es)|commented|complain(?:ed|s)|"
    r"boast(?:ed|s)|promised|promises|threatened|hint(?:ed|s)|indicated|conclud(?:ed|es)|remember(?:ed|s)|recalls|"
    r"stresses|cautions|concedes|point(?:ed|s) (?:out|to|at)|sp(?:oke|eaks) of|disputed|disputes|contradicted|"
    r"contest(?:ed|s)|refuted|refutes|offered|agreed that|observed that|documented|counted|record(?:ed|s)(?= (?:at least |more than |some )?\d)|"
    r"puts?(?= the (?:\w+ )?(?:toll|number|figure|count|cost|damage|dead)\b)|expects?(?= (?:that |the |a |an |some |about |more |\d))|"
    r"(?:fear|doubt|hope|think|suspect)(?:s|ed|d)?(?= (?:that|it)\b)|thought that|worr(?:y|ies|ied) that|"
    r"(?:called|branded|labell?ed|termed|dubbed)(?= [^,.;]{1,60}“)|attributed|ascribed|swore|testifies|proclaimed"
)
_DIT = (
    r"(?:a|ont|avait|avaient) (?:[ée]galement |aussi |encore |ensuite |notamment |cependant |toutefois |m[êe]me |d[ée]j[àa] |d[’']abord |par ailleurs |en outre |depuis )?(?:parl[ée](?= d)|d[ée]clar[ée]|"
    r"dit|affirm[ée]|indiqu[ée]|annonc[ée]|pr[ée]cis[ée]|assur[ée]|expliqu[ée]|ajout[ée]|confirm[ée]|"
    r"d[ée]menti|d[ée]nonc[ée]|accus[ée]|rapport[ée]|estim[ée]|constat[ée]|observ[ée]|"
    r"soulign[ée]|fait savoir|signal[ée]|averti|appel[ée]|exhort[ée]|demand[ée]|reconnu|racont[ée]|"
    r"t[ée]moign[ée]|condamn[ée]|r[ée]v[ée]l[ée]|ni[ée]|inform[ée]|revendiqu[ée]|[ée]voqu[ée]|"
    r"d[ée]plor[ée]|publi[ée]|diffus[ée]|[ée]crit|promis|rappel[ée]|fait [ée]tat|r[ée]clam[ée]|exig[ée]|qualifi[ée]|jug[ée]|"
    r"regrett[ée]|soutenu|pr[ée]venu|mis en garde|salu[ée]|insist[ée]|confi[ée]|conc[ée]d[ée]|admis|avou[ée]|r[ée]pondu|"
    r"r[ée]pliqu[ée]|r[ée]torqu[ée]|relat[ée]|martel[ée]|certifi[ée]|garanti|imput[ée]|attribu[ée]|reproch[ée]|d[ée]taill[ée]|"
    r"plaid[ée]|recens[ée]|d[ée]compt[ée]|r[ée]fut[ée]|contest[ée]|pr[ée]tendu|laiss[ée] entendre|relev[ée]|chiffr[ée])|"
    r"(?:s['’]est|se sont|s['’][ée]tait) (?:dite?s?|d[ée]clar[ée]e?s?|inqui[ée]t[ée]e?s?|f[ée]licit[ée]e?s?|indign[ée]e?s?)|"
    r"(?:fait|font) [ée]tat|r[ée]clame(?:nt)?|exige(?:nt)?|regrette(?:nt)?|soutien(?:t|nent)|pr[ée]vien(?:t|nent)|"
    r"met(?:tent)? en garde|insiste(?:nt)?|confie(?:nt)?|conc[èe]de(?:nt)?|admet(?:tent)?|avoue(?:nt)?|r[ée]pond(?:ent)?|"
    r"relate(?:nt)?|(?:lance|sourit|souffle|l[âa]che|murmure|peste|s['’]agace|s['’]alarme|s['’]insurge|se souvient|se d[ée]sole|rench[ée]rit|nuance|soupire|rassure|constate|résume|poursuit|conclut|observe|s['’]exclame|glisse|tempère)(?:nt)?(?=-t-|\s(?:l[ea]\s|l['’]|une?\s|notre\s|son\s|sa\s|ses\s|les\s|des\s|[A-ZÀ-Ý]))|rejette(?:nt)? (?=ces|cette|les accus|l[’']accus)|demande(?:nt)? (?=à|au|que)|promet(?:tent)?|plaide(?:nt)?|rel[èe]ve(?:nt)? que|d[ée]plore(?:nt)?|rappelle(?:nt)?|[ée]voque(?:nt)?|redoute(?:nt)?|"
    r"s['’]inqui[èe]te(?:nt)?|se di(?:t|sent)|signale(?:nt)?|parle(?:nt)?(?:, (?:lui|elle|eux|elles),)? d(?:e |['’])|revendique(?:nt)?|recense(?:nt)?|"
    r"nie(?:nt)?|r[ée]fute(?:nt)?|pr[ée]tend(?:ent)?|juge(?:nt)? (?=que|«|“)|"
    r"d[ée]clare(?:nt)?|affirme(?:nt)?|indique(?:nt)?|annonce(?:nt)?|pr[ée]cise(?:nt)?|assure(?:nt)?|"
    r"explique(?:nt)?|ajoute(?:nt)?|confirme(?:nt)?|d[ée]ment(?:ent)?|d[ée]nonce(?:nt)?|accuse(?:nt)?|"
    r"rapporte(?:nt)?|estime(?:nt)?|souligne(?:nt)?|"
    r"raconte(?:nt)?|t[ée]moigne(?:nt)?|dit|disent|appelle(?:nt)? (?:à|les?|la)|exhorte(?:nt)?|"
    r"condamne(?:nt)?|reconna[iî]t|craint|craignent|alerte(?:nt)?"
)
_QAL = (
    "قالت?|أعلنت?|أكدت?|أفادت?|ذكرت?|أوضحت?|أضافت?|صرحت?|نفت?|نفى|دعت?|دعا|ناشدت?|أشارت?|كشفت?|لفتت?|اتهمت?|حذرت?|طالبت?|"
    "روت?|روى|شددت?|زعمت?|اعتبرت?|أقرت?|ادعت?|ادعى|أدانت?|استنكرت?|نددت?|رفضت?|تحدثت?|توقعت?|أبلغت?|اعترفت?|يقول|تقول"
)
VERB = re.compile(rf"\b(?:{_SAID}|{_DIT})\b", re.IGNORECASE)
_NOT_ARABIC = "(?![\u0600-\u06ff])"
_ARABIC_SAID = rf"(?<![\u0600-\u06ff])[وف]?(?:{_QAL}){_NOT_ARABIC}\s+"
# The sayer goes up to the word that begins what is said; where there is none, up to the first preposition.
ARABIC_VERB = re.compile(
    rf"{_ARABIC_SAID}(?P<np>[^،.:؛«»“”\"]{{2,90}}?)(?=\s+(?:(?:إن|أن|ان|بأن)(?:ه|ها|هم|هما|ني|نا)?{_NOT_ARABIC})|\s*[:،]"
    rf"|\s+(?:مقتل|وقوع|سقوط|إصابة|تدمير|استعادة|وجود|حدوث|وفاة|نزوح|تعرض|اندلاع|استهداف|إرسال|بدء|وقف|إطلاق|اعتقال|تشكيل|إغلاق|مسؤوليتها|مسؤوليته){_NOT_ARABIC})"
)
ARABIC_ACT = re.compile(
    rf"{_ARABIC_SAID}(?P<np>[^،.:؛«»“”\"]{{2,60}}?)(?=\s+(?:إلى|من|على|في|عن|كل|جميع|أي|ب[\u0600-\u06ff]{{3,}}){_NOT_ARABIC})"
)
_ARABIC_TELLS = r"(?:أفاد|ذكر|قال|أعلن|أكد|أورد|نقل)(?:ه|ته|ت|ها)?\s+"
ARABIC_ACCORDING = re.compile(
    r"(?<![\u0600-\u06ff])[وف]?"
    rf"(?:(?:بحسب|وفقا ل|وفق|حسب|نقلا عن|على لسان|طبقا ل)\s*(?:ما\s+)?(?:{_ARABIC_TELLS})?|(?:كما|حسبما|مثلما|بحسبما)\s+{_ARABIC_TELLS})"
    r"(?P<np>[^،.:؛«»“”\"]{2,60})"
)
ARABIC_NAME_ENDS = re.compile(
    r"\s+(?:في (?:بيان|تصريح|حديث|مؤتمر|اتصال|مقابلة)|ل(?:وكالة|صحيفة|قناة|إذاعة|موقع)|عبر|خلال|يوم|أمس|اليوم|ذلك|هذا|الأمر)(?![\u0600-\u06ff]).*$"
)
PASSIVE = re.compile(
    r"(?P<medium>[A-Z][\w.&’'-]*(?:\s[A-Z][\w.&’'-]*){0,3}|this (?:newspaper|agency|magazine|website)|reporters|journalists)\s+"
    r"(?:(?:was|were|has been|have been)\s+(?:told|informed)\s+(?:[^\s,]+\s+){0,3}?by|(?:learned|learnt|heard)\s+from|"
    r"a (?:appris|su) (?:de|d['’]))\s+(?P<np>[^,;:.“”()]{2,120})"
)
ACCORDING = re.compile(
    r"\b(?P<how>according to|selon|(?:a-t-on|l['’]on a|on a|avons-nous) appris (?:de|auprès d[eu’'])|apprend-on de|indique-t-on de|d['’]apr[èe]s|de l['’]avis d[eu]|per|citing|quoting|"
    r"citant)\s+(?P<np>[^,;:.“”()]{2,160})",
    re.IGNORECASE,
)
BAD_BEFORE = frozenset(
    "the a an of be been being is are was were to no any not will would could may might can should must "
    "what as it’s being un une le la les des du de sans est sont sera doit peut ne pas widely".split()
)
LEADING = re.compile(
    r"^(?:(?:and|but|however|meanwhile|also|so|then|while|whereas|as|that|because|when|where|after|"
    r"before|et|mais|or|car|cependant|toutefois|puis|ainsi|que|qu['’]|alors que|in turn|for (?:his|"
    r"her|its|their) part|in (?:a|an) (?:\w+ )?(?:statement|interview|report|briefing)|"
    r"(?:last|this) (?:year|month|week)|(?:earlier|later|early|late) (?:in|that) (?:the )?(?:day|week|month|morning|evening)|(?:earlier|later) on (?:\w+day)|on (?:\w+day)(?: (?:morning|evening|night|afternoon))?)[\s,]+)+",
    re.IGNORECASE,
)
LEAD_IN = re.compile(
    r"^(?:in|on|at|by|after|before|during|since|late|early|earlier|later|however|meanwhile|and|but|"
    r"also|as|with|for|from|over|near|when|while|despite|following|according|speaking|asked|"
    r"separately|elsewhere|still|yesterday|today|"
    r"monday|tuesday|wednesday|thursday|friday|saturday|sunday|au|aux|à|en|dans|sur|le (?:lundi|mardi|"
    r"mercredi|jeudi|vendredi|samedi|dimanche)|lundi|mardi|mercredi|jeudi|vendredi|samedi|dimanche|"
    r"apr[èe]s|avant|depuis|pendant|"
    r"de son c[ôo]t[ée]|pour sa part|interrog[ée]e?|cependant|toutefois|mais|et|par ailleurs|hier|if|"
    r"to|under|across|among|amid|it|there|this|these|those|that)\b",
    re.IGNORECASE,
)
TOLD = re.compile(
    r"\s+(?:the\s+|l['’]|à l['’]|au\s+|à\s+|aux\s+)?(?P<np>(?:[A-Z][\w.&’'/-]*)(?:\s+(?:[A-Z][\w.&-]*|"
    r"de|of|the|for|24))*|(?:\w+\s+){0,2}(?:news agency|state (?:television|media|tv)|television|tv|"
    r"radio|newspaper|agence de presse|t[ée]l[ée]vision|media))"
)
CARRIED = re.compile(
    r"\b(?:(?:carried|published|quoted|cited|broadcast|relayed|reported|distributed|aired|"
    r"released) (?:by|on)|(?:in )?(?:comments|remarks|an interview|a statement|a telephone interview|"
    r"an email|a message) (?:to|with)|interviewed by|cit[ée]e?s? par|repris(?:e|es)? par|"
    r"relay[ée]e?s? par|joint(?:e)? par|rapport[ée]e?s? par|au micro de|(?:un|dans un) entretien (?:à|"
    r"avec)|à l['’]|auprès de l['’])\s*(?:the\s+|l['’]|la\s+|le\s+)?"
    r"(?P<np>(?:[A-Z][\w.&’'-]*)(?:\s+(?:[A-Z][\w.&-]*|de|of|the|for|24))*|"
    r"(?:\w+\s+){0,2}(?:news agency|state (?:television|media|tv)|television|radio|newspaper))"
)
NOT_RELAYS = frozenset(
    "reporters journalists parliament lawmakers congress the a un une des leurs ses security council "
    "journalistes".split()
)
AFTER_NAME = re.compile(
    r"\s*(?:,|;|:|\.(?:\s|$)|“|\(|—|–| that\b| after\b| on (?:Mon|Tues|Wednes|Thurs|Fri|Satur|Sun)day|"
    r" (?:Mon|Tues|Wednes|Thurs|Fri|Satur|Sun)day\b| in a (?:statement|post|message|report|briefing|"
    r"video)| in (?:an|a telephone) interview| during\b| by (?:phone|telephone)\b| when\b| as\b|"
    r" adding\b| cit[ée]e?s? par\b| quoted by\b| cited by\b| reached by\b| contacted by\b| joint(?:e|s|es)? par\b| who\b| à l['’]| au micro| lundi\b| mardi\b| mercredi\b| jeudi\b| vendredi\b|"
    r" samedi\b| dimanche\b| dans un| lors d| qui\b| que\b| qu['’]| sur (?:X|Twitter|Facebook|"
    r"Telegram))"
)

CALLED = re.compile(
    r"(?P<name>,\s*(?:the\s[a-z]+(?:\s[a-z]+)?\s)?[A-ZÀ-Ý][\w’'-]+(?:\s[A-ZÀ-Ý][\w’'-]+){1,3})(?=\s*[,.])"
)
# A phrase that holds a finite verb, or begins with a participle, is what is said and not who says it.
# "Acting mayor Artem Kobzar" begins with none.
FINITE = re.compile(
    r"\b(?:was|were|is|are|has|have|had|been|will|would|hit|fell|struck|broke|did|does|a [ée]t[ée]|ont|est|sont|avait|avaient|[ée]t[ée]|[ée]tait|[ée]taient|s['’]est|se sont|se [a-z]+(?:aient|ait|ent)|n['’]a|landed|bombed|shelled|"
    r"(?:des|les|ces|deux|trois|quatre|cinq|six|dix|plusieurs|quelques)\s(?:[\wà-ÿ’'-]+\s){1,2}[a-zà-ÿ]{2,}(?<!m)ent|"
    r"attacked|placed|killed|tore|took|brought|began|went|came|gave|sent|blew|fought|drove|shot|fired|left|lost|dropped|stormed|seized|captured)\b|"
    r"\b[a-z]{3,}s\s+[a-z]{3,}ed\s+(?!by|with|in|from|to|for|on|at|near|as|and|or)[a-z]|"
    r"\b[a-z]{3,}ed\s+(?:the|an?|one|two|three|four|five|six|seven|eight|nine|ten|\d+|his|her|their|its|several|some|dozens|hundreds)\b|"
    r"^(?!acting\s)(?:[a-zà-ÿ]+(?:ant|ing)\s)"
)
REMARK = re.compile(
    r"\s*(?:which|who|whose|where|qui|dont|[a-z]+ing\b|[a-z]+ant\b|in|on|at|by|for|from|to|after|before|when|while|as|citing|interrog|joint|contact)\b"
)

WHEN_SAID = re.compile(
    r"\s+(?:on |late |early |le )?(?:monday|tuesday|wednesday|thursday|friday|saturday|sunday|lundi|mardi|mercredi|jeudi|"
    r"vendredi|samedi|dimanche|hier|à l['’](?:AFP|agence \w+)|à la presse|(?:à|au) (?-i:[A-ZÀ-Ý][\w’'-]*(?: [A-ZÀ-Ý][\w’'-]*){0,2}))(?:\s+(?:soir|matin|à l['’]AFP))?(?=\s)",
    re.IGNORECASE,
)

DENIES = re.compile(
    r"^(?:deni|deny|reject|dismiss|dément|dement|refut|réfut|disput|contradict|contest|ni[ée]|nie)|menti| ni[ée]\b| r[ée]fut",
    re.IGNORECASE,
)
# What follows a French verb whose sayer stands behind it: an article and a noun, and then an end.
BEHIND = re.compile(
    r"(?:\s+(?:lundi|mardi|mercredi|jeudi|vendredi|samedi|dimanche|hier)(?:\s+(?:soir|matin))?)?\s+(?:des|les|le|la|un|une|plusieurs|deux|trois|notre|son|sa|ses|leurs?|l['’]|d['’])\s?[\w’'-]+(?:\s[\w’'-]+){0,8}\s*(?:[,.;]|$)",
    re.IGNORECASE,
)
QUOTED = re.compile(
    r"(?P<medium>[A-Z][\w.&’'-]*(?:\s[A-Z][\w.&’'-]*){0,3}|(?:\w+\s)?(?:newspaper|agency|television|radio))\s+(?:(?:later|also|then)\s+)?"
    r"(?:quoted|quotes|cited|cites)\s+(?P<np>[^;:“”()]{3,120}?),?\s+as\s+(?:saying|stating|telling|warning|denying)\b"
)
EVIDENCE = re.compile(
    r"\b(?:intelligence|data|figures|documents?|records?|imagery|images|statistics|estimates?|reasons?|concerns?|fears|(?:security|safety)(?! (?:officials?|sources?|forces?|services?|officers?|council|ministry|agenc))|laws?|"
    r"lack|risks?|weather|témoignages?|images?|chiffres|raisons?)\b",
    re.IGNORECASE,
)
