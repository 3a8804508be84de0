"""The page, the JSON, the numbers and the commands about feeds."""

import json
from collections.abc import Callable
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path

import pytest
import sqlalchemy as sa
from click.testing import CliRunner
from flask.testing import FlaskClient

from heritage.app import create_app
from heritage.cli import cli
from heritage.feeds.alarms import close_alarm, list_alarms, open_alarm
from heritage.feeds.models import AlarmKind, Feed, FeedRun, Outcome
from heritage.feeds.registry import get_live, list_live
from heritage.feeds.watching import prune_runs, watch_feeds
from heritage.services import Services
from heritage.web.credits import credit

ELSEWHERE = {"REMOTE_ADDR": "203.0.113.7"}


@pytest.fixture
def failed(services: Services) -> FeedRun:
    now = services.clock.now()
    run = FeedRun(
        feed="gdelt", started_at=now, finished_at=now, outcome=Outcome.FAILED, error="host.example:80/x is down"
    )
    with services.database.session() as session:
        session.add_all([run, Feed(name="gdelt", cadence_s=900, failures=1, last_run_at=now)])
        open_alarm(session, AlarmKind.FEED_FAILING, "gdelt", "host.example:80/x is down", now)
    return run


@pytest.mark.usefixtures("failed")
def test_a_stranger_sees_how_fresh_feeds_are_and_not_what_went_wrong(client: FlaskClient) -> None:
    page = client.get("/feeds", environ_base=ELSEWHERE).get_data(as_text=True)
    assert "GDELT 2.0" in page
    assert "host.example" not in page
    told = client.get("/feeds.json", environ_base=ELSEWHERE).get_json()
    assert {each["feed"] for each in told["feeds"]} >= {"ucdp", "acled", "gdelt"}
    assert "host.example" not in json.dumps(told)
    assert "runs" not in told


@pytest.mark.usefixtures("failed")
def test_who_may_see_the_jobs_sees_runs_and_alarms(client: FlaskClient) -> None:
    assert "host.example" in client.get("/feeds").get_data(as_text=True)
    told = client.get("/feeds.json?feed=gdelt").get_json()
    assert [run["outcome"] for run in told["runs"]] == ["failed"]
    assert told["alarms"][0]["kind"] == "feed_failing"


def test_what_a_source_did_wrong_is_said_in_the_reader_s_language_and_as_it_was_in_json(
    services: Services, client: FlaskClient
) -> None:
    now, fault = services.clock.now(), "host.example is not there (HTTP 404)."
    reasons = [
        {"row": 1234, "field": "best", "reason": "is not a number of deaths: many"},
        {"row": 5, "field": None, "reason": "was odd in a way of old"},
    ]
    run = FeedRun(
        feed="gdelt", started_at=now, finished_at=now, outcome=Outcome.FAILED, error=fault, refused=2, reasons=reasons
    )
    with services.database.session() as session:
        session.add_all([run, Feed(name="gdelt", cadence_s=900, failures=1, last_run_at=now, error=fault)])
        open_alarm(session, AlarmKind.FEED_FAILING, "gdelt", fault, now)
    page = client.get("/feeds?lang=fr").text
    assert fault not in page
    assert page.count("host.example n’existe pas (HTTP 404).") == 3
    assert "best n’est pas un nombre de morts\u00a0: many" in page
    assert "<bdi>la ligne entière</bdi> · <bdi>was odd in a way of old</bdi>" in page
    assert client.get("/feeds.json?feed=gdelt&lang=fr").get_json()["runs"][0]["error"] == fault


def test_a_feed_that_is_none_is_named_as_such(client: FlaskClient) -> None:
    assert client.get("/feeds?feed=nope").status_code == 400


@pytest.mark.parametrize("language", ["fr", "ar"])
def test_the_page_speaks_the_readers_language(client: FlaskClient, language: str) -> None:
    page = client.get(f"/feeds?lang={language}").get_data(as_text=True)
    assert "What its silence says" not in page


@pytest.mark.usefixtures("failed")
def test_numbers_are_for_those_who_may_see_the_jobs(client: FlaskClient, services: Services) -> None:
    services.settings.var.mkdir(exist_ok=True)
    assert client.get("/metrics", environ_base=ELSEWHERE).status_code == 302
    numbers = client.get("/metrics").get_data(as_text=True)
    assert 'heritage_feed_runs_total{feed="gdelt",outcome="failed"} 1' in numbers
    assert "\nheritage_clock_difference_seconds 0" in numbers
    assert "\nheritage_disk_free_bytes " in numbers
    assert 'heritage_alarms_open{kind="feed_failing",feed="gdelt"} 1' in numbers


