"""Finding what may be a name in a text: runs of capitalised words, or words after "in the village of" in Arabic."""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from heritage.core.text import fold
from heritage.reports.reading.text import Article, Paragraph

_TOKEN = re.compile(r"[^\W\d_]+(?:[’'ʼ‘`-][^\W\d_]+)*|[^\W\d_]\.(?:[^\W\d_]\.)+")
_SPACE = re.compile(r"[ \t\u00a0\n-]{1,3}$")
_CONNECTORS = frozenset(
    "al el as ash ad an ar at az ez es ed ul ol de du des la le les sur sous en of the abu bin ben ibn ou "
    "wa e i d y da do e".split()
)
_ARABIC = re.compile("[\u0600-\u06ff]")
_ARABIC_HEAD = (
    "في|قرب|مدينة|المدينة|قرية|بلدة|محافظة|ريف|حي|منطقة|ضاحية|ولاية|إقليم|شمال|جنوب|شرق|غرب|شمالي|جنوبي|شرقي|غربي|على|إلى|من|نحو|باتجاه|بين|"
    "مخيم|فوق|ميناء|جسر|تقصف|يقصف|قصفت|استهدفت|تستهدف|استهداف|تفجير|أصابت|بلدتي|مدينتي|قريتي|ضواحي|أطراف|مشارف|محيط|حول|وسط|داخل|خارج|مطار|ميناء|معبر|جبهة|العاصمة"
)
_ARABIC_PLACE = re.compile(
    rf"(?<![\u0600-\u06ff])[وفبل]?(?:{_ARABIC_HEAD})\s+(?:(?:مدينة|قرية|بلدة|محافظة|ريف|حي|منطقة|ضاحية|العاصمة|ولاية|مخيم)\s+)?"
    r"(?P<np>(?:(?:أم|ذي|ذو)\s+)?[\u0620-\u06ff]{3,}(?:\s+[\u0620-\u06ff]{3,}){0,2})"
    # "in Khartoum" written as one word.
    r"|(?<![\u0600-\u06ff])[وف]?ب(?P<joined>(?:ال)?[\u0620-\u06ff]{3,}(?:\s+[\u0620-\u06ff]{3,})?)"
    # What a text or paragraph begins with: a headline's or a date line's place.
    r"|\A\s*(?P<first>[\u0620-\u06ff]{3,}(?:\s+[\u0620-\u06ff]{3,})?)(?=\s*[،,:–—-])"
)
# Words for kinds of places, which hamlets somewhere also bear as names.
_ARABIC_COMMON = frozenset(
    map(
        fold,
        "المدينة القرية البلدة المنطقة السوق القصر الجبل الوادي القلعة المتحف المسجد الجامع الكنيسة المطار الميناء الجسر الطريق الحي الموقع المكان "
        "العاصمة البلاد الجانب الجيش القوات الدولة الحكومة المدفعية الطائرات الصواريخ السلاح الهجوم القصف السبت الأحد الاثنين الثلاثاء الأربعاء "
        "الخميس الجمعة اليوم أمس صباح مساء شكل كثافة سبب مقتل وقف حماية حسب السيطرة الوصول المبنى المقتنيات التراث الطرف الآخر شرق غرب شمال جنوب "
        "الروماني الرومانية العثماني الإسلامي الأثري الأثرية القديم القديمة التاريخي التاريخية المسرح المعبد الدير الضريح الخارجية الداخلية "
        "آمن آمنة هذه هذا ذلك تلك التي الذي جميع كل بعض عدة سكان أهالي مدنيين النار جهة جهتها".split(),
    )
)
MOST_WORDS = 6
_IN_NAMES = frozenset("la le los las ni yet ye si en sa an".split())
# Words with a capital only because a sentence begins, or that are capitalised everywhere and name no place.
COMMON = frozenset(
    "temple cathedral church citadel castle museum palace mosque monastery bridge tower square theatre theater fortress "
    "shrine tomb hospital airport university library camp lake river mount valley street avenue highway gate hall house "
    "hotel sea ocean gulf "
    "a about above according across after again against all almost also although amid among an and "
    "another any april are around as at august back based because been before behind below between both "
    "but by call can city civil claims could court dead december despite did do during each early earlier "
    "east eastern eight elsewhere even ever every experts february few fierce fighters fighting fire "
    "first five following for foreign forces former four friday from full general god government governor "
    "group had half has have he heavy help her here high him his historic home hours how however hundreds "
    "i if images in including inside instead international into is it its january july june just king "
    "last late later less life like little local long main major many march may mayor meanwhile media men "
    "might military militants militia minister monday more most much museum my near nearby nearly never "
    "new next night nine no none nor north northern northeast northwest not nothing november now october "
    "of off officials old on once one only or other others our out outside over parts people photos "
    "police president prime public rebels recent regional reports rescue residents saturday security "
    "september seven several she shells should since six so social soldiers some soon south southern "
    "southeast southwest spring state still such summer sunday support television ten than that the their "
    "them then there these they this those though thousands three through thursday thus to today together "
    "tomorrow tonight too top town troops tuesday two under unesco united until up upon us use very video "
    "village war was we wednesday week were west western what when where whether which while who whose "
    "why will winter with within without witnesses women work world would year years yes yesterday yet "
    "you young your à ainsi alors après au aucun aucune aujourd aussi autour autre autres aux avant avec "
    "avril août car ce cela cependant ces cet cette ceux chaque chez comme contre dans de depuis dernier "
    "des deux dimanche dix donc dont du durant décembre elle elles en encore entre est et été eux face "
    "février hier il ils jamais janvier jeudi je jour juillet juin jusqu la le les leur leurs lors lui "
    "lundi là mai mais mardi mars mercredi mme même moins monsieur ne ni nord non notre nous novembre "
    "octobre on ont or ou où ouest par parmi pas pendant peu plus plusieurs pour pourtant puis quand "
    "quatre que quel quelque quelques qui quoi sa samedi sans se selon sept septembre ses seul si six "
    "soit son sous sud sur tandis toujours tous tout toute toutes toutefois trois très un une vendredi "
    "vers votre vous est-ce mr mrs dr sir madame reply".split()
)
MONTHS_AND_DAYS = frozenset(
    "january february march april may june july august september october november december monday tuesday "
    "wednesday thursday friday saturday sunday".split()
)


