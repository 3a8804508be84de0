"""What the pages of kept objects share: whose they are, who may see them, how often one may look, and the dossier."""

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from flask import abort, flash
from flask_babel import gettext
from flask_wtf import FlaskForm
from sqlmodel import Session, col, select
from sqlmodel.sql.expression import SelectOfScalar

from heritage.accounts.limits import Limit, count_attempt
from heritage.artefacts import queries, service
from heritage.artefacts.domain import BEFORE_DEPARTURE, Kind, Movability, State, plain_code
from heritage.artefacts.models import Artefact, Institution, Job, Step
from heritage.artefacts.service import Hand
from heritage.core.dates import parse_edtf
from heritage.core.errors import HeritageError
from heritage.core.text import slug_of
from heritage.forms.reasons import put_at_field
from heritage.policy.access import current_subject, may
from heritage.policy.roles import Role
from heritage.policy.table import Action
from heritage.sealing.errors import SealError
from heritage.sites.domain import ConditionState
from heritage.sites.models import Site
from heritage.web.day import Day
from heritage.web.footing import Footing, Rest
from heritage.web.i18n import count_range, number_text, span_text
from heritage.web.sentences import isolate
from heritage.web.state import services
from heritage.web.words import word

LOOKUPS = Limit("object look-up", 300, timedelta(hours=1))
FEW = 5
_NOT_ABOARD = BEFORE_DEPARTURE | {State.CANCELLED}


def hand() -> Hand:
    """Who makes this request, as the one who acts."""
    subject = current_subject()
    return Hand(subject.actor, services().clock.now(), subject.account_id)


def own_institutions(session: Session, action: Action = Action.SEE_OBJECT_LIST) -> list[Institution]:
    """The institutions whose objects the reader may see, or do something with.

    One that the reader's account names and that was not yet kept is kept from now on.
    """
    subject = current_subject()
    if Role.REGISTRAR in subject.roles:
        for name in sorted(name for name in subject.institutions if slug_of(name)):
            service.institution_called(session, hand(), name)
    return queries.institutions_for(session, subject, action)


def may_here(session: Session, action: Action, institution: Institution, artefacts: Sequence[Artefact] = ()) -> bool:
    """Whether the reader may do something with these objects of this institution."""
    countries = {*queries.countries_of(session, artefacts), *([institution.country] if institution.country else [])}
    return may(action, countries=countries, institutions=queries.houses_of(institution))


def artefact_or_404(session: Session, code: str, action: Action = Action.SEE_OBJECT_LIST) -> Artefact:
    """The object of a code that the reader may see; one answer for what is not there and what is not theirs."""
    plain = plain_code(code)
    found = queries.find_artefact(session, plain) if plain else None
    if found is None or not may_here(session, action, session.get_one(Institution, found.institution_id), [found]):
        abort(404)
    return found


def job_or_404(session: Session, code: str, action: Action = Action.SEE_OBJECT_LIST) -> Job:
    """The job of a code that the reader may see."""
    plain = plain_code(code)
    found = queries.find_job(session, plain) if plain else None
    if found is None or found.id is None:
        abort(404)
    artefacts = [artefact for _, artefact in queries.items_of(session, found.id)]
    if not may_here(session, action, session.get_one(Institution, found.institution_id), artefacts):
        abort(404)
    return found


def count_lookup() -> None:
    """Count one look-up of the reader; 429 once it is too much, whatever was looked for."""
    now, secret = services().clock.now(), services().settings.secret()
    with services().database.session() as own:
        count = count_attempt(own, LOOKUPS, current_subject().actor, secret=secret, now=now)
        if count == LOOKUPS.most + 1:
            hand().record(own, "artefacts.too-many-look-ups", "artefacts", tries=count)
    if count > LOOKUPS.most:
        abort(429)


def tell_owner(
    session: Session, institutions: Collection[int], artefact: Artefact | None = None, *, searched: bool = True
) -> None:
    """Write down for the owners that somebody who is not of them looked, or that somebody searched."""
    own = {one.id for one in queries.institutions_for(session, current_subject(), Action.KEEP_OBJECTS)}
    others = sorted(institutions) if artefact is None and searched else sorted(set(institutions) - own)
    if others:
        service.log_lookup(session, hand(), others, artefact)


def attempt(session: Session, form: FlaskForm, act: Callable[[], Any]) -> bool:
    """Carry something out; a reason against it is shown with the form, at its field where it names one."""
    try:
        with session.begin_nested():
            act()
    except SealError:
        # Of keys a page says its own sentence: the error's names a folder.
        raise
    except HeritageError as error:
        put_at_field(form, error)
        return False
    flash(gettext("Saved."), "done")
    return True


# The dossier.


@dataclass(frozen=True)
class Group:
    """Objects of one category, as everybody may know of them; the words are the same wherever they are."""

    name: str
    count: str
    when: str
    says: str
    first: date
    last: date
    href: str | None = None


