"""Links of letters: one purpose, an end, and nothing that can be made up."""

from datetime import timedelta

import pytest

from heritage.alerts.tokens import TokenFor, make_token, read_token
from heritage.core.clock import FixedClock
from heritage.settings import Settings


@pytest.fixture
def token(settings: Settings, clock: FixedClock) -> str:
    return make_token(settings, TokenFor.CONFIRM, 7, clock.now() + timedelta(days=7))


def test_a_token_tells_its_subscriber_until_it_ends(settings: Settings, clock: FixedClock, token: str) -> None:
    assert read_token(settings, TokenFor.CONFIRM, token, clock.now()) == 7
    assert read_token(settings, TokenFor.CONFIRM, token, clock.now() + timedelta(days=7)) is None


def test_a_token_is_good_for_its_own_purpose_only(settings: Settings, clock: FixedClock, token: str) -> None:
    for purpose in (TokenFor.STOP, TokenFor.MANAGE):
        assert read_token(settings, purpose, token, clock.now()) is None


@pytest.mark.parametrize("text", ["", "x", "a.b.c", "WzcsOTk5OTk5OTk5OV0.x", "\u0661"])
def test_what_was_made_up_or_altered_is_none(settings: Settings, clock: FixedClock, token: str, text: str) -> None:
    assert read_token(settings, TokenFor.CONFIRM, text, clock.now()) is None
    assert read_token(settings, TokenFor.CONFIRM, token[:-1] + ("A" if token[-1] != "A" else "B"), clock.now()) is None


def test_another_installations_token_is_none(settings: Settings, clock: FixedClock, token: str) -> None:
    other = settings.model_copy(
        update={"secret_key": type(settings.secret_key)("another key of no worth, long enough")}
    )
    assert read_token(other, TokenFor.CONFIRM, token, clock.now()) is None
