"""Live feeds against a server that answers as the sources do: what is taken, remembered, and not believed."""

import json
from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from pydantic import SecretStr
from sqlmodel import select

from heritage.core.clock import FixedClock
from heritage.core.errors import Conflict
from heritage.feeds import acled_api, gdelt_slots
from heritage.feeds.alarms import list_alarms
from heritage.feeds.fetching import Bounds, Fetcher, NotNow
from heritage.feeds.live import Desk, LiveSettings
from heritage.feeds.models import Feed, FeedItem, FeedRun, Outcome
from heritage.feeds.queries import list_runs
from heritage.feeds.registry import get_live
from heritage.feeds.service import run_feed, set_paused
from heritage.incidents.service import import_events
from heritage.services import Services
from tests.feeds import live_rows as rows
from tests.feeds.originals import PASSWORD, TOKEN, Originals, Reply, serve, zipped

NOW = datetime(2026, 11, 22, 11, 40, tzinfo=UTC)
SLOT = "20261122113000"


@pytest.fixture
def originals() -> Iterator[Originals]:
    acled_api._SESSIONS.clear()
    with serve() as running:
        yield running


@pytest.fixture
def world(services: Services, originals: Originals, tmp_path: Path) -> Services:
    """Services whose feeds are all switched on and lie on the loopback server."""
    quick = {"enabled": True, "pause_s": 0.0, "first_wait_s": 0.01, "longest_wait_s": 1.0, "attempts": 3}
    lines = []
    for name in ("ucdp", "acled", "gdelt", "cap", "rss", "reliefweb"):
        path = {"cap": "alerts.atom", "rss": "news.xml"}.get(name, "")
        size = {"ucdp": 2, "acled": 3, "reliefweb": 2}.get(name, 100)
        values = {**quick, "base_url": originals.url + path, "page_size": size}
        lines += [f"[{name}.live]", *(f"{key} = {json.dumps(value)}" for key, value in values.items())]
    path = tmp_path / "feeds.toml"
    path.write_text("\n".join(lines))
    settings = services.settings.model_copy(
        update={
            "feeds": path,
            "ucdp_token": SecretStr(TOKEN),
            "acled_username": SecretStr("somebody@example.org"),
            "acled_password": SecretStr(PASSWORD),
            "reliefweb_appname": SecretStr("an-approved-name"),
        }
    )
    return Services(clock=FixedClock(NOW), settings=settings, database=services.database, channels=services.channels)


@pytest.fixture
def poll(world: Services) -> Callable[..., FeedRun]:
    """Ask one feed, as many minutes after NOW as wanted."""

    def once(name: str, minutes: float = 0) -> FeedRun:
        later = FixedClock(NOW + timedelta(minutes=minutes))
        then = Services(later, world.settings, world.database, world.channels)
        feed = get_live(name, world.settings.feeds_file())
        run = run_feed(then, feed, import_events, sleep=lambda seconds: None)
        assert run is not None
        return run

    return once


@pytest.fixture
def held(world: Services) -> Callable[[str], dict[str, dict[str, Any]]]:
    """The newest version of every event of a feed, by the feed's own id."""

    def events(feed: str) -> dict[str, dict[str, Any]]:
        query = (
            "select e.event_id, v.* from event e join event_version v on v.event = e.id and v.replaced_at is null"
            " where e.feed = %(feed)s"
        )
        with world.database.session() as session:
            found = session.connection().exec_driver_sql(query, {"feed": feed}).mappings().all()
        assert len({row["event_id"] for row in found}) == len(found)
        return {row["event_id"]: dict(row) for row in found}

    return events


Poll = Callable[..., FeedRun]
Held = Callable[[str], dict[str, dict[str, Any]]]


def state(world: Services, name: str) -> Feed:
    with world.database.session() as session:
        return session.exec(select(Feed).where(Feed.name == name)).one()


def alarms(world: Services) -> list[tuple[str, str | None]]:
    with world.database.session() as session:
        return [(alarm.kind, alarm.feed) for alarm in list_alarms(session, only_open=True)]


BEGUN_2026 = {"date_start": "2026-01-10T00:00:00", "date_end": "2026-01-10T00:00:00", "year": 2026}


# -- UCDP --------------------------------------------------------------------------------------------------------------


def test_ucdp_finds_its_releases_and_follows_the_next_page(originals: Originals, poll: Poll, held: Held) -> None:
    originals.ucdp = {
        "26.1": [rows.ged(n, date_start="2025-05-01T00:00:00", date_end="2025-05-01T00:00:00") for n in range(1, 6)],
        "26.0.1": [rows.ged(11), rows.ged(12)],
    }
    originals.ucdp_total_more = 900
    run = poll("ucdp")
    assert (run.outcome, run.taken, run.received) == (Outcome.GOOD, 7, 7)
    assert sorted(held("ucdp")) == ["1", "11", "12", "2", "3", "4", "5"]
    again = poll("ucdp")
    assert (again.outcome, again.taken, again.changed) == (Outcome.UNCHANGED, 0, 0)
    # A release never changes: only those that may have come out since are looked for.
    assert not any("page=1" in target for target in originals.asked[run.asked :])


