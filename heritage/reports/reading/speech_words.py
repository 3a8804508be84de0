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
    r"said|says|say|told|tells|reported|report(?=s? that\b)|reports(?= that\b)|stated|"
    r"states(?= that\b)|announced|announces|confirmed|confirms|claimed|claims|alleged|alleges|added|"
    r"adds|warned|warns|explained|explains|insisted|insists|"
    r"acknowledged|acknowledges|admitted|admits|denied|denies|deny|accused|accuses|declared|declares|"
    r"noted|notes(?= that\b)|argued|argues|estimated|estimates(?= that\b)|testified|described|"
    r"describes|tweeted|wrote|writes|recalled|"
    r"condemned|condemns|denounced|denounces|blamed|blames|vowed|pledged|revealed|reveals|"
    r"maintained that|maintains that|asserted|contended|suggested|stressed|emphasi[sz]ed|cautioned|"
    r"disclosed|lamented|remarked|predicted|believes|believe|"
    r"called (?:for|on|upon)|calls (?:for|on|upon)|urged|urges|appealed|appeals to|demanded|"
    r"demands that|rejected|rejects|dismissed|dismisses|expressed|hailed|praised|welcomed|"
    r"(?:posted|shared|published|released|issued|circulated|uploaded)(?= (?:\w+ ){0,3}(?:pictures|"
    r"photos?|photographs|images|videos?|footage|statements?|a statement|recordings?|online|on))|"
    r"(?:showed|shows|show)(?= )"
)
_DIT = (
    r"(?:a|ont|avait|avaient) (?:[ée]galement |aussi |encore |ensuite |notamment )?(?:d[ée]clar[ée]|"
    r"dit|affirm[ée]|indiqu[ée]|annonc[ée]|pr[ée]cis[ée]|assur[ée]|expliqu[ée]|ajout[ée]|confirm[ée]|"
    r"d[ée]menti|d[ée]nonc[ée]|accus[ée]|rapport[ée]|estim[ée]|"
    r"soulign[ée]|fait savoir|signal[ée]|averti|appel[ée]|exhort[ée]|demand[ée]|reconnu|racont[ée]|"
    r"t[ée]moign[ée]|condamn[ée]|r[ée]v[ée]l[ée]|ni[ée]|inform[ée]|revendiqu[ée]|[ée]voqu[ée]|"
    r"d[ée]plor[ée]|publi[ée]|diffus[ée]|[ée]crit|promis|rappel[ée]|fait [ée]tat)|"
    r"d[ée]clare(?:nt)?|affirme(?:nt)?|indique(?:nt)?|annonce(?:nt)?|pr[ée]cise(?:nt)?|assure(?:nt)?|"
    r"explique(?:nt)?|ajoute(?:nt)?|confirme(?:nt)?|d[ée]ment(?:ent)?|d[ée]nonce(?:nt)?|accuse(?:nt)?|"
    r"rapporte(?:nt)?|estime(?:nt)?|souligne(?:nt)?|"
    r"raconte(?:nt)?|t[ée]moigne(?:nt)?|dit|disent|appelle(?:nt)? (?:à|les?|la)|exhorte(?:nt)?|"
    r"condamne(?:nt)?|reconna[iî]t|craint|craignent|alerte(?:nt)?"
)
_QAL = r"قالت?|أعلنت?|أكدت?|أفادت?|ذكرت?|أوضحت?|أضافت?|صرحت?|نفت?|نفى|دعت?|ناشدت?"
VERB = re.compile(rf"\b(?:{_SAID}|{_DIT})\b", re.IGNORECASE)
ARABIC_VERB = re.compile(
    rf"(?<![\u0600-\u06ff])(?:و)?(?:{_QAL})(?![\u0600-\u06ff])\s+(?P<np>[^،.:«\"]{{2,80}}?)(?=\s+(?:إن|"
    rf"أن|ان|بأن)(?![\u0600-\u06ff])|\s+إنه|[:،])"
)
ARABIC_ACCORDING = re.compile(r"(?:بحسب|وفقا ل|وفق|حسب|نقلا عن)\s*(?P<np>[^،.:«\"]{2,60})")
ACCORDING = re.compile(
    r"\b(?P<how>according to|selon|d['’]apr[èe]s|de l['’]avis d[eu]|per|citing|quoting|"
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
    r"her|its|their) part|in (?:a|an) (?:\w+ )?(?:statement|interview|report|briefing))[\s,]+)+",
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
    r"\s+(?:the\s+|l['’]|à l['’]|au\s+|à\s+|aux\s+)?(?P<np>(?:[A-Z][\w.&’'-]*)(?:\s+(?:[A-Z][\w.&-]*|"
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
    r" adding\b| who\b| à l['’]| au micro| lundi\b| mardi\b| mercredi\b| jeudi\b| vendredi\b|"
    r" samedi\b| dimanche\b| dans un| lors d| qui\b| que\b| qu['’]| sur (?:X|Twitter|Facebook|"
    r"Telegram))"
)

CALLED = re.compile(r"(?P<name>,\s*[A-ZÀ-Ý][\w’'-]+(?:\s[A-ZÀ-Ý][\w’'-]+){1,3})(?=\s*[,.])")
# A phrase that holds a finite verb, or begins with a participle, is what is said and not who says it.
FINITE = re.compile(
    r"\b(?:was|were|is|are|has|have|had|been|will|would|hit|fell|struck|broke|did|does|a [ée]t[ée]|ont|est|sont|avait|avaient|[ée]t[ée]|[ée]tait|[ée]taient|s['’]est|se sont|se [a-z]+(?:aient|ait|ent)|n['’]a|landed|bombed|shelled|"
    r"attacked|placed|killed)\b|^(?:[a-zà-ÿ]+(?:ant|ing)\s)"
)
REMARK = re.compile(
    r"\s*(?:which|who|whose|where|qui|dont|[a-z]+ing\b|[a-z]+ant\b|in|on|at|by|for|from|to|after|before|when|while|as|citing|interrog|joint|contact)\b"
)

WHEN_SAID = re.compile(
    r"\s+(?:on |late |early |le )?(?:monday|tuesday|wednesday|thursday|friday|saturday|sunday|lundi|mardi|mercredi|jeudi|"
    r"vendredi|samedi|dimanche|hier|à l['’](?:AFP|agence \w+)|à la presse)(?:\s+(?:soir|matin|à l['’]AFP))?(?=\s)",
    re.IGNORECASE,
)
