"""Letters to owners: something of theirs was read or asked for, in all three languages, and never where it is."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlmodel import Session, col, select

from heritage.accounts.models import Account, RoleRow
from heritage.alerts.mailing import post_letter
from heritage.alerts.wording import Words, render
from heritage.artefacts import queries as objects
from heritage.artefacts.models import InquiryMatch, Institution, ObjectInquiry
from heritage.channels.base import Message, PermanentFailure, Recipient, TemporaryFailure
from heritage.core.text import slug_of
from heritage.policy.roles import Role
from heritage.sealing.domain import Way
from heritage.sealing.models import SealedAccess
from heritage.services import Services

LANGUAGES = ("en", "fr", "ar")


class About(StrEnum):
    """What an owner, or who asked one, is told."""

    READ = "read"
    BROKEN = "broken"
    INQUIRY = "inquiry"
    ANSWER = "answer"


@dataclass(frozen=True)
class Letter:
    """What a letter is made of; a code is random and tells nothing."""

    about: About
    key: str
    code: str
    page: str
    who: str = ""
    second: str = ""
    at: datetime | None = None


def tell_of_reading(services: Services, *, access_id: int, about: str, number: int) -> dict[str, int]:
    """Tell the owners of something sealed that it was read, or that the glass was broken to it.

    Args:    about: "read" or "broken".  number: of the reading; the same one is told once.
    Returns: how many were told; where nobody is there to be told, those who watch over the program are.
    Raises:  TemporaryFailure when somebody could not be reached; those who were get the same identity again.
    """
    with services.database.session() as session:
        access = session.get_one(SealedAccess, access_id)
        people = _registrars(session, access.institutions) or _of_countries(session, access.countries)
        if access.way is Way.BREAK_GLASS or not people:
            people |= _holding(session, Role.EMERGENCY_OFFICER) | _holding(session, Role.ADMINISTRATOR)
        people.pop(access.asked_by_id, None)
        letter = Letter(
            About(about), f"sealed {access_id} {about} {number}", access.key, "sealed", access.asked_by,
            access.decided_by or "", services.clock.now(),
        )  # fmt: skip
    return {"told": _send(services, letter, people.values())}


def tell_of_inquiry(services: Services, *, match_id: int, about: str) -> dict[str, int]:
    """Tell keepers that an object is described which may be theirs, or who asked that a keeper answered.

    Args:    about: "inquiry" or "answer".
    Returns: how many were told.  Raises: TemporaryFailure.
    """
    with services.database.session() as session:
        match = session.get_one(InquiryMatch, match_id)
        inquiry = session.get_one(ObjectInquiry, match.inquiry_id)
        if about == About.INQUIRY:
            institution = session.get_one(Institution, match.institution_id)
            people = _registrars(session, objects.houses_of(institution))
        else:
            people = {one.id or 0: one.email for one in [session.get_one(Account, inquiry.asked_by_id)] if one.active}
        letter = Letter(About(about), f"inquiry {match_id} {about}", inquiry.code, "artefacts/inquiries")
    return {"told": _send(services, letter, people.values())}


def _send(services: Services, letter: Letter, addresses: Collection[str]) -> int:
    """One letter to each; no transaction is open meanwhile."""
    message = compose(letter, services.settings.public_url)
    told, failed = 0, None
    for address in addresses:
        try:
            post_letter(services, "owner", message, Recipient(address))
            told += 1
        except PermanentFailure:
            continue
        except TemporaryFailure as failure:
            failed = failure
    if failed is not None:
        raise failed
    return told


def compose(letter: Letter, public_url: str) -> Message:
    """A letter in English, French and Arabic: an account has no language of its own."""
    tongues = [_tongue(letter, Words(language, public_url)) for language in LANGUAGES]
    link = f"{public_url.rstrip('/')}/{letter.page}"
    rendered = render("owner", Words(LANGUAGES[0], public_url), {"tongues": tongues, "link": link})
    return Message(key=letter.key, subject=rendered.subject, text=rendered.text, html=rendered.html, kind="owner")


def _tongue(letter: Letter, words: Words) -> dict[str, Any]:
    subject, *lines = _SAID[letter.about](letter, words)
    button = words._("Open the page")
    return {"words": words, "subject": subject, "lines": lines, "button": button}


def _read(letter: Letter, words: Words) -> list[str]:
    values = {"who": words.name(letter.who), "second": words.name(letter.second), "code": letter.code}
    values["moment"] = words.moment(letter.at, None) if letter.at else ""
    return [
        words._("Something sealed that is yours was read"),
        words._("%(who)s read the sealed entry %(code)s on %(moment)s. %(second)s had let them.") % values,
        words._("The page of what is sealed shows the reason and every reading. If this is not right, act now."),
    ]


def _broken(letter: Letter, words: Words) -> list[str]:
    values = {"who": words.name(letter.who), "code": letter.code}
    values["moment"] = words.moment(letter.at, None) if letter.at else ""
    return [
        words._("The glass was broken to something sealed that is yours"),
        words._("%(who)s opened the sealed entry %(code)s on %(moment)s without a second person.") % values,
        words._("They have a day to justify it. The page of what is sealed shows the reason and every reading."),
    ]


def _inquiry(letter: Letter, words: Words) -> list[str]:
    return [
        words._("Somebody describes an object that may be yours"),
        words._("Under the number %(code)s somebody describes an object, and some of yours are like it.")
        % {"code": letter.code},
        words._("They do not know whether you keep it. Only an answer of yours would tell them."),
    ]


def _answer(letter: Letter, words: Words) -> list[str]:
    return [
        words._("A keeper answered your question about an object"),
        words._("There is an answer to your question %(code)s.") % {"code": letter.code},
    ]


_SAID = {About.READ: _read, About.BROKEN: _broken, About.INQUIRY: _inquiry, About.ANSWER: _answer}


def _holding(session: Session, role: Role, *, limit: int = 1_000) -> dict[int, str]:
    """Addresses of those who hold a role, by account."""
    return {one.id or 0: one.email for one in _accounts(session, role, limit)}


def _registrars(session: Session, houses: Collection[str], *, limit: int = 1_000) -> dict[int, str]:
    """Addresses of the registrars of institutions, however their accounts spell them."""
    return {
        one.id or 0: one.email
        for one in _accounts(session, Role.REGISTRAR, limit)
        if not {slug_of(name) for name in one.institutions}.isdisjoint(houses)
    }


def _of_countries(session: Session, countries: Collection[str], *, limit: int = 1_000) -> dict[int, str]:
    """Addresses of the directorates of countries."""
    return {
        one.id or 0: one.email
        for one in _accounts(session, Role.DIRECTORATE, limit)
        if not set(one.countries).isdisjoint(countries)
    }


def _accounts(session: Session, role: Role, limit: int) -> list[Account]:
    query = select(Account).where(col(Account.active), col(Account.roles).any(col(RoleRow.name) == role.value))
    return list(session.exec(query.order_by(col(Account.id)).limit(limit)))