def dossier_objects(session: Session, site: Site, day: Day) -> dict[str, Any]:
    """What was moved and what remains of a site: groups for everybody, the list for who may see it."""
    kept = list(session.exec(_of_site(site)))
    if not kept:
        return {"moved_groups": [], "stays": [], "objects_seen": [], "objects_state": {}, "objects_linked": False}
    mine = {one.id for one in queries.list_institutions(session) if may_here(session, Action.SEE_OBJECT_LIST, one)}
    if may(Action.SEE_OBJECT_LIST, countries=site.states_parties):
        mine |= {one.institution_id for one in kept}
    delay = timedelta(days=services().settings.moved_delay_days)
    moved = _moved(session, [one for one in kept if one.id is not None], day.known_on - delay, day)
    seen = [one for one in kept if one.institution_id in mine]
    wanted = queries.Filter([each for each in mine if each is not None], site=site.slug)
    return {
        "moved_groups": moved,
        "stays": _stays([one for one in kept if one.movability is Movability.IMMOVABLE]),
        "objects_seen": seen,
        "objects_state": {row.artefact.id: row.state for row in queries.list_artefacts(session, wanted, limit=200)},
        # Who keeps nothing of this site learns from no empty list that somebody else does.
        "objects_linked": bool(seen),
    }


def _of_site(site: Site) -> SelectOfScalar[Artefact]:
    """What comes from a site; what went into another lot is counted there."""
    here = select(Artefact).where(Artefact.site_id == site.id, col(Artefact.joined_into_id).is_(None))
    return here.order_by(col(Artefact.code))


def _moved(session: Session, kept: Sequence[Artefact], until: date, day: Day) -> list[Group]:
    left = _left_on(session, kept, until)
    footing = Footing(session, kept, day)
    groups: dict[tuple[str, str, str, str], list[tuple[Artefact, date, date]]] = {}
    for one in kept:
        if one.kind is Kind.CONTAINER:
            continue
        rest = footing.of(one)
        if one.reported_moved or one.claim_id is not None:
            ends = _reported(one, rest)
            # A claim that the reader may not read has said nothing to them.
            if ends is None or ends[0] > day.known_on or (one.claim_id is not None and rest is None):
                continue
            says = f"{isolate(one.reported_by)} ({one.reported_grade or '–'})" if rest is None else rest.says
            if rest is None or not rest.taken_back:
                says = gettext("says: %(sources)s", sources=says)
            key = (one.red_list.value, says, "reported", (rest.href or "") if rest else "")
            groups.setdefault(key, []).append((one, *months(*ends)))
        elif one.id in left:
            key = (one.red_list.value, "", "moved", "")
            groups.setdefault(key, []).append((one, *months(left[one.id], left[one.id])))
    found = []
    for (category, says, _, href), members in sorted(groups.items()):
        low, high = (sum(getattr(one, name) for one, _, _ in members) for name in ("count_low", "count_high"))
        first, last = min(first for _, first, _ in members), max(last for _, _, last in members)
        name, when = word("red_list", category), span_text(first, last)
        found.append(Group(name, _count_text(low, high), when, says, first, last, href or None))
    return found


def _reported(one: Artefact, rest: Rest | None) -> tuple[date, date] | None:
    """The days between which something is reported to have been moved: as entered, else as the claim has it."""
    if not one.reported_moved:
        return rest.days if rest else None
    when = parse_edtf(one.reported_moved)
    first, last = when.earliest or when.latest, when.latest or when.earliest
    return (first, last) if first is not None and last is not None else None


def _left_on(session: Session, kept: Sequence[Artefact], until: date) -> dict[int, date]:
    """The day each object first left, of those that left by a day; a part has left if its lot had, when it was one."""
    lines = {one.id: queries.lineage_ids(session, one) for one in kept if one.id is not None}
    ids = sorted({each for line in lines.values() for each, _ in line})
    query = select(Step).where(
        col(Step.state) == State.IN_TRANSIT, col(Step.artefact_ids).op("&&")(ids) if ids else False
    )
    left: dict[int, list[Step]] = {}
    for step in session.exec(query.order_by(col(Step.happened_at))):
        if step.happened_at.date() <= until and step.recorded_at.date() <= until:
            for each in step.artefact_ids:
                left.setdefault(each, []).append(step)
    found: dict[int, date] = {}
    for one, line in lines.items():
        days = [step.happened_at.date() for each, before in line for step in left.get(each, ())
                if before is None or step.recorded_at <= before]  # fmt: skip
        if days and one is not None:
            found[one] = min(days)
    return found


def months(first: date, last: date) -> tuple[date, date]:
    """Coarse on purpose: the day of a transport is nobody's business."""
    after = (last.replace(day=28) + timedelta(days=4)).replace(day=1)
    return first.replace(day=1), after - timedelta(days=1)


def _count_text(low: int, high: int) -> str:
    if high < FEW:
        return str(gettext("fewer than five"))
    if low < FEW:
        return str(gettext("up to %(high)s", high=number_text(high)))
    return count_range(low, high)


def _stays(elements: Sequence[Artefact]) -> list[dict[str, str]]:
    """What cannot be moved, by observed condition; small numbers hidden like those of what was moved."""
    by_state: dict[ConditionState, int] = {}
    for one in elements:
        by_state[one.condition] = by_state.get(one.condition, 0) + one.count_high
    order = list(ConditionState)
    return [
        {"condition": word("condition", state.value), "count": _count_text(by_state[state], by_state[state])}
        for state in sorted(by_state, key=order.index)
    ]
