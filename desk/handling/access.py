"""Coming in by the secret link: what the link alone opens, the mailed code that opens more, a new link for a lost one.

All of it but `answer_link_request` works with the public key alone.
"""

import hmac
import secrets
import unicodedata
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any, cast

from sqlalchemy import CursorResult, Update, exists, func, select, update

from desk.company.profile import profile
from desk.company.settings import get_setting
from desk.db import after_commit, db, new_id
from desk.events.kinds import EventKind
from desk.events.trail import DESK, PERSON, record
from desk.handling.outgoing import addressee_of
from desk.mail import letters, outbox
from desk.mail.models import MailKind
from desk.tickets.access import find_link, mint_link, open_link, status_path, use_link
from desk.tickets.links import AccessCode, Grant, LinkRequest
from desk.tickets.models import Ticket
from desk.tickets.references import grouped, read_reference
from desk.vault.keys import DataKey, Purpose, keys_of
from desk.vault.seal import derive, mac, new_token, token_hash

CODE_DIGITS = 6
CODE_LIFE = timedelta(minutes=10)
LETTER_CODE_LIFE = timedelta(days=60)
MOST_TRIES = 5
CODES_PER_HOUR = 5
GRANT_LIFE = timedelta(minutes=30)
REQUESTS_PER_DAY = 3


@dataclass(frozen=True, slots=True)
class Visit:
    """Somebody who holds a living link."""

    ticket: Ticket
    case_key: bytes


class Sending(StrEnum):
    """What became of the wish for a code."""

    SENT = "sent"
    TOO_MANY = "too_many"
    BY_LETTER = "by_letter"
    """There is no e-mail address on file: the code is in the letter."""


def find_visit(token: str | None, now: datetime) -> Visit | None:
    """Return what a link's token opens; None for an unknown, revoked or expired one, or a case whose key is gone."""
    link = find_link(token, now)
    if link is None or token is None:
        return None
    is_whole = exists().where(DataKey.ticket_id == link.ticket_id, DataKey.purpose == Purpose.CASE)
    ticket = db.session.scalar(select(Ticket).where(Ticket.id == link.ticket_id, is_whole))
    return None if ticket is None else Visit(ticket, open_link(link, token))


def enter(token: str, now: datetime) -> bool:
    """Note that a link is used, which ends those it replaces; return whether it is a living one."""
    link = find_link(token, now)
    if link is None or find_visit(token, now) is None:
        return False
    use_link(link, now)
    record(EventKind.LINK_USED, actor=PERSON, at=now, ticket_id=link.ticket_id)
    return True


def has_address(visit: Visit) -> bool:
    """Tell whether a code can be mailed."""
    return bool(addressee_of(visit.ticket.id, visit.case_key).contact.email)


