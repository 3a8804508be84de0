"""Asking, confirming, changing, stopping; and what keeps people from being signed up by others."""

from typing import Any

import pytest
import sqlalchemy as sa
from sqlmodel import select

from heritage.alerts import subscribing
from heritage.alerts.letters import write_letter
from heritage.alerts.models import Subscriber, Subscription
from heritage.alerts.subscribing import Manner, Wanted
from heritage.core.errors import InvalidInput

World = Any
VICTIM = "victim@example.org"


def ask(world: World, address: str = VICTIM, manner: Manner | None = None, **wanted: Any) -> None:
    with world.services.database.session() as session:
        subscribing.request(session, world.services, world.rules, address, Wanted(**wanted), manner or Manner())


def write_letters(world: World) -> None:
    """Carry out the letters that are in the queue."""
    with world.services.database.session() as session:
        found = session.execute(
            sa.text("delete from procrastinate_jobs where task_name = 'alerts.write_letter' returning args")
        ).scalars()
        letters = list(found)
    for letter in letters:
        write_letter(world.services, world.rules, **letter)


def confirm(world: World, subscriber_id: int = 1) -> None:
    with world.services.database.session() as session:
        subscribing.confirm(session, world.services, subscriber_id)


def rows(world: World, table: Any) -> list[Any]:
    with world.services.database.session() as session:
        return list(session.exec(select(table).order_by(table.id)))


def test_nothing_is_sent_before_somebody_confirms(world: World) -> None:
    world.site()
    world.report(number=4)
    ask(world)
    world.consider()
    assert world.deliver() == {}
    write_letters(world)
    ((letter, recipient),) = world.channel.sent
    assert recipient.address == VICTIM
    assert "/subscriptions/confirm/" in letter.text
    assert VICTIM not in letter.text


def test_a_victim_signed_up_a_thousand_times_gets_one_letter(world: World) -> None:
    countries = ["SY", "IQ", "ML", "UA"]
    for n in range(1000):
        ask(world, VICTIM.upper() if n % 2 else VICTIM, countries=(countries[n % 4],), min_level=1 + n % 3)
        if n % 100 == 0:
            write_letters(world)
            world.later(minutes=30)
    write_letters(world)
    assert len(world.channel.sent) == 1
    assert len(rows(world, Subscription)) <= world.rules.sign_up.most


def test_the_letter_comes_again_only_once_the_first_has_ended_or_was_answered(world: World) -> None:
    ask(world)
    write_letters(world)
    world.later(days=world.rules.sign_up.confirm_days, minutes=1)
    ask(world)
    write_letters(world)
    assert len(world.channel.sent) == 2
    world.later(minutes=1)
    confirm(world)
    ask(world, countries=("IQ",))
    ask(world, countries=("ML",))
    write_letters(world)
    assert len(world.channel.sent) == 3
    # What is wanted already asks for nothing.
    confirm(world)
    ask(world, countries=("IQ",))
    write_letters(world)
    assert len(world.channel.sent) == 3


def test_one_domain_gets_no_more_than_its_share_of_letters(world: World) -> None:
    for n in range(world.rules.sign_up.domain_per_hour + 20):
        ask(world, f"reader{n}@one-domain.example")
    write_letters(world)
    assert len(world.channel.sent) == world.rules.sign_up.domain_per_hour
    ask(world, "somebody@another.example")
    write_letters(world)
    assert len(world.channel.sent) == world.rules.sign_up.domain_per_hour + 1


def test_confirming_takes_everything_asked_for_and_may_be_repeated(world: World) -> None:
    ask(world, countries=("SY",))
    ask(world, countries=("IQ",))
    for _ in range(2):
        confirm(world)
    assert [s.confirmed_at for s in rows(world, Subscription)] == [world.clock.now()] * 2


def test_who_stopped_may_come_back_and_stays_stopped_until_they_confirm(world: World) -> None:
    ask(world)
    confirm(world)
    with world.services.database.session() as session:
        assert subscribing.stop(session, world.services, 1) == 1
        assert subscribing.stop(session, world.services, 1) == 0
    ask(world)
    assert rows(world, Subscriber)[0].stopped_at is not None
    confirm(world)
    assert rows(world, Subscriber)[0].stopped_at is None


