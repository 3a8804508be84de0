"""Decisions of 21 May 2015 made by hand, for tests of what is said about them."""

from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy.dialects.postgresql import Range
from sqlmodel import col, select

from heritage.accounts import service as accounts
from heritage.alerts import vitals
from heritage.alerts.considering import Considered, consider
from heritage.alerts.domain import FeedLine, SiteLevel, Summary, compare
from heritage.alerts.facts import AlertFacts, MessageType, ReasonFacts, SiteFacts, StaleFeed
from heritage.alerts.posting import deliver_due
from heritage.alerts.rules import AlertRules, load_alert_rules
from heritage.alerts.subscribing import Manner, Wanted, add_confirmed
from heritage.app import create_app
from heritage.channels.base import Message, Recipient
from heritage.core.errors import HeritageError
from heritage.flags.explanation import Decision, NotKnown, Reason, RuleName, Step
from heritage.flags.reports import Report
from heritage.flags.rules import Level
from heritage.flags.rules_file import load_rules
from heritage.incidents.models import Event, EventRelease, EventVersion, Place
from heritage.proximity.service import match_pending
from heritage.services import Services
from heritage.sites.models import Part, Site

PASSWORD = "a long and plain sentence"
DAY = date(2015, 5, 21)
BEFORE = date(2015, 5, 20)
TADMUR = Report(
    incident_id=1,
    site_id=23,
    part_id=1,
    part_ref="23",
    distance_km=1.84,
    low_km=0.0,
    high_km=7.12,
    kind="fighting",
    occurred_from=date(2015, 5, 20),
    occurred_to=date(2015, 5, 20),
    radius_km=5.0,
    reported_at=datetime(2015, 5, 21, tzinfo=UTC),
    known_at=datetime(2015, 5, 21, tzinfo=UTC),
    reliability="B",
    credibility=2,
    origins=("observatory", "state television"),
    sources=("Syrian Observatory for Human Rights", "Syrian state television"),
    place_name="Tadmur",
)
KAFRANBEL = replace(
    TADMUR,
    incident_id=2,
    part_ref="1348-004",
    distance_km=6.23,
    high_km=13.4,
    kind="explosion",
    occurred_from=date(2015, 5, 18),
    reported_at=datetime(2015, 5, 20, tzinfo=UTC),
    known_at=datetime(2015, 5, 20, tzinfo=UTC),
    reliability="D",
    credibility=3,
    origins=("article",),
    sources=("a news agency",),
    place_name="Kafranbel",
)


@dataclass(frozen=True)
class Made:
    """Makers of decisions, sites and summaries, and the two reports they rest on."""

    day: date = DAY
    before: date = BEFORE
    tadmur: Report = TADMUR
    kafranbel: Report = KAFRANBEL

    def decision(self, level: int, *reports: Report) -> Decision:
        """A decision resting on the reports given."""
        return Decision(
            level=Level(level),
            as_of=DAY,
            since=date(2015, 5, 20) if level else None,
            since_at_least=False,
            score=float(level),
            confidence=0.85 if level else 0.0,
            origins=2,
            reasons=tuple(Reason(report, 0.5, RuleName.ON_SITE, 4) for report in reports),
            reasons_total=len(reports),
            clears=(Step(date(2015, 6, 3), Level.WATCH), Step(date(2015, 7, 1), Level.NONE)) if level > 1 else (),
            not_known=(NotKnown.CAUSE,) if level else (NotKnown.SILENCE,),
            rule_version="1+abcdef01",
        )

    def site(self, name: str, level: int, *reports: Report, public: bool = True, country: str = "SY") -> SiteLevel:
        """A site at a level."""
        slug = name.lower().replace(" ", "-")
        return SiteLevel(slug, slug, name, (country,), public, self.decision(level, *reports))

    def summary(self, now: list[SiteLevel], then: list[SiteLevel], **changed: object) -> Summary:
        """Two days of a small register side by side."""
        values: dict[str, object] = {
            "as_of": DAY,
            "since": BEFORE,
            "known_on": DAY,
            "rule_version": "1+abcdef01",
            "sites_by_country": {"SY": 6, "IQ": 5, "ML": 4},
            "sites": 15,
            "newest_by_country": {"SY": date(2015, 5, 20), "IQ": date(2015, 1, 2)},
            "feeds": [
                FeedLine("starter", None, 12, date(2015, 5, 13), date(2015, 5, 20), ("SY",)),
                FeedLine("ucdp", "15.0.3", 1, date(2015, 1, 2), date(2015, 1, 2), ("IQ",)),
            ],
        }
        return compare(now, then, **(values | changed))  # type: ignore[arg-type]  # named values of a test