def send_code(visit: Visit, language: str, now: datetime) -> Sending:
    """Mail a fresh code to the address on file, in the page's language; the one mailed before it ends."""
    ticket_id, to = visit.ticket.id, addressee_of(visit.ticket.id, visit.case_key).contact.email
    if not to:
        return Sending.BY_LETTER
    db.session.execute(select(Ticket.id).where(Ticket.id == ticket_id).with_for_update())  # so that two count as two
    recent = select(func.count()).where(
        AccessCode.ticket_id == ticket_id, AccessCode.created_at > now - timedelta(hours=1)
    )
    if (db.session.scalar(recent) or 0) >= CODES_PER_HOUR:
        return Sending.TOO_MANY
    for known in _living_codes(ticket_id, now):
        if not _is_from_letter(known):
            known.expires_at = now
    code_id, code = _add_code(ticket_id, visit.case_key, now, CODE_LIFE)
    letter = letters.compose(
        "code",
        language,
        company=profile(language),
        ref=grouped(visit.ticket.ref),
        code=code,
        minutes=int(CODE_LIFE.total_seconds() // 60),
    )
    outbox.post(
        kind=MailKind.CODE,
        letter=letter,
        to=to,
        to_name=None,
        ticket_id=ticket_id,
        dedupe_key=f"code:{code_id}",
        at=now,
    )
    record(EventKind.CODE_SENT, actor=PERSON, at=now, ticket_id=ticket_id)
    return Sending.SENT


def make_letter_code(ticket_id: int, case_key: bytes, now: datetime) -> str:
    """Return a code to be printed in a letter: good for 60 days and as often as it is typed in rightly.

    The codes of earlier letters end: one that was misprinted or lost must not lie about.
    """
    for known in _living_codes(ticket_id, now):
        if _is_from_letter(known):
            known.expires_at = now
    return _add_code(ticket_id, case_key, now, LETTER_CODE_LIFE)[1]


def check_code(visit: Visit, typed: str, now: datetime) -> str | None:
    """Return the secret of a fresh grant when the code is right, else None; the caller commits either way.

    Each try is counted by a conditional UPDATE before the code is compared, so that many at once are still five.
    """
    ticket_id = visit.ticket.id
    digits = "".join(char for char in unicodedata.normalize("NFKC", typed) if char in "0123456789")
    for known in _living_codes(ticket_id, now):
        may_try = _change(
            update(AccessCode)
            .where(AccessCode.id == known.id, AccessCode.tries < MOST_TRIES, AccessCode.used_at.is_(None))
            .values(tries=AccessCode.tries + 1)
        )
        right = hmac.compare_digest(known.code_hash, _code_print(known.id, digits, visit.case_key))
        if may_try and right and _spend(known, now):
            record(EventKind.CODE_ACCEPTED, actor=PERSON, at=now, ticket_id=ticket_id)
            return _grant(ticket_id, now)
    record(EventKind.CODE_REFUSED, actor=PERSON, at=now, ticket_id=ticket_id)
    return None


def has_grant(ticket_id: int, token: str | None, now: datetime) -> bool:
    """Tell whether a browser has given the code for this ticket within half an hour."""
    if not token:
        return False
    found = exists().where(Grant.token_hash == token_hash(token), Grant.ticket_id == ticket_id, Grant.expires_at > now)
    return bool(db.session.scalar(select(found)))


def end_grant(token: str, now: datetime) -> None:
    """Close what a code has opened."""
    db.session.execute(update(Grant).where(Grant.token_hash == token_hash(token)).values(expires_at=now))


def ask_for_link(typed: str, now: datetime) -> None:
    """Note that somebody asks for a new link to the ticket of a reference; an unknown one leaves nothing."""
    ref = read_reference(typed)
    ticket_id = db.session.scalar(select(Ticket.id).where(Ticket.ref == ref).with_for_update()) if ref else None
    today = select(func.count()).where(
        LinkRequest.ticket_id == ticket_id, LinkRequest.created_at > now - timedelta(days=1)
    )
    if ticket_id is not None and (db.session.scalar(today) or 0) < REQUESTS_PER_DAY:
        db.session.add(LinkRequest(id=new_id(), ticket_id=ticket_id, created_at=now))
        after_commit("links")


def list_link_requests() -> list[int]:
    """Return the requests for a new link that nobody has answered, oldest first."""
    return list(
        db.session.scalars(select(LinkRequest.id).where(LinkRequest.done_at.is_(None)).order_by(LinkRequest.id))
    )


def answer_link_request(request_id: int, now: datetime, base_url: str) -> bool:
    """Mail a new link to the address on file; return False when there is none, or somebody else was first."""
    claimed = update(LinkRequest).where(LinkRequest.id == request_id, LinkRequest.done_at.is_(None))
    if not _change(claimed.values(done_at=now)):
        return False
    ticket = db.session.get_one(Ticket, db.session.get_one(LinkRequest, request_id).ticket_id)
    case_key = keys_of(ticket.id).get(Purpose.CASE)
    to = addressee_of(ticket.id, case_key).contact.email if case_key else ""
    if not case_key or not to:
        return False
    token = mint_link(case_key, ticket.id, now, get_setting("link_days"), replaces_others=True)
    record(EventKind.LINK_MADE, actor=DESK, at=now, ticket_id=ticket.id)
    url = f"{base_url}{status_path(ticket.language, token)}"
    letter = letters.compose(
        "link", ticket.language, company=profile(ticket.language), ref=grouped(ticket.ref), url=url
    )
    outbox.post(
        kind=MailKind.LINK,
        letter=letter,
        to=to,
        to_name=None,
        ticket_id=ticket.id,
        dedupe_key=f"link:{request_id}",
        at=now,
    )
    return True


def _living_codes(ticket_id: int, now: datetime) -> list[AccessCode]:
    return list(
        db.session.scalars(
            select(AccessCode)
            .where(AccessCode.ticket_id == ticket_id, AccessCode.expires_at > now, AccessCode.used_at.is_(None))
            .order_by(AccessCode.id.desc())
        )
    )


def _add_code(ticket_id: int, case_key: bytes, now: datetime, life: timedelta) -> tuple[int, str]:
    code_id, code = new_id(), f"{secrets.randbelow(10**CODE_DIGITS):0{CODE_DIGITS}}"
    code_hash = _code_print(code_id, code, case_key)
    db.session.add(
        AccessCode(id=code_id, ticket_id=ticket_id, code_hash=code_hash, created_at=now, expires_at=now + life)
    )
    return code_id, code


def _code_print(code_id: int, code: str, case_key: bytes) -> bytes:
    """Return what is stored of a code: an HMAC under the case's key, since six digits alone are soon all tried."""
    return mac(derive(case_key, "access-code"), str(code_id), code)


def _is_from_letter(code: AccessCode) -> bool:
    return code.expires_at - code.created_at > CODE_LIFE


def _spend(code: AccessCode, now: datetime) -> bool:
    """Use a code up, or start a letter's code anew; return whether nobody else was first."""
    values: dict[str, Any] = {"tries": 0} if _is_from_letter(code) else {"used_at": now}
    return _change(update(AccessCode).where(AccessCode.id == code.id, AccessCode.used_at.is_(None)).values(**values))


def _grant(ticket_id: int, now: datetime) -> str:
    token = new_token()
    db.session.add(
        Grant(
            id=new_id(),
            ticket_id=ticket_id,
            token_hash=token_hash(token),
            created_at=now,
            expires_at=now + GRANT_LIFE,
        )
    )
    return token


def _change(statement: Update) -> bool:
    """Tell whether a conditional UPDATE found its row."""
    changed = cast("CursorResult[Any]", db.session.execute(statement, execution_options={"synchronize_session": False}))
    return changed.rowcount == 1
