"""Runs migrations on the connection handed in by heritage.db.migrate."""

from alembic import context

from heritage.db.models import metadata

# Procrastinate's own tables come from its package's schema and are none of our models.
FOREIGN_PREFIXES = ("procrastinate_",)


def include_name(name, type_, parent_names):  # noqa: ANN001, ANN201 - Alembic's own signature
    """Leave tables of other packages out of comparisons."""
    return not (type_ == "table" and name and name.startswith(FOREIGN_PREFIXES))


def run() -> None:
    """Run the revisions asked for, in the caller's transaction."""
    context.configure(
        connection=context.config.attributes["connection"],
        target_metadata=metadata(),
        include_name=include_name,
        transaction_per_migration=False,
    )
    context.run_migrations()


run()
