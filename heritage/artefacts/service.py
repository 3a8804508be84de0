"""Use cases of what is kept: institutions, objects, containers, custody, look-ups. The caller owns the transaction."""

import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlmodel import Session, SQLModel, col

from heritage.accounts.service import By
from heritage.artefacts import queries
from heritage.artefacts.custody import Custody, check_custody
from heritage.artefacts.domain import (
    CODE_HALF,
    CODE_LETTERS,
    Kind,
    Movability,
    check_count,
    check_moment,
    check_put,
    check_take_out,
    code_of,
    rest_of,
)
from heritage.artefacts.domain import OBJECT_ID as OBJECT_ID_FIELDS
from heritage.artefacts.models import Artefact, CustodyEntry, Institution, Job, JobItem, ObjectLookup
from heritage.artefacts.vocabularies import OBJECT_ID, RED_LIST
from heritage.audit.witness import vouch
from heritage.core.dates import parse_edtf
from heritage.core.errors import N_, AlreadyRecorded, Conflict, InvalidInput, NotFound, UnusableField
from heritage.core.text import slug_of
from heritage.sites.domain import ConditionState
from heritage.sites.models import Part, Site

# One at a time changes what lies where in an institution: of two that would make a circle, the second sees the first.
INSTITUTION_LOCK = 7_236_421
FREE_FIELDS = frozenset(Artefact.model_fields) - {
    "id", "code", "institution_id", "container_id", "natural_key", "recorded_at", "object_id_version",
    "red_list_version", "divided_from_id", "whole_low", "whole_high", "joined_into_id", "joined_at",
}  # fmt: skip


@dataclass(frozen=True)
class Hand(By):
    """Who acts with which account, and when."""

    account_id: int | None = None

    def account(self) -> int:
        """The account.  Raises: Conflict where there is none: what two people must do needs two accounts."""
        if self.account_id is None:
            raise Conflict(N_("This is done by people with accounts: two of them have to be told apart."))
        return self.account_id

    def write(self, session: Session, action: str, subject: str, *rows: SQLModel, **detail: object) -> None:
        """An entry in the record that vouches for the rows; the last thing in a transaction."""
        session.flush()
        vouched = vouch(session, rows) if rows else {}
        self.record(session, action, subject, **detail, **vouched)


def new_code() -> str:
    """A random code that says nothing of what bears it."""
    return code_of([secrets.choice(CODE_LETTERS) for _ in range(2 * CODE_HALF)])


def add_institution(session: Session, hand: Hand, code: str, name: str, country: str | None = None) -> Institution:
    """Keep an institution.

    Args:    code: small letters, digits and hyphens.  country: ISO code; a directorate of that country sees its list.
    Raises:  InvalidInput for a code or name that cannot be used; AlreadyRecorded when one of that code or name is kept.
    """
    if not code or slug_of(code) != code:
        raise UnusableField(
            "code",
            N_("“%(code)s” is none; write it as “%(value)s”."),
            code=code,
            value=slug_of(code) or "national-museum",
        )
    if not slug_of(name):
        raise UnusableField("name", N_("A name with letters is needed."))
    if queries.find_institution(session, code) or queries.find_institution(session, name):
        raise AlreadyRecorded(N_("There is an institution %(code)s or “%(name)s” already."), code=code, name=name)
    if country is not None and (len(country) != 2 or not country.isalpha() or not country.isascii()):
        raise UnusableField("country", N_("“%(country)s” is not a two-letter country code."), country=country)
    made = Institution(
        code=code,
        name=name.strip(),
        name_slug=slug_of(name),
        country=country.upper() if country else None,
        created_at=hand.now,
    )
    session.add(made)
    hand.write(session, "institution.add", f"institution:{code}")
    return made


def institution_called(session: Session, hand: Hand, name: str) -> Institution:
    """The institution an account names; kept from now on when it was not yet."""
    found = queries.find_institution(session, name)
    return found or add_institution(session, hand, slug_of(name), name)


def lock_institution(session: Session, institution_id: int) -> None:
    """Let nobody else change what lies or moves in an institution until the transaction ends."""
    statement = sa.text("select pg_advisory_xact_lock(:key, :institution)")
    session.execute(statement, {"key": INSTITUTION_LOCK, "institution": institution_id % 2**31})


def add_artefact(
    session: Session, hand: Hand, institution: Institution, *, natural_key: str | None = None, **fields: Any
) -> Artefact:
    """Keep an object, lot, container or element that stays.

    Args:    fields: those of FREE_FIELDS; `site` is taken as its id.
    Raises:  InvalidInput naming the field.
    """
    assert institution.id is not None
    made = Artefact(
        code=new_code(), institution_id=institution.id, natural_key=natural_key, recorded_at=hand.now, **checked(fields)
    )
    session.add(made)
    hand.write(session, "artefact.add", f"artefact:{made.code}", kind=made.kind, institution=institution.code)
    return made


