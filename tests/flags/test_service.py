"""Levels from what is stored: as of any day, as known on any day, matched or not, and the record of their changes."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

import numpy as np
import pytest
import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import Range
from sqlmodel import Session

from heritage.core.clock import FixedClock
from heritage.core.errors import InvalidInput, NotFound
from heritage.core.geodesy import distance_and_bearing
from heritage.db.engine import Database
from heritage.flags import service
from heritage.flags.domain import Level, Report, decide
from heritage.flags.models import JudgementKind
from heritage.flags.queries import latest_levels, list_flag_events, list_judgements
from heritage.flags.rules_file import load_rules
from heritage.incidents.domain import UNIT
from heritage.incidents.models import Event, EventRelease, EventVersion, Place
from heritage.proximity.service import match_pending
from heritage.settings import data_dir
from heritage.sites.models import Part, Site

RULES = load_rules(data_dir("config") / "rules.toml")
DAY = date(2015, 5, 21)
LON, LAT = 38.267, 34.554


def at(day: date) -> datetime:
    return datetime.combine(day, time(12), tzinfo=UTC)


def a_site(session: Session, ref: str = "23", listed: Range[date] | None = None) -> int:
    site = Site(
        register="whc", register_ref=ref, slug=f"site-{ref}", name=f"Site {ref}", name_folded=f"site {ref}",
        listed=listed or Range(date(1980, 1, 1), None), search="",
    )  # fmt: skip
    session.add(site)
    session.flush()
    assert site.id is not None
    return site.id


def a_part(session: Session, site_id: int, ref: str, lon: float = LON, lat: float = LAT, **more: Any) -> int:
    part = Part(site_id=site_id, ref=ref, lon=lon, lat=lat, **({"extent_km": 0.0} | more))
    session.add(part)
    session.flush()
    assert part.id is not None
    return part.id


def an_event(
    session: Session, lon: float, lat: float, *, on: date = date(2015, 5, 20), known: date | None = None, **more: Any
) -> int:
    """One event with one version, known at noon of a day (by default the day it happened)."""
    radius = more.pop("radius_km", 3.0)
    place = session.scalar(sa.select(Place).where(Place.lon == lon, Place.lat == lat, Place.radius_km == radius))  # type: ignore[arg-type]
    if place is None:
        place = Place(lon=lon, lat=lat, radius_km=radius)
        session.add(place)
    release = session.scalar(sa.select(EventRelease)) or EventRelease(feed="test", release="1", rank=[1])
    session.add(release)
    number = (session.scalar(sa.select(sa.func.count()).select_from(Event)) or 0) + 1
    event = Event(feed="test", event_id=str(number), incident_id=number)
    session.add(event)
    session.flush()
    facts = {
        "location_precision": "exact", "time_precision": "day", "occurred_from": on, "occurred_to": on,
        "kind": "fighting", "reliability": "C", "credibility": 2, "origins": f"origin {number}", "place_name": "Tadmur",
        "reported_at": at(on), "fetched_at": at(on), "known_at": at(known or on), "source_names": "A paper",
        "source_dates": on.isoformat(), "source_titles": "", "digest": number,
    }  # fmt: skip
    version = EventVersion(
        event=event.id, release_id=release.id, place_id=place.id, lon=lon, lat=lat, radius_km=radius, **(facts | more)
    )
    session.add(version)
    session.flush()
    assert event.id is not None
    return event.id


def a_battle(session: Session, lon: float = LON, lat: float = LAT, **more: Any) -> None:
    for _ in range(3):
        an_event(session, lon, lat, **more)


def levels(session: Session, as_of: date = DAY, **more: Any) -> dict[str, int]:
    found = service.compute_flags(session, RULES, as_of=as_of, **({"min_level": 1} | more))
    return {flag.id_no: int(flag.level) for flag in found}


@contextmanager
def unchanged(session: Session) -> Iterator[None]:
    """Nothing may be written inside."""
    tables = ("proximity", "flag_event", "judgement", "place", "part")

    def state() -> list[Any]:
        return [session.execute(sa.text(f"select * from {table} order by 1, 2")).all() for table in tables]

    before = state()
    yield
    assert state() == before


def test_a_battle_at_the_site_is_critical_and_says_why(session: Session) -> None:
    a_part(session, a_site(session), "23")
    a_battle(session)
    (flag,) = service.compute_flags(session, RULES, as_of=DAY, min_level=1)
    document = flag.as_json(RULES)
    assert (document["site"]["id_no"], document["level"], document["since"]) == ("23", 4, "2015-05-20")
    assert document["clears_when"].endswith("if nothing further is reported within 25 km")
    first = document["reasons"][0]
    assert (first["part_ref"], first["place"], first["sources"]) == ("23", "Tadmur", ["A paper"])
    assert (first["occurred_on"], first["reported_on"]) == ("2015-05-20", "2015-05-20")
    assert first["low_km"] <= first["distance_km"] <= first["high_km"]


def test_what_is_not_matched_yet_counts_as_if_it_were_and_nothing_is_written(session: Session) -> None:
    site = a_site(session)
    a_part(session, site, "a", LON + 0.1)
    a_part(session, site, "b", LON + 0.03)
    ring = [[LON - 0.01, LAT - 0.01], [LON + 0.01, LAT - 0.01], [LON + 0.01, LAT + 0.01], [LON - 0.01, LAT - 0.01]]
    square = {"type": "Polygon", "coordinates": [ring]}
    a_part(session, a_site(session, "24"), "24", LON + 0.2, buffer_zone=square)
    a_battle(session)
    with unchanged(session):
        pending = service.compute_flags(session, RULES, as_of=DAY)
    match_pending(session, RULES.reach_km)
    assert service.compute_flags(session, RULES, as_of=DAY) == pending
    assert [int(flag.level) for flag in pending] == [3, 3]


def test_a_moved_part_is_followed_before_it_is_matched_again(session: Session) -> None:
    part = a_part(session, a_site(session), "23")
    a_battle(session)
    match_pending(session, RULES.reach_km)
    assert levels(session) == {"23": 4}
    session.execute(sa.text("update part set lon = lon + 1, matched_reach_km = null where id = :id"), {"id": part})
    assert levels(session) == {}


def test_what_was_not_known_by_the_day_does_not_count(session: Session) -> None:
    a_part(session, a_site(session), "23")
    a_battle(session, known=DAY + timedelta(9))
    assert levels(session) == {}
    assert levels(session, known_on=DAY + timedelta(9)) == {"23": 4}
    assert levels(session, known_on=DAY + timedelta(8)) == {}


def test_a_withdrawn_event_stops_to_count_when_its_withdrawal_is_known(session: Session) -> None:
    a_part(session, a_site(session), "23")
    event = an_event(session, LON, LAT)
    gone = at(DAY + timedelta(30))
    session.execute(sa.text("update event_version set replaced_at = :at"), {"at": gone})
    row = session.execute(sa.text("select * from event_version")).mappings().one()
    later = dict(row) | {"revision": 1, "withdrawn": True, "known_at": gone, "replaced_at": None}
    session.execute(sa.insert(EventVersion), [later])
    assert levels(session) == {"23": 3}
    assert levels(session, known_on=DAY + timedelta(31)) == {}
    assert event


def test_sites_not_in_force_are_left_out_and_answer_when_asked_for(session: Session) -> None:
    gone = a_site(session, "1150", Range(date(2004, 1, 1), date(2015, 5, 1)))
    a_part(session, gone, "1150")
    a_part(session, a_site(session, "9", Range(date(2015, 7, 1), None)), "9")
    a_battle(session)
    assert levels(session, min_level=0) == {}
    assert levels(session, min_level=0, site_id=gone) == {"1150": 0}
    assert levels(session, date(2015, 4, 30), min_level=0) == {"1150": 0}


def test_level_zero_lists_every_site_in_force_and_highest_comes_first(session: Session) -> None:
    a_part(session, a_site(session, "1"), "1", LON + 40)
    a_part(session, a_site(session, "2"), "2", LON + 0.15)
    a_part(session, a_site(session, "3"), "3")
    a_battle(session)
    assert list(levels(session, min_level=0).items()) == [("3", 4), ("2", 1), ("1", 0)]
    assert list(levels(session, min_level=0, limit=1)) == ["3"]


def test_the_quick_levels_are_the_explained_ones(session: Session) -> None:
    for number in range(6):
        a_part(session, a_site(session, str(number)), "p", LON + number * 0.05)
    a_battle(session)
    full = {flag.site_id: flag.level for flag in service.compute_flags(session, RULES, as_of=DAY, min_level=1)}
    assert service.compute_levels(session, RULES, as_of=DAY).by_site() == full
    assert set(full.values()) >= {Level.CRITICAL, Level.WATCH}


def test_the_top_of_a_list_is_the_same_when_only_its_own_sites_are_looked_at(session: Session) -> None:
    for number in range(8):
        # Two and two stand at one distance and have one score: the name decides between them.
        a_part(session, a_site(session, str(number)), "p", LON + (number // 2) * 0.05)
    a_battle(session)
    whole = service.compute_flags(session, RULES, as_of=DAY, min_level=1)
    found = service.compute_levels(session, RULES, as_of=DAY)
    for limit in range(1, len(whole) + 2):
        chosen = found.highest(limit)
        assert len(chosen) < limit + 2
        assert service.compute_flags(session, RULES, as_of=DAY, min_level=1, among=chosen, limit=limit) == whole[:limit]


def test_a_history_is_what_each_day_would_have_said_with_the_same_knowledge(session: Session) -> None:
    site = a_site(session)
    a_part(session, site, "23")
    a_battle(session, LON + 0.02)
    a_battle(session, on=date(2015, 6, 20))
    first, last = date(2015, 5, 18), date(2015, 6, 22)
    history = service.site_history(session, RULES, site, first, last)
    assert [day for day, _, _ in history] == [first + timedelta(n) for n in range(36)]
    for day, level, score in history[::4]:
        (flag,) = service.compute_flags(session, RULES, as_of=day, known_on=last, site_id=site)
        assert (flag.level, flag.decision.score) == (level, score)


def test_all_sites_at_once_decide_as_one_site_by_itself(session: Session) -> None:
    chance = np.random.default_rng(7)
    sites = {a_site(session, str(n)): (LON + chance.normal(0, 0.2), LAT + chance.normal(0, 0.2)) for n in range(12)}
    parts = {site: a_part(session, site, "p", *where, extent_km=1.0) for site, where in sites.items()}
    for n in range(60):
        begun = DAY - timedelta(int(chance.integers(0, 90)))
        an_event(
            session,
            LON + chance.normal(0, 0.2),
            LAT + chance.normal(0, 0.2),
            on=begun,
            radius_km=float(chance.choice([1.0, 5.0, 25.0, 30.0])),
            location_precision=str(chance.choice(["exact", "near", "district"])),
            kind=str(chance.choice(["fighting", "shelling"])),
            origins=f"origin {n % 5}",
            fatalities_best=int(chance.integers(0, 60)),
        )
    flags = {flag.site_id: flag for flag in service.compute_flags(session, RULES, as_of=DAY)}
    for site, (lon, lat) in sites.items():
        decision = decide(_reports(session, site, parts[site], lon, lat), RULES, DAY)
        found = flags[site].decision
        assert (found.level, found.since, found.clears) == (decision.level, decision.since, decision.clears)
        assert found.score == pytest.approx(decision.score, abs=1e-4)
        assert found.confidence == pytest.approx(decision.confidence, abs=0.011)
        assert [r.rule for r in found.reasons] == [r.rule for r in decision.reasons]
    assert len({flag.level for flag in flags.values()}) >= 3


def _reports(session: Session, site: int, part: int, lon: float, lat: float) -> list[Report]:
    found = []
    for event, version in session.execute(sa.select(Event, EventVersion).where(Event.id == EventVersion.event)):  # type: ignore[arg-type]
        distance, bearing = (float(x[0]) for x in distance_and_bearing([lon], [lat], [version.lon], [version.lat]))
        report = Report(
            incident_id=event.incident_id, site_id=site, part_id=part, part_ref="p", distance_km=distance,
            low_km=max(0.0, distance - version.radius_km - 1), high_km=distance + version.radius_km + 1,
            kind=version.kind, occurred_from=version.occurred_from, occurred_to=version.occurred_to,
            bearing_deg=bearing, radius_km=version.radius_km, location_precision=version.location_precision,
            fatalities_best=version.fatalities_best, reliability=version.reliability,
            credibility=version.credibility, origins=tuple(version.origins.split(UNIT)), extent_km=1.0,
            lon=version.lon, lat=version.lat, event_pk=event.id,
        )  # fmt: skip
        found.append(report)
    return found


def test_evaluate_records_each_change_once(session: Session) -> None:
    site = a_site(session)
    a_part(session, site, "23")
    a_battle(session)
    clock = FixedClock(at(DAY))
    first, second = (service.evaluate(session, RULES, clock) for _ in range(2))
    assert (first.changed, second.changed) == (1, 0)
    assert [flag.id_no for flag in second.flags] == ["23"]
    (event,) = list_flag_events(session, site)
    assert (event.from_level, event.to_level, event.rule_version) == (0, 4, RULES.version)
    assert event.decided_at == clock.now()
    assert event.reasons[0]["distance_km"] < 0.1


def test_evaluate_records_the_fall_when_the_reports_have_aged(session: Session) -> None:
    site = a_site(session)
    a_part(session, site, "23")
    a_battle(session)
    days = [DAY + timedelta(n) for n in range(0, 90, 3)]
    changed = [service.evaluate(session, RULES, FixedClock(at(day))).changed for day in days]
    assert sum(changed) == 5
    assert [event.to_level for event in reversed(list_flag_events(session, site))] == [4, 3, 2, 1, 0]
    assert latest_levels(session) == {site: 0}


def test_asking_writes_nothing(session: Session) -> None:
    site = a_site(session)
    a_part(session, site, "23")
    a_battle(session)
    with unchanged(session):
        service.compute_flags(session, RULES, as_of=DAY)
        service.site_history(session, RULES, site, DAY, DAY)


def test_a_recorded_decision_cannot_be_changed_by_the_program(database: Database) -> None:
    with database.session() as session:
        a_part(session, a_site(session), "23")
        a_battle(session)
        service.evaluate(session, RULES, FixedClock(at(DAY)))
    for statement in ("update flag_event set to_level = 1", "delete from flag_event"):
        with pytest.raises(sa.exc.ProgrammingError), database.session() as session:
            session.execute(sa.text(statement))


def test_a_judgement_stands_beside_the_level_and_never_changes_it(session: Session) -> None:
    site = a_site(session)
    a_part(session, site, "23")
    clock = FixedClock(at(DAY))
    made = service.record_judgement(
        session, clock, site_id=site, kind=JudgementKind.RAISE, level=3, reason=" troops near ", by="Curator"
    )
    assert levels(session, min_level=0) == {"23": 0}
    assert [(j.kind, j.level, j.reason) for j in list_judgements(session, site, on=DAY)] == [
        (JudgementKind.RAISE, 3, "troops near")
    ]
    service.end_judgement(session, replace(clock, at=at(DAY + timedelta(1))), made.id or 0)
    assert list_judgements(session, site, on=DAY + timedelta(1)) == []
    assert len(list_judgements(session, site, on=DAY)) == 1


def test_the_same_person_judging_again_ends_the_earlier_judgement(session: Session) -> None:
    site = a_site(session)
    say = {"site_id": site, "kind": JudgementKind.ACKNOWLEDGE, "level": None, "by": "Curator"}
    service.record_judgement(session, FixedClock(at(DAY)), reason="seen", **say)
    service.record_judgement(session, FixedClock(at(DAY + timedelta(1))), reason="still", **say)
    assert [j.reason for j in list_judgements(session, site, on=DAY + timedelta(1))] == ["still"]
    assert len(list_judgements(session, site)) == 2


@pytest.mark.parametrize(
    ("kind", "level", "reason", "by"),
    [
        (JudgementKind.RAISE, None, "why", "me"),
        (JudgementKind.ACKNOWLEDGE, 2, "why", "me"),
        (JudgementKind.LOWER, 5, "why", "me"),
        (JudgementKind.ACKNOWLEDGE, None, "  ", "me"),
        (JudgementKind.ACKNOWLEDGE, None, "why", " "),
    ],
)
def test_a_judgement_without_its_parts_is_refused(
    session: Session, kind: Any, level: Any, reason: str, by: str
) -> None:
    site = a_site(session)
    with pytest.raises(InvalidInput):
        service.record_judgement(
            session, FixedClock(at(DAY)), site_id=site, kind=kind, level=level, reason=reason, by=by
        )


def test_a_judgement_of_no_site_is_not_found(session: Session) -> None:
    with pytest.raises(NotFound):
        service.record_judgement(
            session, FixedClock(at(DAY)), site_id=-1, kind=JudgementKind.ACKNOWLEDGE, level=None, reason="x", by="y"
        )
