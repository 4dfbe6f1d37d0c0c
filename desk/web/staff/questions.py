"""What was asked of whoever looks after a company's data about a ticket, opened for reading."""

from dataclasses import dataclass

from desk.tickets.masking import mask_numbers
from desk.tickets.sources import Asked, SourceTask, list_source_tasks
from desk.vault.keys import Purpose, keys_of


@dataclass(frozen=True, slots=True)
class Question:
    """One question as the page shows it; None where its key is gone."""

    row: SourceTask
    asked: Asked | None


def list_questions(ticket_id: int) -> list[Question]:
    """Return the questions asked about a ticket, opened, their numbers masked."""
    rows = list_source_tasks(ticket_id)
    key = keys_of(ticket_id).get(Purpose.DESK) if rows else None
    return [Question(row, _opened(row, key)) for row in rows]


def _opened(row: SourceTask, key: bytes | None) -> Asked | None:
    if key is None:
        return None
    asked = Asked.unseal(key, row.sealed)
    return Asked(mask_numbers(asked.of), mask_numbers(asked.what), mask_numbers(asked.answer))
