"""Every table of the program in one metadata, for migrations and their tests."""

from importlib import import_module

import sqlalchemy as sa
from sqlmodel import SQLModel

FEATURES = (
    "audit",
    "sites",
    "feeds",
    "incidents",
    "proximity",
    "flags",
    "scheduling",
    "alerts",
    "accounts",
    "sealing",
    "attachments",
    "channels",
    "reports",
    "artefacts",
    "threats",
    "dossier",
)


def metadata() -> sa.MetaData:
    """The metadata of all tables; imports the models of each feature that has some."""
    for feature in FEATURES:
        import_module(f"heritage.{feature}.models")
    return SQLModel.metadata
