"""The rollup behind the response times: exact tallies of values by month, kept by triggers on the ticket.

A trigger appends one line for what a ticket was and one for what it became, since a counter that every transaction
updates would make them wait for each other; folding adds the lines up; readers add what is not folded yet. It can be
rebuilt from the tickets at any time.
"""

from sqlalchemy import Connection, SmallInteger, String, func, select, text
from sqlalchemy.orm import Mapped, mapped_column

from desk.db import Base, Id, db, is_sqlite
from desk.reporting.contributions import COLUMNS, WATCHED, contribution, expressions, spread

FOLD_AT = 500
"""Lines after which a reader asks for them to be added up."""
LOCK = 7_261_001
"""PostgreSQL's advisory lock: one folds at a time."""


class FigureTally(Base):
    """How many tickets of a month, by kind or by agent, have one value of a measure."""

    __tablename__ = "figure_tally"

    dim: Mapped[str] = mapped_column(String(5), primary_key=True)
    month: Mapped[str] = mapped_column(String(7), primary_key=True)
    key: Mapped[str] = mapped_column(String(20), primary_key=True)
    measure: Mapped[str] = mapped_column(String(10), primary_key=True)
    value: Mapped[int] = mapped_column(Id, primary_key=True, autoincrement=False)
    n: Mapped[int]
    termed: Mapped[int]
    """How many of them had a term to be met."""
    in_time: Mapped[int]


class FigureChange(Base):
    """A contribution that is not folded yet: `n` is +1 for what a ticket became, -1 for what it was."""

    __tablename__ = "figure_change"

    id: Mapped[int] = mapped_column(Id, primary_key=True, autoincrement=True)
    n: Mapped[int] = mapped_column(SmallInteger)
    month: Mapped[str] = mapped_column(String(7))
    kind: Mapped[str] = mapped_column(String(10))
    agent: Mapped[int]
    counting: Mapped[str] = mapped_column(String(10))
    ack: Mapped[int | None]
    ack_in: Mapped[int | None] = mapped_column(SmallInteger)
    answer: Mapped[int | None]
    answer_in: Mapped[int | None] = mapped_column(SmallInteger)
    days: Mapped[int | None]
    notice: Mapped[int | None]
    notice_in: Mapped[int | None] = mapped_column(SmallInteger)


ADD = """
    INSERT INTO figure_tally (dim, month, key, measure, value, n, termed, in_time)
    SELECT dim, month, key, measure, value, sum(n), sum(termed), sum(in_time) FROM ({lines}) AS lines WHERE true
    GROUP BY dim, month, key, measure, value ORDER BY dim, month, key, measure, value
    ON CONFLICT (dim, month, key, measure, value) DO UPDATE SET
        n = figure_tally.n + excluded.n, termed = figure_tally.termed + excluded.termed,
        in_time = figure_tally.in_time + excluded.in_time
"""


def waiting_lines() -> int:
    """Return how many lines wait to be folded."""
    return db.session.scalar(select(func.count()).select_from(FigureChange)) or 0


def fold() -> None:
    """Add the waiting lines up, in the current transaction."""
    if is_sqlite(db.engine):
        db.session.execute(text(ADD.format(lines=spread("figure_change"))))
        db.session.execute(text("DELETE FROM figure_change"))
        return
    db.session.execute(select(func.pg_advisory_xact_lock(LOCK)))
    gone = "WITH gone AS (DELETE FROM figure_change RETURNING *)"
    db.session.execute(text(gone + ADD.format(lines=spread("gone"))))


def rebuild(connection: Connection | None = None) -> None:
    """Count everything anew from the tickets, in the current transaction; nobody may write tickets meanwhile."""
    execute = db.session.execute if connection is None else connection.execute
    dialect = (connection or db.engine).dialect.name
    if dialect == "postgresql":
        execute(text("LOCK TABLE ticket IN SHARE MODE"))
        execute(text("LOCK TABLE figure_tally, figure_change IN EXCLUSIVE MODE"))
    execute(text("DELETE FROM figure_change"))
    execute(text("DELETE FROM figure_tally"))
    execute(text(f"WITH every AS MATERIALIZED ({from_tickets(dialect)}) {ADD.format(lines=spread('every'))}"))


def from_tickets(dialect: str, where: str = "true") -> str:
    """Return SQL for the contributions of the tickets themselves."""
    named = ", ".join(f"{value} AS {name}" for name, value in expressions(dialect, "ticket").items())
    return f"SELECT 1 AS n, {named} FROM ticket WHERE {where}"  # noqa: S608 - constants


def create_triggers(connection: Connection) -> None:
    """Make the triggers anew; a migration that rebuilds the ticket table on SQLite drops them silently."""
    drop_triggers(connection)
    dialect = connection.dialect.name
    for statement in _sqlite() if dialect == "sqlite" else _postgres():
        connection.execute(text(statement))


def drop_triggers(connection: Connection) -> None:
    """Remove the triggers; the figures stay as they are."""
    on = "" if connection.dialect.name == "sqlite" else " ON ticket"
    for name in ("figure_come", "figure_go", "figure_change_old_new"):
        connection.execute(text(f"DROP TRIGGER IF EXISTS {name}{on}"))
    if on:
        connection.execute(text("DROP FUNCTION IF EXISTS figure_changed()"))


def _insert(dialect: str, row: str, n: int) -> str:
    names = ", ".join(("n", *COLUMNS))
    return f"INSERT INTO figure_change ({names}) VALUES ({n}, {contribution(dialect, row)});"  # noqa: S608 - constants


def _changed(distinct: str) -> str:
    return " OR ".join(f"OLD.{name} {distinct} NEW.{name}" for name in WATCHED)


def _sqlite() -> list[str]:
    come, go = _insert("sqlite", "NEW", 1), _insert("sqlite", "OLD", -1)
    return [
        f"CREATE TRIGGER figure_come AFTER INSERT ON ticket BEGIN {come} END",
        f"CREATE TRIGGER figure_go AFTER DELETE ON ticket BEGIN {go} END",
        f"CREATE TRIGGER figure_change_old_new AFTER UPDATE ON ticket WHEN {_changed('IS NOT')} BEGIN {go} {come} END",
    ]


def _postgres() -> list[str]:
    body = f"""
        CREATE FUNCTION figure_changed() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN
            IF TG_OP <> 'INSERT' THEN {_insert("postgresql", "OLD", -1)} END IF;
            IF TG_OP <> 'DELETE' THEN {_insert("postgresql", "NEW", 1)} END IF;
            RETURN NULL;
        END $$
    """
    fire = "FOR EACH ROW {when} EXECUTE FUNCTION figure_changed()"
    when = fire.format(when=f"WHEN ({_changed('IS DISTINCT FROM')})")
    return [
        body,
        f"CREATE TRIGGER figure_come AFTER INSERT ON ticket {fire.format(when='')}",
        f"CREATE TRIGGER figure_go AFTER DELETE ON ticket {fire.format(when='')}",
        f"CREATE TRIGGER figure_change_old_new AFTER UPDATE ON ticket {when}",
    ]
