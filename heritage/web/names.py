"""Names of sites in the page's language, where the register has one; the register's own name stands beside it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from sqlmodel import Session

from heritage.sites.models import Site
from heritage.sites.queries import names_in
from heritage.web.i18n import page_language


@dataclass(frozen=True)
class Called:
    """What a site is called on a page, and what its register calls it where that is another name."""

    name: str
    own: str = ""


def local_names(session: Session, site_ids: Sequence[int]) -> Mapping[int, str]:
    """Names in the page's language by site; empty on English pages, for registers are written in English."""
    language = page_language()
    return {} if language == "en" or not site_ids else names_in(session, site_ids, language)


def site_name(session: Session, site: Site) -> str:
    """What a site is called in the page's language."""
    return called(site.id, site.name, local_names(session, [site.id or 0])).name


def called(site_id: int | None, own: str, local: Mapping[int, str]) -> Called:
    """How one site is called, from the names found for the page."""
    found = local.get(site_id or 0, own)
    return Called(found, own if found != own else "")
