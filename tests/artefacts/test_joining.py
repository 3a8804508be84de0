"""Joining lots: the reverse of dividing; only what nothing tells apart but its code, and nothing is counted twice."""

from dataclasses import replace

import pytest

from heritage.artefacts import importing, lots, moves, queries, service
from heritage.artefacts.counting import Line
from heritage.artefacts.custody import chain_of
from heritage.artefacts.domain import Direction, Kind, Movability
from heritage.artefacts.joining import Side, check_join
from heritage.artefacts.queries import Filter
from heritage.core.errors import Conflict, InvalidInput
from tests.artefacts.conftest import NOON, later

LOT = Side(1, "LOT", Kind.LOT, False, 1, None, (3, None, ""), "", "", Movability.MOVABLE, ("", "", "", None))
PART = replace(LOT, id=2, code="PART")


@pytest.mark.parametrize(
    ("changes", "match"),
    [
        ({"id": 1}, "with itself"),
        ({"kind": Kind.OBJECT}, "neither a lot nor"),
        ({"kind": Kind.CONTAINER}, "neither a lot nor"),
        ({"kind": Kind.ELEMENT}, "neither a lot nor"),
        ({"institution_id": 2}, "different institutions"),
        ({"container": 9}, "one container"),
        ({"origin": (4, None, "")}, "different origin"),
        ({"origin": (3, None, "tomb 5")}, "different origin"),
        ({"holder": "the bank"}, "chains of custody"),
        ({"owner": "a family"}, "different owners"),
        ({"movability": Movability.WITH_EQUIPMENT}, "moved otherwise"),
        ({"reported": ("2015", "", "", 7)}, "different moves"),
        ({"left": True}, "was moved before"),
    ],
)
def test_what_differs_is_named(changes, match):
    with pytest.raises(Conflict, match=match):
        check_join(LOT, replace(PART, **changes))


def test_lots_alike_and_objects_that_were_divided_are_joined():
    check_join(LOT, PART)
    check_join(LOT, replace(PART, kind=Kind.OBJECT, divided=True))
    with pytest.raises(Conflict, match="is no lot"):
        check_join(replace(LOT, kind=Kind.OBJECT), PART)


@pytest.fixture
def pair(keep):
    return keep("lot", count_low=200, count_high=999), keep("lot", count_low=3, count_high=9)


def counts(one) -> tuple[int, int]:
    return one.count_low, one.count_high


def test_two_lots_are_as_many_as_both_can_be(pair, session, hands):
    lot, other = pair
    lots.join(session, hands[0], lot, other)
    assert counts(lot) == (203, 1008)
    assert counts(other) == (3, 9)
    assert (other.joined_into_id, other.joined_at) == (lot.id, NOON)
    assert [one.code for one in queries.joined_into(session, lot.id)] == [other.code]


def test_joined_as_it_was_divided_the_lot_is_what_it_was(pair, session, hands):
    lot, _ = pair
    first = lots.divide(session, hands[0], lot, count_low=40, count_high=60)
    second = lots.divide(session, hands[0], lot, count_low=1, count_high=1)
    lots.join(session, hands[0], lot, second)
    lots.join(session, hands[0], lot, first)
    assert counts(lot) == (200, 999)
    again = lots.divide(session, hands[0], lot, count_low=40, count_high=60)
    assert again.code not in (first.code, second.code)
    assert counts(lot) == (140, 959)


def test_what_was_counted_anew_meanwhile_is_added_and_not_guessed(pair, session, hands):
    lot, _ = pair
    part = lots.divide(session, hands[0], lot, count_low=40, count_high=60)
    service.edit_artefact(session, hands[0], lot, count_low=150, count_high=150)
    lots.join(session, hands[0], lot, part)
    assert counts(lot) == (190, 210)


def test_a_part_has_the_chain_of_its_lot_until_its_dividing(pair, session, hands):
    lot, _ = pair
    said = {"giver": "Palmyra Museum", "taker": "The bank", "happened_at": NOON, "why": "war"}
    service.record_custody(session, hands[0], lot, **said)
    part = lots.divide(session, later(hands[0], 5), lot, count_low=1, count_high=2)
    back = {"giver": "The bank", "taker": "Palmyra Museum", "happened_at": later(hands[0], 9).now, "why": "peace"}
    service.record_custody(session, later(hands[0], 9), lot, **back)
    chain = chain_of(map(service.as_custody, queries.lineage_of(session, part)))
    assert chain.holder == "The bank"
    with pytest.raises(Conflict, match="chains of custody"):
        lots.join(session, later(hands[0], 10), lot, part)


