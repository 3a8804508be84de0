"""Table: what the program keeps for an account to read."""

from datetime import datetime

import sqlalchemy as sa
from sqlmodel import Field, SQLModel

from heritage.db.types import NAMING  # noqa: F401 - gives constraints their names


class InboxMessage(SQLModel, table=True):
    """One message to one account; ``identity`` keeps a second copy out."""

    __tablename__ = "inbox_message"
    __table_args__ = (
        sa.UniqueConstraint("account_id", "identity"),
        sa.Index(
            "ix_inbox_message_unread",
            "account_id",
            postgresql_where=sa.text("read_at is null"),
        ),
    )

    id: int | None = Field(default=None, sa_column=sa.Column(sa.BigInteger, sa.Identity(), primary_key=True))
    account_id: int = Field(
        sa_column=sa.Column(sa.BigInteger, sa.ForeignKey("account.id", ondelete="CASCADE"), nullable=False)
    )
    identity: str = Field(sa_type=sa.Text)
    kind: str = Field(sa_type=sa.Text)
    language: str = Field(sa_type=sa.Text)
    subject: str = Field(sa_type=sa.Text)
    body_text: str = Field(sa_type=sa.Text)
    body_html: str | None = Field(default=None, sa_type=sa.Text)
    received_at: datetime
    read_at: datetime | None = None
