"""Every channel the program has; a new one is a module and a line here."""

from collections.abc import Mapping

from heritage.channels.base import Channel
from heritage.channels.email import open_email
from heritage.settings import Settings


def open_channels(settings: Settings) -> Mapping[str, Channel]:
    """The channels by name, as the settings configure them; nothing is connected yet.

    Raises:  InvalidInput when a channel's settings cannot be used.
    """
    return {"email": open_email(settings)}
