"""What pages open with, worked out before anybody asks: no reader has to wait for it after an import."""

import logging
import threading

from flask import Flask

from heritage.maps.towns import open_towns
from heritage.web.browse import register_columns
from heritage.web.day import opening_day
from heritage.web.overview import RANKED, compared_with
from heritage.web.state import levels_on, open_session, top_flags

log = logging.getLogger(__name__)

LOOK_EVERY_S = 15.0


def warm(app: Flask) -> None:
    """Bring what is kept of the opening day and of the register in step with the data.

    Next to nothing is done when they have not changed.
    """
    with app.app_context(), open_session() as session:
        day = opening_day()
        levels_on(session, day)
        top_flags(session, day, RANKED)
        open_towns()
        if earlier := compared_with(day):
            levels_on(session, earlier)
        register_columns(session)


def keep_warm(app: Flask, stop: threading.Event) -> None:
    """Look again and again until told to stop; a failure is left to the page that meets it."""
    while True:
        try:
            warm(app)
        except Exception:
            log.debug("the opening day could not be worked out", exc_info=True)
        if stop.wait(LOOK_EVERY_S):
            return
