"""Telling people of a new version of the policy: the page by itself, a mail on request, other ways as written down."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select

from desk.db import after_commit, db, new_id
from desk.events.kinds import EventKind
from desk.events.trail import Actor, record
from desk.handling.outgoing import addressee_of, compose
from desk.mail import outbox
from desk.mail.models import MailKind
from desk.policy.models import PolicyVersion
from desk.policy.notices import NoticeChannel, PolicyNotice, find_unfinished
from desk.search.identifiers import IdentifierKind, fingerprint, read_email
from desk.tickets.errors import NotAllowed
from desk.tickets.models import OPEN_ONLY, Ticket
from desk.vault.keys import Purpose, keys_of, vault

BATCH = 50
"""Cases a transaction."""


@dataclass(frozen=True, slots=True)
class NoticeWords:
    """What changes, in the desk's two languages; without English the Japanese is sent."""

    ja: str
    en: str = ""


def record_notice(version: PolicyVersion, channel: NoticeChannel, words: str, *, actor: Actor, now: datetime) -> None:
    """Write down that people were told of a version on the pages or in another way than by the desk's own mail."""
    _add(version, channel, NoticeWords(words), actor, now, after_id=None)


def announce_by_mail(version: PolicyVersion, words: NoticeWords, *, actor: Actor, now: datetime) -> None:
    """Begin to tell everybody whose case is open. Raises `NotAllowed` when they were told of this version already."""
    told = select(PolicyNotice.id).where(
        PolicyNotice.version_id == version.id, PolicyNotice.channel == NoticeChannel.MAIL
    )
    if version.number is None or db.session.scalar(told) is not None:
        raise NotAllowed("a draft, or told already")
    _add(version, NoticeChannel.MAIL, words, actor, now, after_id=0)
    after_commit("notices")


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
        notice.posted += _post(notice, version, ticket, now, base_url)
    notice.after_id = tickets[-1].id if len(tickets) == BATCH else None
    return notice.after_id is not None


def _post(notice: PolicyNotice, version: PolicyVersion, ticket: Ticket, now: datetime, base_url: str) -> int:
    case_key = keys_of(ticket.id).get(Purpose.CASE)
    addressee = addressee_of(ticket.id, case_key) if case_key is not None else None
    email = read_email(addressee.contact.email) if addressee is not None else None
    if addressee is None or email is None:
        return 0
    mark = fingerprint(vault(), IdentifierKind.EMAIL, email).hex()
    dedupe_key = f"policy:{notice.id}:{mark}"
    if outbox.is_posted(dedupe_key):
        return 0
    english = ticket.language == "en"
    url = f"{base_url}{'/en' if english else ''}/policy/{version.number}"
    words = notice.words_en if english and notice.words_en else notice.words_ja
    letter = compose(ticket, "policy", addressee, url, effective_on=version.effective_on, words=words)
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


def _add(
    version: PolicyVersion, channel: NoticeChannel, words: NoticeWords, actor: Actor, now: datetime, after_id: int | None
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
            after_id=after_id,
        )
    )
    facts = {"number": version.number, "channel": str(channel)}
    record(EventKind.POLICY_NOTICED, actor=actor, at=now, facts=facts)
