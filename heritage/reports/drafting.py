"""Drafting claims from an article: the register's names and the gazetteer brought to the rules of `reading`."""

import re
from collections.abc import Sequence
from datetime import date
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from sqlmodel import Session

from heritage.core.errors import UnusableFile
from heritage.core.files import FileKind, Limits, open_source, unfit_text
from heritage.core.geodesy import equal_area_radius_km
from heritage.core.text import fold
from heritage.policy.disclosure import public_point
from heritage.reports.domain import DocumentDraft
from heritage.reports.gazetteer import open_gazetteer, open_world
from heritage.reports.reading.dates import read_date_line
from heritage.reports.reading.drafts import DraftClaim, DraftPlace, Reading, read_article
from heritage.reports.reading.events import PHYSICAL
from heritage.reports.reading.gazetteer import Entry, key_of
from heritage.reports.reading.language import language_of
from heritage.reports.reading.lookup import Register
from heritage.reports.reading.text import prepare

ARTICLE_LIMITS = Limits(raw_bytes=16 << 20, content_bytes=16 << 20, line_bytes=16 << 20, web_pages=True)
_FEWEST_LETTERS = 8
_SMALLEST_EXTENT_KM = 1.0
_GENERIC = re.compile(
    r"^(?:the\s+)?(?:(?:archaeological |ancient |historic |historical |old |rock-hewn |prehistoric |"
    r"sacred |royal |early christian )*(?:site|sites|city|town|ruins|village|villages|centre|center|"
    r"quarter|area|monuments|landscape|ensemble|necropolis|"
    r"fort|fortress|castle|citadel|temples?|minaret and archaeological remains)(?: and \w+)? (?:of|"
    r"at)(?: the)?|site de|ville de|ancienne ville d[e’']|vieille ville d[e’']|"
    r"centre historique d[e’']|cit[ée] (?:antique )?d[e’']|مدينة|موقع|آثار)\s*",
    re.IGNORECASE,
)
_NOT_A_NAME = frozenset("old new town city site castle fort centre ancient villages northern southern the".split())
_NAMES = """
select n.text, n.part_id, s.register_ref, s.lon, s.lat, s.area_ha, s.states_parties, s.disclosure, s.grid_km,
       p.lon as part_lon, p.lat as part_lat, p.extent_km as part_extent_km
from site s join site_name n on n.site_id = s.id left join part p on p.id = n.part_id
where s.vanished_on is null"""
_PARTS = """
select p.name as text, p.id as part_id, s.register_ref,
       s.lon, s.lat, s.area_ha, s.states_parties, s.disclosure, s.grid_km,
       p.lon as part_lon, p.lat as part_lat, p.extent_km as part_extent_km
from site s join part p on p.site_id = s.id where s.vanished_on is null and p.withdrawn_on is null and p.name <> ''"""
_MOST_NAMES = 2_000_000


def read_text_file(path: Path) -> str:
    """The text of an article's file.

    Args:    path: text or HTML in any common encoding, also packed with gzip or alone in a ZIP archive.
    Raises:  UnusableFile, in plain words, when it is empty, no text, or far larger than any article.
    """
    source = open_source(path, ARTICLE_LIMITS)
    if source.kind is not FileKind.TEXT:
        raise UnusableFile(f"{source.name} is not a text; save the article as plain text or HTML.")
    with source.text() as file:
        text = file.read()
    return checked_text(text, source.name)


def checked_text(text: str, name: str) -> str:
    """Refuse what cannot be an article.

    Raises:  UnusableFile naming the reason.
    """
    if reason := unfit_text(text):
        raise UnusableFile(f"{name} {reason}; it is not an article.")
    if sum(letter.isalpha() for letter in text[:100_000]) < _FEWEST_LETTERS:
        raise UnusableFile(f"{name} holds no text to read.")
    return text


def document_of_page(content: bytes, charset: str | None, address: str) -> DocumentDraft:
    """What is kept of a page that was fetched: headline, article and day, without its menus and notices.

    Args:    content: of the answer.  charset: as its header says, None if unsaid.  address: where it was asked for.
    Raises:  UnusableFile when it holds no article.
    """
    raw = checked_text(_decoded(content, charset), "The page")
    article = prepare(raw)
    body = "\n\n".join(paragraph.text for paragraph in article.paragraphs)
    line = read_date_line([paragraph.text for paragraph in article.paragraphs[:6]], article.published, None)
    return DocumentDraft(
        title=article.title or " ".join(body.split()[:12]),
        text=checked_text(body, "The page"),
        language=language_of(body).replace("und", ""),
        dated=line.edtf,
        dated_raw=line.words,
        address=address,
    )


def _decoded(content: bytes, charset: str | None) -> str:
    said = re.search(rb"charset=[\"']?([\w-]{2,30})", content[:4000])
    for encoding in (charset, said.group(1).decode() if said else None, "utf-8"):
        if encoding:
            try:
                return content.decode(encoding)
            except (LookupError, UnicodeDecodeError):
                continue
    return content.decode("cp1252", errors="replace")


def draft(session: Session | None, text: str, *, var: Path, as_of: date | None = None) -> Reading:
    """Read an article against the register and the gazetteer.

    Args:    session: reads only; None for no register.  text: of the article.  var: the program's own folder, where the
             gazetteer's file is kept.  as_of: see `read_article`.
    Returns: what was read; nothing is stored.
    Raises:  Unavailable when the gazetteer can be neither read nor written.
    """
    register = load_register(session) if session is not None else Register({}, {})
    return read_article(text, world=open_world(), gazetteer=open_gazetteer(var), register=register, as_of=as_of)


