"""What every template may use: links that keep the day, words for codes, built files, and what the reader may do."""

import json
from typing import Any

from flask import Flask, g, request
from flask_babel import gettext

from heritage.core.errors import InvalidInput
from heritage.forms.file_words import in_words, reason_of
from heritage.policy.access import Answer, answer, current_subject
from heritage.policy.table import Action
from heritage.web import assets
from heritage.web.assets import asset
from heritage.web.credits import map_sources
from heritage.web.day import Day, current_day, here, kept_arguments, link
from heritage.web.names import person_name
from heritage.web.sentences import isolate
from heritage.web.state import services
from heritage.web.tables import stacked
from heritage.web.times import time_text
from heritage.web.words import word


def init_app(app: Flask) -> None:
    """Give the templates their words and functions."""
    app.before_request(_check_day)
    app.jinja_env.globals.update(
        asset=asset,
        link=link,
        here=here,
        word=word,
        kept_arguments=kept_arguments,
        map_sources=map_sources,
        map_words=map_words,
        isolate=isolate,
    )
    app.jinja_env.filters.update(
        in_words=in_words, reason_of=reason_of, isolated=isolate, stacked=stacked, person=person_name, when=time_text
    )
    assets.init_app(app)
    app.context_processor(_context)
    app.jinja_env.trim_blocks = True
    app.jinja_env.lstrip_blocks = True


def _check_day() -> None:
    """Refuse a day that is none on every page, also on those that show only the present."""
    if request.method in ("GET", "HEAD") and {"as_of", "known_on"} & request.args.keys():
        current_day()


def _context() -> dict[str, Any]:
    return {"day": _day(), "navigation": _navigation(), "exercise": services().settings.exercise_clock is not None}


def _day() -> Day | None:
    # The page that says the day cannot be read must not fail over it once more.
    if "day" in g:
        return current_day()
    try:
        return current_day()
    except InvalidInput:
        return None


def _navigation() -> list[tuple[str, str]]:
    pages = [
        ("overview.index", gettext("Overview"), Action.READ),
        ("sites.browse", gettext("Sites"), Action.READ),
        ("alerts.index", gettext("Alerts"), Action.READ),
        ("artefacts.index", gettext("Objects"), Action.OPEN_OBJECTS),
        ("feeds.index", gettext("Feeds"), Action.READ),
        ("reports.index", gettext("Reports"), Action.READ),
        ("threats.new", gettext("Report a threat"), Action.FILE_UPDATE),
        ("threats.review", gettext("Review"), Action.OPEN_REVIEW),
        ("jobs.index", gettext("Jobs"), Action.SEE_JOBS),
        ("audit.index", gettext("Record"), Action.SEE_AUDIT),
        ("sealing.index", gettext("Sealed"), Action.USE_SEALED),
        ("accounts.index", gettext("Accounts"), Action.MANAGE_ACCOUNTS),
        ("flags.methodology", gettext("Methodology"), Action.READ),
    ]
    # What a second factor would open is shown too: the way there asks for it.
    opened = (Answer.YES, Answer.SECOND_FACTOR)
    return [(endpoint, words) for endpoint, words, action in pages if answer(action, current_subject()) in opened]


def map_words() -> str:
    """The words of the map's own controls, in the page's language, as JSON."""
    return json.dumps(
        {
            "Map.Title": gettext("Map to move about in"),
            "NavigationControl.ZoomIn": gettext("Zoom in"),
            "NavigationControl.ZoomOut": gettext("Zoom out"),
            "AttributionControl.ToggleAttribution": gettext("Show the map's sources"),
            "Popup.Close": gettext("Close"),
            "ScaleControl.Kilometers": gettext("km"),
            "ScaleControl.Meters": gettext("m"),
            "CooperativeGesturesHandler.WindowsHelpText": gettext("Use Ctrl and scroll to zoom the map"),
            "CooperativeGesturesHandler.MacHelpText": gettext("Use ⌘ and scroll to zoom the map"),
            "CooperativeGesturesHandler.MobileHelpText": gettext("Use two fingers to move the map"),
            "attribution": map_sources(in_full=True),
        }
    )
