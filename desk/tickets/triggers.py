"""The triggers that keep the queue's figures. A migration that rebuilds the ticket table on SQLite makes them anew."""

from sqlalchemy import Connection, text

COLUMNS = ("state", "kind", "population", "assignee_id", "is_escalated", "due_on")

BACKFILL = """
    INSERT INTO ticket_tally (facet, value, n)
    SELECT facet, value, count(*) FROM (
        SELECT 'state' AS facet, state AS value FROM ticket
        UNION ALL SELECT CASE WHEN closed_at IS NULL THEN 'open' ELSE 'closed' END, '' FROM ticket
        UNION ALL SELECT 'kind', kind FROM ticket WHERE closed_at IS NULL
        UNION ALL SELECT 'population', population FROM ticket WHERE closed_at IS NULL
        UNION ALL SELECT 'assignee', coalesce(CAST(assignee_id AS varchar(40)), '') FROM ticket WHERE closed_at IS NULL
        UNION ALL SELECT 'escalated', '' FROM ticket WHERE closed_at IS NULL AND is_escalated
        UNION ALL SELECT 'due', CAST(due_on AS varchar(40)) FROM ticket WHERE closed_at IS NULL AND due_on IS NOT NULL
    ) AS now GROUP BY facet, value
"""


def create_triggers(connection: Connection) -> None:
    """Make the triggers and count what is there."""
    for statement in _sqlite() if connection.dialect.name == "sqlite" else _postgresql():
        connection.execute(text(statement))
    connection.execute(text("DELETE FROM ticket_tally"))
    connection.execute(text(BACKFILL))


def drop_triggers(connection: Connection) -> None:
    """Remove the triggers; the figures stay as they are."""
    on = "" if connection.dialect.name == "sqlite" else " ON ticket"
    for name in ("ticket_tally_come", "ticket_tally_go", "ticket_tally_change"):
        connection.execute(text(f"DROP TRIGGER IF EXISTS {name}{on}"))
    if on:
        connection.execute(text("DROP FUNCTION IF EXISTS ticket_changed()"))


def _changed() -> str:
    names = ("closed_at", *COLUMNS)
    return " OR ".join(f"OLD.{name} IS DISTINCT FROM NEW.{name}" for name in names)


def _postgresql() -> list[str]:
    into = f"INSERT INTO ticket_change (n, is_open, {', '.join(COLUMNS)}) VALUES"
    lines = {
        row: f"{into} ({sign}, {row}.closed_at IS NULL, {', '.join(f'{row}.{name}' for name in COLUMNS)});"
        for row, sign in (("OLD", -1), ("NEW", 1))
    }
    body = f"""
        CREATE FUNCTION ticket_changed() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN
            IF TG_OP <> 'INSERT' THEN {lines["OLD"]} END IF;
            IF TG_OP <> 'DELETE' THEN {lines["NEW"]} END IF;
            RETURN NULL;
        END $$
    """
    fire = "FOR EACH ROW {when} EXECUTE FUNCTION ticket_changed()"
    return [
        body,
        f"CREATE TRIGGER ticket_tally_come AFTER INSERT ON ticket {fire.format(when='')}",
        f"CREATE TRIGGER ticket_tally_go AFTER DELETE ON ticket {fire.format(when='')}",
        f"CREATE TRIGGER ticket_tally_change AFTER UPDATE ON ticket {fire.format(when=f'WHEN ({_changed()})')}",
    ]


def _sqlite() -> list[str]:
    come, go = _add("NEW", 1), _add("OLD", -1)
    # IS NOT is SQLite's older spelling of IS DISTINCT FROM.
    when = _changed().replace("IS DISTINCT FROM", "IS NOT")
    return [
        f"CREATE TRIGGER ticket_tally_come AFTER INSERT ON ticket BEGIN {come} END",
        f"CREATE TRIGGER ticket_tally_go AFTER DELETE ON ticket BEGIN {go} END",
        f"CREATE TRIGGER ticket_tally_change AFTER UPDATE ON ticket WHEN {when} BEGIN {go} {come} END",
    ]


def _add(row: str, n: int) -> str:
    values = f"""
            SELECT 'state' AS facet, {row}.state AS value, 1 AS counts
            UNION ALL SELECT iif({row}.closed_at IS NULL, 'open', 'closed'), '', 1
            UNION ALL SELECT 'kind', {row}.kind, {row}.closed_at IS NULL
            UNION ALL SELECT 'population', {row}.population, {row}.closed_at IS NULL
            UNION ALL SELECT 'assignee', coalesce(CAST({row}.assignee_id AS text), ''), {row}.closed_at IS NULL
            UNION ALL SELECT 'escalated', '', {row}.closed_at IS NULL AND {row}.is_escalated
            UNION ALL SELECT 'due', {row}.due_on, {row}.closed_at IS NULL AND {row}.due_on IS NOT NULL
    """
    into = f"INSERT INTO ticket_tally (facet, value, n) SELECT facet, value, {n} FROM"
    return f"{into} ({values}) WHERE counts ON CONFLICT (facet, value) DO UPDATE SET n = ticket_tally.n + excluded.n;"
