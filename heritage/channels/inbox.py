"""The inbox in the program: messages that an account reads where it is signed in, without any server in between."""

from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.exc import IntegrityError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeout

from heritage.channels.base import Channel, Message, PermanentFailure, Recipient, TemporaryFailure, Why, identity_of
from heritage.channels.models import InboxMessage
from heritage.core.clock import Clock
from heritage.db.engine import Database
from heritage.settings import Settings

_LARGEST_KEY = 2**63 - 1


class InboxChannel:
    """Writes messages into the inbox of an account; the recipient's address is the account's number."""

    name = "inbox"

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database, self._clock = database, clock

    def send(self, message: Message, recipient: Recipient) -> str:
        """Keep one message; the same message to the same account is kept once."""
        identity = identity_of(message.key, recipient)
        values = {
            "account_id": _account(recipient),
            "identity": identity,
            "kind": message.kind,
            "language": recipient.language,
            "subject": message.subject,
            "body_text": message.text,
            "body_html": message.html,
            "received_at": self._clock.now(),
        }
        try:
            with self._database.session() as session:
                session.connection().execute(insert(InboxMessage).values(**values).on_conflict_do_nothing())
        except IntegrityError:
            # Its words would repeat the values.
            raise PermanentFailure("There is no such account.", Why.NO_SUCH_RECIPIENT) from None
        except (OperationalError, PoolTimeout) as error:
            raise TemporaryFailure(f"The database does not answer: {type(error).__name__}.") from None
        return identity


def _account(recipient: Recipient) -> int:
    if recipient.address.isascii() and recipient.address.isdigit() and int(recipient.address) <= _LARGEST_KEY:
        return int(recipient.address)
    raise PermanentFailure("An inbox belongs to an account, which has a number.", Why.NO_SUCH_RECIPIENT)


def open_inbox(settings: Settings, clock: Clock, database: Database) -> Channel:
    """The inbox of this installation."""
    return InboxChannel(database, clock)