def test_ucdp_candidates_are_replaced_by_the_yearly_set(originals: Originals, poll: Poll, held: Held) -> None:
    old = {"date_start": "2025-12-03T00:00:00", "date_end": "2025-12-03T00:00:00", "year": 2025}
    originals.ucdp = {"25.1": [rows.ged(1, **{**old, "date_start": "2024-05-01T00:00:00",
                                              "date_end": "2024-05-01T00:00:00"})],
                      "25.0.12": [rows.ged(7, **old), rows.ged(8, **old)]}  # fmt: skip
    assert poll("ucdp").taken == 3
    originals.ucdp["26.1"] = [rows.ged(1, date_start="2024-05-01T00:00:00", date_end="2024-05-01T00:00:00"),
                              rows.ged(7, **{**old, "best": 4})]  # fmt: skip
    run = poll("ucdp", 60 * 24)
    assert (run.changed, run.withdrawn) == (1, 1)
    assert held("ucdp")["8"]["withdrawn"]
    assert not held("ucdp")["7"]["withdrawn"]


def test_ucdp_yearly_set_is_all_there_is_of_its_years_in_every_country(
    originals: Originals, poll: Poll, held: Held
) -> None:
    old = {"date_start": "2025-12-03T00:00:00", "date_end": "2025-12-03T00:00:00", "year": 2025}
    yemen = {**old, "country": "Yemen", "latitude": 15.4, "longitude": 44.2, "geom_wkt": "POINT (44.2 15.4)"}
    originals.ucdp = {"25.0.12": [rows.ged(7, **yemen)], "26.0.1": [rows.ged(9, **{**yemen, **BEGUN_2026})]}
    assert poll("ucdp").taken == 2
    # No event of Yemen and none of 2025 is left in it.
    originals.ucdp["26.1"] = [rows.ged(1, date_start="2024-05-01T00:00:00", date_end="2024-05-01T00:00:00")]
    run = poll("ucdp", 60 * 24)
    assert (run.taken, run.withdrawn) == (1, 1)
    assert (held("ucdp")["7"]["withdrawn"], held("ucdp")["9"]["withdrawn"]) == (True, False)


def test_ucdp_release_without_an_event_is_looked_at_again(originals: Originals, poll: Poll) -> None:
    originals.ucdp = {"26.1": [rows.ged(1)], "26.0.1": []}
    assert poll("ucdp").taken == 1
    originals.ucdp["26.0.1"] = [rows.ged(11)]
    assert poll("ucdp", 60 * 24).taken == 1


def test_ucdp_that_has_nothing_any_more_is_no_silence(originals: Originals, poll: Poll) -> None:
    assert poll("ucdp").outcome == Outcome.FAILED
    originals.ucdp = {"26.1": [rows.ged(1)]}
    assert poll("ucdp", 10).outcome == Outcome.GOOD
    assert poll("ucdp", 20).outcome == Outcome.UNCHANGED
    originals.ucdp = {}
    run = poll("ucdp", 30)
    assert (run.outcome, run.withdrawn) == (Outcome.FAILED, 0)
    assert "26.1" in (run.error or "")


def test_ucdp_without_a_token_is_an_alarm_and_says_no_secret(world: Services, originals: Originals, poll: Poll) -> None:
    originals.faults["/api/gedevents/"] = [Reply(b'"API token required"', 401)]
    run = poll("ucdp")
    assert run.outcome == Outcome.FAILED
    assert ("feed_credentials", "ucdp") in alarms(world)
    assert TOKEN not in (run.error or "")


def test_ucdp_stops_at_the_days_budget(world: Services, originals: Originals, tmp_path: Path, poll: Poll) -> None:
    path = world.settings.feeds_file()
    path.write_text(path.read_text() + "\n[gdelt.live.filters]\n")
    path.write_text(path.read_text().replace("[ucdp.live]", "[ucdp.live]\nbudget_per_day = 3"))
    from heritage.feeds import registry

    registry._sections.cache_clear()
    originals.ucdp = {"26.1": [rows.ged(n) for n in range(1, 20)]}
    run = poll("ucdp")
    assert (run.outcome, run.asked, run.taken) == (Outcome.WAITING, 3, 0)
    assert state(world, "ucdp").next_try_at is not None


def test_ucdp_delivering_too_little_takes_nothing(originals: Originals, poll: Poll, held: Held) -> None:
    originals.ucdp = {"26.1": [rows.ged(1)]}
    originals.ucdp_total_more = 5000
    with pytest.raises(NotNow):
        poll("ucdp")
    assert held("ucdp") == {}


# -- ACLED -------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("by_cursor", [False, True])
def test_acled_reads_all_pages_in_both_shapes(originals: Originals, poll: Poll, held: Held, by_cursor: bool) -> None:
    originals.acled = [rows.acled(n) for n in range(1, 8)]
    originals.acled_by_cursor = by_cursor
    run = poll("acled")
    assert (run.outcome, run.taken, run.refused) == (Outcome.GOOD, 7, 0)
    assert held("acled")["SYR1"]["kind"] == "shelling"
    assert held("acled")["SYR1"]["reported_at"].date() == date(2026, 10, 21)
    again = poll("acled", 10)
    assert (again.taken, again.changed) == (0, 0)