def edit_artefact(session: Session, hand: Hand, artefact: Artefact, **fields: Any) -> list[str]:
    """Change what is said of an object; what it was before is in the record by the names of the fields only.

    Returns: the names of the fields that changed.
    Raises:  InvalidInput naming the field; Conflict when a container that holds something would no longer be one, or
             something on the way would stay.
    """
    lock_institution(session, artefact.institution_id)
    session.refresh(artefact)
    given = checked({name: getattr(artefact, name) for name in FREE_FIELDS} | fields)
    changed = sorted(name for name, value in given.items() if getattr(artefact, name) != value)
    if not changed:
        return []
    if "kind" in changed and artefact.id and queries.contents_of(session, artefact.id, limit=1):
        raise Conflict(N_("%(code)s holds something: take it out first."), code=artefact.code)
    if {"kind", "movability", "count_low", "count_high"} & set(changed) and _open_job(session, artefact):
        raise Conflict(
            N_("%(code)s is in an open job: kind, count and movability stay as they are until its end."),
            code=artefact.code,
        )
    for name in changed:
        setattr(artefact, name, given[name])
    # What is written now is written after the editions of now.
    if set(changed) & {*OBJECT_ID_FIELDS, "inventory_number", "documented_on"}:
        artefact.object_id_version = OBJECT_ID
    if "red_list" in changed:
        artefact.red_list_version = RED_LIST
    session.add(artefact)
    hand.write(session, "artefact.edit", f"artefact:{artefact.code}", fields=changed)
    return changed


def divide(session: Session, hand: Hand, lot: Artefact, *, count_low: int, count_high: int) -> Artefact:
    """Take a part out of a lot, under a code of its own; it lies where the lot lies.

    Args:    count_low, count_high: how many the part has; exactly one is an object.
    Returns: the part. The lot says what can be left of it.
    Raises:  UnusableField for a part that cannot be; Conflict for what is no lot, or is in an open job.
    """
    lock_institution(session, lot.institution_id)
    session.refresh(lot)
    if lot.kind is not Kind.LOT:
        raise Conflict(N_("%(code)s is no lot: there is nothing to divide."), code=lot.code)
    if _open_job(session, lot):
        raise Conflict(N_("%(code)s is in an open job: divide it before, or after its end."), code=lot.code)
    rest = rest_of(lot.count_low, lot.count_high, count_low, count_high)
    fields = {name: getattr(lot, name) for name in FREE_FIELDS} | {
        "kind": Kind.OBJECT if count_high == 1 else Kind.LOT, "count_low": count_low, "count_high": count_high,
        # One number is one row of a list: the lot keeps it.
        "inventory_number": "", "related": f"{lot.code}\n{lot.related}".strip(),
    }  # fmt: skip
    if not (fields["title"] or fields["object_type"] or fields["description"]):
        fields["title"] = lot.inventory_number
    part = Artefact(
        code=new_code(), institution_id=lot.institution_id, container_id=lot.container_id, recorded_at=hand.now,
        **checked(fields),
    )  # fmt: skip
    lot.count_low, lot.count_high = rest
    session.add_all([lot, part])
    hand.write(session, "artefact.divide", f"artefact:{lot.code}", part=part.code, counts=[count_low, count_high])
    return part


def checked(fields: Mapping[str, Any]) -> dict[str, Any]:
    """Fields that hold together.

    Raises:  InvalidInput naming the field.
    """
    unknown = sorted(set(fields) - FREE_FIELDS)
    if unknown:
        raise InvalidInput(N_("%(unknown)s: this cannot be set here."), unknown=unknown[0])
    given = dict(fields)
    kind = Kind(given["kind"])
    if kind is Kind.ELEMENT:
        given["movability"] = Movability.IMMOVABLE
    elif kind is Kind.CONTAINER and given.get("movability") == Movability.IMMOVABLE:
        raise UnusableField("movability", N_("A container that cannot be moved is an element that stays."))
    low = 1 if given.get("count_low") is None else given["count_low"]
    high = low if given.get("count_high") is None else given["count_high"]
    check_count(low, high)
    if kind not in (Kind.LOT, Kind.ELEMENT) and high != 1:
        raise UnusableField("count", N_("An object is one; several are a lot."))
    given["count_low"], given["count_high"] = low, high
    if not any((given.get(name) or "").strip() for name in ("title", "object_type", "inventory_number", "description")):
        raise UnusableField("title", N_("Say what it is, by title, type, number or description."))
    if given.get("reported_moved"):
        parse_edtf(given["reported_moved"])
        if not (given.get("reported_by") or "").strip() and given.get("claim_id") is None:
            raise UnusableField("reported_by", N_("Say who reported it moved, or name the claim it rests on."))
    elif given.get("reported_by") or given.get("reported_grade"):
        raise UnusableField("reported_moved", N_("Say when it is said to have been moved, if only a year."))
    return given