@pytest.fixture
def made() -> Made:
    """The makers."""
    return Made()


@pytest.fixture
def facts() -> AlertFacts:
    """The first message about Palmyra, decided at noon of 21 May 2015."""
    observatory = ReasonFacts(
        kind="fighting",
        occurred_from=date(2015, 5, 20),
        occurred_to=date(2015, 5, 20),
        part_ref="23-001",
        part_name="part of Palmyra",
        distance_km=1.84,
        low_km=0.0,
        high_km=7.12,
        reported_at=datetime(2015, 5, 20, 21, 30, tzinfo=UTC),
        place_name="Tadmur",
        sources=("Syrian Observatory for Human Rights", "Syrian state television"),
        grade="B2",
        origins=("observatory", "state television"),
        incident_id=1,
    )
    activists = replace(
        observatory,
        kind="air_strike",
        occurred_from=date(2015, 5, 18),
        reported_at=datetime(2015, 5, 21, tzinfo=UTC),
        sources=("activists",),
        grade="D3",
        origins=("activists",),
        incident_id=2,
    )
    return AlertFacts(
        thread="k7Qm2x",
        step=1,
        msg_type=MessageType.ALERT,
        exercise=False,
        correction=False,
        site=SiteFacts(
            "23",
            "site-of-palmyra",
            {"en": "Site of Palmyra", "fr": "Site de Palmyre", "ar": "موقع تدمر"},
            ("SY",),
        ),
        level=4,
        from_level=0,
        decided_at=datetime(2015, 5, 21, 12, tzinfo=UTC),
        as_of=DAY,
        reasons=(observatory, activists),
        not_known=(NotKnown.CAUSE,),
        stale_feeds=(StaleFeed("UCDP GED 15.0.3", date(2015, 1, 2)),),
        clears=(Step(date(2015, 6, 3), Level.WATCH), Step(date(2015, 7, 1), Level.NONE)),
        reasons_total=2,
        since=date(2015, 5, 20),
        rule_version="1+abcdef01",
    )


@dataclass
class Scripted:
    """A channel that fails as told, then takes what it is given."""

    failures: list[HeritageError] = field(default_factory=list)
    sent: list[tuple[Message, Recipient]] = field(default_factory=list)
    name: str = "email"

    def send(self, message: Message, recipient: Recipient) -> str:
        """Fail or take."""
        if self.failures:
            raise self.failures.pop(0)
        self.sent.append((message, recipient))
        return f"<{message.key} {recipient.address}>".replace(" ", "-")


@dataclass
class Ticking:
    """A clock that tests move."""

    at: datetime = datetime(2015, 5, 21, 12, tzinfo=UTC)

    def now(self) -> datetime:
        """Where it stands."""
        return self.at