@pytest.mark.parametrize("tells_total", [True, False])
def test_acled_pages_shorter_than_asked_for_are_no_end(
    originals: Originals, poll: Poll, held: Held, tells_total: bool
) -> None:
    originals.acled = [rows.acled(n) for n in range(1, 8)]
    originals.acled_page_most, originals.acled_tells_total = 2, tells_total
    assert (poll("acled").taken, len(held("acled"))) == (7, 7)


def test_acled_days_that_were_withheld_are_taken_when_they_are_shown(originals: Originals, poll: Poll) -> None:
    # The hidden event was edited before the newest edit that is shown.
    originals.acled = [rows.acled(1, event_date="2026-10-01", timestamp=1_792_700_000), rows.acled(2)]
    originals.acled_shown_until = "2026-10-10"
    originals.acled_restrictions = {"date_recency": {"quantity": 43, "unit": "Days", "date": "2026-10-10"}}
    assert poll("acled").taken == 1
    originals.acled[1] = rows.acled(2, timestamp=1_792_500_000)
    originals.acled_shown_until, originals.acled_restrictions = "~", {}
    run = poll("acled", 60)
    assert (run.taken, run.known_until, run.embargo) == (1, None, None)


@pytest.mark.parametrize("status", [400, 403, 404, 500])
def test_acled_events_do_not_wait_for_the_list_of_those_taken_back(
    originals: Originals, poll: Poll, held: Held, status: int
) -> None:
    originals.acled = [rows.acled(1)]
    poll("acled")
    originals.acled += [rows.acled(2, timestamp=1_795_300_000)]
    originals.acled_deleted = [{"event_id_cnty": "SYR1", "deleted_timestamp": "1792700000"}]
    originals.faults["/api/deleted/"] = [Reply(b"{}", status)] * 3
    run = poll("acled", 60)
    assert (run.outcome, run.taken, run.withdrawn) == (Outcome.GOOD, 1, 0)
    assert any("could not be had" in note for note in run.notes)
    originals.faults.clear()
    # Asked for from where it was left, however far the events have come.
    assert poll("acled", 120).withdrawn == 1
    assert held("acled")["SYR1"]["withdrawn"]


def test_acled_takes_edits_and_withdrawals(originals: Originals, poll: Poll, held: Held) -> None:
    originals.acled = [rows.acled(n) for n in (1, 2, 3)]
    poll("acled")
    originals.acled[0] = rows.acled(1, fatalities=5, timestamp=1_795_000_000)
    originals.acled_deleted = [{"event_id_cnty": "SYR2", "deleted_timestamp": "1795000001"}]
    run = poll("acled", 60)
    assert (run.changed, run.withdrawn) == (1, 1)
    assert held("acled")["SYR1"]["fatalities_best"] == 5
    assert held("acled")["SYR2"]["withdrawn"]
    # The overlap brings both again.
    assert (lambda r: (r.changed, r.withdrawn))(poll("acled", 120)) == (0, 0)


def test_acled_embargo_is_not_known_and_never_quiet(world: Services, originals: Originals, poll: Poll) -> None:
    originals.acled_restrictions = {"date_recency": {"quantity": 12, "unit": "Months", "date": "2025-11-22"}}
    run = poll("acled")
    assert (run.outcome, run.taken) == (Outcome.UNCHANGED, 0)
    assert (run.known_until, run.embargo) == (date(2025, 11, 22), "12 Months")
    assert state(world, "acled").known_until == date(2025, 11, 22)


@pytest.mark.parametrize(
    ("said", "known_until"),
    [
        ({"date_recency": {"quantity": 2, "unit": "Weeks"}}, date(2026, 11, 8)),
        ({"date_recency": {"quantity": 12, "unit": "Months", "date": "in autumn"}}, date(2025, 11, 15)),
        ({"date_recency": {"date": "2026-01-31T00:00:00"}}, date(2026, 1, 31)),
        ('{"date_recency": {"quantity": 1, "unit": "Year", "date": "22 November 2025"}}', date(2025, 11, 22)),
        ({"fields": ["notes"]}, date(2025, 11, 22)),
        ({"date_recency": None}, None),
        ([], None),
    ],
)
def test_acled_terms_in_any_form_bound_what_is_known(tmp_path: Path, said: Any, known_until: date | None) -> None:
    with Fetcher("http://acled.example/", Bounds(), FixedClock(NOW), sleep=lambda seconds: None) as fetcher:
        desk = Desk(fetcher, LiveSettings(), {}, NOW, tmp_path, {})
        found = acled_api._withheld({"data": [], "data_query_restrictions": said}, desk)
    assert (found[0], bool(found[1])) == (known_until, known_until is not None)


def test_acled_signs_in_once_and_refreshes(originals: Originals, poll: Poll) -> None:
    originals.acled = [rows.acled(1)]
    poll("acled")
    poll("acled", 60)
    assert dict(originals.acled_logins) == {"password": 1}
    poll("acled", 60 * 25)
    assert dict(originals.acled_logins) == {"password": 1, "refresh_token": 1}
    originals.acled_tokens = set()  # the service forgot them all
    poll("acled", 60 * 26)
    assert originals.acled_logins["refresh_token"] == 2