def test_ending_one_of_two_leaves_the_other(world: World) -> None:
    ask(world, countries=("SY",))
    ask(world, countries=("IQ",))
    confirm(world)
    first = rows(world, Subscription)[0].id
    with world.services.database.session() as session:
        assert subscribing.stop(session, world.services, 1, subscription_id=first) == 1
    assert rows(world, Subscriber)[0].stopped_at is None


def test_a_strangers_request_changes_nothing_of_a_confirmed_person(world: World) -> None:
    world.subscribe(VICTIM, manner=Manner("fr", "Europe/Paris"))
    ask(world, manner=Manner("ar", "Asia/Damascus", channels=("email",)), countries=("SY",))
    (person,) = rows(world, Subscriber)
    assert (person.language, person.time_zone) == ("fr", "Europe/Paris")


def test_the_list_is_mailed_to_those_who_have_one_and_to_nobody_else(world: World) -> None:
    world.subscribe(VICTIM)
    for address in (VICTIM, VICTIM, "unknown@example.org"):
        with world.services.database.session() as session:
            subscribing.ask_for_list(session, world.services, world.rules, address)
    write_letters(world)
    assert [recipient.address for _, recipient in world.channel.sent] == [VICTIM]
    assert "/subscriptions/manage/" in world.channel.sent[0][0].text


def test_addresses_nobody_confirmed_are_thrown_away(world: World) -> None:
    ask(world)
    world.subscribe("wanted@example.org")
    world.later(days=world.rules.sign_up.confirm_days + 1)
    with world.services.database.session() as session:
        assert subscribing.purge(session, world.services, world.rules) == 1
    assert [person.address is None for person in rows(world, Subscriber)] == [True, False]


def test_no_address_stands_anywhere_in_the_database(world: World) -> None:
    import psycopg

    from heritage.db.engine import libpq_url

    world.site()
    world.subscribe(VICTIM)
    ask(world, "another@example.org")
    world.report(number=4)
    world.consider()
    world.deliver()
    with psycopg.connect(libpq_url(world.services.database.owner_url)) as connection:
        tables = connection.execute("select tablename from pg_tables where schemaname = 'public'").fetchall()
        for (table,) in tables:
            text = " ".join(row[0] for row in connection.execute(f"select t::text from {table} t").fetchall())  # type: ignore[arg-type]  # noqa: S608
            # The ledger keeps the identity a channel gave; the test's channel makes it of the address, mail of a hash.
            assert "example.org" not in text or table == "post", table
            assert VICTIM.encode().hex() not in text, table


@pytest.mark.parametrize(
    ("address", "wanted", "manner", "said"),
    [
        ("no address", {}, {}, "address"),
        ("a@b\nc", {}, {}, "address"),
        (VICTIM, {"min_level": 5}, {}, "min_level"),
        (VICTIM, {"countries": ("Syria",)}, {}, "country"),
        (VICTIM, {"site_ids": (999,)}, {}, "site"),
        (VICTIM, {}, {"language": "de"}, "language"),
        (VICTIM, {}, {"time_zone": "Mars/Base"}, "time_zone"),
    ],
)
def test_what_cannot_be_met_is_refused_by_its_field(
    world: World, address: str, wanted: dict[str, Any], manner: dict[str, Any], said: str
) -> None:
    with pytest.raises(InvalidInput, match=said) as caught:
        ask(world, address, Manner(**manner), **wanted)
    assert "example.org" not in str(caught.value)
    assert rows(world, Subscription) == []


def test_a_letter_sent_twice_carries_the_same_identity(world: World) -> None:
    ask(world)
    for _ in range(2):
        write_letter(world.services, world.rules, subscriber_id=1, letter="confirm")
        world.later(minutes=1)
    first, second = (message for message, _ in world.channel.sent)
    assert first.key == second.key
