"""What file readers say, in the language of the page: their English stands in stored records and on the command line.

Readers write whole English sentences, far from any page and for millions of rows. A page finds the sentence here by its
form, with what it is about taken out, and says it in its own language. A test walks the readers' code for those that
are missing.
"""

import re
from functools import cache

from flask_babel import format_decimal, get_locale, gettext

from heritage.core.errors import N_
from heritage.forms import feed_words

MOST_CHARS = 700
_LARGE = re.compile(r"\d{1,3}(,\d{3})+")
# What is said inside of others.
INNER = frozenset({"what", "field"})
# Sentences, and words inside them; what stands at `what` is looked up in turn.
SENTENCES = (
    N_("%(file)s is empty."),
    N_("%(file)s is not a file."),
    N_("%(file)s holds nothing."),
    N_("%(file)s holds no rows."),
    N_("The file holds no rows."),
    N_("%(file)s holds no rows with named fields."),
    N_("%(file)s is larger than %(most)s bytes."),
    N_("%(file)s is larger than %(most)s bytes of XML."),
    N_("%(file)s unpacks to more than %(most)s bytes."),
    N_("%(file)s unpacks to more than %(most)s times its size, which no real data do."),
    N_("%(file)s is protected by a password."),
    N_("%(file)s is a zipped Shapefile; export it to GeoJSON."),
    N_("%(file)s is a ZIP archive with %(number)s data files in it; unpack it and give one."),
    N_("%(file)s is a ZIP archive inside another; unpack it once and give that."),
    N_("%(file)s is a binary file of a kind that is not known here."),
    N_("%(file)s is a web page, not data; the download was probably refused."),
    N_("%(file)s is neither UTF-8, UTF-16 nor Windows-1252 text; save it as UTF-8."),
    N_("%(file)s is not a text file but %(what)s."),
    N_("%(file)s: line %(line)s is longer than %(most)s bytes."),
    N_("%(file)s cannot be read: %(error)s."),
    N_("%(file)s changed while it was read; nothing was taken. Try again later."),
    N_("%(file)s is cut short or damaged and cannot be unpacked (%(error)s)."),
    N_("%(file)s is a damaged ZIP archive or workbook (%(error)s)."),
    N_("%(file)s is a damaged or protected workbook (%(error)s)."),
    N_("%(file)s is a damaged workbook (%(error)s)."),
    N_("%(file)s is a workbook that cannot be read (%(error)s)."),
    N_("%(file)s is not an Excel workbook that can be read (%(error)s)."),
    N_("%(file)s starts as %(encoding)s text but does not go on so."),
    N_("%(file)s: row %(row)s cannot be read (%(error)s); a quotation mark is probably never closed."),
    N_("%(file)s is %(what)s."),
    N_("%(file)s holds %(what)s."),
    N_("%(file)s is a %(kind)s file; a register is read from CSV, XLSX, XLS, XML or JSON."),
    N_("%(file)s is no list of parts under the numbers of their sites."),
    N_(
        "%(file)s is no register that is known here. Its columns: %(columns)s. Name its format "
        "(--format), or write a mapping file for it (--mapping; docs/register-files.md shows how)."
    ),
    N_("There is no format %(format)s. Known: %(known)s."),
    N_("The file has more than %(most)s rows."),
    N_("%(file)s has more than %(most)s rows; divide it."),
    N_("%(file)s has more than %(most)s rows, which no World Heritage list has."),
    N_("%(file)s has more than %(most)s sites."),
    N_("%(file)s has more than %(most)s members."),
    N_("%(file)s declares entities of its own, which no register needs; it is refused."),
    N_("%(file)s is not proper XML (%(error)s)."),
    N_("%(file)s holds bytes that are not text."),
    N_("%(file)s nests too deeply to be a register."),
    N_("%(file)s is not proper JSON: %(reason)s at character %(at)s."),
    N_("The file has no column %(column)s, by which its places are known. Its columns: %(columns)s."),
    N_(
        "%(file)s has no column id_no, the number by which UNESCO knows a site, so its rows cannot be "
        "matched. Take a list that has it, or match by name (--by-name)."
    ),
    N_(
        "%(file)s has no column that says what an object is. Its columns: %(columns)s. Say which column "
        "is which (--mapping), with these fields: %(fields)s."
    ),
    N_("mapping: the file has no column “%(column)s”; it has %(columns)s."),
    N_("mapping: %(field)s is no field; known: %(fields)s."),
    N_("mapping: %(field)s needs the name of a column."),
    N_("this cannot be told from row %(row)s."),
    N_("a text file"),
    N_("an Excel workbook (XLSX)"),
    N_("an old Excel workbook (XLS)"),
    N_("a Parquet file"),
    N_("a PDF"),
    N_("a PNG picture"),
    N_("a JPEG picture"),
    N_("a GIF picture"),
    N_("a TIFF picture"),
    N_("a sound, film or WebP file"),
    N_("a 7-Zip archive; unpack it first"),
    N_("a RAR archive; unpack it first"),
    N_("packed with bzip2; unpack it first or use gzip"),
    N_("packed with xz; unpack it first or use gzip"),
    N_("packed with Zstandard; unpack it first or use gzip"),
    N_("packed twice; unpack it once and give that"),
    N_("an SQLite database or GeoPackage; export it to GeoJSON or CSV"),
    N_("a Shapefile; export it to GeoJSON"),
    N_("an R data file; export it to CSV"),
    N_("a program"),
    N_("a text document (RTF)"),
    N_("a Word document"),
    N_("a PowerPoint presentation"),
    N_("an OpenDocument file; save it as XLSX or CSV"),
    N_("a KMZ file; export it to GeoJSON"),
    N_("counts of places by grid square, not places; import the place files themselves"),
    N_("a file of conflict events; import it with “heritage incidents import”"),
    N_("a gazetteer of settlements, not a register of heritage"),
    N_("Read as %(encoding)s."),
    N_("Read as UTF-8, but byte %(at)s or one soon after it is not."),
    N_("Not UTF-8: read as Windows-1252, so look at the accents."),
    N_("This is an excerpt: %(number)s sites that are held are not in it, and none of them is taken for vanished."),
    N_(
        "%(number)s refused rows do not say which site they are about, so this is no whole list: no site "
        "is taken for vanished."
    ),
    N_("row %(row)s, %(ref)s: %(what)s"),
    N_("danger says %(flag)s, %(column)s says “%(text)s”"),
    N_("components_count is %(count)s, components_list holds %(held)s"),
    N_("part %(number)s has no ref and is called %(part)s"),
    N_("the part %(part)s is named twice"),
    N_("the part %(part)s does not bear the number of its site"),
    N_("the part %(part)s is taken without its position: %(what)s"),
    N_("a line is taken as its middle point"),
    N_("the row"),
    N_("number %(number)s %(what)s"),
    N_("this file only adds to places that are held, and this one is not"),
    N_("it would have left the register on %(day)s, before its inscription"),
    N_("“%(name)s” is the name of %(number)s places"),
    N_("no place is called “%(name)s”"),
    N_("%(ref)s is in the file already, in row %(row)s"),
    N_("%(lon)s is outside -180..180"),
)
# Said of a field of a row.
OF_FIELDS = (
    N_("%(field)s has %(number)s fields where the header names %(named)s"),
    N_("%(field)s is not a GeoJSON feature"),
    N_("%(field)s has a geometry that is not GeoJSON"),
    N_("%(field)s is not an object with named fields"),
    N_("%(field)s holds a NUL byte"),
    N_("%(field)s holds bytes that are not text in the file's encoding"),
    N_("%(field)s is neither yes nor no"),
    N_("%(field)s is not a text"),
    N_("%(field)s is longer than %(most)s characters"),
    N_("%(field)s is not a number"),
    N_("%(field)s is not a finite number"),
    N_("%(field)s is too large a number"),
    N_("%(field)s is not a year between %(first)s and %(last)s"),
    N_("%(field)s is not an area in hectares"),
    N_("%(field)s is missing while the other coordinate is there"),
    N_("%(field)s %(value)s is not between -90 and 90; perhaps longitude and latitude are swapped"),
    N_("%(field)s %(value)s is not between -90 and 90"),
    N_("%(field)s %(value)s is not between -180 and 180"),
    N_("%(field)s %(lat)s with longitude %(lon)s lies outside %(states)s; the two are probably swapped"),
    N_("%(field)s is an empty outline"),
    N_("%(field)s has corners that are not on the Earth"),
    N_("%(field)s is an outline without an inside"),
    N_("%(field)s is not a polygon"),
    N_("%(field)s is not the number of a World Heritage site"),
    N_("%(field)s is missing, so the site has no list of parts"),
    N_("%(field)s stands twice in one site"),
    N_("%(field)s is not one of site %(ref)s"),
    N_("%(field)s is not one list of parts"),
    N_("%(field)s stands in row %(row)s already"),
    N_("%(field)s is empty"),
    N_("%(field)s is empty, so the place has no name"),
    N_("%(field)s is empty, so the place cannot be told from others"),
    N_("%(field)s is not an identity of this register"),
    N_("%(field)s is not a word of the mapping's scale"),
    N_("%(field)s is not well-known text"),
    N_("%(field)s is not GeoJSON"),
    N_("%(field)s is of a kind that is not known here"),
    N_("%(field)s is not a list of points"),
    N_("%(field)s is not a point"),
    N_("%(field)s is wider than %(most)s degrees, which no heritage place is"),
    N_("%(field)s is not a line"),
    N_("%(field)s is an empty line"),
    N_("%(field)s is neither Cultural, Natural nor Mixed"),
    N_("%(field)s is not a list such as (ii)(iv)"),
    N_("%(field)s is not a pair of lon and lat"),
    N_("%(field)s is a point with one coordinate"),
    N_("%(field)s is not “{name: …, ref: …, latitude: …, longitude: …}”"),
    N_("%(field)s is not latitude, longitude"),
    N_("%(field)s cannot be: %(error)s"),
)