@pytest.mark.parametrize(
    "reply",
    [
        Reply(b'{"error": "invalid_grant"}', 400),
        Reply(b"", 401),
        Reply(b"", 404),
        Reply(b"<html>Log in</html>", kind="text/html"),
        Reply(b'{"token": "renamed"}'),
        Reply(b"[]"),
    ],
)
def test_acled_changed_login_is_an_alarm_and_never_asked_in_a_loop(
    world: Services, originals: Originals, poll: Poll, reply: Reply
) -> None:
    originals.faults["/oauth/token"] = [reply]
    run = poll("acled")
    assert run.outcome == Outcome.FAILED
    assert ("feed_credentials", "acled") in alarms(world)
    assert originals.paths() == ["/oauth/token"]
    assert PASSWORD not in (run.error or "")
    originals.acled = [rows.acled(1)]
    assert poll("acled", 10).taken == 1
    assert alarms(world) == []


# -- GDELT -------------------------------------------------------------------------------------------------------------


def test_gdelt_takes_hints_grouped_by_article_place_and_kind(originals: Originals, poll: Poll, held: Held) -> None:
    same = {"url": "https://news.example/a"}
    lines = [
        rows.gdelt(1, **same),
        rows.gdelt(2, **same, code="190"),
        rows.gdelt(3, root="01", code="010"),
        rows.gdelt(4, type="1", url="https://news.example/b"),
        rows.gdelt(5, country="IZ", lat="33.34", lon="44.39", feature="x", place="Baghdad, Iraq"),
        rows.gdelt(6, day="20251122"),
        rows.gdelt(7, code="1712", base="171", root="17"),
        rows.gdelt(7, code="171", base="171", root="17"),
    ]
    originals.gdelt = {SLOT: zipped(SLOT, lines)}
    run = poll("gdelt")
    assert (run.outcome, run.taken, run.received) == (Outcome.GOOD, 3, 8)
    assert sum(run.left_out.values()) == 5
    found = list(held("gdelt").values())
    assert {row["location_precision"] for row in found} == {"district"}
    assert {row["country"] for row in found} == {"Syria", "Iraq"}
    assert {row["kind"] for row in found} == {"shelling", "deliberate_destruction"}


def test_gdelt_fills_gaps_and_remembers_slots(world: Services, originals: Originals, poll: Poll) -> None:
    slots = ["20261122113000", "20261122114500", "20261122120000", "20261122121500"]
    made = {slot: zipped(slot, [rows.gdelt(n, added=slot)]) for n, slot in enumerate(slots)}
    originals.gdelt = {slots[0]: made[slots[0]]}
    poll("gdelt")
    originals.gdelt = made
    originals.gdelt_withheld = {slots[1]}
    run = poll("gdelt", 60)
    assert (run.taken, run.outcome) == (2, Outcome.GOOD)
    assert state(world, "gdelt").cursor["missing"] == [slots[1]]
    originals.gdelt_withheld = set()
    assert poll("gdelt", 61).taken == 1
    assert state(world, "gdelt").cursor == {
        "newest": slots[3],
        "missing": [],
        "later": {},
        "lost": [],
    }
    asked = len(originals.asked)
    poll("gdelt", 62)
    assert originals.paths()[asked:] == ["/gdeltv2/lastupdate.txt"]


def test_gdelt_slot_that_stays_missing_is_shown_as_a_gap(world: Services, originals: Originals, poll: Poll) -> None:
    originals.gdelt = {"20261122113000": zipped("20261122113000", [rows.gdelt(1)])}
    poll("gdelt")
    originals.gdelt["20261122120000"] = zipped("20261122120000", [rows.gdelt(2, added="20261122120000")])
    poll("gdelt", 180)
    assert state(world, "gdelt").gap == ["20261122114500"]
    assert ("feed_gap", "gdelt") in alarms(world)


def test_gdelt_stretch_too_old_to_be_made_up_for_stays_in_sight() -> None:
    done, oldest = NOW.replace(minute=30), NOW.replace(minute=30) + timedelta(days=5)
    lost = gdelt_slots._lost({}, done, [], oldest)
    assert lost == ["20261122114500-20261127111500"]
    cursor, newest = {"lost": lost}, oldest + timedelta(days=3)
    given_up = oldest - timedelta(minutes=15)
    assert gdelt_slots._lost(cursor, newest, [given_up], oldest + timedelta(days=2)) == [*lost, "20261127111500"]
    assert gdelt_slots._lost(cursor, None, [], oldest + timedelta(days=8)) == []


def test_gdelt_manifest_of_a_day_to_come_is_not_believed(originals: Originals, poll: Poll) -> None:
    originals.gdelt = {SLOT: zipped(SLOT, [rows.gdelt(1)])}
    poll("gdelt")
    originals.gdelt["20991122113000"] = zipped("20991122113000", [rows.gdelt(2)])
    run = poll("gdelt", 15)
    assert (run.outcome, run.asked) == (Outcome.QUARANTINED, 1)


def test_gdelt_file_other_than_the_manifest_says_is_not_taken(originals: Originals, poll: Poll, held: Held) -> None:
    originals.gdelt = {SLOT: zipped(SLOT, [rows.gdelt(1)])}
    originals.faults[f"/gdeltv2/{SLOT}"] = [Reply(zipped(SLOT, [rows.gdelt(2)]))]
    with pytest.raises(NotNow):
        poll("gdelt")
    assert held("gdelt") == {}
    assert poll("gdelt", 15).taken == 1


