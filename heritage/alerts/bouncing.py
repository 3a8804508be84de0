"""Use cases of letters that come back: the ledger says so, the next channel is tried, and who complains is left alone.

A report may be read before the worker that sent the letter has written down that it did. Every report is kept; one
whose letter is not known yet is looked at again until it is, or until it is too old to be about any letter of ours.
"""

import hashlib
from collections import Counter
from datetime import timedelta

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert
from sqlmodel import Session, col, select

from heritage.alerts import subscribing
from heritage.alerts.models import Letter, LetterReturn, Post, PostState, Subscriber
from heritage.alerts.posting import EMAIL, fall_back
from heritage.alerts.rules import AlertRules
from heritage.alerts.tokens import TokenFor, read_token
from heritage.audit.chain import AT_THE_MACHINE
from heritage.channels.base import Why
from heritage.channels.returns import Returned, read_return, split_mailbox
from heritage.services import Services

# read: letters.  bounced: messages that never arrive.  complaints: readers who are left alone from now on.
# again: told before.  delayed: still on their way.  kept: of a letter that is not in the ledger yet.
# unknown: of none that is ours.  ignored: letters that are no report of a failure.
COUNTS = ("read", "bounced", "complaints", "again", "delayed", "kept", "unknown", "ignored")
# Mail servers try for five days at most, and say so then.
KEPT_FOR = timedelta(days=14)
# Longer, so that the ledger of letters outlasts every report about them.
LETTERS_KEPT_FOR = timedelta(days=60)


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
        for number, returned in enumerate(found):
            kept = _keep(session, services, returned, _digest(letter, number))
            counts[_settle(session, services, rules, kept) if kept else "again"] += 1
    return dict(counts)


def settle_kept(session: Session, services: Services, rules: AlertRules, *, limit: int = 1000) -> int:
    """Look again at reports whose letter was not known when they were read, and forget what is too old.

    Returns: how many found their letter.
    """
    now = services.clock.now()
    waiting = select(LetterReturn).where(col(LetterReturn.outcome).is_(None), col(LetterReturn.read_at) <= now)
    rows = session.exec(waiting.order_by(col(LetterReturn.id)).limit(limit).with_for_update(skip_locked=True)).all()
    settled = sum(_settle(session, services, rules, row) != "kept" for row in rows)
    session.execute(sa.delete(LetterReturn).where(col(LetterReturn.read_at) < now - KEPT_FOR))
    session.execute(sa.delete(Letter).where(col(Letter.sent_at) < now - LETTERS_KEPT_FOR))
    return settled


def _digest(letter: bytes, number: int) -> str:
    return hashlib.sha256(letter.replace(b"\r\n", b"\n").strip() + b"\n%d" % number).hexdigest()


def _keep(session: Session, services: Services, returned: Returned, digest: str) -> LetterReturn | None:
    """Write a report down without anybody's address; None when this very one was read before."""
    values = {
        "digest": digest,
        "identities": list(returned.identities),
        "subscriber_id": _signed_for(session, services, returned),
        "final": returned.final,
        "why": returned.why.value,
        "words": returned.words,
        "read_at": services.clock.now(),
    }
    statement = insert(LetterReturn).values(**values).on_conflict_do_nothing().returning(col(LetterReturn.id))
    number = session.execute(statement).scalar_one_or_none()
    return session.get(LetterReturn, number) if number is not None else None


def _signed_for(session: Session, services: Services, returned: Returned) -> int | None:
    """Whose link to stop came back: it is signed, so it tells for sure to whom the letter went."""
    now = services.clock.now()
    numbers = [read_token(services.settings, TokenFor.STOP, token, now) for token in returned.stop_tokens]
    known = select(Subscriber.id).where(col(Subscriber.id).in_([number for number in numbers if number is not None]))
    return session.exec(known.limit(1)).first() if numbers else None


def _settle(session: Session, services: Services, rules: AlertRules, kept: LetterReturn) -> str:
    """Do what a report asks for; it waits while its letter is not known."""
    outcome = _outcome(session, services, rules, kept)
    kept.outcome = None if outcome == "kept" else outcome
    session.flush()
    return outcome


def _outcome(session: Session, services: Services, rules: AlertRules, kept: LetterReturn) -> str:
    if (post := _find_post(session, kept)) is not None:
        return _post_came_back(session, services, rules, post, kept)
    if (letter := _find_letter(session, kept)) is not None:
        return _letter_came_back(session, services, rules, letter, kept)
    if kept.why == Why.UNWANTED and kept.subscriber_id is not None:
        return _leave_alone(session, services, subscribing.get_subscriber(session, kept.subscriber_id, lock=True))
    return "kept" if kept.identities else "unknown"


def _find_post(session: Session, kept: LetterReturn) -> Post | None:
    """The message a report names; where a relay gave it another name, the newest that its reader was sent before."""
    sent = select(Post).where(col(Post.accepted_at).is_not(None), col(Post.channel) == EMAIL).with_for_update()
    if kept.identities:
        return session.exec(sent.where(col(Post.identity).in_(kept.identities))).first()
    if kept.subscriber_id is None or not kept.final:
        return None
    theirs = sent.where(Post.subscriber_id == kept.subscriber_id, col(Post.accepted_at) > kept.read_at - KEPT_FOR)
    return session.exec(theirs.order_by(col(Post.id).desc())).first()


def _find_letter(session: Session, kept: LetterReturn) -> Letter | None:
    return session.exec(select(Letter).where(col(Letter.identity).in_(kept.identities)).with_for_update()).first()


def _find_subscriber(session: Session, to_hash: str) -> Subscriber | None:
    return session.exec(select(Subscriber).where(Subscriber.to_hash == to_hash).with_for_update()).first()


def _post_came_back(session: Session, services: Services, rules: AlertRules, post: Post, kept: LetterReturn) -> str:
    if kept.why == Why.UNWANTED:
        post.error = kept.words
        return _leave_alone(session, services, subscribing.get_subscriber(session, post.subscriber_id, lock=True))
    if post.status == PostState.BOUNCED:
        return "again"
    post.error = kept.words
    if not kept.final:
        return "delayed"
    post.status, post.bounced_at = PostState.BOUNCED.value, services.clock.now()
    session.flush()
    fall_back(session, services, rules, post, gone=kept.why == Why.NO_SUCH_RECIPIENT)
    return "bounced"


def _letter_came_back(
    session: Session, services: Services, rules: AlertRules, letter: Letter, kept: LetterReturn
) -> str:
    subscriber = _find_subscriber(session, letter.to_hash)
    unwanted = kept.why == Why.UNWANTED
    if letter.returned_at is not None:
        return "again"
    letter.error = kept.words
    if not (kept.final or unwanted):
        return "delayed"
    letter.returned_at = services.clock.now()
    if subscriber is not None and unwanted:
        return _leave_alone(session, services, subscriber)
    if subscriber is not None:
        gone = kept.why == Why.NO_SUCH_RECIPIENT
        subscribing.letter_failed(subscriber, rules.delivery, services.clock.now(), gone=gone)
    return "complaints" if unwanted else "bounced"


def _leave_alone(session: Session, services: Services, subscriber: Subscriber) -> str:
    """Who calls a message unwanted wants none: the same as one click on the link to stop."""
    if subscriber.stopped_at is not None:
        return "again"
    assert subscriber.id is not None
    ended = subscribing.stop(session, services, subscriber.id)
    subscribing.told(session, services, AT_THE_MACHINE, "subscription.complaint", subscriber, ended=ended)
    return "complaints"
