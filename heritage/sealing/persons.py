"""Whether two accounts are one person, as far as a program can tell: what two people must do, one does not do twice."""

import sqlalchemy as sa
from sqlmodel import Session

# Accounts stand left of what is sealed; only who they write to is asked here.
_ACCOUNTS = sa.table("account", sa.column("id"), sa.column("email"))
# Where dots in a name make no difference.
_DOTLESS = frozenset({"gmail.com", "googlemail.com"})


def same_person(session: Session, one_id: int | None, other_id: int | None) -> bool:
    """Whether two accounts are one, or their letters reach one mailbox."""
    if one_id is None or other_id is None:
        return False
    if one_id == other_id:
        return True
    query = sa.select(_ACCOUNTS.c.email).where(_ACCOUNTS.c.id.in_([one_id, other_id]))
    boxes = [mailbox_of(address) for address in session.execute(query).scalars()]
    return len(boxes) == 2 and boxes[0] == boxes[1]


def mailbox_of(address: str) -> str:
    """The mailbox behind an address: without a tag (`leila+night@…`), without dots where they do not count.

    Args:    address: as an account keeps it.
    """
    name, _, house = address.strip().lower().rpartition("@")
    name = name.partition("+")[0] or name
    if house in _DOTLESS:
        name, house = name.replace(".", ""), "gmail.com"
    return f"{name}@{house}"
