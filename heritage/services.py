"""The world as the program sees it: clock, settings, database and channels, passed in and never imported."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from heritage.core.clock import Clock
from heritage.db.engine import Database
from heritage.settings import Settings

if TYPE_CHECKING:
    from heritage.channels.base import Channel


@dataclass(frozen=True)
class Services:
    """What a use case may need of the outside; built once in the command line or in a test."""

    clock: Clock
    settings: Settings
    database: Database
    channels: "Mapping[str, Channel]" = field(default_factory=dict[str, Any])