@dataclass
class World:
    """Sites and what is reported near them, in a database of the test's own, with a clock and a channel of its own."""

    services: Services
    clock: Ticking
    channel: Scripted
    rules: AlertRules
    sites: dict[str, int] = field(default_factory=dict)

    def site(self, name: str = "Palmyra", lon: float = 38.267, lat: float = 34.554, **more: Any) -> int:
        """A site of one part."""
        slug = name.lower().replace(" ", "-")
        with self.services.database.session() as session:
            row = Site(
                register="whc", register_ref=slug, slug=slug, name=name, name_folded=slug, search="", lon=lon, lat=lat,
                listed=Range(date(1980, 1, 1), None), **({"states_parties": ["SY"]} | more),
            )  # fmt: skip
            session.add(row)
            session.flush()
            session.add(Part(site_id=row.id or 0, ref=f"{slug}-1", name=name, lon=lon, lat=lat, extent_km=1.0))
            self.sites[slug] = row.id or 0
        return self.sites[slug]

    def report(self, *, on: date | None = None, lon: float = 38.267, lat: float = 34.554, number: int = 1) -> list[int]:
        """Reports of fighting, each of an origin of its own; returns their events."""
        day = on or self.clock.now().date()
        noon = datetime.combine(day, time(12), tzinfo=UTC)
        events = []
        with self.services.database.session() as session:
            place = session.exec(select(Place).where(Place.lon == lon, Place.lat == lat)).first()
            place = place or Place(lon=lon, lat=lat, radius_km=1.0)
            release = session.exec(select(EventRelease)).first() or EventRelease(feed="test", release="1", rank=[1])
            session.add_all([place, release])
            session.flush()
            for _ in range(number):
                own = (session.scalar(sa.select(sa.func.count()).select_from(Event)) or 0) + 1
                event = Event(feed="test", event_id=str(own), incident_id=own)
                session.add(event)
                session.flush()
                facts = {
                    "location_precision": "exact", "time_precision": "day", "occurred_from": day, "occurred_to": day,
                    "kind": "fighting", "reliability": "B", "credibility": 2, "origins": f"origin {own}",
                    "place_name": "Tadmur", "reported_at": noon, "fetched_at": noon, "known_at": noon, "digest": own,
                    "source_names": "A paper", "source_dates": day.isoformat(), "source_titles": "",
                }  # fmt: skip
                session.add(
                    EventVersion(
                        event=event.id,
                        release_id=release.id,
                        place_id=place.id,
                        lon=lon,
                        lat=lat,
                        radius_km=1.0,
                        **facts,
                    )
                )
                events.append(event.id or 0)
        return events

    def withdraw(self, *events: int) -> None:
        """Let the feed take reports back."""
        with self.services.database.session() as session:
            session.execute(sa.update(EventVersion).where(col(EventVersion.event).in_(events)).values(withdrawn=True))

    def subscribe(self, address: str = "one@example.org", *, manner: Manner | None = None, **wanted: Any) -> int:
        """A confirmed person."""
        with self.services.database.session() as session:
            added = add_confirmed(session, self.services, address, Wanted(**wanted), manner or Manner())
            return added.subscriber_id

    def consider(self) -> Considered:
        """One look at all levels."""
        flag_rules = load_rules(self.services.settings.rules_file())
        with self.services.database.session() as session:
            match_pending(session, flag_rules.reach_km)
            return consider(session, self.services, flag_rules, self.rules)

    def deliver(self) -> dict[str, int]:
        """Hand over what is due."""
        return deliver_due(self.services, self.rules, slice_s=60)

    def later(self, **more: float) -> None:
        """Move the clock."""
        self.clock.at += timedelta(**more)

    def subjects(self) -> list[str]:
        """Of what was sent so far, in order."""
        return [message.subject for message, _ in self.channel.sent]


@pytest.fixture
def world(services: Services) -> World:
    """The world, empty."""
    clock, channel = Ticking(), Scripted()
    rules = load_alert_rules(services.settings.alert_rules_file())
    return World(replace(services, clock=clock, channels={"email": channel}), clock, channel, rules)


@pytest.fixture
def app(world: World) -> Flask:
    """The pages of that world."""
    application = create_app(world.services)
    application.config.update(TESTING=True, WTF_CSRF_ENABLED=False)
    return application


@pytest.fixture
def sign_in(world: World, app: Flask) -> Any:
    """Browsers of people with a role."""
    from flask_security.utils import hash_password

    def made(name: str, role: str) -> FlaskClient:
        with app.app_context(), world.services.database.session() as session:
            by = accounts.By("a test", world.clock.now())
            bounds = accounts.Bounds.of([role], ["SY"] if role == "directorate" else [])
            secret = accounts.invite(session, by, f"{name}@museum.example", bounds)
            accounts.accept(session, secret, name=name, password_hash=hash_password(PASSWORD), now=world.clock.now())
        client = app.test_client()
        client.post("/login", data={"email": f"{name}@museum.example", "password": PASSWORD})
        with world.services.database.session() as session:
            session.connection().exec_driver_sql("update account_sign_in set strong = true")
        return client

    return made


@pytest.fixture(autouse=True)
def room_on_the_disk(monkeypatch: pytest.MonkeyPatch) -> None:
    """Plenty, whatever the machine of the tests has left; a test about the disk says otherwise."""
    monkeypatch.setattr(vitals, "_room", lambda var: (10**11, 10**12) if var.exists() else (None, None))