def test_gdelt_bad_slot_does_not_hold_up_the_others(world: Services, originals: Originals, poll: Poll) -> None:
    slots = ["20261122113000", "20261122114500", "20261122120000"]
    originals.gdelt = {slots[0]: zipped(slots[0], [rows.gdelt(1)])}
    poll("gdelt")
    originals.gdelt[slots[1]] = zipped(slots[1], ["a\tb\tc"] * 9)
    originals.gdelt[slots[2]] = zipped(slots[2], [rows.gdelt(2, added=slots[2])])
    run = poll("gdelt", 30)
    assert (run.outcome, run.taken) == (Outcome.QUARANTINED, 1)
    assert run.quarantined is not None
    assert (world.settings.var / run.quarantined).exists()
    assert state(world, "gdelt").cursor["missing"] == [slots[1]]
    # It is looked at again some hours later; until then it is a gap, and the source is not bad for its sake.
    originals.gdelt["20261122130000"] = zipped("20261122130000", [rows.gdelt(3, added="20261122130000")])
    run = poll("gdelt", 110)
    assert run.outcome == Outcome.GOOD
    assert not any(slots[1] in target for target in originals.asked[-run.asked :])
    assert state(world, "gdelt").gap == [slots[1], "20261122121500"]
    originals.gdelt[slots[1]] = zipped(slots[1], [rows.gdelt(4, added=slots[1])])
    assert poll("gdelt", 400).taken == 1
    assert slots[1] not in state(world, "gdelt").cursor["missing"]


def test_gdelt_alone_raises_no_level(world: Services, originals: Originals, poll: Poll, held: Held) -> None:
    lines = [rows.gdelt(n, url=f"https://paper{n}.example/x") for n in range(60)]
    originals.gdelt = {SLOT: zipped(SLOT, lines)}
    assert poll("gdelt").taken == 60
    assert levels_near_palmyra(world) == []


def levels_near_palmyra(world: Services) -> list[Any]:
    from heritage.flags.rules_file import load_rules
    from heritage.flags.service import compute_flags
    from heritage.proximity.service import match_pending
    from heritage.starter.load import load_starter

    rules = load_rules(world.settings.rules_file())
    with world.database.session() as session:
        load_starter(session, world.clock, reach_km=rules.reach_km)
        match_pending(session, rules.reach_km)
        day = NOW.date()
        return list(compute_flags(session, rules, as_of=day, known_on=day, min_level=1, limit=10))


# -- CAP, RSS, ReliefWeb -----------------------------------------------------------------------------------------------


def index(*links: str) -> Reply:
    entries = "".join(
        f"<entry><id>{link}</id><title>x</title><updated>2026-11-21T10:00:00Z</updated>"
        f'<link type="application/cap+xml" href="{link}"/></entry>'
        for link in links
    )
    body = f'<feed xmlns="http://www.w3.org/2005/Atom"><title>t</title><id>i</id>{entries}</feed>'
    return Reply(body.encode(), kind="application/atom+xml")


def test_cap_updates_replace_and_cancels_take_back(originals: Originals, poll: Poll, held: Held) -> None:
    documents = originals.documents
    documents["/1.xml"] = Reply(rows.alert("A1").encode(), kind="application/cap+xml")
    documents["/alerts.atom"] = index("1.xml")
    assert poll("cap").taken == 1
    update = rows.alert("A2", msgType="Update", references=rows.named("A1"), area="<areaDesc>n</areaDesc>"
                        "<polygon>34.5,38.2 34.6,38.2 34.6,38.3 34.5,38.2</polygon>")  # fmt: skip
    documents["/2.xml"] = Reply(update.encode())
    documents["/alerts.atom"] = index("1.xml", "2.xml")
    run = poll("cap", 5)
    assert (run.taken, run.withdrawn) == (1, 1)
    first, second = held("cap")[rows.named("A1")], held("cap")[rows.named("A2")]
    assert (first["withdrawn"], second["withdrawn"]) == (True, False)
    assert abs(first["lat"] - 34.5624) < 1e-6
    assert abs(first["lon"] - 38.284) < 1e-6
    assert second["location_precision"] == "near"
    documents["/3.xml"] = Reply(rows.alert("A3", msgType="Cancel", references=rows.named("A2")).encode())
    documents["/4.xml"] = Reply(rows.alert("A4", status="Exercise").encode())
    documents["/alerts.atom"] = index("1.xml", "2.xml", "3.xml", "4.xml")
    run = poll("cap", 10)
    assert (run.taken, run.withdrawn) == (0, 1)
    assert poll("cap", 15).withdrawn == 0
    assert all(row["withdrawn"] for row in held("cap").values())


@pytest.mark.parametrize("scope", ["Restricted", "Private"])
def test_cap_alert_for_few_is_not_shown_to_all(originals: Originals, poll: Poll, held: Held, scope: str) -> None:
    originals.documents["/1.xml"] = Reply(rows.alert("A1").encode())
    originals.documents["/2.xml"] = Reply(rows.alert("A2", scope=scope).encode())
    originals.documents["/alerts.atom"] = index("1.xml", "2.xml")
    run = poll("cap")
    assert (run.taken, run.refused) == (1, 0)
    assert list(held("cap")) == [rows.named("A1")]


