"""Telling people of a new version of the policy: the page by itself, a mail on request, other ways as written down."""

from dataclasses import dataclass
from datetime import datetime

import structlog
from sqlalchemy import select

from desk.addresses import BadAddress, is_mailable
from desk.clock import date_of
from desk.db import after_commit, db, new_id
from desk.events.kinds import EventKind
from desk.events.trail import Actor, record
from desk.handling.outgoing import Addressee, addressee_of, compose
from desk.mail import outbox
from desk.mail.addresses import BadHeader
from desk.mail.models import MailKind
from desk.policy.models import PolicyVersion
from desk.policy.notices import NoticeChannel, PolicyNotice, find_unfinished
from desk.search.identifiers import IdentifierKind, fingerprint, read_email
from desk.tickets.errors import NotAllowed
from desk.tickets.models import OPEN_ONLY, Ticket
from desk.vault.keys import Purpose, Unreadable, keys_of, vault

log = structlog.get_logger()

BATCH = 50
"""Cases a transaction."""


class ToldAlready(Exception):
    """Everybody was told of this version by mail before."""


@dataclass(frozen=True, slots=True)
class NoticeWords:
    """What changes, in the desk's two languages; without English the Japanese is sent."""

    ja: str
    en: str = ""


def record_page(version: PolicyVersion, *, actor: Actor, now: datetime) -> None:
    """Write down that a version stands on the public pages from now on: its adoption, which has an event of its own."""
    _add(version, NoticeChannel.PAGE, NoticeWords(""), actor, now)


def record_other(version: PolicyVersion, words: str, *, actor: Actor, now: datetime) -> None:
    """Write down how people were told of a version elsewhere. Raises `NotAllowed` of a draft."""
    _check_adopted(version)
    _add(version, NoticeChannel.OTHER, NoticeWords(words), actor, now)
    _record(version, NoticeChannel.OTHER, actor, now)


def announce_by_mail(version: PolicyVersion, words: NoticeWords, *, actor: Actor, now: datetime) -> None:
    """Begin to tell everybody whose case is open. Raises `NotAllowed` of a draft, `ToldAlready`."""
    db.session.refresh(version, with_for_update=True)
    _check_adopted(version)
    told = select(PolicyNotice.id).where(
        PolicyNotice.version_id == version.id, PolicyNotice.channel == NoticeChannel.MAIL
    )
    if db.session.scalar(told) is not None:
        raise ToldAlready
    _add(version, NoticeChannel.MAIL, words, actor, now, after_id=0)
    _record(version, NoticeChannel.MAIL, actor, now)
    after_commit("notices", version.id)


def post_batch(now: datetime, base_url: str) -> bool:
    """Post the next mails of a round, one a person, and tell whether more are left; all in the caller's transaction.

    A person with several cases is told once: the outbox knows the address by its keyed fingerprint.
    """
    notice = find_unfinished()
    if notice is None:
        return False
    version = db.session.get_one(PolicyVersion, notice.version_id)
    cases = select(Ticket).where(Ticket.id > (notice.after_id or 0), OPEN_ONLY).order_by(Ticket.id).limit(BATCH)
    tickets = db.session.scalars(cases).all()
    for ticket in tickets:
        addressee = _addressee(ticket)
        try:
            notice.posted += _post(notice, version, ticket, addressee, now, base_url) if addressee is not None else 0
            notice.unreached += addressee is None
        except (BadAddress, BadHeader):  # a name of before that no header can hold: the others are told all the same
            log.error("notices.not_posted", ticket=ticket.id)
            notice.unreached += 1
    notice.after_id = tickets[-1].id if len(tickets) == BATCH else None
    return notice.after_id is not None


def _addressee(ticket: Ticket) -> Addressee | None:
    """Return who is told in a case; None when it has no address that mail can be sent to, or does not open."""
    try:
        case_key = keys_of(ticket.id).get(Purpose.CASE)
        addressee = addressee_of(ticket.id, case_key) if case_key is not None else None
    except Unreadable:
        log.error("notices.not_opened", ticket=ticket.id)
        return None
    return addressee if addressee is not None and is_mailable(addressee.contact.email) else None


def _post(
    notice: PolicyNotice, version: PolicyVersion, ticket: Ticket, addressee: Addressee, now: datetime, base_url: str
) -> int:
    email = read_email(addressee.contact.email) or addressee.contact.email
    dedupe_key = f"policy:{notice.id}:{fingerprint(vault(), IdentifierKind.EMAIL, email).hex()}"
    if outbox.is_posted(dedupe_key):
        return 0
    english = ticket.language == "en"
    url = f"{base_url}{'/en' if english else ''}/policy/{version.number}"
    words = notice.words_en if english and notice.words_en else notice.words_ja
    on = version.effective_on
    is_to_come = on is not None and on > date_of(now)
    letter = compose(ticket, "policy", addressee, url, effective_on=on, is_to_come=is_to_come, words=words)
    outbox.post(
        kind=MailKind.POLICY,
        letter=letter,
        to=addressee.contact.email,
        to_name=addressee.contact.name if addressee.is_confirmed else None,
        ticket_id=ticket.id,
        dedupe_key=dedupe_key,
        at=now,
    )
    return 1


def _check_adopted(version: PolicyVersion) -> None:
    if version.number is None:
        raise NotAllowed("a draft")


def _record(version: PolicyVersion, channel: NoticeChannel, actor: Actor, now: datetime) -> None:
    facts = {"number": version.number, "way": str(channel)}
    record(EventKind.POLICY_NOTICED, actor=actor, at=now, facts=facts)


def _add(
    version: PolicyVersion,
    channel: NoticeChannel,
    words: NoticeWords,
    actor: Actor,
    now: datetime,
    after_id: int | None = None,
) -> None:
    db.session.add(
        PolicyNotice(
            id=new_id(),
            version_id=version.id,
            channel=channel,
            words_ja=words.ja,
            words_en=words.en,
            at=now,
            staff_id=actor.staff_id,
            posted=0,
            unreached=0,
            after_id=after_id,
        )
    )
