"""Every channel the program has; a new one is a module and a line here."""

from collections.abc import Callable, Mapping

from heritage.channels.base import Channel
from heritage.channels.email import open_email
from heritage.channels.inbox import open_inbox
from heritage.channels.webhook import open_webhook
from heritage.core.clock import Clock
from heritage.db.engine import Database
from heritage.settings import Settings

Opener = Callable[[Settings, Clock, Database], Channel]
CHANNELS: Mapping[str, Opener] = {
    "email": open_email,
    "inbox": open_inbox,
    "webhook": open_webhook,
}


def open_channels(settings: Settings, clock: Clock, database: Database) -> Mapping[str, Channel]:
    """The channels by name, as the settings configure them; nothing is connected yet.

    Raises:  InvalidInput when a channel's settings cannot be used.
    """
    return {name: opener(settings, clock, database) for name, opener in CHANNELS.items()}