def test_cap_alert_that_could_not_be_had_is_asked_for_again_though_the_index_is_the_same(
    originals: Originals, poll: Poll
) -> None:
    listed = index("1.xml", "2.xml")
    listed.headers["ETag"] = '"same"'
    originals.documents["/alerts.atom"] = listed
    for n in (1, 2):
        originals.documents[f"/{n}.xml"] = Reply(rows.alert(f"A{n}").encode())
    originals.faults["/2.xml"] = [Reply(b"oops", 500)] * 3
    assert poll("cap").taken == 1
    assert poll("cap", 5).taken == 1
    assert poll("cap", 10).asked == 1
    assert originals.headers[-1]["if-none-match"] == '"same"'


def test_cap_alert_on_a_private_address_is_not_asked_for(originals: Originals, poll: Poll) -> None:
    originals.documents["/alerts.atom"] = index("http://127.0.0.1:9/secret.xml", "http://10.0.0.1/x.xml")
    run = poll("cap")
    assert run.taken == 0
    assert len(run.notes) == 2
    assert all("private network" in note for note in run.notes)


def test_rss_is_asked_politely_and_its_items_are_kept(world: Services, originals: Originals, poll: Poll) -> None:
    kind = "application/rss+xml"
    headers = {"ETag": '"one"', "Last-Modified": "Sat, 21 Nov 2026 10:00:00 GMT"}
    originals.documents["/news.xml"] = Reply(rows.RSS.format(extra="<ttl>90</ttl>").encode(), 200, kind, headers)
    run = poll("rss")
    assert (run.outcome, run.taken) == (Outcome.GOOD, 2)
    assert state(world, "rss").next_try_at == NOW + timedelta(minutes=90)
    run = poll("rss", 91)
    assert (run.outcome, run.taken) == (Outcome.UNCHANGED, 0)
    assert originals.headers[-1]["if-none-match"] == '"one"'
    with world.database.session() as session:
        items = {item.item_id: item for item in session.exec(select(FeedItem))}
    fire, talks = items["paper-1"], items["paper-2"]
    assert (fire.lon, fire.lat, fire.summary) == (38.2, 34.5, "A fire broke out.")
    assert (fire.zone_assumed, talks.zone_assumed) == (False, True)


def test_an_item_that_says_nothing_is_counted_among_those_received(originals: Originals, poll: Poll) -> None:
    text = rows.RSS.format(extra="").replace("</channel>", "<item><pubDate>x</pubDate></item></channel>")
    originals.documents["/news.xml"] = Reply(text.encode(), 200, "application/rss+xml")
    run = poll("rss")
    assert (run.received, run.taken, run.refused) == (3, 2, 1)
    assert run.reasons[0]["row"] == 3


@pytest.mark.parametrize(
    ("event", "kind"),
    [
        ("Повітряна тривога", "air_strike"),
        ("قصف مدفعي", "shelling"),
        ("Affrontements armés", "fighting"),
        ("Repas dansant", "other"),
    ],
)
def test_an_alert_in_another_language_is_of_its_kind(
    originals: Originals, poll: Poll, held: Held, event: str, kind: str
) -> None:
    document = rows.alert("A1", event=event).encode()
    originals.documents["/alerts.atom"] = Reply(document, kind="application/cap+xml")
    poll("cap")
    assert held("cap")[rows.named("A1")]["kind"] == kind


def test_reliefweb_reads_on_from_the_last_change(world: Services, originals: Originals, poll: Poll) -> None:
    originals.reliefweb = [rows.report(n, f"2026-11-21T1{n}:00:00+00:00") for n in range(5)]
    run = poll("reliefweb")
    assert (run.outcome, run.taken) == (Outcome.GOOD, 5)
    originals.reliefweb[0] = rows.report(0, "2026-11-22T09:00:00+00:00", title="Corrected")
    run = poll("reliefweb", 60)
    assert (run.taken, run.changed) == (0, 1)
    with world.database.session() as session:
        titles = {item.item_id: (item.title, item.countries) for item in session.exec(select(FeedItem))}
    assert titles["0"] == ("Corrected", ["SY"])


@pytest.mark.parametrize(("status", "kind"), [(403, "feed_credentials"), (410, "feed_credentials")])
def test_reliefweb_unapproved_or_old_is_an_alarm(
    world: Services, originals: Originals, poll: Poll, status: int, kind: str
) -> None:
    originals.faults["/v2/"] = [Reply(b"{}", status)]
    assert poll("reliefweb").outcome == Outcome.FAILED
    assert (kind, "reliefweb") in alarms(world)


# -- all of them -------------------------------------------------------------------------------------------------------


def fill(originals: Originals) -> None:
    """Something to take from every source."""
    originals.ucdp = {"26.1": [rows.ged(1), rows.ged(2)]}
    originals.acled = [rows.acled(1), rows.acled(2)]
    originals.gdelt = {SLOT: zipped(SLOT, [rows.gdelt(1), rows.gdelt(2)])}
    originals.documents["/alerts.atom"] = index("1.xml", "2.xml")
    for n in (1, 2):
        originals.documents[f"/{n}.xml"] = Reply(rows.alert(f"A{n}").encode())
    originals.documents["/news.xml"] = Reply(rows.RSS.format(extra="").encode())
    originals.reliefweb = [rows.report(1), rows.report(2)]


