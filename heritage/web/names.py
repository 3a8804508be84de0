"""Names in the page's language: of sites, where their register has one, and of who did something."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from flask_babel import get_locale, gettext
from sqlmodel import Session

from heritage.sites.models import Site
from heritage.sites.queries import names_in
from heritage.web.i18n import page_language
from heritage.web.sentences import isolate

_ACCOUNT = re.compile(r"(.+) \(account (\d+)\)", re.DOTALL)


@dataclass(frozen=True)
class Called:
    """What a site is called on a page, and what its register calls it where that is another name."""

    name: str
    own: str = ""


def local_names(session: Session, site_ids: Sequence[int], language: str | None = None) -> Mapping[int, str]:
    """Names in a language, the page's unless told, by site; none in English, for registers are written in English."""
    language = language or page_language()
    return {} if language == "en" or not site_ids else names_in(session, site_ids, language)


def site_name(session: Session, site: Site) -> str:
    """What a site is called in the page's language."""
    return called(site.id, site.name, local_names(session, [site.id or 0])).name


def called(site_id: int | None, own: str, local: Mapping[int, str]) -> Called:
    """How one site is called, from the names found for the page."""
    found = local.get(site_id or 0, own)
    return Called(found, own if found != own else "")


def person_name(recorded: str) -> str:
    """Who did something, as the record keeps it, in the page's language.

    Args:    recorded: such as ``Officer (account 3)``, or the name of somebody without an account.
    Returns: the same, "account" in the page's language.
    """
    found = _ACCOUNT.fullmatch(recorded)
    if not found or page_language() == "en":
        return recorded
    told = str(gettext("%(name)s (account %(number)s)", name=isolate(found[1]), number=found[2]))
    # What stands around it takes its direction from its first strong letter, which may be the name's; and a number does
    # not stand alone on a line.
    locale = get_locale()
    mark = "\u200f" if locale and locale.text_direction == "rtl" else "\u200e"
    return mark + told.replace(f" {found[2]})", f"\u00a0{found[2]})")