def site_id_of(session: Session, named: str) -> int:
    """The site of an address name or register number.  Raises: InvalidInput."""
    text = named.strip()
    query = sa.select(col(Site.id)).where(sa.or_(col(Site.slug) == text, col(Site.register_ref) == text))
    found = session.execute(query.order_by((col(Site.slug) == text).desc()).limit(2)).scalars().all()
    if not found:
        raise UnusableField("site", N_("There is no site “%(text)s” in the register."), text=text)
    return int(found[0] or 0)


def part_id_of(session: Session, site_id: int | None, ref: str) -> int:
    """The part of a site by its number.  Raises: InvalidInput."""
    query = sa.select(col(Part.id)).where(col(Part.site_id) == site_id, col(Part.ref) == ref.strip())
    found = session.execute(query).scalar()
    if found is None:
        raise UnusableField("part", N_("The site has no part “%(value)s”."), value=ref.strip())
    return int(found)


def put_in(session: Session, hand: Hand, artefact: Artefact, box: Artefact) -> None:
    """Put something into a container; from then on it moves with it.

    Raises:  Conflict with the reason.
    """
    lock_institution(session, artefact.institution_id)
    session.refresh(artefact)
    kept = queries.things(session, artefact.institution_id)
    known = kept if box.institution_id == artefact.institution_id else queries.things(session, box.institution_id)
    assert artefact.id is not None
    assert box.id is not None
    check_put(kept[artefact.id], known[box.id], {each.id: each.parent for each in known.values()})
    artefact.container_id = box.id
    session.add(artefact)
    hand.write(session, "artefact.put-in", f"artefact:{artefact.code}", container=box.code)


def take_out(session: Session, hand: Hand, artefact: Artefact) -> None:
    """Take something out of its container.  Raises: Conflict with the reason."""
    lock_institution(session, artefact.institution_id)
    session.refresh(artefact)
    assert artefact.id is not None
    check_take_out(queries.things(session, artefact.institution_id)[artefact.id])
    artefact.container_id = None
    session.add(artefact)
    hand.write(session, "artefact.take-out", f"artefact:{artefact.code}")


def record_custody(
    session: Session,
    hand: Hand,
    artefact: Artefact,
    *,
    giver: str,
    taker: str,
    happened_at: datetime,
    why: str,
    condition: ConditionState = ConditionState.UNKNOWN,
    authoriser: str = "",
    corrects: int | None = None,
) -> CustodyEntry:
    """Add an entry to an object's chain, or one in place of an older one, which stays readable.

    Raises:  InvalidInput naming the field; NotFound when there is no such entry to correct; Conflict when it was
             corrected already.
    """
    check_custody(giver, taker)
    check_moment(happened_at, hand.now)
    if not why.strip():
        raise UnusableField("why", N_("A reason is needed."))
    assert artefact.id is not None
    lock_institution(session, artefact.institution_id)
    if corrects is not None:
        held = queries.custody_of(session, artefact.id)
        if corrects not in {entry.id for entry in held}:
            raise NotFound(N_("There is no such entry to correct."))
        if corrects in {entry.corrects_id for entry in held}:
            raise Conflict(N_("This entry was corrected already: correct the newer one."))
    entry = CustodyEntry(
        artefact_id=artefact.id, giver=giver.strip(), taker=taker.strip(), why=why.strip(), condition=condition,
        authoriser=authoriser.strip(), happened_at=happened_at, recorded_at=hand.now, by=hand.actor,
        corrects_id=corrects,
    )  # fmt: skip
    session.add(entry)
    hand.write(session, "artefact.custody", f"artefact:{artefact.code}", entry, corrects=corrects)
    return entry


def as_custody(entry: CustodyEntry) -> Custody:
    """An entry as the chain is made of."""
    assert entry.id is not None
    return Custody(entry.id, entry.giver, entry.taker, entry.happened_at, entry.recorded_at, entry.corrects_id)


def log_lookup(session: Session, hand: Hand, institution_ids: list[int], artefact: Artefact | None = None) -> None:
    """Write down who looked for objects of these institutions, for the institutions to see."""
    for each in institution_ids:
        session.add(
            ObjectLookup(
                institution_id=each,
                artefact_id=artefact.id if artefact else None,
                actor=hand.actor,
                account_id=hand.account_id,
                looked_at=hand.now,
            )
        )
    subject = f"artefact:{artefact.code}" if artefact else "artefacts"
    session.flush()
    hand.record(session, "artefact.look-up", subject, institutions=len(institution_ids))


def _open_job(session: Session, artefact: Artefact) -> Job | None:
    query = (
        sa.select(Job)
        .join(JobItem, col(JobItem.job_id) == col(Job.id))
        .where(col(JobItem.artefact_id) == artefact.id, col(JobItem.closed_at).is_(None))
    )
    return session.execute(query).scalar()