FIRST = {
    "ucdp": "/api/gedevents/",
    "acled": "/api/acled/",
    "gdelt": "/gdeltv2/",
    "cap": "/alerts.atom",
    "rss": "/news.xml",
    "reliefweb": "/v2/",
}
EVERY = pytest.mark.parametrize("name", sorted(FIRST))


@EVERY
def test_a_poll_takes_all_and_the_next_takes_nothing(originals: Originals, poll: Poll, name: str) -> None:
    fill(originals)
    run = poll(name)
    assert (run.outcome, run.taken, run.refused) == (Outcome.GOOD, 2, 0)
    assert run.asked >= 1
    assert run.received_bytes > 0
    again = poll(name, 3)
    assert (again.taken, again.changed, again.withdrawn) == (0, 0, 0)


@EVERY
@pytest.mark.parametrize(
    "faults",
    [
        [Reply(b"oops", 500), Reply(b"oops", 502)],
        [Reply(b"", 429, headers={"Retry-After": "0"})],
        [Reply(b'{"a": "' + b"x" * 5000, cut=100)],
    ],
    ids=["500 and 502", "429", "cut short"],
)
def test_a_passing_fault_is_ridden_out(originals: Originals, poll: Poll, name: str, faults: list[Reply]) -> None:
    fill(originals)
    originals.faults[FIRST[name]] = list(faults)
    assert poll(name).taken == 2


@EVERY
def test_a_lasting_fault_is_recorded_and_does_not_touch_what_is_held(
    world: Services, originals: Originals, poll: Poll, name: str
) -> None:
    fill(originals)
    poll(name)
    before = state(world, name).cursor
    for minutes in (10, 20, 30):
        originals.faults[FIRST[name]] = [Reply(b"oops", 500)] * 3
        with pytest.raises(NotNow):
            poll(name, minutes)
    assert state(world, name).cursor == before
    assert state(world, name).failures == 3
    assert ("feed_failing", name) in alarms(world)
    poll(name, 40)
    assert (state(world, name).failures, alarms(world)) == (0, [])


@EVERY
def test_a_long_retry_after_is_kept_to(world: Services, originals: Originals, poll: Poll, name: str) -> None:
    fill(originals)
    originals.faults[FIRST[name]] = [Reply(b"", 429, headers={"Retry-After": "3600"})]
    run = poll(name)
    assert (run.outcome, run.taken) == (Outcome.WAITING, 0)
    assert state(world, name).next_try_at == NOW + timedelta(hours=1)
    then = Services(FixedClock(NOW + timedelta(minutes=30)), world.settings, world.database, world.channels)
    asked = len(originals.asked)
    assert run_feed(then, get_live(name, world.settings.feeds_file()), import_events) is None
    assert len(originals.asked) == asked
    assert poll(name, 61).taken == 2


@EVERY
@pytest.mark.parametrize(
    "target", ["http://169.254.169.254/latest/meta-data/", "http://127.0.0.1:1/", "file:///etc/passwd"]
)
def test_a_redirect_into_a_private_network_is_refused(originals: Originals, poll: Poll, name: str, target: str) -> None:
    fill(originals)
    originals.faults[FIRST[name]] = [Reply(b"", 302, headers={"Location": target})]
    run = poll(name)
    assert (run.outcome, run.taken) == (Outcome.FAILED, 0)


@EVERY
def test_an_answer_that_means_nothing_is_kept_for_a_person(
    world: Services, originals: Originals, poll: Poll, name: str
) -> None:
    fill(originals)
    originals.faults[FIRST[name]] = [Reply(b'{"unexpected": []}')] * 4
    run = poll(name)
    assert (run.outcome, run.taken) == (Outcome.QUARANTINED, 0)
    assert run.quarantined is not None
    assert (world.settings.var / run.quarantined).read_bytes()
    assert ("feed_quarantined", name) in alarms(world)


@EVERY
def test_one_process_at_a_time_asks_a_feed(world: Services, originals: Originals, name: str) -> None:
    fill(originals)
    with world.database.engine.connect() as connection:
        connection.exec_driver_sql("select pg_advisory_lock(hashtextextended(%(n)s, 0))", {"n": f"feed {name}"})
        assert run_feed(world, get_live(name, world.settings.feeds_file()), import_events) is None
    assert originals.asked == []


def test_a_paused_feed_is_left_alone_and_a_person_may_still_ask(world: Services, originals: Originals) -> None:
    fill(originals)
    feed = get_live("rss", world.settings.feeds_file())
    with world.database.session() as session:
        set_paused(session, feed, True)
    assert run_feed(world, feed, import_events) is None
    assert originals.asked == []
    assert run_feed(world, feed, import_events, by_hand=True) is not None


def test_a_feed_that_is_off_is_not_asked(services: Services) -> None:
    with pytest.raises(Conflict, match="switched off"):
        run_feed(services, get_live("gdelt"), import_events)


