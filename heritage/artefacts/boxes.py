"""Which box each row of a list lies in: found by number or code; never a circle, never what is on its way."""

from collections.abc import Mapping
from dataclasses import dataclass

from heritage.artefacts.domain import Kind, Movability, Thing, check_put, plain_code
from heritage.core.errors import HeritageError


@dataclass(frozen=True)
class Laid:
    """One row that names a box. `box`: as written, a number or a code; `kept`: the object's id, None for a new one."""

    row: int
    key: str
    box: str
    kind: Kind
    movability: Movability
    kept: int | None = None


def settle_boxes(
    laid: Mapping[str, Laid],
    drafted: Mapping[str, Laid],
    kept: Mapping[int, Thing],
    known: Mapping[str, int],
) -> tuple[dict[str, str | int], dict[str, str]]:
    """Find the box of every row that names one.

    Args:    laid: the rows that name a box, by key.  drafted: every row that can be taken, by key.  kept: all that the
             institution keeps.  known: its ids, by a row's key or by code.
    Returns: for each key that can be laid its box, a key of the list or the id of one that is kept; and the reasons
             against the others.
    """
    boxes: dict[str, str | int] = {}
    against: dict[str, str] = {}
    for key, one in laid.items():
        box = _box_of(one, drafted, kept, known)
        if isinstance(box, tuple):
            against[key] = box[0]
        else:
            boxes[key] = box
    for key in [key for key in boxes if _is_circle(key, laid, boxes, kept, known)]:
        against[key] = f"“{laid[key].box}” lies in it, so it cannot lie in there."
    for key in against:
        boxes.pop(key, None)
    return boxes, against


def _box_of(
    one: Laid, drafted: Mapping[str, Laid], kept: Mapping[int, Thing], known: Mapping[str, int]
) -> str | int | tuple[str]:
    name = f"number:{one.box}"
    if one.movability is Movability.IMMOVABLE:
        return ("what cannot be moved lies in no container.",)
    if name in drafted and drafted[name].kept is None:
        return name if drafted[name].kind is Kind.CONTAINER else (f"“{one.box}” is no container.",)
    found = known.get(name, known.get(plain_code(one.box) or one.box))
    if found is None:
        return (f"there is no container “{one.box}” in the list, and none is kept.",)
    house = kept[found].institution_id
    thing = Thing(0, "it", one.kind, one.movability, house) if one.kept is None else kept[one.kept]
    if thing.parent == found:
        return found
    try:
        check_put(thing, kept[found], {each.id: each.parent for each in kept.values()})
    except HeritageError as error:
        return (str(error),)
    return found


def _is_circle(
    key: str,
    laid: Mapping[str, Laid],
    boxes: Mapping[str, str | int],
    kept: Mapping[int, Thing],
    known: Mapping[str, int],
) -> bool:
    """Whether what a row lies in comes to lie in the row itself."""
    own, at, steps = known.get(key), boxes.get(key), 0
    named = {number: name for name, number in known.items() if name in laid}
    while at is not None and steps <= len(laid) + len(kept):
        if at == key or (own is not None and at == own):
            return True
        name = at if isinstance(at, str) else named.get(at)
        number = known.get(at) if isinstance(at, str) else at
        if name is not None and name in boxes:
            at = boxes[name]
        else:
            at = kept[number].parent if number is not None and number in kept else None
        steps += 1
    return False
