"""The fetcher alone: limits of time and size, redirects, keys that stay home, waits that are kept."""

import logging
import time
from collections.abc import Iterator
from datetime import UTC, datetime

import pytest

from heritage.core.clock import FixedClock
from heritage.core.outgoing import PrivateAddress, TooSlow, is_public
from heritage.feeds.fetching import AskedTooOften, Bounds, Fetcher, FetchFailed, NotNow, retry_after_s, same_place
from tests.feeds.originals import Originals, Reply, serve

NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)
QUICK = {"first_wait_s": 0.01, "longest_wait_s": 1.0, "attempts": 2}


@pytest.fixture
def originals() -> Iterator[Originals]:
    with serve() as running:
        running.documents["/x"] = Reply(b"hello", kind="text/plain")
        yield running


def fetcher(originals: Originals, **bounds: float) -> Fetcher:
    return Fetcher(
        originals.url,
        Bounds(**{**QUICK, **bounds}),
        FixedClock(NOW),
        sleep=lambda seconds: None,  # type: ignore[arg-type]
    )


def test_a_slow_drip_ends_with_the_deadline(originals: Originals) -> None:
    originals.faults["/x"] = [Reply(b"z" * 1000, drip_s=0.05)]
    began = time.monotonic()
    with fetcher(originals, total_s=0.5) as asking, pytest.raises(TooSlow):
        asking.get("x")
    assert time.monotonic() - began < 1000 * 0.05


def test_an_answer_beyond_the_limit_is_not_taken(originals: Originals) -> None:
    originals.faults["/x"] = [Reply(b"z" * 5000)]
    with fetcher(originals, most_bytes=1000) as asking, pytest.raises(FetchFailed, match="more than"):
        asking.get("x")


def test_a_bomb_is_measured_unpacked(originals: Originals) -> None:
    originals.faults["/x"] = [Reply(b"z" * 3_000_000, headers={"Content-Encoding": "gzip"})]
    with fetcher(originals, most_bytes=1_000_000) as asking, pytest.raises(FetchFailed, match="more than"):
        asking.get("x")


def test_a_body_cut_short_is_never_taken_for_whole(originals: Originals) -> None:
    originals.faults["/x"] = [Reply(b"z" * 500, cut=100)] * 2
    with fetcher(originals) as asking, pytest.raises(NotNow, match="cut short"):
        asking.get("x")


def test_a_key_is_not_carried_to_another_host(originals: Originals) -> None:
    with serve() as other:
        other.documents["/y"] = Reply(b"there")
        originals.faults["/x"] = [Reply(b"", 302, headers={"Location": f"{other.url}y"})]
        # The other one is private too, so it must be named by the operator to be reached at all.
        with fetcher(originals) as asking, pytest.raises(PrivateAddress):
            asking.get("x", headers={"Authorization": "Bearer k"})
        assert other.asked == []


def test_a_name_that_leads_inside_is_refused_before_anything_is_sent(originals: Originals) -> None:
    def look_up(host: str, port: int) -> list[str]:
        return ["93.184.216.34", "10.1.2.3"] if host == "rebinding.example" else ["127.0.0.1"]

    asking = Fetcher(originals.url, Bounds(attempts=1), FixedClock(NOW), sleep=lambda seconds: None, look_up=look_up)
    with asking, pytest.raises(PrivateAddress):
        asking.get("http://rebinding.example/x")


def test_not_modified_is_no_change(originals: Originals) -> None:
    originals.documents["/x"] = Reply(b"hello", headers={"ETag": '"1"'})
    with fetcher(originals) as asking:
        first = asking.get("x")
        again = asking.get("x", validators=first.validators)
    assert (first.changed, again.changed, again.content) == (True, False, b"")


def test_redirects_come_to_an_end(originals: Originals) -> None:
    originals.documents["/loop"] = Reply(b"", 302, headers={"Location": "/loop"})
    with fetcher(originals) as asking, pytest.raises(FetchFailed, match="redirects more than"):
        asking.get("loop")


def test_the_budget_of_the_day_is_kept(originals: Originals) -> None:
    with fetcher(originals, budget=2) as asking:
        asking.get("x")
        asking.get("x")
        with pytest.raises(AskedTooOften):
            asking.get("x")
    assert len(originals.asked) == 2


def test_no_log_line_holds_a_key(originals: Originals, caplog: pytest.LogCaptureFixture) -> None:
    originals.faults["/x"] = [Reply(b"", 500)]
    with caplog.at_level(logging.DEBUG), fetcher(originals) as asking:
        asking.get("x", params={"appname": "sesame-1"}, headers={"Authorization": "Bearer sesame-2"})
        originals.faults["/x"] = [Reply(b"", 400)]
        with pytest.raises(FetchFailed) as failure:
            asking.get("x", params={"appname": "sesame-1"})
    told = [record.getMessage() for record in caplog.records if not record.name.startswith("httpcore2")]
    assert "sesame" not in "".join([*told, str(failure.value)])


@pytest.mark.parametrize(
    ("text", "seconds"),
    [("120", 120.0), ("Sun, 22 Nov 2026 12:01:00 GMT", 60.0), ("soon", None), (None, None), ("-5", None)],
)
def test_retry_after_is_a_number_or_a_date(text: str | None, seconds: float | None) -> None:
    assert retry_after_s(text, NOW) == seconds


def test_a_next_page_stays_on_the_sources_own_host() -> None:
    base = "https://api.example/v1/"
    assert same_place(base, "http://evil.example/v1/e?page=2") == "https://api.example/v1/e?page=2"
    assert same_place(base, "e?page=2") == "https://api.example/v1/e?page=2"


@pytest.mark.parametrize(
    "address",
    ["127.0.0.1", "10.0.0.1", "169.254.169.254", "100.64.0.1", "0.0.0.0", "224.0.0.1", "::1", "fe80::1%eth0", "fd00::1",
     "::ffff:10.0.0.1", "64:ff9b::a00:1", "2002:a00:1::", "no address"],
)  # fmt: skip
def test_private_addresses_are_known_in_every_form(address: str) -> None:
    assert not is_public(address)


@pytest.mark.parametrize("address", ["93.184.216.34", "2606:2800:220:1::1", "::ffff:93.184.216.34"])
def test_public_addresses_are_public(address: str) -> None:
    assert is_public(address)