def in_words(english: str) -> str:
    """A sentence of a file reader in the language of the page; one that is not known stays as it is."""
    locale = get_locale()
    if not english or locale is None or locale.language == "en" or len(english) > MOST_CHARS:
        return english
    if (whole := str(gettext(english))) != english:
        return whole
    for form, text in _forms():
        if found := form.fullmatch(english):
            said = {
                name: in_words(value) if name in INNER else _own(value) for name, value in found.groupdict().items()
            }
            # What is inside such a sentence is one of ours too, or it was another sentence.
            if said.get("what") != found.groupdict().get("what") or "what" not in said:
                return str(gettext(text, **said))
    return english


def reason_of(field: str | None, reason: str) -> str:
    """Why a row was refused: of its field, where the reason begins with its name or says only what it is not."""
    told = in_words(reason)
    if told != reason or not field:
        return told
    told = in_words(f"{field} {reason}")
    return told if told != f"{field} {reason}" else reason


def _own(value: str) -> str:
    """What a sentence is about, as it is; a large number as the language writes it."""
    return str(format_decimal(int(value.replace(",", "")))) if _LARGE.fullmatch(value) else value


@cache
def _forms() -> tuple[tuple[re.Pattern[str], str], ...]:
    """The sentences as patterns: those around another one first, then those with the most words of their own."""
    texts = sorted(
        (*SENTENCES, *OF_FIELDS, *feed_words.SENTENCES, *feed_words.OF_FIELDS),
        key=lambda text: ("%(what)s" not in text, -len(re.sub(r"%\(\w+\)s", "", text))),
    )
    return tuple((re.compile(_pattern(text), re.DOTALL), text) for text in texts)


def _pattern(text: str) -> str:
    parts = re.split(r"%\((\w+)\)s", text)
    return "".join(f"(?P<{part}>.+?)" if number % 2 else re.escape(part) for number, part in enumerate(parts))
