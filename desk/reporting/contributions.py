"""What one ticket contributes to the response times, as SQL for both databases: the triggers, the rebuild and the
direct count of a part of a month all use these very expressions, so they cannot differ.

Resolution: the acknowledgement in seconds up to 2 minutes, then whole minutes; the first human answer in steps of six
minutes (0.1 hour) up to 10 hours, then whole hours; days as they are. Always cut off, never rounded up.
"""

COLUMNS = (
    "month", "kind", "agent", "counting", "ack", "ack_in", "answer", "answer_in", "days", "notice", "notice_in",
)  # fmt: skip
"""`*_in`: 1 within its term, 0 late, NULL where there is no term."""

WATCHED = (
    "received_at", "received_on", "kind", "assignee_id", "outcome", "state", "acknowledged_at", "ack_by", "answered_at",
    "answered_days", "reply_by", "reply_by_at", "notified_at", "limit_on",
)  # fmt: skip
"""Columns of a ticket that its contribution depends on."""

EXCLUDED = ("SPAM", "DUP")
"""Outcomes in no denominator; the regime's data says the same, and a test compares."""
APART = {"WD": "withdrawn", "LAPSED": "lapsed"}
"""Outcomes counted in a line of their own."""

MEASURES = {
    "ack": ("ack", "ack_in"),
    "answer": ("answer", "answer_in"),
    "days": ("days", "answer_in"),
    "notice": ("notice", "notice_in"),
}
DIMENSIONS = {"kind": "kind", "agent": "CAST(agent AS varchar(20))"}


def contribution(dialect: str, row: str) -> str:
    """Return the expressions for `COLUMNS` of one ticket row (`NEW`, `OLD` or a table's name), comma-separated."""
    return ",\n    ".join(expressions(dialect, row).values())


def expressions(dialect: str, row: str) -> dict[str, str]:
    """Return the expression of each of `COLUMNS` for one ticket row."""
    sql = _Sqlite(row) if dialect == "sqlite" else _Postgres(row)
    ack = sql.seconds("acknowledged_at")
    minutes = f"(({sql.seconds('answered_at')}) / 60)"
    excluded = ", ".join(f"'{code}'" for code in EXCLUDED)
    apart = " ".join(
        f"WHEN {row}.outcome = '{code}' OR {row}.state = '{name}' THEN '{name}'" for code, name in APART.items()
    )
    answered_in = (
        f"CASE WHEN {row}.answered_at IS NULL THEN NULL"
        f" WHEN {row}.reply_by_at IS NOT NULL THEN {sql.flag(f'{row}.answered_at <= {row}.reply_by_at')}"
        f" ELSE {sql.flag(sql.day('answered_at') + f' <= {row}.reply_by')} END"
    )
    values = (
        sql.month(),
        f"{row}.kind",
        f"coalesce({row}.assignee_id, 0)",
        f"CASE WHEN {row}.outcome IN ({excluded}) THEN 'excluded' {apart} ELSE 'counted' END",
        f"CASE WHEN {ack} < 120 THEN {ack} ELSE {ack} / 60 * 60 END",
        sql.flag(f"{row}.acknowledged_at <= {row}.ack_by"),
        f"CASE WHEN {minutes} < 600 THEN {minutes} / 6 * 6 ELSE {minutes} / 60 * 60 END",
        answered_in,
        f"{row}.answered_days",
        sql.days("notified_at"),
        sql.flag(f"{sql.day('notified_at')} <= {row}.limit_on"),
    )
    return dict(zip(COLUMNS, values, strict=True))


class _Postgres:
    def __init__(self, row: str) -> None:
        self.row = row

    def seconds(self, column: str) -> str:
        start, end = (f"floor(extract(epoch FROM {self.row}.{name}))::bigint" for name in ("received_at", column))
        return f"({end} - {start})"

    def month(self) -> str:
        return f"to_char({self.row}.received_on, 'YYYY-MM')"

    def day(self, column: str) -> str:
        return f"(({self.row}.{column} AT TIME ZONE 'Asia/Tokyo')::date)"

    def days(self, column: str) -> str:
        return f"({self.day(column)} - {self.row}.received_on)"

    def flag(self, condition: str) -> str:
        return f"({condition})::int"


class _Sqlite:
    def __init__(self, row: str) -> None:
        self.row = row

    def seconds(self, column: str) -> str:
        # the fraction is cut off first: strftime would round it up to the next second
        start, end = (
            f"CAST(strftime('%s', substr({self.row}.{name}, 1, 19)) AS integer)" for name in ("received_at", column)
        )
        return f"({end} - {start})"

    def month(self) -> str:
        return f"substr({self.row}.received_on, 1, 7)"

    def day(self, column: str) -> str:
        return f"date(substr({self.row}.{column}, 1, 19), '+9 hours')"

    def days(self, column: str) -> str:
        return f"CAST(julianday({self.day(column)}) - julianday({self.row}.received_on) AS integer)"

    def flag(self, condition: str) -> str:
        return f"({condition})"


def spread(source: str, dimension: str | None = None) -> str:
    """Return SQL that spreads contributions (`n` and `COLUMNS`) of `source` over the lines of the tally.

    Columns: dim, month, key, measure, value, n, termed, in_time. One dimension only when it is given.
    """
    parts = []
    for dim, key in DIMENSIONS.items():
        if dimension not in {None, dim}:
            continue
        parts.append(
            f"SELECT '{dim}' AS dim, month, {key} AS key, counting AS measure, 0 AS value, n, 0 AS termed, 0 AS in_time"  # noqa: S608 - constants
            f" FROM {source}"
        )
        parts += [
            f"SELECT '{dim}', month, {key}, '{name}', {value}, n,"  # noqa: S608 - constants
            f" CASE WHEN {term} IS NULL THEN 0 ELSE n END, coalesce({term}, 0) * n"
            f" FROM {source} WHERE counting = 'counted' AND {value} IS NOT NULL"
            for name, (value, term) in MEASURES.items()
        ]
    return "\nUNION ALL ".join(parts)
