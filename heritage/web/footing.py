"""The claim that the report of a moved object rests on: as it stands on a day, for whoever reads the page."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date

from flask import url_for
from flask_babel import gettext
from sqlmodel import Session

from heritage.artefacts.models import Artefact
from heritage.reports.domain import ClaimState
from heritage.reports.queries import ClaimRow, known_claims, versions_of
from heritage.web.claims import Seen, as_everybody, reads_in_full, shown, visible_claims
from heritage.web.day import Day


@dataclass(frozen=True)
class Rest:
    """What a claim says of itself now: who says it and the present grade. `days`: when, as far as the claim tells."""

    says: str
    href: str | None
    days: tuple[date, date] | None
    taken_back: bool = False


class Footing:
    """The claims behind some objects, read once: as everybody reads them, or as far as the reader may."""

    def __init__(
        self, session: Session, kept: Collection[Artefact], day: Day | None = None, *, in_full: bool = False
    ) -> None:
        ids = sorted({one.claim_id for one in kept if one.claim_id is not None})
        self._rests: dict[int, Rest] = {}
        if not ids:
            return
        known_on = day.known_on if day else None
        for row in known_claims(session, claim_ids=ids, states=[ClaimState.WITHDRAWN], known_on=known_on):
            if (in_full and reads_in_full(row)) or _was_public(session, row):
                self._rests[row.claim_id] = Rest(_taken_back(), None, _days(row), taken_back=True)
        for seen in _readable(session, ids, day, in_full):
            self._rests[seen.row.claim_id] = _rest(seen)

    def of(self, one: Artefact) -> Rest | None:
        """What an object's report rests on; None without a claim, and for who may not read it."""
        return self._rests.get(one.claim_id) if one.claim_id is not None else None


def _readable(session: Session, ids: Collection[int], day: Day | None, in_full: bool) -> list[Seen]:
    if in_full:
        return visible_claims(session, day=day, claim_ids=ids)
    days = {"as_of": day.as_of, "known_on": day.known_on} if day else {}
    reviewed = known_claims(session, reviewed=True, claim_ids=ids, **days)  # type: ignore[arg-type]  # days alone
    return as_everybody(session, [row for row in reviewed if row.is_public])


def _rest(seen: Seen) -> Rest:
    told = shown(seen)
    says = f"{told['sayer']} ({told['grade']})"
    return Rest(says, url_for("reports.claim", claim_id=seen.row.claim_id), _days(seen.row))


def _taken_back() -> str:
    return str(gettext("the claim it rested on was taken back"))


def _was_public(session: Session, row: ClaimRow) -> bool:
    """Whether everybody read it before; that one nobody reviewed was taken back is nobody's business."""
    versions = versions_of(session, row.claim_id)
    return any(each.state is ClaimState.REVIEWED and not each.is_sensitive for each in versions)


def _days(row: ClaimRow) -> tuple[date, date] | None:
    first = row.version.occurred_from or row.version.occurred_to or row.document.dated_from
    last = row.version.occurred_to or row.version.occurred_from or row.document.dated_from
    return (first, last) if first is not None and last is not None else None
