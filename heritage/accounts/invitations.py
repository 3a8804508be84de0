"""The words of an invitation."""

import secrets
from datetime import datetime

from flask import render_template

from heritage.accounts.domain import INVITATION
from heritage.channels.base import Message


def invitation_message(link: str, now: datetime) -> Message:
    """The mail with the link; it names no role, so that nobody learns from a mailbox what its owner may see."""
    until = now + INVITATION
    return Message(
        key=f"invitation {secrets.token_hex(8)}",
        subject=render_template("email/invitation/subject.txt").strip(),
        text=render_template("email/invitation/body.txt", link=link, until=until),
        html=render_template("email/invitation/body.html", link=link, until=until),
    )
