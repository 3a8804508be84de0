"""The summary written for one person: their sites, their language, the way out."""

from dataclasses import replace
from datetime import UTC, date, datetime

import pytest
import sqlalchemy as sa
from sqlmodel import Session, col, select

from heritage.alerts.digest_text import digest_message
from heritage.alerts.models import Post, Subscriber, SubscriberDigest
from heritage.flags.service import load_rules
from heritage.services import Services
from heritage.settings import Settings
from heritage.sites.models import Site
from heritage.starter.load import load_starter

NOW = datetime(2015, 5, 21, 12, tzinfo=UTC)
STOP = "https://heritage.example/subscriptions/stop/x"


@pytest.fixture
def posted(services: Services, session: Session):
    """Write the summary of 21 May 2015 for somebody who asked for some sites, by slug; for all without any."""
    reach_km = load_rules(services.settings.rules_file()).reach_km
    load_starter(session, services.clock, reach_km=reach_km)

    def written(*slugs: str, language: str = "en", hidden: bool = False, settings: Settings = services.settings):
        if hidden:
            session.connection().execute(
                sa.update(Site).where(col(Site.slug).in_(slugs)).values(disclosure="hidden", grid_km=None)
            )
        wanted = list(session.exec(select(Site.id).where(col(Site.slug).in_(slugs)))) if slugs else []
        reader = Subscriber(to_hash=f"{slugs}{language}{hidden}", language=language, created_at=NOW)
        session.add(reader)
        session.flush()
        digest = SubscriberDigest(
            subscriber_id=reader.id,
            frequency="daily",
            slot=NOW if not hidden else datetime(2015, 5, 21, 13, tzinfo=UTC),
            as_of=date(2015, 5, 21),
            since=date(2015, 5, 18),
            sites=wanted,
        )
        session.add(digest)
        session.flush()
        post = Post(
            digest_id=digest.id, subscriber_id=reader.id, channel="email", priority=0, queued_at=NOW, not_before=NOW
        )
        return digest_message(session, replace(services, settings=settings), post, reader, STOP)

    return written


def test_somebody_gets_the_sites_asked_for_and_no_other(posted) -> None:
    message = posted("site-of-palmyra")
    assert "Site of Palmyra" in message.text
    assert "Ancient Villages" not in message.text + message.html
    assert "Ancient Villages" in posted().text


def test_the_letter_is_in_the_readers_language_and_can_be_ended(posted) -> None:
    message = posted("site-of-palmyra", language="ar")
    assert 'lang="ar"' in message.html
    assert message.stop_url == STOP
    assert STOP in message.text
    assert STOP in message.html


def test_a_site_whose_place_is_not_public_is_neither_named_nor_called_quiet(posted) -> None:
    message = posted("site-of-palmyra", hidden=True)
    assert "Palmyra" not in message.text
    assert "0 of 0 sites have no level" in message.text


def test_in_a_drill_the_letter_says_so(posted, services: Services) -> None:
    assert "Exercise" not in posted().subject
    drill = services.settings.model_copy(update={"exercise_clock": NOW})
    assert posted("site-of-palmyra", language="fr", settings=drill).subject.startswith("Exercice")
