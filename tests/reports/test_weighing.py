"""What claims on one point amount to."""

from datetime import date

import pytest

from heritage.reports.domain import Extent, Transition
from heritage.reports.weighing import Voice, control_line, tally

DAY = date(2015, 5, 20)


def voice(number: int, weight: float, origin: str, extent: Extent | None = None, **more) -> Voice:
    return Voice(number, weight, (origin,), **({"on": DAY, "actor": "ISIS"} | more), extent=extent)


# The city on that evening: the article's own voice, the observatory, a fighter.
CITY = [
    voice(1, 0.5, "article", Extent.FULL),
    voice(10, 0.75, "observatory", Extent.MOST),
    voice(7, 0.25, "fighter", Extent.FULL, by_party=True),
]


def test_the_middle_of_what_is_said_is_named_and_that_claims_differ():
    line = control_line(CITY, DAY)
    assert line is not None
    assert (line.actor, line.extent, line.differ, line.is_stale) == ("ISIS", Extent.MOST, True, False)
    assert (line.claims, line.origins) == ((1, 7, 10), 3)


def test_the_order_of_claims_does_not_matter():
    assert control_line(CITY[::-1], DAY) == control_line(CITY, DAY)


def test_one_origin_speaks_once_however_often_it_is_repeated():
    repeats = [voice(n, 0.5, "article", Extent.FULL) for n in range(20, 25)]
    other = voice(30, 0.9, "museum", Extent.FULL, actor="Government of Syria")
    line = control_line([*repeats, other], DAY)
    assert line is not None
    assert line.actor == "Government of Syria"
    assert line.rivals == ("ISIS",)
    assert line.is_disputed


@pytest.mark.parametrize(("days", "stale"), [(0, False), (30, False), (31, True)])
def test_a_line_grows_stale_after_thirty_days(days: int, stale: bool):
    line = control_line(CITY, date.fromordinal(DAY.toordinal() + days))
    assert line is not None
    assert line.is_stale is stale


def test_control_ends_by_a_new_claim_of_the_same_origin_only():
    later = voice(40, 0.75, "observatory", Extent.WITHDRAWN, on=date(2015, 6, 1))
    line = control_line([CITY[1], later], date(2015, 6, 1))
    assert line is not None
    assert line.extent is Extent.WITHDRAWN


def test_what_others_gave_up_does_not_contradict_who_holds_it():
    left = voice(11, 0.5, "activists", None, actor="Government of Syria", transition=Transition.WITHDRAW)
    line = control_line([CITY[0], left], DAY)
    assert line is not None
    assert (line.actor, line.differ, line.rivals) == ("ISIS", False, ())


def test_entering_is_not_holding():
    line = control_line([voice(2, 0.75, "state television", None, transition=Transition.ENTER)], DAY)
    assert line is not None
    assert line.extent is Extent.INFILTRATED


def test_nothing_said_of_control_gives_no_line():
    assert control_line([], DAY) is None
    assert control_line([voice(1, 1, "x", Extent.UNKNOWN), voice(2, 1, "x", Extent.FULL, actor="")], DAY) is None


def test_ten_that_quote_one_are_one_voice():
    told = tally([voice(n, 0.5, "observatory", by_party=True) for n in range(10)])
    assert (told.claims, told.origins, told.is_single, told.only_parties) == (10, 1, True, True)
