"""A channel that keeps what it is given: the twin of the real ones, for tests and dry runs."""

from heritage.channels.base import Message, Recipient


class NullChannel:
    """Remembers messages in order and sends nothing."""

    name = "null"

    def __init__(self) -> None:
        self.sent: list[tuple[Message, Recipient]] = []

    def send(self, message: Message, recipient: Recipient) -> str:
        """Keep the message."""
        self.sent.append((message, recipient))
        return f"{message.key} to {recipient.address}"
