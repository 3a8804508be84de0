"""The brief of a site: what everybody may know of it on a day, as plain JSON values to print, keep and cite."""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from flask_babel import gettext, ngettext
from sqlmodel import Session

from heritage.core.text import without_overrides
from heritage.dossier.domain import Entry, Track, version_of
from heritage.maps.basemap import paths
from heritage.maps.still import Still
from heritage.policy.access import current_subject, may
from heritage.policy.table import Action
from heritage.sites.domain import ConditionState
from heritage.sites.models import Site
from heritage.web.credits import map_sources
from heritage.web.day import Day
from heritage.web.dossier import USUAL_SPAN, Known, for_everybody, gather
from heritage.web.i18n import country_name, day_text, number_text, page_language, tick_text
from heritage.web.sentences import isolate, joined
from heritage.web.site_facts import in_force, status_facts, tombstone
from heritage.web.timeline import Lane, TimeLine
from heritage.web.words import word

FORMAT = 1
MOST_REASONS, MOST_ROWS, MOST_CLAIMS, MOST_THREATS = 6, 12, 8, 5
LONGEST = 240
# Paper shows no finer coast than this, and a kept version holds it for good.
LAND_WIDE = 600
# What a later reading is compared by; how old a source's newest report is changes by itself.
SUBSTANCE = ("level", "status", "condition", "reasons", "threats", "claims", "moved")


def brief_of(session: Session, site: Site, day: Day, known: Known | None = None) -> dict[str, Any]:
    """The brief of a site on a day, in the page's language; the same whoever asks.

    Args:    known: what the page at hand has read already; used where its time line is of the usual length.
    """
    if known is None or known.span != USUAL_SPAN:
        known = gather(session, site, day, USUAL_SPAN)
    if _sees_more():
        known = for_everybody(session, known)
    facts = known.level
    content = {
        "format": FORMAT,
        **_identity(known),
        "level": _level(known, facts),
        "status": status_facts(site, known.told.stays, day)["status"],
        "condition": _condition(known),
        "withheld": known.withheld,
        "reasons": [_reason(reason) for reason in facts["reasons"][:MOST_REASONS]],
        "more": _more(facts),
        "clears": facts["clears"],
        "not_known": [str(text) for text in facts["not_known"]],
        "threats": [_threat(threat) for threat in known.threats[:MOST_THREATS]],
        "claims": _claims(known),
        "moved": [
            {"name": group.name, "count": group.count, "when": group.when, "says": group.says}
            for group in known.objects["moved_groups"]
        ],
        "stays": list(known.objects["stays"]),
        "time": _time(known.line),
        "map": _map(known.still),
        "sources": [{"text": source.text, "licence": source.licence} for source in known.sources],
    }
    cleaned: dict[str, Any] = _clean(content)
    return cleaned


def _map(still: Still | None) -> dict[str, Any] | None:
    """The dossier's map for paper: land, shapes, points and words, each in its place; None where no place is shown."""
    if still is None:
        return None
    towns = [label for label in still.labels if not label.roomy]
    land = paths(still.frame, LAND_WIDE)
    return {
        "tall": still.frame.tall,
        "land": [[kind, land[kind]] for kind in ("land", "border", "coast") if land[kind]],
        "land_wide": LAND_WIDE,
        "shapes": [list(shape) for shape in still.shapes],
        "marks": [[mark.x, mark.y, mark.kind] for mark in still.marks],
        "towns": [[label.x, label.y, label.text, label.after] for label in towns],
        "bar": [still.bar[0], str(gettext("%(number)s km", number=number_text(still.bar[1])))],
        "alt": _alt([label.text for label in towns]),
    }


def _alt(names: Sequence[str]) -> str:
    about = str(gettext("Parts, and what is reported around them"))
    return (
        f"{about}. {gettext('Named on it: %(names)s', names=joined([isolate(name) for name in names]))}"
        if names
        else about
    )


def _sees_more() -> bool:
    return current_subject().signed_in or may(Action.SEE_CLAIMS) or may(Action.REVIEW_UPDATE)


