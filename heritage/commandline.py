"""What every feature's commands share: services from the settings, dates as arguments, JSON on stdout."""

import json
import logging
import re
import sys
from collections.abc import Iterator, MutableMapping
from contextlib import contextmanager
from datetime import date
from typing import Any, Literal

import click
import structlog

from heritage.alerts.exercise import clock_of
from heritage.core.clock import Clock, SystemClock
from heritage.db.engine import open_database
from heritage.services import Services
from heritage.settings import load_settings

# As on the pages: beyond these a day before or a month back may not be in the calendar.
FIRST_YEAR, LAST_YEAR = 1900, 2199


class DateArgument(click.ParamType[date]):
    """A calendar day, YYYY-MM-DD."""

    name = "date"

    def convert(self, value: object, param: click.Parameter | None, ctx: click.Context | None) -> date:
        """Text to a date; wrong usage (exit 2) when it is none."""
        if isinstance(value, date):
            return value
        try:
            day = date.fromisoformat(str(value))
        except ValueError:
            self.fail(f"{value!r} is not a day; write it as 2015-05-21.", param, ctx)
        # As on the pages: the compact and the week form of ISO 8601 are read by now too, and nobody writes them.
        if str(value) != day.isoformat():
            self.fail(f"{value!r} is not a day; write it as 2015-05-21.", param, ctx)
        if not FIRST_YEAR <= day.year <= LAST_YEAR:
            self.fail(f"{value!r} is not a day between {FIRST_YEAR} and {LAST_YEAR}.", param, ctx)
        return day


class CountryArgument(click.ParamType[str]):
    """A country's two letters, as ISO 3166 has them."""

    name = "country"

    def convert(self, value: object, param: click.Parameter | None, ctx: click.Context | None) -> str:
        """Two capital letters; wrong usage (exit 2) for anything longer or shorter, which would only find nothing."""
        code = str(value).strip().upper()
        if not re.fullmatch("[A-Z]{2}", code):
            self.fail(f"{value!r} is not a country; write its two letters, such as SY.", param, ctx)
        return code


DAY = DateArgument()
COUNTRY = CountryArgument()
NUMBER = click.IntRange(1, 2**63 - 1)  # what a key in the database can be
LIMIT = click.IntRange(1, 10_000_000)
# The lines in which PostgreSQL and SQLAlchemy repeat what a row or a parameter holds.
_VALUES = re.compile(r"^[ \t|]*(?:DETAIL:|CONTEXT:|LINE \d+:|\[parameters:).*\n?", re.MULTILINE)
# And the sentences of PostgreSQL that quote one.
_QUOTED = re.compile(r'(invalid (?:input|byte)[^"\n]*|\bvalue )"[^"\n]*"')
json_option = click.option("--json", "as_json", is_flag=True, help="Print one JSON document and nothing else.")


def print_json(document: object) -> None:
    """One JSON document on stdout."""
    click.echo(json.dumps(document, ensure_ascii=False, default=str))


@contextmanager
def open_services(*, schema: Literal["check", "upgrade", "ignore"] = "check", acts: bool = False) -> Iterator[Services]:
    """The services of this process: settings from the environment, the clock, the database, every channel.

    Args:    acts: whether the process decides or sends; a database that did so once for real serves no exercise.
    Raises:  HeritageError with a message for the person at the terminal when something of it cannot be had.
    """
    from heritage.channels.registry import open_channels

    settings = load_settings()
    configure_logging(settings.log_format, settings.log_level if settings.log_level != "info" else "warning")
    with open_database(settings, schema=schema) as database:
        clock: Clock = SystemClock()
        if schema == "check":
            with database.session() as session:
                clock = clock_of(session, settings, acts=acts)
        channels = open_channels(settings, clock, database)
        if settings.exercise_clock is not None:
            from heritage.alerts.drill import channels_of

            channels = channels_of(settings, channels)
        yield Services(clock=clock, settings=settings, database=database, channels=channels)


def configure_logging(log_format: str, level: str) -> None:
    """Structured logs on stderr, for people or as JSON; stdout stays free for what a command prints."""
    renderer: structlog.typing.Processor = (
        structlog.processors.JSONRenderer()
        if log_format == "json"
        else structlog.dev.ConsoleRenderer(
            colors=sys.stderr.isatty(), exception_formatter=structlog.dev.plain_traceback
        )
    )
    # Before either renderer: one of them would show every local variable of a trace.
    trace: list[structlog.typing.Processor] = [structlog.processors.format_exc_info, without_values]
    shared: list[structlog.typing.Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.processors.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
    ]
    structlog.configure(
        processors=[*shared, *trace, renderer],
        wrapper_class=structlog.make_filtering_bound_logger(logging.getLevelName(level.upper())),
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
        cache_logger_on_first_use=False,
    )
    # Other packages log through the standard library; their lines take the same road.
    handler = logging.StreamHandler(sys.stderr)
    formatter = structlog.stdlib.ProcessorFormatter(
        foreign_pre_chain=shared,
        processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, *trace, renderer],
    )
    handler.setFormatter(formatter)
    root = logging.getLogger()
    root.handlers = [handler]
    root.setLevel(level.upper())


def without_values(_logger: object, _method: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    """Take the values out of what a database said of a statement: a log is read by more people than the rows."""
    for name in ("exception", "event", "error"):
        if isinstance(event.get(name), str):
            event[name] = _QUOTED.sub(r"\1…", _VALUES.sub("", event[name]))
    return event