def test_a_run_whose_process_died_is_marked_by_the_next(world: Services, originals: Originals, poll: Poll) -> None:
    fill(originals)
    poll("rss")
    with world.database.session() as session:
        session.add(FeedRun(feed="rss", started_at=NOW, outcome=Outcome.RUNNING))
    poll("rss", 5)
    with world.database.session() as session:
        assert [run.outcome for run in list_runs(session, feed="rss")] == ["good", "abandoned", "good"]


# -- what is not believed ----------------------------------------------------------------------------------------------


def swap(row: dict[str, Any]) -> dict[str, Any]:
    return {**row, "latitude": row["longitude"], "longitude": row["latitude"]}


@pytest.mark.parametrize("bad", [1, 5])
def test_swapped_coordinates_quarantine_the_batch(
    world: Services, originals: Originals, poll: Poll, held: Held, bad: int
) -> None:
    originals.acled = [swap(rows.acled(n)) if n < bad else rows.acled(n) for n in range(5)]
    run = poll("acled")
    assert (run.outcome, run.taken) == (Outcome.QUARANTINED, 0)
    assert "exchanged" in (run.error or "")
    # All that came was refused with it, and the record says so.
    assert (run.received, run.refused) == (5, 5)
    assert ("feed_quarantined", "acled") in alarms(world)
    assert held("acled") == {}
    originals.acled = [rows.acled(n) for n in range(5)]
    assert poll("acled", 10).taken == 5
    assert alarms(world) == []


def test_rows_in_which_two_words_for_one_place_disagree_count_as_swapped(originals: Originals, poll: Poll) -> None:
    originals.ucdp = {"26.1": [swap(rows.ged(n)) if n < 2 else rows.ged(n) for n in range(10)]}
    run = poll("ucdp")
    assert (run.outcome, run.taken, run.received, run.refused) == (Outcome.QUARANTINED, 0, 10, 10)
    assert [reason["row"] for reason in run.reasons] == [2, 3]


def test_an_answer_that_nobody_thought_of_is_kept_and_an_alarm(
    world: Services, originals: Originals, poll: Poll, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    fill(originals)
    monkeypatch.setattr("heritage.feeds.rss.parse_items", lambda answer: [][0])
    run = poll("rss")
    assert (run.outcome, run.finished_at is not None) == (Outcome.QUARANTINED, True)
    assert "IndexError" in (run.error or "")
    assert (world.settings.var / str(run.quarantined)).read_bytes().startswith(b"<?xml")
    assert ("feed_quarantined", "rss") in alarms(world)


def test_one_swapped_row_among_hundreds_costs_only_itself(originals: Originals, poll: Poll) -> None:
    lines = [rows.gdelt(n, lat=34 + n / 1000, feature=n) for n in range(300)]
    lines[7] = rows.gdelt(7, lat="38.284", lon="34.5624")
    originals.gdelt = {SLOT: zipped(SLOT, lines)}
    run = poll("gdelt")
    assert (run.outcome, run.taken, run.refused) == (Outcome.GOOD, 299, 1)


@pytest.mark.parametrize(
    ("name", "renamed"), [("acled", "event_date"), ("acled", "latitude"), ("ucdp", "best"), ("ucdp", "where_prec")]
)
def test_changed_columns_quarantine_the_batch(
    world: Services, originals: Originals, poll: Poll, name: str, renamed: str
) -> None:
    fill(originals)
    for row in [*originals.acled, *originals.ucdp["26.1"]]:
        if renamed in row:
            row[f"{renamed}_v2"] = row.pop(renamed)
    run = poll(name)
    assert (run.outcome, run.taken) == (Outcome.QUARANTINED, 0)
    assert renamed in (run.error or "")
    assert ("feed_quarantined", name) in alarms(world)


def test_a_new_column_is_noted_and_harmless(originals: Originals, poll: Poll) -> None:
    originals.ucdp = {"26.1": [rows.ged(1, brand_new=1)]}
    run = poll("ucdp")
    assert run.taken == 1
    assert "brand_new" in run.notes[0]


def test_bad_rows_are_refused_and_good_ones_taken(originals: Originals, poll: Poll) -> None:
    originals.acled = [rows.acled(1), rows.acled(2, event_date="soon"), rows.acled(3)]
    run = poll("acled")
    assert (run.outcome, run.taken, run.refused) == (Outcome.GOOD, 2, 1)
    assert run.reasons[0]["field"] == "event_date"


def test_wrong_charset_is_read_and_noted(originals: Originals, poll: Poll, held: Held) -> None:
    row = rows.acled(1, location="Malmö", country="Syria")
    text = json.dumps({"data": [row], "success": True, "status": 200}, ensure_ascii=False)
    originals.faults["/api/acled/"] = [Reply(text.encode("cp1252"), kind="application/json")]
    run = poll("acled")
    assert held("acled")["SYR1"]["place_name"] == "Malmö"
    assert any("UTF-8" in note for note in run.notes)


def test_fifty_times_the_usual_is_taken_whole(originals: Originals, poll: Poll) -> None:
    lines = [rows.gdelt(n, url=f"https://news.example/{n}") for n in range(50 * 200)]
    lines += [rows.gdelt(n, root="01", code="010") for n in range(50 * 1800)]
    originals.gdelt = {SLOT: zipped(SLOT, lines)}
    run = poll("gdelt")
    assert (run.outcome, run.taken, run.received) == (Outcome.GOOD, 10_000, 100_000)
