"""The two sides of a handover, as pure rules: what each counted, and what they do not agree on."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from heritage.artefacts.domain import LARGEST_COUNT, Difference
from heritage.core.errors import N_, Conflict, InvalidInput


@dataclass(frozen=True)
class Line:
    """What one side says of one unit: a box, or an object that travels by itself. `count` is of objects within."""

    code: str
    present: bool
    count: int = 0
    seal: str = ""
    sound: bool = True


@dataclass(frozen=True)
class Mismatch:
    """One difference between the two sides, with what each said."""

    code: str
    kind: Difference
    given: str
    found: str


def check_given(lines: Sequence[Line], expected: Mapping[str, tuple[int, int]]) -> None:
    """Whether what a giver counts is what the list says.

    Args:    expected: unit codes with the least and most that each holds.
    Raises:  Conflict naming the unit: a wrong list is mended before the lorry leaves, not after.
    """
    told = {line.code: line for line in lines}
    for code, (low, high) in expected.items():
        line = told.get(code)
        if line is None or not line.present:
            raise Conflict(N_("%(code)s is on the list and not handed over: take it off the job first."), code=code)
        check_line(line)
        if not low <= line.count <= high:
            shown = str(low) if low == high else f"{low}–{high}"
            raise Conflict(
                N_("%(code)s holds %(shown)s by the list and %(count)s were counted: mend one of them first."),
                code=code,
                shown=shown,
                count=line.count,
            )


def check_line(line: Line) -> None:
    """Raises: InvalidInput for a count that nobody can have counted."""
    if not 0 <= line.count <= LARGEST_COUNT:
        raise InvalidInput(
            N_("%(code)s: a count lies between 0 and %(most)s."),
            code=line.code,
            most=f"{LARGEST_COUNT:,}",
        )


def compare(given: Sequence[Line], found: Sequence[Line]) -> list[Mismatch]:
    """What the two sides of a handover do not agree on.

    Args:    given: by the giver.  found: by the receiver; a unit not named counts as absent.
    Returns: the differences in the order of the giver's list; empty when both say the same.
    """
    told = {line.code: line for line in found}
    differences = []
    for line in given:
        other = told.get(line.code)
        if other is None or not other.present:
            differences.append(Mismatch(line.code, Difference.ABSENT, str(line.count), "0"))
            continue
        check_line(other)
        if other.count != line.count:
            differences.append(Mismatch(line.code, Difference.COUNT, str(line.count), str(other.count)))
        if _plain(other.seal) != _plain(line.seal):
            differences.append(Mismatch(line.code, Difference.SEAL, line.seal, other.seal))
        if line.sound and not other.sound:
            differences.append(Mismatch(line.code, Difference.CONDITION, "", ""))
    return differences


def _plain(seal: str) -> str:
    return "".join(seal.split()).upper()
