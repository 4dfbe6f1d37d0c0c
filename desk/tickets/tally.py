"""How many tickets each filter of the queue holds: exact figures kept by triggers, so that no page counts rows.

On PostgreSQL a trigger appends one line for each change, because a counter that every transaction updates would make
them wait for each other; `fold_tally` adds the lines up. SQLite has one writer anyway and counts at once.
"""

from dataclasses import dataclass, field
from datetime import date

from sqlalchemy import Date, SmallInteger, String, text
from sqlalchemy.orm import Mapped, mapped_column

from desk.db import Base, Id, db, is_sqlite
from desk.tickets.states import WAITING, State

FOLD_AT = 2000
"""Lines after which a reader asks for them to be added up."""


class TicketTally(Base):
    """One figure: how many tickets have this value. Facets but `state` count open tickets only."""

    __tablename__ = "ticket_tally"

    facet: Mapped[str] = mapped_column(String(12), primary_key=True)
    value: Mapped[str] = mapped_column(String(40), primary_key=True)
    n: Mapped[int]


class TicketChange(Base):
    """One change that is not in the figures yet: `n` is +1 for what a ticket became, -1 for what it was."""

    __tablename__ = "ticket_change"
    __table_args__ = {"info": {"only_on": "postgresql"}}  # noqa: RUF012 - SQLAlchemy's own idiom

    id: Mapped[int] = mapped_column(Id, primary_key=True, autoincrement=True)
    n: Mapped[int] = mapped_column(SmallInteger)
    is_open: Mapped[bool]
    state: Mapped[str] = mapped_column(String(16))
    kind: Mapped[str] = mapped_column(String(10))
    population: Mapped[str] = mapped_column(String(10))
    assignee_id: Mapped[int | None]
    is_escalated: Mapped[bool]
    due_on: Mapped[date | None] = mapped_column(Date)


@dataclass(frozen=True, slots=True)
class Tally:
    """The figures of the queue's filters; what is absent is 0."""

    open: int
    closed: int
    unassigned: int
    overdue: int
    waiting: int
    escalated: int
    states: dict[str, int] = field(default_factory=dict)
    kinds: dict[str, int] = field(default_factory=dict)
    populations: dict[str, int] = field(default_factory=dict)
    assignees: dict[int, int] = field(default_factory=dict)
    unfolded: int = 0
    """Lines that wait to be added up."""


FACETS = """
    SELECT n, 'state' AS facet, state AS value FROM ticket_change
    UNION ALL SELECT n, CASE WHEN is_open THEN 'open' ELSE 'closed' END, '' FROM ticket_change
    UNION ALL SELECT n, 'kind', kind FROM ticket_change WHERE is_open
    UNION ALL SELECT n, 'population', population FROM ticket_change WHERE is_open
    UNION ALL SELECT n, 'assignee', coalesce(assignee_id::text, '') FROM ticket_change WHERE is_open
    UNION ALL SELECT n, 'escalated', '' FROM ticket_change WHERE is_open AND is_escalated
    UNION ALL SELECT n, 'due', to_char(due_on, 'YYYY-MM-DD') FROM ticket_change WHERE is_open AND due_on IS NOT NULL
"""
READ = {
    "sqlite": "SELECT facet, value, n FROM ticket_tally WHERE n <> 0",
    "postgresql": f"""
        SELECT facet, value, sum(n) FROM (
            SELECT facet, value, n FROM ticket_tally
            UNION ALL SELECT facet, value, n FROM ({FACETS}) AS fresh
            UNION ALL SELECT 'unfolded', '', count(*) FROM ticket_change
        ) AS together GROUP BY facet, value HAVING sum(n) <> 0
    """,  # noqa: S608 - constants of this module
}
FOLD = f"""
    WITH ticket_change AS (DELETE FROM ticket_change RETURNING *)
    INSERT INTO ticket_tally (facet, value, n)
    SELECT facet, value, sum(n) FROM ({FACETS}) AS fresh GROUP BY facet, value ORDER BY facet, value
    ON CONFLICT (facet, value) DO UPDATE SET n = ticket_tally.n + excluded.n
"""  # noqa: S608 - constants of this module


def read_tally(today: date) -> Tally:
    """Return the figures as they are now; `today` is the JST date that decides what is overdue."""
    dialect = "sqlite" if is_sqlite(db.engine) else "postgresql"
    facets: dict[str, dict[str, int]] = {}
    for facet, value, n in db.session.execute(text(READ[dialect])):
        facets.setdefault(facet, {})[value] = int(n)
    states, assignees, due = facets.get("state", {}), facets.get("assignee", {}), facets.get("due", {})
    return Tally(
        open=facets.get("open", {}).get("", 0),
        closed=facets.get("closed", {}).get("", 0),
        unassigned=assignees.pop("", 0),
        overdue=sum(n for day, n in due.items() if day < today.isoformat()),
        waiting=sum(states.get(State(state), 0) for state in WAITING),
        escalated=facets.get("escalated", {}).get("", 0),
        states=states,
        kinds=facets.get("kind", {}),
        populations=facets.get("population", {}),
        assignees={int(staff_id): n for staff_id, n in assignees.items()},
        unfolded=facets.get("unfolded", {}).get("", 0),
    )


def fold_tally() -> None:
    """Add up the waiting lines in the current transaction; on SQLite there are none."""
    if not is_sqlite(db.engine):
        db.session.execute(text(FOLD))
