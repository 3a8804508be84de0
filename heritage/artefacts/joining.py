"""Which two can become one lot, as a pure rule: only what nothing tells apart but their codes."""

from dataclasses import dataclass

from heritage.artefacts.domain import Kind, Movability
from heritage.core.errors import N_, Conflict


@dataclass(frozen=True)
class Side:
    """What joining has to know of one of two.

    `origin`: site, part and place of origin; `reported`: of its report; `left`: whether it ever left its place, which
    the dossier counts.
    """

    id: int
    code: str
    kind: Kind
    divided: bool
    institution_id: int
    container: int | None
    origin: tuple[int | None, int | None, str]
    holder: str
    owner: str
    movability: Movability
    reported: tuple[object, ...]
    left: bool = False


def check_join(lot: Side, part: Side) -> None:
    """Whether a part may go into a lot.

    Raises:  Conflict with the reason: one and the same, no lot, an object with an identity of its own, or one of
             institution, container, origin, holder, owner, movability, report and moves so far that differs.
    """
    codes = {"code": lot.code, "part": part.code}
    if lot.id == part.id:
        raise Conflict(N_("%(code)s cannot be joined with itself."), code=lot.code)
    if lot.kind is not Kind.LOT:
        raise Conflict(N_("%(code)s is no lot: nothing is joined into it."), code=lot.code)
    if part.kind is not Kind.LOT and not (part.kind is Kind.OBJECT and part.divided):
        raise Conflict(N_("%(part)s is neither a lot nor an object that was divided from one."), part=part.code)
    if lot.institution_id != part.institution_id:
        raise Conflict(N_("%(code)s and %(part)s belong to different institutions."), **codes)
    if lot.container != part.container:
        raise Conflict(N_("%(code)s and %(part)s do not lie in one container."), **codes)
    if lot.origin != part.origin:
        raise Conflict(N_("%(code)s and %(part)s are of different origin."), **codes)
    if lot.holder != part.holder:
        raise Conflict(N_("%(code)s and %(part)s are not in one hand: their chains of custody differ."), **codes)
    if lot.owner != part.owner:
        raise Conflict(N_("%(code)s and %(part)s have different owners."), **codes)
    if lot.movability is not part.movability:
        raise Conflict(N_("One of %(code)s and %(part)s can be moved otherwise than the other."), **codes)
    if lot.reported != part.reported:
        raise Conflict(N_("Of %(code)s and %(part)s different moves are reported."), **codes)
    if lot.left is not part.left:
        raise Conflict(N_("Of %(code)s and %(part)s one was moved before and the other was not."), **codes)
