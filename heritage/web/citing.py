"""How a dossier is cited: its address pinned to days and version, and versions that stay as they were kept."""

from dataclasses import dataclass, replace
from datetime import date
from typing import Any

from flask import flash, redirect, render_template
from flask_babel import force_locale, gettext
from sqlmodel import Session
from werkzeug.wrappers import Response

from heritage.core.errors import NotFound
from heritage.dossier.domain import Citation, still_public, version_of
from heritage.dossier.models import DossierVersion
from heritage.dossier.queries import find_version
from heritage.policy.access import may
from heritage.policy.disclosure import Disclosure
from heritage.policy.table import Action
from heritage.reports.queries import known_claims
from heritage.sites.models import Site
from heritage.web.brief import brief_of, brief_words, claim_numbers, day_words, heading, substance_of
from heritage.web.day import Day, here, link
from heritage.web.dossier import Known
from heritage.web.i18n import day_text
from heritage.web.site_facts import register_licence
from heritage.web.state import services

PUBLISHER = "Heritage"
# From what everybody sees to what nobody does.
_STRICTNESS = [Disclosure.PUBLIC, Disclosure.GENERALISED, Disclosure.HIDDEN]


@dataclass(frozen=True)
class CiteBlock:
    """What the page says of how to cite it."""

    text: str
    url: str
    href: str
    version: str
    licence: str
    is_kept: bool
    may_keep: bool


def cite_block(session: Session, known: Known) -> CiteBlock:
    """How to cite the page at hand."""
    content = brief_of(session, known.site, known.day, known)
    citation = citation_of(known.site, content)
    is_kept = find_version(session, known.site.id or 0, citation.version) is not None
    version = {"version": citation.version} if is_kept else {}
    return CiteBlock(
        text=_text(citation),
        url=citation.url + (f"&version={citation.version}" if is_kept else ""),
        href=_address(known.site, content, **version),
        version=citation.version,
        licence=citation.note,
        is_kept=is_kept,
        may_keep=not is_kept and may(Action.KEEP_VERSION),
    )


def citation_of(site: Site, content: dict[str, Any]) -> Citation:
    """The citation of what a brief says; its version is that of the content."""
    day, version = _day_of(content), version_of(content)
    base = services().settings.public_url.rstrip("/")
    return Citation(
        key=f"{site.slug}-{day.as_of}-{version[:8]}",
        title=_unmarked(heading(content)),
        publisher=PUBLISHER,
        url=base + _address(site, content),
        version=version,
        as_of=day.as_of,
        known_on=day.known_on,
        accessed_on=services().clock.now().date(),
        language=content["language"],
        note=_unmarked(register_licence(site.register)),
    )


def _text(citation: Citation) -> str:
    return str(
        gettext(
            "%(publisher)s, “%(title)s”, version %(version)s, read on %(day)s.",
            publisher=citation.publisher,
            title=citation.title,
            version=citation.version,
            day=day_text(citation.accessed_on),
        )
    )


def _unmarked(text: str) -> str:
    """Without the marks that fence names off, which a reference manager would show."""
    return text.translate(dict.fromkeys(range(8294, 8298)))


def _day_of(content: dict[str, Any]) -> Day:
    as_of, known_on = (date.fromisoformat(content[name]) for name in ("as_of", "known_on"))
    today = services().clock.now().date()
    return Day(as_of=as_of, known_on=known_on, default=as_of, today=today, record_on=known_on)


def _address(site: Site, content: dict[str, Any], **more: str) -> str:
    days = {"as_of": content["as_of"], "known_on": content["known_on"], "lang": content["language"]}
    return link("sites.dossier", slug=site.slug, **days, **more)


def version_address(site: Site, content: dict[str, Any]) -> str:
    """The address of a kept version: its days and language stand in it, and the version decides."""
    return _address(site, content, version=version_of(content))


def kept_page(session: Session, site: Site, version: str) -> str | Response:
    """A version as it was kept, without what has ceased to be public; one that nobody kept leads to the page of now.

    Raises:  NotFound where the site's place has since become less public than it was.
    """
    kept = find_version(session, site.id or 0, version)
    if kept is None:
        flash(gettext("Nobody kept the version %(version)s; this is the page as it is made now.", version=version[:40]))
        return redirect(here(version=None))
    if _STRICTNESS.index(Disclosure(site.disclosure)) > _STRICTNESS.index(Disclosure(kept.content["disclosure"])):
        raise NotFound(gettext("This version is no longer shown: the place of the site is not public any more."))
    content, gone = still_public(kept.content, _public_now(session, kept))
    with force_locale(kept.language):
        now = brief_of(session, site, _day_of(kept.content))
        return render_template(
            "dossier/kept.html",
            site=site,
            brief=content,
            words=brief_words(),
            day_words=day_words(content),
            citation=_kept_citation(site, kept),
            kept_at=kept.kept_at,
            gone=gone,
            changed=substance_of(now) != substance_of(kept.content),
            new_rule=now["rule"] != kept.rule_version,
        )


def _kept_citation(site: Site, kept: DossierVersion) -> Citation:
    citation = citation_of(site, kept.content)
    return replace(citation, url=f"{citation.url}&version={citation.version}")


def _public_now(session: Session, kept: DossierVersion) -> list[int]:
    numbers = claim_numbers(kept.content)
    rows = known_claims(session, reviewed=True, claim_ids=numbers) if numbers else []
    return [row.claim_id for row in rows if row.is_public]
