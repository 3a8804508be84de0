"""The two database roles and what the lesser one may do."""

import sqlalchemy as sa
from psycopg import sql

OWNER_ROLE = "heritage_owner"
APP_ROLE = "heritage_app"
DATABASE = "heritage"

# Tables that the program itself may add to and never alter: what was decided stays decided.
APPEND_ONLY: tuple[str, ...] = (
    "flag_event", "audit_entry", "source_assessment", "document", "document_appearance", "claim", "claim_version",
    "alert_word", "alert_handover",
    "move_step", "move_stage", "move_condition", "move_confirmation", "custody_entry", "object_lookup", "sealed_read",
    "threat_event", "threat_update_step",
    "dossier_version",
)  # fmt: skip
# Written by migrations only.
READ_ONLY: tuple[str, ...] = ("alembic_version",)


def grant(connection: sa.Connection, app_role: str) -> None:
    """Let the working role use every table, and only read or add where the table is a record.

    Args:    connection: of the owner, inside the transaction that changed the tables.  app_role: may be the owner
             itself (an external database with one role), who keeps every right then.
    Raises:  sqlalchemy.exc.ProgrammingError when the role does not exist.
    """
    for statement in grant_statements(app_role):
        # The driver reads a sign of percent as a parameter, even where there are none.
        connection.exec_driver_sql(statement.replace("%", "%%"))


def grant_statements(app_role: str) -> list[str]:
    """The statements behind ``grant``, for whoever has a connection of another kind.

    Args:    app_role: any role name, quoted here.
    Returns: SQL statements without parameters; safe to run any number of times.
    """
    role, name = sql.Identifier(app_role).as_string(), sql.Literal(app_role).as_string()
    return [
        f"""do $grant$
        declare held record;
        begin
            if {name} = current_user then return; end if;
            grant usage on schema public to {role};
            grant select, insert, update, delete on all tables in schema public to {role};
            grant usage, select, update on all sequences in schema public to {role};
            for held in select tablename from pg_tables
                where schemaname = 'public' and tablename in ({_literals(APPEND_ONLY + READ_ONLY)})
            loop
                execute format('revoke update, delete, truncate on public.%I from %I', held.tablename, {name});
            end loop;
            for held in select tablename from pg_tables
                where schemaname = 'public' and tablename in ({_literals(READ_ONLY)})
            loop
                execute format('revoke insert on public.%I from %I', held.tablename, {name});
            end loop;
        end $grant$"""
    ]


def _literals(names: tuple[str, ...]) -> str:
    return ", ".join(sql.Literal(name).as_string() for name in names)
