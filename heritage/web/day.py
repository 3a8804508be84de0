"""The day a page is about: what `?as_of=` and `?known_on=` say, else today or the day of the replay."""

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from flask import Request, current_app, g, has_request_context, request, url_for
from flask_babel import gettext

from heritage.core.errors import InvalidInput
from heritage.services import Services

EARLIEST = date(1900, 1, 1)
LATEST = date(2199, 12, 31)
ONE_DAY = timedelta(days=1)
# What every link of ours hands on, so that a reader stays on the chosen day and in the chosen language.
KEPT = ("as_of", "known_on", "lang")
# What steers the making of an address; in one typed by a stranger these names mean nothing.
_STEERING = ("endpoint", "_anchor", "_method", "_scheme", "_external")


@dataclass(frozen=True)
class Day:
    """The day shown (`as_of`), the day it is known on, and what the day would be without being asked for."""

    as_of: date
    known_on: date
    default: date
    today: date
    replay: date | None = None
    record_on: date | None = None
    """The day whose record of the register is asked for by name; None shows the register as it is known now."""

    @property
    def register_on(self) -> date:
        """The day for what the register and the Committee say: a decision not yet taken by `known_on` was not known.

        Who asks with less knowledge than the day itself had sees what stood when that knowledge ended.
        """
        return min(self.as_of, self.known_on)

    @property
    def hindsight(self) -> bool:
        """Whether later knowledge is used than the day itself had."""
        return self.known_on > self.as_of

    @property
    def before(self) -> date | None:
        """The day before, None at the edge of the calendar."""
        return self.as_of - ONE_DAY if self.as_of > EARLIEST else None

    @property
    def after(self) -> date | None:
        """The day after, None when that has not begun."""
        return self.as_of + ONE_DAY if self.as_of < max(self.default, self.today) else None


def parse_day(text: str, name: str) -> date:
    """Read a day of an address.

    Raises: InvalidInput naming the field when it is no day of the calendar between 1900 and 2199.
    """
    try:
        day = date.fromisoformat(text)
    except ValueError:
        said = {"name": name, "text": text[:40]}
        raise InvalidInput(gettext("%(name)s: “%(text)s” is not a day such as 2015-05-21.", **said)) from None
    # The week form of ISO 8601 is read too by now, but no page of ours writes it.
    if text != day.isoformat() or not EARLIEST <= day <= LATEST:
        said = {"name": name, "text": text[:40]}
        raise InvalidInput(
            gettext("%(name)s: “%(text)s” is not a day such as 2015-05-21 between 1900 and 2199.", **said)
        )
    return day


def read_day(asked: Request, today: date, replay: date | None) -> Day:
    """The day a request asks for; known-on is the same day unless asked otherwise, so nothing leaks back."""
    default = replay or today
    as_of = parse_day(asked.args["as_of"], "as_of") if asked.args.get("as_of") else default
    record_on = parse_day(asked.args["known_on"], "known_on") if asked.args.get("known_on") else None
    return Day(as_of, record_on or as_of, default, today, replay, record_on)


def opening_day() -> Day:
    """The day of pages that are asked for no day: today, or that of the replay."""
    today = _today()
    default = current_app.config.get("REPLAY") or today
    return Day(as_of=default, known_on=default, default=default, replay=current_app.config.get("REPLAY"), today=today)


def _today() -> date:
    services: Services = current_app.extensions["heritage"]
    return services.clock.now().date()


def current_day() -> Day:
    """The day of the request at hand, read once."""
    if "day" not in g:
        g.day = read_day(request, _today(), current_app.config.get("REPLAY"))
    day: Day = g.day
    return day


def kept_arguments() -> dict[str, str]:
    """Day and language as they stand in the address at hand."""
    if not has_request_context():
        return {}
    return {name: request.args[name] for name in KEPT if request.args.get(name)}


def kept_days() -> dict[str, str]:
    """The days as they stand in the address at hand."""
    return {name: text for name, text in kept_arguments().items() if name != "lang"}


def link(endpoint: str, **values: Any) -> str:
    """An address of ours that keeps the day and the language; None takes an argument out."""
    merged: dict[str, Any] = {**kept_arguments(), **values}
    return url_for(endpoint, **{name: value for name, value in merged.items() if value not in (None, "")})


def here(**values: Any) -> str:
    """The present address with some arguments changed; None takes one out."""
    given = {name: value for name, value in request.args.to_dict(flat=False).items() if name not in _STEERING}
    arguments: dict[str, Any] = {**given, **(request.view_args or {}), **values}
    kept = {name: value for name, value in arguments.items() if value not in (None, "", [])}
    return url_for(request.endpoint or "overview.index", **kept)
