"""Channels of a drill: whatever leaves says that it is an exercise."""

import html
import re
from collections.abc import Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass, replace

from babel.support import Translations

from heritage.alerts.wording import TRANSLATIONS
from heritage.channels.base import Channel, Message, Recipient, kept_open
from heritage.settings import Settings

MARK = "X-Heritage-Exercise"


@dataclass
class DrillChannel:
    """A channel in an exercise: whatever is sent through it says that it is one, whoever wrote it."""

    inner: Channel
    name: str

    def kept_open(self) -> AbstractContextManager[None]:
        """As of the channel within."""
        return kept_open(self.inner)

    def send(self, message: Message, recipient: Recipient) -> str:
        """Mark the message and hand it over."""
        _ = Translations.load(str(TRANSLATIONS), [recipient.language]).ugettext
        subject = _("Exercise: %(headline)s") % {"headline": message.subject}
        notice = _("Exercise. This is a drill: nothing in this message is happening now.")
        marked = message
        if not message.subject.startswith(_("Exercise: %(headline)s") % {"headline": ""}):
            marked = replace(message, subject=subject)
        if notice.casefold() not in " ".join(message.text.split()).casefold():
            marked = replace(marked, text=f"{notice}\n\n{marked.text}", html=_with_notice(marked.html, notice))
        return self.inner.send(replace(marked, headers={**marked.headers, MARK: "yes"}), recipient)


def _with_notice(page: str | None, notice: str) -> str | None:
    said = f"<p><strong>{html.escape(notice)}</strong></p>"
    return re.sub(r"<body[^>]*>", lambda found: found[0] + said, page, count=1) if page else page


def channels_of(settings: Settings, channels: Mapping[str, Channel]) -> Mapping[str, Channel]:
    """The channels as this process uses them: in an exercise each of them says so."""
    if settings.exercise_clock is None:
        return channels
    return {name: DrillChannel(channel, name) for name, channel in channels.items()}
