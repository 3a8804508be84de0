"""Seal drafts of updates, and let go of authors' keys that hang on the application's secret key.

Neither can be carried over: sealing needs the key ring, which the database must not see. Drafts go; whose an update
filed before is stays in the vault of reporters alone, and to its author its code word leads.
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "0021"
down_revision = "0020"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Drafts begin anew, with a key that is text, so that they can be sealed anew when keys are changed."""
    op.drop_table("threat_draft")
    _create_drafts(
        sa.Column("client_key", sa.Text, nullable=False), sa.Column("sealed_fields", sa.LargeBinary, nullable=False)
    )
    op.execute("update threat_author set author_key = ''")


def downgrade() -> None:
    """Drafts begin anew."""
    op.drop_table("threat_draft")
    _create_drafts(sa.Column("client_key", sa.LargeBinary, nullable=False), sa.Column("fields", JSONB, nullable=False))
    op.execute("update threat_author set author_key = ''")


def _create_drafts(client_key: sa.Column[object], fields: sa.Column[object]) -> None:
    op.create_table(
        "threat_draft",
        client_key,
        sa.Column("author_key", sa.LargeBinary, nullable=False),
        fields,
        sa.Column("saved_on", sa.Date, nullable=False),
        sa.PrimaryKeyConstraint("client_key", name="pk_threat_draft"),
    )
    op.create_index("ix_threat_draft_author_key", "threat_draft", ["author_key"])
