"""Decisions of 21 May 2015 made by hand, for tests of what is said about them."""

from dataclasses import dataclass, replace
from datetime import UTC, date, datetime

import pytest

from heritage.alerts.domain import FeedLine, SiteLevel, Summary, compare
from heritage.alerts.facts import AlertFacts, MessageType, ReasonFacts, SiteFacts, StaleFeed
from heritage.flags.explanation import Decision, NotKnown, Reason, RuleName, Step
from heritage.flags.reports import Report
from heritage.flags.rules import Level

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