def test_numbers_may_be_opened_to_everybody(services: Services) -> None:
    from heritage.app import create_app

    opened = Services(
        services.clock,
        services.settings.model_copy(update={"public_metrics": True}),
        services.database,
        services.channels,
    )
    assert create_app(opened).test_client().get("/metrics", environ_base=ELSEWHERE).status_code == 200


def test_an_alarm_is_open_once_and_closed_once(services: Services) -> None:
    now = services.clock.now()
    with services.database.session() as session:
        assert open_alarm(session, "x", None, "first", now)
        assert not open_alarm(session, "x", None, "second", now)
        assert close_alarm(session, "x", None, now)
        assert not close_alarm(session, "x", None, now)
        assert [alarm.detail for alarm in list_alarms(session)] == ["second"]


def test_a_feed_not_reached_for_long_raises_an_alarm_and_ends_it(services: Services) -> None:

    now = services.clock.now()
    (feed,) = [each for each in list_live() if each.name == "gdelt"]
    feed = replace(feed, live=replace(feed.live, enabled=True))
    with services.database.session() as session:
        session.add(Feed(name="gdelt", cadence_s=900, last_good_at=now - timedelta(hours=2)))
        session.flush()
        assert watch_feeds(session, [feed], {}, now) == {"opened": 1, "closed": 0}
        assert watch_feeds(session, [feed], {}, now) == {"opened": 0, "closed": 0}
        assert watch_feeds(session, [feed], {}, now - timedelta(hours=1, minutes=50)) == {"opened": 0, "closed": 1}


def test_a_feed_that_answers_and_has_nothing_new_for_long_raises_an_alarm(services: Services) -> None:

    now = services.clock.now()
    (feed,) = [each for each in list_live() if each.name == "acled"]
    feed = replace(feed, live=replace(feed.live, enabled=True))
    with services.database.session() as session:
        session.add(Feed(name="acled", cadence_s=43_200, last_good_at=now))
        session.flush()
        old, fresh = ({"acled": now.date() - timedelta(days=days)} for days in (15, 14))
        assert watch_feeds(session, [feed], old, now) == {"opened": 1, "closed": 0}
        assert watch_feeds(session, [feed], fresh, now) == {"opened": 0, "closed": 1}


def test_old_runs_are_forgotten_and_the_newest_stay(services: Services) -> None:
    now = services.clock.now()
    old = now - timedelta(days=500)
    with services.database.session() as session:
        for moment in (old, old + timedelta(days=1), now):
            session.add(FeedRun(feed="rss", started_at=moment, finished_at=moment, outcome=Outcome.GOOD))
        session.flush()
        assert prune_runs(session, now - timedelta(days=400)) == 2
        assert prune_runs(session, now + timedelta(days=1)) == 0


@pytest.fixture
def run_command(services: Services, monkeypatch: pytest.MonkeyPatch) -> Callable[..., tuple[int, str, str]]:
    monkeypatch.setenv("HERITAGE_DATABASE_URL", services.database.app_url)
    monkeypatch.setenv("HERITAGE_SECRET_KEY", "a test's key of no worth, long enough")
    monkeypatch.setenv("HERITAGE_VAR", str(services.settings.var))

    def run(*arguments: str) -> tuple[int, str, str]:
        result = CliRunner().invoke(cli, list(arguments))
        return result.exit_code, result.stdout, str(result.exception or "")

    return run


def test_commands_print_one_document(run_command: Callable[..., tuple[int, str, str]]) -> None:
    for arguments in (("list",), ("health",), ("runs",)):
        code, out, _ = run_command("feeds", *arguments, "--json")
        assert code == 0
        assert isinstance(json.loads(out), dict)
    health = json.loads(run_command("feeds", "health", "--json")[1])
    assert {each["health"] for each in health["feeds"]} == {"off"}


def test_a_feed_that_is_off_or_unknown_is_refused(run_command: Callable[..., tuple[int, str, str]]) -> None:
    code, _, problem = run_command("feeds", "run", "gdelt")
    assert (code, "switched off" in problem) == (1, True)
    code, _, problem = run_command("feeds", "run", "nope")
    assert (code, "known are" in problem) == (1, True)


