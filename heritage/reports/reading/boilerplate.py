"""What a news page carries beside its article: comment forms, share buttons, links, notices, captions."""

import re

_SHORT = 220
# Whole blocks that begin so, in English and French; only short blocks are looked at, so that no real paragraph is lost.
_STARTS = {
    "a comment form": r"leave a (?:reply|comment)|post a comment|add a comment|comments? \(\d|your email address will not"
    r"|required fields are marked|laisser un commentaire|votre adresse (?:e-?mail|de messagerie)|"
    r"les champs obligatoires"
    r"|log ?in to (?:comment|reply)|name \*|email \*|save my name|connectez-vous pour|r[ée]agir [àa] l",
    "sharing buttons": r"(?:\d+ )?shares?$|\d+[ -]min(?:ute)?s?[ -]read|temps de lecture|lecture \d+ min|share (?:this|on|via|article)|share$|tweet(?: this)?$|(?:facebook|twitter|whatsapp|linkedin|telegram|"
    r"email|print|copy link)\s*$|partager|imprimer|follow us|suivez-nous|suivre @|like us on",
    "links to other pages": r"read (?:more|also|next)|also read|see also|related(?: articles?| stories| topics?| posts?)?\s*:?$"
    r"|related:|more (?:on|from|stories|about)\b|(?:most )?(?:read|popular|viewed)$|most read|trending|recommended"
    r"|(?:à|a) lire(?: aussi)?|lire (?:aussi|[ée]galement)|sur le m[êe]me sujet|previous article|next article|tags?\s*:"
    r"|topics?\s*:|mots-cl[ée]s|filed under|categories\s*:|watch\s*:|listen\s*:|in pictures\s*:|"
    r"skip to|back to top|menu$|home$",
    "notices of the site": r"our standards\b|support (?:us|our)\b|[^.]{0,40}\bbecome (?:our|a) (?:patron|member|supporter|subscriber)|[^.]{0,30}©|the \w+ is not responsible for|(?:we|this (?:site|website)|our (?:site|website)) uses? cookies|accept (?:all )?cookies|cookie|"
    r"nous utilisons des cookies|ce site utilise|all rights reserved|copyright|©|\(c\) \d{4}|tous droits r[ée]serv[ée]s"
    r"|terms (?:of|and)|privacy policy|politique de confidentialit[ée]|mentions l[ée]gales|advertis|publicit[ée]\b"
    r"|sponsored|subscribe|sign up|newsletter|abonnez-vous|inscrivez-vous|already a subscriber|d[ée]j[àa] abonn[ée]"
    r"|support (?:our|independent) journalism|donate|faites un don|download (?:our|the) app|click here|cliquez ici"
    r"|we use your sign-up|enter your email|your browser|enable javascript|please enable",
    "a picture's caption": r"(?:file )?photo\b[^.]{0,20}:|\(?photo\b.{0,60}\)$|image(?: credit| source)?\s*:|image (?:credit|source)"
    r"|picture\s*:|credit\s*:|cr[ée]dits?(?: photo)?\s*:|getty images|caption\s*:|l[ée]gende\s*:|"
    r"\[?(?:file|archive) photo",
}
# What says which kind of text follows, and nothing of it.
_LABEL = re.compile(
    r"\W{0,4}(?:press (?:release|statement|note|communiqu[ée])|(?:media|official|public) (?:release|statement)|news release|statement|"
    r"for immediate release|breaking(?: news)?|news|analysis|live(?: updates?)?|communiqu[ée](?: de presse| officiel)?|d[ée]claration|"
    r"بيان(?: صحفي| رسمي)?|عاجل)\W{0,4}",
    re.IGNORECASE,
)
_BLOCKS = tuple((reason, re.compile(rf"\W{{0,4}}(?:{start})", re.IGNORECASE)) for reason, start in _STARTS.items())
_CAPTION_END = re.compile(
    r"(?:\(|\[|—|–|-|/)\s*(?:AFP|AP|Reuters|Getty|EPA|Anadolu|Xinhua)(?: (?:Photo|Images?|Pictures))?[^.]{0,20}[\])]?$"
    r"|\b(?:AFP|AP|Reuters|Getty) (?:Photo|Images)\b.{0,40}$",
    re.IGNORECASE,
)
_BYLINE = re.compile(
    r"\W{0,2}(?:by|par|from our|reporting by|editing by|additional reporting|with reporting|writing by)\s+[^.]{3,90}\.?$"
    r"|(?:avec|with) (?:AFP|Reuters|AP)\b.{0,30}$",
    re.IGNORECASE,
)
_ENDS = re.compile(
    r"\W{0,4}(?:leave a (?:reply|comment)|\d* ?comments?(?: \(\d+\))?\s*:?$|related (?:articles|"
    r"stories|posts|topics|content)"
    r"|more from|more on this(?: story| topic)?\s*:?$|most (?:read|popular)|you (?:may|might) also|recommended for you|"
    r"laisser un commentaire|commentaires?\s*:?$"
    r"|sur le m[êe]me sujet|dans la m[êe]me rubrique|les plus lus|à lire (?:aussi|ensuite)\s*:?$)",
    re.IGNORECASE,
)