@dataclass(frozen=True, slots=True)
class Token:
    """A word with its offsets in the paragraph. capital: it may belong to a name."""

    start: int
    end: int
    text: str
    capital: bool


@dataclass(frozen=True, slots=True)
class Run:
    """Words that stand together and may hold a name; the first and last of them have a capital."""

    paragraph: Paragraph
    tokens: tuple[Token, ...]

    @property
    def is_arabic(self) -> bool:
        """Whether its words are Arabic ones, which have no capitals."""
        return _ARABIC.search(self.tokens[0].text) is not None

    def text(self, first: int, last: int) -> str:
        """The words first..last (inclusive) as written, without a possessive ending."""
        raw = self.paragraph.text[self.tokens[first].start : self.tokens[last].end]
        return bare(raw).replace("\n", " ")


def bare(text: str) -> str:
    """A name without "'s" at its end."""
    return re.sub(r"['’](?:s|S)?$", "", text)


def lower_words(article: Article) -> frozenset[str]:
    """Words that the article also writes small, so that a capital at a sentence's beginning means nothing."""
    return frozenset(
        match.group()
        for paragraph in article.paragraphs
        for match in _TOKEN.finditer(paragraph.text)
        if match.group()[0].islower()
    )


def is_headline_case(paragraph: Paragraph) -> bool:
    """Whether nearly every word has a capital, as in many headlines: then capitals tell nothing."""
    words = [match.group() for match in _TOKEN.finditer(paragraph.text) if len(match.group()) > 3]
    return len(words) >= 4 and sum(word[0].isupper() for word in words) >= 0.75 * len(words)


def runs_of(paragraph: Paragraph, small: frozenset[str]) -> Iterator[Run]:
    """The runs of capitalised words of a paragraph, with the small words that names may hold between them.

    Args:    paragraph: of the article.  small: as `lower_words` gives it.
    """
    starts = _sentence_starts(paragraph)
    headline = is_headline_case(paragraph)
    run: list[Token] = []
    waiting: list[Token] = []
    previous_end = -1
    for match in _TOKEN.finditer(paragraph.text):
        token = _token(match, match.start() in starts, small, headline)
        joined = bool(run) and _SPACE.match(paragraph.text[previous_end : token.start]) is not None
        if not joined:
            yield from _finished(paragraph, run)
            run, waiting = [], []
        if token.capital:
            run += [*waiting, token]
            waiting = []
        elif run and token.text.lower() in _CONNECTORS and len(waiting) < 2:
            waiting.append(token)
        else:
            yield from _finished(paragraph, run)
            run, waiting = [], []
        previous_end = token.end
    yield from _finished(paragraph, run)
    for match in _ARABIC_PLACE.finditer(paragraph.text):
        group = match.lastgroup or "np"
        yield from _arabic(paragraph, match.start(group), match.end(group))


def _finished(paragraph: Paragraph, run: list[Token]) -> Iterator[Run]:
    if run:
        yield Run(paragraph, tuple(run))


def _arabic(paragraph: Paragraph, start: int, end: int) -> Iterator[Run]:
    words = re.finditer(r"[\u0620-\u06ff]+", paragraph.text[start:end])
    yield Run(
        paragraph,
        tuple(
            Token(start + word.start(), start + word.end(), word.group(), fold(word.group()) not in _ARABIC_COMMON)
            for word in words
        ),
    )


def _sentence_starts(paragraph: Paragraph) -> frozenset[int]:
    found = set()
    for sentence in paragraph.sentences:
        first = _TOKEN.search(paragraph.text, sentence.start - paragraph.start)
        if first:
            found.add(first.start())
    for quotation in re.finditer(r"[“«\"]\s*", paragraph.text):
        found.add(quotation.end())
    return frozenset(found)


def _token(match: re.Match[str], first: bool, small: frozenset[str], headline: bool) -> Token:
    text = match.group()
    low = bare(text).lower()
    # "al-Bab", "l'Ukraine", "d'Alep" carry their capital inside.
    capital = (
        text[0].isupper() or re.match(r"(?:al|el|as|ash|ad|an|ar|at|az|ez|es|l|d|qu)[-’'][A-ZÀ-Ý]", text) is not None
    )
    # "La Chapelle", "Kyauk Ni Maw": short words that a name may hold, where no sentence begins.
    part = low in _IN_NAMES and not first and not headline
    if capital and not part and (low in COMMON or (low in small and (first or headline))):
        capital = False
    if _ARABIC.search(text):
        capital = False
    start = match.start()
    if elided := re.match(r"(?:[lLdD]|[qQ]u)['’](?=[A-ZÀ-Ý])", text):
        start += elided.end()
        text = text[elided.end() :]
    return Token(start, match.end(), text, capital)


def words_of(names: Iterable[str]) -> frozenset[str]:
    """The folded words of several names."""
    return frozenset(word for name in names for word in fold(name).split())