def _clean(value: Any) -> Any:
    """Only plain JSON values, without what would turn the text around it."""
    if isinstance(value, Mapping):
        return {str(name): _clean(each) for name, each in value.items()}
    if isinstance(value, list | tuple):
        return [_clean(each) for each in value]
    return without_overrides(str(value)) if isinstance(value, str) else value


def substance_of(content: Mapping[str, Any]) -> str:
    """What a later reading of the same day is compared by: what is said of the site, not how old its sources are."""
    told = {name: content.get(name) for name in SUBSTANCE}
    told["reasons"] = [reason["text"] for reason in content.get("reasons", ())]
    return version_of(told)


def _identity(known: Known) -> dict[str, Any]:
    site, day = known.site, known.day
    about = [joined([country_name(code) for code in site.states_parties]) or site.states_note]
    if site.category != "unknown":
        about.append(word("category", site.category))
    if site.inscribed_year:
        about.append(str(gettext("inscribed %(year)s", year=site.inscribed_year)))
    return {
        "slug": site.slug,
        "name": known.called.name,
        "own_name": known.called.own,
        "about": " · ".join(part for part in about if part),
        "gone": "" if in_force(site, day.register_on) else tombstone(site),
        "disclosure": str(site.disclosure),
        "language": page_language(),
        "as_of": day.as_of.isoformat(),
        "known_on": day.known_on.isoformat(),
        "day": day_text(day.as_of),
        "known": day_text(day.known_on),
        "rule": known.decision.rule_version,
    }


def _level(known: Known, facts: Mapping[str, Any]) -> dict[str, Any]:
    level = int(known.decision.level)
    return {
        "number": level,
        "word": word("level", level),
        "meaning": word("level_meaning", level),
        "since": facts["since"] if level else "",
    }


def _condition(known: Known) -> dict[str, Any]:
    facts = known.condition
    newest = facts["condition"]
    if newest is None:
        nothing = gettext("No assessment had been recorded here by this day. That says nothing about damage.")
        return {"value": word("condition", ConditionState.UNKNOWN), "sentence": str(nothing), "rivals": []}
    return {"value": word("condition", newest["state"]), "sentence": newest["sentence"], "rivals": facts["rivals"]}


def _reason(reason: Mapping[str, Any]) -> dict[str, str]:
    text = " ".join(part for part in (reason["what"], reason["where"]) if part)
    return {"text": text, "facts": " · ".join(str(fact) for fact in reason["facts"])}


def _more(facts: Mapping[str, Any]) -> str:
    shown = len(facts["reasons"])
    left = facts["more_reasons"] + max(0, shown - MOST_REASONS) if facts["more_reasons"] or shown else 0
    if not left:
        return ""
    return str(ngettext("and %(count)s lighter report", "and %(count)s lighter reports", left, count=number_text(left)))


def _threat(threat: Mapping[str, Any]) -> dict[str, str]:
    told = [word("threat_status", threat["status"]), word("severity", threat["severity"]), threat["grade"]]
    if threat["since"]:
        told.append(str(gettext("so since %(when)s", when=threat["since"])))
    return {"name": threat["factor"], "text": " · ".join(told), "summary": _short(threat["summary"])}


def _claims(known: Known) -> list[dict[str, Any]]:
    found, left = [], MOST_CLAIMS
    for group in known.claim_groups:
        claims = [
            {"id": c["id"], "text": _short(c["statement"]), "by": c["sayer"], "grade": c["grade"], "when": c["when"]}
            for c in group.claims[:left]
        ]
        left -= len(claims)
        if claims:
            found.append({"point": group.title, "line": group.line, "rests": group.rests, "claims": claims})
    return found


def _short(text: str) -> str:
    return text if len(text) <= LONGEST else text[: LONGEST - 1].rstrip() + "…"