# Words meant for a program that reads, not for people: whoever planted them, nothing is drafted from that paragraph.
_TO_PROGRAMS = re.compile(
    r"\b(?:ignore|disregard|forget|override|bypass)\s+(?:\w+\s+){0,3}(?:previous|prior|above|earlier|preceding|other|your|all|any|these|the)\s+(?:\w+\s+){0,2}"
    r"(?:instructions?|rules?|prompts?|directions?|guidelines)\b"
    r"|\b(?:system|developer)\s+(?:note|prompt|message|instruction)\b|^\W*(?:assistant|system|user|AI)\s*:"
    r"|\b(?:note|message|instructions?|attention|notice)\s+(?:to|for)\s+(?:all\s+|any\s+|the\s+)?(?:\w+\s+)?(?:programs?|machines?|models?|AIs?|bots?|chatbots?|"
    r"parsers?|crawlers?|scrapers?|(?:automated|software|AI|language)\s+\w+|assistants?|agents?|algorithms?)\b"
    r"|\b(?:dear|hello|hey|hi|attention|cher|chère)\s+(?:\w+\s+)?(?:AI|IA|LLM|chatbot|bot|assistant|language model|mod[èe]le de langue?)\b"
    r"|\b(?:AI|LLM|language)[ -](?:models?|systems?|assistants?|agents?|tools?|readers?)\b[^.]{0,60}\b(?:reading|processing|parsing|summari[sz]ing)\s+(?:this|the)\b"
    r"|\b(?:as|you are)\s+an?\s+(?:AI|language model|assistant|automated)\b|\blanguage models?\s+(?:must|should|reading)\b"
    r"|\b(?:mark|set|grade|rate|treat|record|flag|classify)\s+(?:\w+\s+){0,3}(?:claims?|grades?|reports?|sites?|alerts?)\s+(?:\w+\s+){0,3}(?:as|to)\s+(?:\w+\s+){0,2}"
    r"(?:confirmed|verified|true|critical|A1|level|destroyed|safe)\b"
    r"|\b(?:send|raise|issue|trigger)\s+(?:an?\s+)?(?:\w+\s+)?alerts?\s+to\s+(?:all|every)\b|\bplease\s+(?:also\s+)?output\b"
    r"|\b(?:ignore[zr]?|oublie[zr]?)\s+(?:\w+\s+){0,3}(?:instructions?|consignes|r[èe]gles)\b|تجاهل\s+(?:\S+\s+){0,3}(?:التعليمات|الأوامر|القواعد)",
    re.IGNORECASE,
)
AUTHORS = "a line about the authors"
TO_PROGRAMS = "words to a program that reads, not to people"


def is_boilerplate(block: str) -> str:
    """Say what kind of boilerplate a block is.

    Args:    block: one paragraph, stripped.
    Returns: the kind in words; empty when the block is part of the article.
    """
    if _TO_PROGRAMS.search(block):
        return TO_PROGRAMS
    if len(block) > _SHORT:
        return ""
    for reason, pattern in _BLOCKS:
        if pattern.match(block):
            return reason
    if _CAPTION_END.search(block) and len(block) < _SHORT:
        return "a picture's caption"
    if _LABEL.fullmatch(block):
        return "a label"
    return AUTHORS if _BYLINE.match(block) else ""


def ends_article(block: str) -> bool:
    """Whether nothing of the article comes after this block: comments, lists of other articles."""
    return len(block) <= _SHORT and _ENDS.match(block) is not None