def test_a_feed_without_an_address_or_a_key_says_which_setting_is_missing(
    run_command: Callable[..., tuple[int, str, str]], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    own = tmp_path / "feeds.toml"
    own.write_text('[cap.live]\nenabled = true\n[ucdp.live]\nenabled = true\nbase_url = "http://127.0.0.1:9/"\n')
    monkeypatch.setenv("HERITAGE_FEEDS", str(own))
    code, _, problem = run_command("feeds", "run", "cap")
    assert (code, "set base_url under [cap.live]" in problem) == (1, True)
    code, printed, _ = run_command("feeds", "run", "ucdp", "--json")
    run = json.loads(printed)
    assert (code, run["outcome"], run["asked"]) == (1, "failed", 0)
    assert "HERITAGE_UCDP_TOKEN" in run["error"]


def test_pausing_is_on_the_record(services: Services, run_command: Callable[..., tuple[int, str, str]]) -> None:
    assert run_command("feeds", "pause", "gdelt")[0] == 0
    assert json.loads(run_command("feeds", "list", "--json")[1])["feeds"][2]["paused"] is True
    assert run_command("feeds", "resume", "gdelt")[0] == 0
    with services.database.session() as session:
        rows = session.connection().exec_driver_sql("select action from audit_entry order by seq").scalars().all()
    assert list(rows)[-2:] == ["feeds.pause", "feeds.resume"]


def test_the_dossier_says_what_a_source_withholds(services: Services, client: FlaskClient) -> None:
    from heritage.starter.load import load_starter

    now = services.clock.now()
    with services.database.session() as session:
        load_starter(session, services.clock, reach_km=50)
        session.add(Feed(name="acled", cadence_s=900, last_good_at=now))
        values = {"feed": "acled", "started_at": now, "finished_at": now, "outcome": Outcome.UNCHANGED}
        session.add(FeedRun(**values, known_until=date(2014, 5, 21), embargo="12 Months"))
    page = client.get("/sites/site-of-palmyra?as_of=2015-05-21").get_data(as_text=True)
    assert "starter" in page.lower()
    assert "21 May 2014" not in page  # the feed is off here: nobody relies on it
    # What it brought would be drawn all the same, and is owed to it.
    assert "Natural Earth · GeoNames · ACLED</p>" in page
    assert "ACLED, accessed 21 May 2015" in page


def test_a_credit_names_what_was_asked_for(client: FlaskClient) -> None:
    feed = replace(get_live("acled"), live=replace(get_live("acled").live, filters={"country": "Syria|Iraq"}))
    with client.application.test_request_context():
        assert credit(feed, date(2026, 11, 2)).endswith("accessed 2 November 2026; country: Syria|Iraq")


@pytest.fixture
def switched_on(services: Services, tmp_path: Path) -> Services:
    """Services with one source switched on."""
    file = tmp_path / "feeds.toml"
    file.write_text('[gdelt.live]\nenabled = true\nbase_url = "http://127.0.0.1:9/"\n')
    settings = services.settings.model_copy(update={"feeds": file})
    return replace(services, settings=settings)


def test_an_administrator_asks_pauses_and_resumes_a_source_and_the_record_has_it(switched_on: Services) -> None:
    app = create_app(switched_on)
    app.config.update(TESTING=True, WTF_CSRF_ENABLED=False)
    client = app.test_client()
    page = client.get("/feeds").get_data(as_text=True)
    assert "Ask now" in page
    assert "/feeds/gdelt/pause" in page
    assert "/feeds/gdelt/resume" not in page
    for step in ("ask", "ask", "pause"):
        assert client.post(f"/feeds/gdelt/{step}").status_code == 302
    assert "/feeds/gdelt/resume" in client.get("/feeds").get_data(as_text=True)
    assert client.post("/feeds/gdelt/resume").status_code == 302
    with switched_on.database.session() as session:
        tasks = session.execute(sa.text("select task_name, args from procrastinate_jobs")).all()
        assert [tuple(task) for task in tasks] == [("feeds.run_gdelt", {"by_hand": True})]
        actions = session.execute(sa.text("select action, subject from audit_entry order by seq")).all()
    told = [tuple(entry) for entry in actions if entry[1] == "feed:gdelt"]
    # The second question found the first still waiting, and added nothing.
    assert told == [("feeds.ask", "feed:gdelt"), ("feeds.pause", "feed:gdelt"), ("feeds.resume", "feed:gdelt")]


def test_a_source_that_is_off_cannot_be_asked_and_an_unknown_one_is_not_there(client: FlaskClient) -> None:
    assert client.post("/feeds/gdelt/ask").status_code == 409
    assert client.post("/feeds/nope/pause").status_code == 404


def test_a_stranger_cannot_touch_a_source(client: FlaskClient) -> None:
    assert "Ask now" not in client.get("/feeds", environ_base=ELSEWHERE).get_data(as_text=True)
    assert client.post("/feeds/gdelt/pause", environ_base=ELSEWHERE).status_code in (302, 404)