def _time(line: TimeLine) -> dict[str, Any]:
    # Reports are told by the reasons; what else happened would drown in them.
    rows = [row for row in line.rows if row.track is not Track.REPORT][:MOST_ROWS]
    return {
        "label": line.label,
        "ticks": [[x, _tick(on, is_year)] for x, on, is_year in line.scale.ticks],
        "lanes": [{"track": str(lane.track), "name": lane.name, "height": lane.height, "shapes": _shapes(lane)}
                  for lane in line.lanes],
        "entries": [_entry(row) for row in rows],
    }  # fmt: skip


def _tick(on: date, is_year: bool) -> str:
    return tick_text(on, is_year)


def _entry(row: Entry) -> dict[str, str]:
    return {"track": str(row.track), "name": word("track", row.track), "when": row.when, "text": _short(row.text)}


def _shapes(lane: Lane) -> list[list[Any]]:
    """Each as kind, x, width (percent), y and height (of the lane's)."""
    found: list[list[Any]] = []
    if lane.track is Track.STATUS:
        found.append(["listed", lane.listed_x, round(100 - lane.listed_x, 2), 0, lane.height])
        for band in lane.bands:
            found.append(["unsure", band.x, band.width, 0, lane.height])
            if band.sure_width:
                found.append(["danger", band.sure_x, band.sure_width, 0, lane.height])
    found += [[f"bar-{r.level}", r.x, r.width, lane.height - r.height, r.height] for r in lane.runs]
    found += [["event", b.x, b.width, lane.height - b.height, b.height] for b in lane.bars]
    for mark in lane.marks:
        kind, top, height = "unsure-mark" if mark.entry.unsure else "mark", *((9, 3) if mark.is_long else (3, 8))
        found.append([kind, mark.x, mark.width, top, height])
    return found


def claim_numbers(content: Mapping[str, Any]) -> Sequence[int]:
    """The claims that a brief repeats."""
    return [claim["id"] for group in content.get("claims", ()) for claim in group["claims"]]


def heading(content: Mapping[str, Any]) -> str:
    """What a brief is called where it is cited."""
    words = {"site": isolate(content["name"]), "day": content["day"], "known": content["known"]}
    if content["as_of"] == content["known_on"]:
        return str(gettext("%(site)s: risk dossier as of %(day)s", **words))
    return str(gettext("%(site)s: risk dossier as of %(day)s, as known on %(known)s", **words))


def brief_words() -> dict[str, str]:
    """The headings of a brief, for paper as for the page."""
    return {
        "kind": gettext("Risk dossier"),
        "level": gettext("Our alert level"),
        "status": gettext("Official status"),
        "condition": gettext("Observed condition"),
        "why": gettext("Why this level"),
        "nothing": gettext(
            "No usable report of fighting lies near any part of this site in the time the rule looks at."
        ),
        "withheld": gettext(
            "The place of this site is not public, so distances from it are withheld: three of them would give it away."
        ),
        "unknown": gettext("What is not known"),
        "time": gettext("Over time"),
        "claims": gettext("Claims"),
        "threats": gettext("Threats"),
        "moved": gettext("What was moved, what remains"),
        "moved_says": gettext("reported moved; place withheld"),
        "stays": gettext("Elements that cannot be moved stay, by observed condition:"),
        "sources": gettext("On which data this rests"),
        "licence": gettext("Licence"),
        "colon": gettext(": "),
        "rule": gettext("Rule"),
        "version": gettext("Version"),
        "not_emergency": gettext("This is not an emergency service."),
        "romanised": gettext("Names in letters that the fonts of this sheet lack are written in Latin letters."),
        "map": gettext("Parts, and what is reported around them"),
        "map_sources": map_sources(),
        "repeats": gettext(
            "It repeats what others report, with how sure they are, and works out which sites that is near. "
            "It does not confirm damage."
        ),
    }


def day_words(content: Mapping[str, Any]) -> str:
    """Which day a brief is about, and what of it was known."""
    if content["as_of"] == content["known_on"]:
        return str(gettext("As of %(day)s, with what was known by then", day=content["day"]))
    return str(gettext("As of %(day)s, with what was known by %(known)s", day=content["day"], known=content["known"]))
