"""Changing the words of a letter: each change is a version, and the newest is in force."""

from datetime import datetime

from desk.db import db, new_id, take_turn
from desk.events.kinds import EventKind
from desk.events.trail import Actor, record
from desk.tickets.errors import Conflict
from desk.tickets.wordings import LetterWording, check_wording, find_wording, notices, wording_of
from desk.vault.seal import token_hash


def change_wording(code: str, language: str, text: str, number: int, actor: Actor, now: datetime) -> bool:
    """Put words in place of a letter's; return whether they are other words than those in force.

    `number` is the version that the page showed, 0 for the desk's own words. Raises `BadWording`, and `Conflict` when
    somebody else was quicker.
    """
    text = check_wording(code, text)
    take_turn(token_hash(f"wording:{code}:{language}"))
    found = find_wording(code, language)
    if (found.number if found is not None else 0) != number:
        raise Conflict
    if text == wording_of(code, language):
        return False
    _put(code, language, text, number + 1, actor, now)
    return True


def restore_wording(code: str, language: str, number: int, actor: Actor, now: datetime) -> bool:
    """Put the words that come with the desk back into force, as a version. Raises as `change_wording`."""
    return change_wording(code, language, notices()[code].texts[language], number, actor, now)


def _put(code: str, language: str, text: str, number: int, actor: Actor, now: datetime) -> None:
    db.session.add(
        LetterWording(
            id=new_id(),
            code=code,
            language=language,
            number=number,
            text=text,
            made_at=now,
            made_by=actor.staff_id,
        )
    )
    db.session.flush()
    record(
        EventKind.WORDING_CHANGED, actor=actor, at=now, facts={"letter": code, "language": language, "number": number}
    )