def load_register(session: Session) -> Register:
    """The register's names as places; a place that may not be shown exactly counts with the point that may."""
    exact: dict[str, Entry] = {}
    short: dict[str, Entry] = {}
    for query in (_NAMES, _PARTS):
        for row in session.execute(sa.text(f"{query} limit :limit"), {"limit": _MOST_NAMES}):
            for name, is_short in _forms(row.text):
                key = key_of(name)
                if len(key) > 3 and name.lower() not in _NOT_A_NAME and (entry := _entry(row, name)):
                    (short if is_short else exact).setdefault(key, entry)
    return Register(exact, {key: entry for key, entry in short.items() if key not in exact})


def _forms(text: str) -> Sequence[tuple[str, bool]]:
    """A name, what follows its generic words, and for parts each of the names between commas."""
    plain = re.sub(r"<[^>]*>", "", text).strip()
    forms = [(plain, False)]
    for piece in re.split(r"\s*[,;:(–—/]\s*|\s+-\s+", plain):
        piece = piece.strip(" )")
        bare = _GENERIC.sub("", piece)
        if piece and piece != plain:
            forms.append((piece, True))
        if bare and bare != piece:
            forms.append((bare, True))
        forms += [(half, True) for half in name_halves(piece)]
        if (trimmed := _KIND_BEHIND.sub("", piece)) != piece and len(trimmed) > _SHORTEST_ALONE:
            forms.append((trimmed, True))
    return [
        (form, is_short) for form, is_short in forms if re.search(r"[^\W\d_]{3}", form) and not re.search(r"\d", form)
    ]


# "Sukur Cultural Landscape", "Samarra Archaeological City": people say the first word.
_KIND_BEHIND = re.compile(
    r"\s+(?:Cultural Landscape|National Park|Archaeological (?:Site|City|Park|Zone|Area|Ruins)|"
    r"Historic (?:Site|Town|City|Centre|Area)|Rock Art|Ruins|(?:Nature|Wildlife|Game) Reserve)s?$"
)
_SHORTEST_ALONE = 4
_OF = re.compile(r"(?P<kinds>[^,<>]+? (?:and|et) [^,<>]+?) (?P<of>of(?: the)?|de|du) (?P<name>[A-ZÀ-Ý].+)")
_COMMON_WORDS = frozenset(
    "historic historical old ancient early new medieval royal imperial sacred holy great archaeological natural "
    "cultural rock rural christian roman city cities town towns centre center site sites area areas zone quarter "
    "village villages landscape monument monuments ruins remains temple temples church churches cathedral abbey "
    "monastery monasteries mosque mausoleum minaret palace palaces castle castles fort forts fortress "
    "fortifications citadel wall walls tower towers gate park parks garden gardens reserve national forest mountain "
    "mountains island islands lake lakes river valley cave caves art tomb tombs bridge canal port mine mines mining "
    "works house houses museum ensemble complex system network routes route the of de la".split()
)


def name_halves(piece: str) -> Sequence[str]:
    """What people call one half of "Minaret and Archaeological Remains of Jam", and of two names."""
    if found := _OF.fullmatch(piece):
        kinds = re.split(r" (?:and|et) ", found["kinds"])
        return [f"{kind} {found['of']} {found['name']}" for kind in kinds if " of " not in kind]
    halves = re.split(r" (?:and|et) ", piece)
    if len(halves) != 2 or re.search(r" (?:of|in|at|de|du|with) ", piece):
        return []
    # "Crac des Chevaliers" is a name by itself; "Surroundings", "its Port" and "Historic Interest Area" are none.
    own = [len(half.split()) > 1 and len(set(fold(half).split()) - _COMMON_WORDS) > 1 for half in halves]
    return [half for half, is_own in zip(halves, own, strict=True) if is_own and half[0].isupper()]


def _entry(row: Any, name: str) -> Entry | None:
    of_part = row.part_id is not None and row.part_lon is not None
    lon, lat = (row.part_lon, row.part_lat) if of_part else (row.lon, row.lat)
    point = public_point(lon, lat, row.disclosure, row.grid_km)
    if point is None:
        return None
    extent_km = row.part_extent_km if of_part else equal_area_radius_km(row.area_ha)
    radius_km = max(_SMALLEST_EXTENT_KM, extent_km or 0.0, point.grid_km or 0.0)
    country = row.states_parties[0] if row.states_parties else ""
    return Entry(
        f"register:{row.register_ref}",
        name,
        point.lon,
        point.lat,
        country,
        main=True,
        radius_km=radius_km,
        site=row.register_ref,
    )


def form_fields(claim: DraftClaim, place: DraftPlace | None, site: str) -> dict[str, Any]:
    """A draft as the form of a claim shows it, for a person to correct.

    Args:    claim: of a reading.  place: the one it speaks of.  site: the slug of the site it is at, or empty.
    Returns: values by field; the statement is left to the person, who says it in words of their own.
    """
    fields: dict[str, Any] = {
        "quote": claim.quote,
        "kind": claim.kind.value,
        "said_by": "; ".join(claim.sayers),
        "relayed_by": "; ".join(claim.relayed_by),
        "certainty": "" if claim.certainty == "stated" else claim.certainty,
        "reliability": claim.grade[0],
        "credibility": claim.grade[1],
        "occurred": claim.when,
        "occurred_raw": claim.when_words,
        "site": site,
    }
    if claim.kind in PHYSICAL and place is not None and place.spot is not None and place.role == "event":
        spot = place.spot
        fields |= {"place_name": place.name, "country": place.country, "lon": spot.lon, "lat": spot.lat}
        fields["radius_km"] = spot.radius_km
    return fields
