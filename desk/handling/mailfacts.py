"""What is known of a mail before it is routed: whom it answers, who wrote it, what the receiving server found."""

from flask import current_app
from sqlalchemy import select

from desk.db import db
from desk.mail.machines import is_automatic, is_failure
from desk.mail.reading.parsed import Report
from desk.mail.received import Received
from desk.mail.routing import Facts, Match
from desk.mail.spam import points_of
from desk.mail.threads import find_match
from desk.mail.verdict import read_verdict
from desk.search.identifiers import IdentifierKind, fingerprint, read_email
from desk.search.models import Identifier
from desk.tickets.content import Contact
from desk.tickets.models import Party, Ticket
from desk.tickets.references import references_in
from desk.tickets.suggesting import speaks_of_rights
from desk.vault.keys import Purpose, keys_of, vault


def gather(got: Received) -> Facts:
    """Return what the routing rules look at. Reads only. Raises `desk.vault.seal.Unreadable`."""
    read = got.parsed
    addresses = [*got.hop.recipients, *read.delivered_to, *(one.address for one in (*read.to, *read.cc))]
    match = find_match(addresses, (*read.in_reply_to, *reversed(read.references)))
    server = current_app.extensions["config"].mail.authserv_id
    verdict = read_verdict(read.authentication_results, server, got.sender)
    text = f"{read.subject}\n{read.text}"
    return Facts(
        is_own=find_match([], [read.message_id or ""]) is not None,
        failed=_reported(read.report, match) if read.report and is_failure(read.report) else None,
        is_report=read.report is not None,
        is_automatic=is_automatic(read, got.hop.sender),
        match=match,
        sender_is_party=match is not None and match.ticket_id is not None and _is_party(got.sender, match.ticket_id),
        verdict=verdict,
        spam=points_of(read, verdict),
        speaks_of_rights=speaks_of_rights(text),
        related=_related(got),
    )


def _reported(report: Report, match: Match | None) -> Match | None:
    """Return the mail that did not arrive: the one that the report names, else the one whose reply address it came to."""
    named = find_match([], [report.original_message_id]) if report.original_message_id else None
    return named or match


def _is_party(sender: str | None, ticket_id: int) -> bool:
    wanted = read_email(sender or "")
    case_key = keys_of(ticket_id).get(Purpose.CASE)
    if wanted is None or case_key is None:
        return False
    sealed = db.session.scalars(select(Party.sealed).where(Party.ticket_id == ticket_id))
    return any(read_email(Contact.unseal(case_key, one).email) == wanted for one in sealed)


def _related(got: Received) -> int | None:
    """Return a ticket that the subject names, else the newest of the same address: a hint, never a proof."""
    named = references_in(got.parsed.subject)
    if named and (found := db.session.scalar(select(Ticket.id).where(Ticket.ref.in_(named)).limit(1))):
        return found
    email = read_email(got.sender or "")
    if email is None:
        return None
    token = fingerprint(vault(), IdentifierKind.EMAIL, email)
    same = select(Identifier.ticket_id).where(Identifier.kind == IdentifierKind.EMAIL, Identifier.token == token)
    return db.session.scalar(same.order_by(Identifier.ticket_id.desc()).limit(1))
