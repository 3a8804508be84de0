"""Letters beside the alerts: each is handed over and written into a ledger, so that one that comes back is known."""

from sqlalchemy.dialects.postgresql import insert
from sqlmodel import col

from heritage.alerts.addresses import hash_address
from heritage.alerts.models import Letter
from heritage.channels.base import Message, Recipient
from heritage.services import Services


def post_letter(services: Services, kind: str, message: Message, recipient: Recipient) -> str:
    """Hand one letter over and write it down; no transaction is open meanwhile.

    Args:    kind: what it is about, for the ledger.
    Returns: its identity, the same for a second copy, which is written down once.
    Raises:  TemporaryFailure, PermanentFailure.
    """
    identity = services.channels["email"].send(message, recipient)
    values = {
        "identity": identity,
        "kind": kind,
        "to_hash": hash_address(recipient.address, services.settings),
        "sent_at": services.clock.now(),
    }
    with services.database.session() as session:
        statement = insert(Letter).values(**values).on_conflict_do_nothing(index_elements=[col(Letter.identity)])
        session.connection().execute(statement)
    return identity
