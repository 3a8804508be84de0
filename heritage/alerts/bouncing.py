"""Use case of letters that come back: the ledger says so, and the recipient's next channel is tried."""

from collections import Counter

from sqlmodel import Session, col, select

from heritage.alerts.models import Post, PostState
from heritage.alerts.posting import fall_back
from heritage.alerts.rules import AlertRules
from heritage.channels.base import Why
from heritage.channels.returns import Returned, read_return, split_mailbox
from heritage.services import Services

# read: letters.  bounced: messages that never arrive.  again: told before.  delayed: still on their way.  unknown: of
# no message in the ledger.  ignored: letters that are no report of a failure.
COUNTS = ("read", "bounced", "again", "delayed", "unknown", "ignored")


def take_back(session: Session, services: Services, rules: AlertRules, raw: bytes) -> dict[str, int]:
    """Read letters that a mail server sent back and settle what they are about; a second reading changes nothing.

    Args:    raw: one letter, or an mbox of them.
    Returns: how many of each of COUNTS.
    """
    counts: Counter[str] = Counter(dict.fromkeys(COUNTS, 0))
    for letter in split_mailbox(raw):
        counts["read"] += 1
        found = read_return(letter)
        counts["ignored"] += not found
        for returned in found:
            counts[_settle(session, services, rules, returned)] += 1
    return dict(counts)


def _settle(session: Session, services: Services, rules: AlertRules, returned: Returned) -> str:
    query = select(Post).where(col(Post.identity).in_(returned.identities), col(Post.accepted_at).is_not(None))
    post = session.exec(query.with_for_update()).first() if returned.identities else None
    if post is None:
        return "unknown"
    if post.status == PostState.BOUNCED:
        return "again"
    post.error = returned.words
    if not returned.final:
        session.flush()
        return "delayed"
    post.status, post.bounced_at = PostState.BOUNCED.value, services.clock.now()
    session.flush()
    fall_back(session, services, rules, post, gone=returned.why is Why.NO_SUCH_RECIPIENT)
    return "bounced"