def test_what_was_joined_is_counted_moved_and_changed_no_more(pair, session, hands, museum, ring):
    lot, other = pair
    lots.join(session, hands[0], lot, other)
    box = service.add_artefact(session, hands[0], museum, kind="container", title="Box")
    assert other.code not in {row.artefact.code for row in queries.list_artefacts(session, Filter([museum.id]))}
    said = {"giver": "A", "taker": "B", "happened_at": NOON, "why": "war"}
    for act in (
        lambda: service.edit_artefact(session, hands[0], other, title="Heads"),
        lambda: service.put_in(session, hands[0], other, box),
        lambda: service.put_in(session, hands[0], lot, other),
        lambda: lots.divide(session, hands[0], other, count_low=1, count_high=1),
        lambda: lots.join(session, hands[0], lot, other),
        lambda: lots.join(session, hands[0], other, lot),
        lambda: service.record_custody(session, hands[0], other, **said),
    ):
        with pytest.raises(Conflict, match="joined into another"):
            act()
    with pytest.raises(InvalidInput, match="keeps no"):
        moves.plan(session, hands[0], ring, museum, codes=[other.code], reason="war")


def test_what_is_in_an_open_job_is_not_joined(pair, session, hands, museum, ring):
    lot, other = pair
    moves.plan(session, hands[0], ring, museum, codes=[other.code], reason="war")
    with pytest.raises(Conflict, match="open job"):
        lots.join(session, hands[0], lot, other)


def test_no_lot_grows_beyond_what_a_lot_can_be(session, hands, keep):
    lot, other = (keep("lot", count_low=1, count_high=600_000) for _ in range(2))
    with pytest.raises(InvalidInput, match="divide it"):
        lots.join(session, hands[0], lot, other)


def test_a_list_taken_again_brings_back_nothing_that_was_joined(session, hands, museum, tmp_path):
    path = tmp_path / "list.csv"

    def take(words: str):
        path.write_text(f"kind,title,inventory number,count\nlot,Coins,L 1,20-30\nlot,{words},L 2,5-9\n")
        found = importing.compare(session, museum, importing.open_list(path, None))
        return importing.take(session, hands[0], museum, found, started_at=NOON)[1]

    take("Coins")
    lot, other = sorted((row.artefact for row in queries.list_artefacts(session, Filter([museum.id]))),
                        key=lambda one: one.inventory_number)  # fmt: skip
    lots.join(session, hands[0], lot, other)
    again = take("Coins")
    # The lot's own count was changed here; the row of the other is as it was.
    assert (again.added, again.refused) == (0, 0)
    changed = take("Medals")
    assert [(one.row, "joined into another" in one.reason) for one in changed.refusals] == [(3, True)]


def test_a_part_of_a_lot_that_was_moved_before_has_left_with_it_and_joins_no_other(pair, session, hands, museum, ring):
    lot, other = pair
    leila, omar = hands
    job = moves.plan(session, leila, ring, museum, codes=[lot.code], reason="war").code
    for name, hand, more in (
        ("authorise", omar, {"custodian": "D", "valid_until": None}),
        ("pack", leila, {"codes": [lot.code], "box": None, "seal": "S"}),
        ("give", leila, {"direction": Direction.OUT, "lines": [Line(lot.code, True, 300, "S")]}),
        ("receive", omar, {"direction": Direction.OUT, "lines": [Line(lot.code, True, 300, "S")]}),
        ("verify", omar, {"ring": ring}),
        ("give", omar, {"direction": Direction.BACK, "lines": [Line(lot.code, True, 300, "S")]}),
        ("receive", leila, {"direction": Direction.BACK, "lines": [Line(lot.code, True, 300, "S")]}),
    ):
        getattr(moves, name)(session, hand, code=job, happened_at=hand.now, **more)
    part = lots.divide(session, later(leila, 5), lot, count_low=4, count_high=4)
    assert [queries.has_left(session, one) for one in (lot, part, other)] == [True, True, False]
    # The holder is the same again; what tells them apart is that one of them was away.
    said = {"giver": "Not known", "taker": museum.name, "happened_at": NOON, "why": "always here"}
    service.record_custody(session, leila, other, **said)
    with pytest.raises(Conflict, match="was moved before"):
        lots.join(session, later(leila, 6), lot, other)
    lots.join(session, later(leila, 6), lot, part)
    assert counts(lot) == (200, 999)
