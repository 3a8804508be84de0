"""Addresses of the brief: as a page to print, as PDF, as a citation, and the button that keeps a version."""

import json
from typing import Any

from flask import Blueprint, Response, abort, flash, redirect, render_template, request
from flask.blueprints import BlueprintSetupState
from flask_babel import get_locale, gettext
from sqlmodel import Session

from heritage.accounts.limits import count_attempt, network_of
from heritage.dossier.domain import Citation, as_bibtex, as_csl
from heritage.dossier.printing import brief_pdf, readable_fonts
from heritage.dossier.service import PRINTED, keep_version
from heritage.settings import data_dir
from heritage.sites.models import Site
from heritage.sites.queries import get_site
from heritage.web.assets import DIST
from heritage.web.brief import brief_of, brief_words, day_words
from heritage.web.cache import Memory
from heritage.web.citing import citation_of, version_address
from heritage.web.day import current_day, here
from heritage.web.record import record
from heritage.web.state import open_session, services
from heritage.web.working import Stage, watched

blueprint = Blueprint("dossier", __name__)
_PDFS = Memory(32)


@blueprint.record_once
def _no_cookie(state: BlueprintSetupState) -> None:
    # Whoever keeps a version acts with nobody's rights, so there is nothing to forge, and readers get no cookie.
    state.app.extensions["csrf"].exempt(f"{__name__}.keep")


def _asked(session: Session, slug: str) -> tuple[Site, dict[str, Any]]:
    site = get_site(session, slug)
    return site, brief_of(session, site, current_day())


@blueprint.get("/sites/<slug>/brief")
def brief(slug: str) -> Any:
    """Two sheets: what everybody may know of a site on a day."""
    with open_session() as session:
        site, content = _asked(session, slug)
        if site.slug != slug:
            return redirect(here(slug=site.slug), 301)
        return render_template(
            "dossier/brief.html", site=site, day=current_day(), brief=content, words=brief_words(),
            day_words=day_words(content), citation=citation_of(site, content),
        )  # fmt: skip


@blueprint.get("/sites/<slug>/brief.pdf")
def brief_as_pdf(slug: str) -> Response:
    """The same as a PDF; its bytes change only with what it says."""
    _count()
    with watched() as work:
        work.stage(Stage.GATHERING)
        with open_session() as session:
            site, content = _asked(session, slug)
            citation = citation_of(site, content)
        work.stage(Stage.SETTING)
        pdf = _set(content, citation)
    response = Response(pdf, content_type="application/pdf")
    response.headers["Content-Disposition"] = f'inline; filename="{site.slug}-{content["as_of"]}.pdf"'
    response.headers["Cache-Control"] = "private, no-cache"
    response.vary.add("Accept-Language")
    return response


def _set(content: dict[str, Any], citation: Citation) -> bytes:
    given = {
        **content,
        "words": brief_words(),
        "day_words": day_words(content),
        "url": citation.url,
        "version": citation.version,
        "direction": get_locale().text_direction,
    }
    fonts = readable_fonts(DIST / "fonts", services().settings.var)
    template = data_dir("templates") / "dossier" / "brief.typ"
    key = (citation.url, citation.version)
    return _PDFS.get(key, lambda: brief_pdf(given, template, fonts))


def _count() -> None:
    key, now, secret = network_of(request.remote_addr), services().clock.now(), services().settings.secret()
    with services().database.session() as own:
        count = count_attempt(own, PRINTED, key, secret=secret, now=now)
    if count > PRINTED.most:
        abort(429)


@blueprint.get("/sites/<slug>/citation.<form>")
def citation(slug: str, form: str) -> Response:
    """The citation of the page for reference managers: BibTeX or CSL-JSON."""
    if form not in ("bib", "json"):
        abort(404)
    with open_session() as session:
        site, content = _asked(session, slug)
        cited = citation_of(site, content)
    if form == "bib":
        response = Response(as_bibtex(cited), content_type="application/x-bibtex; charset=utf-8")
    else:
        text = json.dumps(as_csl(cited), ensure_ascii=False, indent=1)
        response = Response(text, content_type="application/vnd.citationstyles.csl+json; charset=utf-8")
    response.headers["Content-Disposition"] = f'attachment; filename="{cited.key}.{form}"'
    return response


@blueprint.post("/sites/<slug>/versions")
def keep(slug: str) -> Any:
    """Keep what everybody may read here now, word for word, and go to it."""
    with open_session() as session:
        site, content = _asked(session, slug)
        version, is_new = keep_version(session, site.id or 0, content, now=services().clock.now())
        if is_new:
            record(session, "dossier.keep", f"site:{site.slug}", version=version)
        address = version_address(site, content)
    flash(gettext("This version is kept."), "done")
    return redirect(address, 303)
